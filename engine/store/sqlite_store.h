#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/ports/store.h"
#include "engine/ports/store_reader.h"
#include "engine/store/turn_mark.h"
#include "rules/program.h"
#include "rules/program_adopt.h"

// The store on SQLite: one folder, one file `pawl.db`, one engine. Entities are tables with typed
// columns, changed with the rulebook (meaning.md 36); inputs, changes, seen keys, marks and waiting
// runs are the engine's own (schema/). Everything that goes in is keyed by an ascending integer, so
// that rows are added at the newest leaf: architecture.md, The store.

namespace pawl::engine {

enum class Synchronous : std::uint8_t {
    full,    // what was committed is on disk: a power cut loses nothing
    normal,  // the last commits may be lost with the power; for tests that must see the difference
};

struct SqliteStoreOptions {
    Synchronous synchronous = Synchronous::full;
    std::size_t cache_bytes = 8u << 20;  // of records kept in memory
    std::string vfs = {};                // SQLite's name of the file layer; empty: the default
    // Under load the write-ahead log is moved into the file in pieces, three milliseconds to copy
    // each where their pages lie apart; and is to begin anew when it is so long.
    std::uint64_t log_piece_bytes = 3u << 20;
    std::uint64_t log_bytes_most = 32u << 20;
};

// How much of what is no longer kept one step takes away.
struct PruneProgress {
    std::uint64_t rows = 0;  // taken away
    bool is_done = false;    // nothing more is due
};

// What is to be erased, and how far that is; made anew it begins anew. Kept by the caller from step
// to step, since an engine goes on in between.
struct Erasure {
    enum class Stage : std::uint8_t {
        collect,  // the values to look for: those that are and those that were
        inputs,
        records,  // rows of every entity that tell them
        marks,
        runs,  // that wait
        timers,
        changes,
        compact,  // so that no byte of them stays in the file
        done,
    };

    rules::Reference record;
    std::string id;  // of the record
    Stage stage = Stage::collect;
    rules::EntityIndex entity = 0;  // of `records`: where it is
    std::int64_t after = 0;         // the last row looked at
    std::string after_name;         // of `marks`, likewise
    std::int64_t after_number = 0;  // of `timers`, with `after`
    bool is_later = false;          // of `timers`: in the second table
    bool is_found = false;          // the record is there
    // By which a person is known: looked for in every text. Of the fields in `too_short` the value
    // is blanked where it stands, and not looked for elsewhere: it would be found everywhere.
    std::vector<std::string> names, addresses, phones, too_short;
    std::map<std::string, std::uint64_t> rows;  // blanked, by table
    std::uint64_t unprocessed = 0;              // inputs that tell them and wait for their turn
    bool is_compacted = false;                  // else the file is too large to be written anew
};

// The texts with which runs that wait began, where the rulebook was edited meanwhile.
struct FormerTexts {
    std::vector<rules::FormerText> texts;
    std::vector<std::string> lost;  // sentences: which runs cannot go on, and why
};

class SqliteStore : public Store {
 public:
    // Before `open`: keeps the program, and takes into it, from those that are kept, the units in
    // which runs wait and which it has no more. Forgets the programs in which none waits. Where the
    // rulebook was edited every run that waits is looked at once.
    virtual Result<FormerTexts> take_former_texts(rules::Program& program) = 0;

    // A reader of its own connection, for another thread. The store outlives it.
    virtual Result<std::unique_ptr<StoreReader>> make_reader() = 0;

    // Whose turn is running, for the next start to find should the process end in it. The core's
    // thread's, like what it reads.
    virtual TurnMark found_turn_mark() const = 0;
    virtual void mark_turn(TurnMark mark) = 0;

    // What was committed before the call is on disk when it returns. On any one thread, while
    // another one commits. After an error nobody knows what the disk has: the store cannot go on.
    virtual Status sync() { return Done{}; }

    // The rest is for whoever commits, one thread at a time.

    // Store::commit without a copy: what the store goes on with is taken out of the batch once it
    // is on disk; one that failed is whole, and may be tried again.
    virtual Status commit_from(WriteBatch& batch) = 0;
    // Likewise, but it is on disk only once a `sync` that begins later has returned: readers see
    // it, and a power cut takes it, and what came after it, away again.
    virtual Status commit_ahead(WriteBatch& batch) { return commit_from(batch); }

    // Takes away what the program's `keep` no longer keeps at `now` (meaning.md 37), `rows_max`
    // rows at most: a step of a few milliseconds, for when nothing else is to do.
    virtual Result<PruneProgress> prune(Instant now, std::size_t rows_max) = 0;
    // Blanks what is kept of a person (engine/erase.h), `rows_max` rows looked at, and goes on
    // where it was when it is called again until the stage is `done`. Idempotent.
    virtual Status erase(Erasure& erasure, std::size_t rows_max) = 0;
    // Moves what is committed from the write-ahead log into the file, without waiting for readers.
    virtual Status checkpoint() = 0;
    // Whether the log has grown so long that it is worth moving, however busy the store is. That is
    // the caller's to do: after commit_from by `checkpoint`, after commit_ahead by `move_log`;
    // commit does it itself.
    virtual bool is_log_long() const = 0;
    // A piece of what `checkpoint` does, a few milliseconds; waits for the disk now and then only.
    virtual Status move_log() { return checkpoint(); }
    // Bytes of the file and its log on disk.
    virtual std::uint64_t size_bytes() const = 0;
};

// Makes folder and file where there are none. Errors: "locked" (another engine holds the folder),
// "read_only", "newer" (a later release wrote it), "damaged", "full", "unreadable", "schema" (the
// rulebook's entities cannot be had from what is stored: meaning.md 36). Nothing is harmed by any
// of them. Store::open, which takes the rulebook, is still to be called.
Result<std::unique_ptr<SqliteStore>> open_sqlite_store(const std::string& folder,
                                                       const SqliteStoreOptions& options = {});

// A reader of a data folder, beside the engine that works on it or without one. The program is the
// one that the store was last opened with, and outlives the reader. Errors as of open_sqlite_store.
Result<std::unique_ptr<StoreReader>> open_store_reader(const std::string& folder,
                                                       const rules::Program& program);

// Makes `target` a data folder with the store of `folder` as it is at this moment, while an engine
// may be at work on it; then opens the copy and checks it whole. Nothing may be at `target` yet.
Status backup_store(const std::string& folder, const std::string& target);

}  // namespace pawl::engine
