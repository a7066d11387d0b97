#include "engine/store/sqlite_store.h"

#include <atomic>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "engine/store/log_mover.h"
#include "engine/store/run_codec.h"
#include "engine/store/sqlite_cache.h"
#include "engine/store/sqlite_catalogue.h"
#include "engine/store/sqlite_commit.h"
#include "engine/store/sqlite_folder.h"
#include "engine/store/sqlite_inputs.h"
#include "engine/store/sqlite_migrations.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/sqlite_position.h"
#include "engine/store/sqlite_programs.h"
#include "engine/store/sqlite_scan.h"
#include "engine/store/sqlite_seen.h"
#include "engine/store/sqlite_timers.h"

namespace pawl::engine {

namespace {

using rules::EntityIndex;
using rules::RecordKey;

constexpr std::size_t writer_cache_bytes = 6u << 20;
constexpr std::size_t core_cache_bytes = 2u << 20;

constexpr std::int64_t nothing_forgotten = std::numeric_limits<std::int64_t>::min();

// Three connections: the writer's, used by whichever thread commits; the core's, which only reads;
// and one that syncs the log.
class Sqlite final : public SqliteStore, private MemoryOfStore {
 public:
    Sqlite(FolderLock lock, TurnMarkFile turn_mark, std::string path,
           const SqliteStoreOptions& options, std::unique_ptr<SqliteSession> writer)
        : lock_(std::move(lock)),
          turn_mark_(std::move(turn_mark)),
          path_(std::move(path)),
          options_(options),
          writer_(std::move(writer)),
          mover_(*writer_, path_, options_),
          cache_(options.cache_bytes) {}

    Result<FormerTexts> take_former_texts(rules::Program& program) override {
        PAWL_CHECK(program_ == nullptr);
        return engine::take_former_texts(*writer_, program);
    }

    Status open(const rules::Program& program) override {
        PAWL_CHECK(program_ == nullptr);
        Status fitted = fit_tables(*writer_, program);
        if (!fitted) return fitted;
        auto core = SqliteSession::open(path_, {.mode = SessionMode::read,
                                                .synchronous = options_.synchronous,
                                                .vfs = options_.vfs,
                                                .page_cache_bytes = core_cache_bytes});
        if (!core) return core.error();
        core_ = std::move(*core);
        auto log = SqliteSession::open(path_, {.mode = SessionMode::read, .vfs = options_.vfs});
        if (!log) return log.error();
        log_ = std::move(*log);
        const Status log_opened = log_->attempt("be opened", [&]() -> Status {
            log_->execute("select count(*) from position");
            return Done{};
        });
        if (!log_opened) return log_opened;
        return writer_->attempt("be read", [&]() -> Status {
            layout_ = read_layout(*writer_, program);
            others_.emplace(program, read_catalogue(*writer_));
            seen_.load(*writer_);
            Statement forgotten(*writer_, "select until from pruned where kind = 'seen'", "", "i");
            for (Rows rows(forgotten); rows.next();) seen_forgotten_until_ = forgotten.integer(0);
            words_.emplace(*writer_);
            words_->load();
            committer_.emplace(*writer_, program, layout_, *others_, seen_, *words_);
            finder_.emplace(*core_, program, layout_, *others_);
            statements_.emplace(*core_);
            program_ = &program;
            return Done{};
        });
    }

    // The core's.

    rules::RecordPointer get(rules::Reference reference) override {
        if (auto known = cache_.get(reference)) return known;
        return look("read a record", [&] {
            auto record = finder_->get(reference);
            if (record != nullptr) cache_.put(reference, record);
            return record;
        });
    }

    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return look("look for records", [&] { return finder_->scan(request); });
    }

    std::optional<RecordKey> find(EntityIndex entity, std::string_view id) override {
        if (const auto known = cache_.find(entity, id)) return known;
        return look("look for a record", [&] { return finder_->find(entity, id); });
    }

    std::optional<RecordKey> find_unique(EntityIndex entity, std::size_t unique_set,
                                         const std::vector<rules::Value>& values) override {
        return look("look for a record",
                    [&] { return finder_->find_unique(entity, unique_set, values); });
    }

    std::optional<std::string> mark(std::string_view key, Instant now) override {
        return look("read a mark", [&]() -> std::optional<std::string> {
            Statement& row = statements_->get(
                "select value from mark where name = ?1 and (expires_at is null or "
                "expires_at > ?2)",
                "ti", "t");
            row.set_text(0, key);
            row.set_integer(1, now.micros);
            return only_text(row);
        });
    }

    std::shared_ptr<const StoredRun> run(RunNumber number) override {
        return look("read a run", [&]() -> std::shared_ptr<const StoredRun> {
            Statement& row =
                statements_->get("select state from waiting_run where number = ?1", "i", "t");
            row.set_integer(0, number);
            const auto text = only_text(row);
            if (!text) return nullptr;
            auto run = decode_run(*text, *program_);
            if (!run) throw StoreDamage("run r" + std::to_string(number) + " cannot be read back");
            return std::make_shared<const StoredRun>(std::move(*run));
        });
    }

    std::vector<StoredTimer> timers(TimerKey after, std::size_t count) override {
        return look("read timers", [&] {
            const ReadTransaction transaction(*core_);
            return read_timers(*statements_, after, count);
        });
    }

    std::vector<RunNumber> waiters(std::string_view event, std::string_view key) override {
        return look("look for runs that wait", [&] {
            std::vector<RunNumber> runs;
            Statement& row = statements_->get(
                "select run from waiter where event = ?1 and key = ?2 order by run", "tt", "i");
            row.set_text(0, event);
            row.set_text(1, key);
            for (Rows rows(row); rows.next();) runs.push_back(row.integer(0));
            return runs;
        });
    }

    std::vector<OrderedRecord> ordered(EntityIndex entity, rules::FieldIndex field,
                                       const OrderedRecord& after, std::size_t count) override {
        return look("look for records",
                    [&] { return finder_->ordered(entity, field, after, count); });
    }

    std::optional<SeenEvent> seen(std::string_view source, std::string_view id) override {
        // Each input comes by here, also where its rules read no record.
        cache_.take_over_news();
        auto event = look("look for an event",
                          [&] { return seen_.find(*statements_, seen_key(source, id)); });
        if (!event) return std::nullopt;
        event->source = source;
        event->id = id;
        return event;
    }

    std::optional<Instant> seen_forgotten_until() override {
        const std::int64_t until = seen_forgotten_until_;
        if (until == nothing_forgotten) return std::nullopt;
        return Instant{until};
    }

    Counters counters() override {
        return look("read its position", [&] { return read_counters(*statements_, *program_); });
    }

    std::vector<std::pair<std::string, std::string>> settings() override {
        return look("read its settings", [&] {
            std::vector<std::pair<std::string, std::string>> settings;
            Statement& row =
                statements_->get("select name, value from setting order by name", "", "tt");
            for (Rows rows(row); rows.next();) settings.emplace_back(row.text(0), row.text(1));
            return settings;
        });
    }

    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override {
        return look("read inputs", [&] { return read_inputs(*statements_, after, count); });
    }

    TurnMark found_turn_mark() const override { return turn_mark_.found(); }
    void mark_turn(TurnMark mark) override { turn_mark_.set(mark); }

    // The writer's.

    Status commit(WriteBatch batch) override {
        Status written = write(batch, options_.synchronous, false);
        // The batch is on disk, whatever becomes of this. Nobody waits for an acknowledgement here:
        // seldom, and much at once.
        const bool is_worth_it = writer_->log_bytes() >= 2 * options_.log_piece_bytes;
        if (written && is_worth_it && is_log_long()) (void)checkpoint();
        return written;
    }

    Status commit_from(WriteBatch& batch) override {
        return write(batch, options_.synchronous, false);
    }
    Status commit_ahead(WriteBatch& batch) override {
        return write(batch, Synchronous::normal, true);
    }

    Status sync() override {
        if (options_.synchronous == Synchronous::normal) return Done{};
        return log_->attempt("wait for the disk", [&]() -> Status {
            log_->sync_log();
            return Done{};
        });
    }

    bool is_log_long() const override { return mover_.is_log_long(); }
    Status move_log() override {
        const Alone alone(*this);
        if (broken_) return *broken_;
        return noted(mover_.move_piece());
    }
    Status checkpoint() override {
        const Alone alone(*this);
        if (broken_) return *broken_;
        return noted(mover_.move_all());
    }

    Result<PruneProgress> prune(Instant now, std::size_t rows_max) override {
        const Alone alone(*this);
        if (broken_) return *broken_;
        auto progress = prune_store(parts(), now, rows_max);
        if (!progress && progress.error().code == "unreadable") stop_writing(progress.error());
        return progress;
    }

    Status erase(Erasure& erasure, std::size_t rows_max) override {
        const Alone alone(*this);
        if (broken_) return *broken_;
        mover_.let_go();
        Status erased = erase_step(parts(), erasure, rows_max);
        if (!erased && erased.error().code == "unreadable") stop_writing(erased.error());
        return erased;
    }

    // Any thread's.

    std::uint64_t size_bytes() const override {
        return file_bytes(path_) + file_bytes(path_ + "-wal");
    }

    Result<std::unique_ptr<StoreReader>> make_reader() override {
        PAWL_CHECK(program_ != nullptr);
        return make_store_reader(path_, options_.vfs, *program_, layout_);
    }

 private:
    // Two threads at once in the writer's connection would damage the file; sooner the process
    // ends.
    class Alone {
     public:
        explicit Alone(Sqlite& store) : store_(store) {
            PAWL_CHECK(!store_.is_written_.exchange(true));
        }
        ~Alone() { store_.is_written_ = false; }
        Alone(const Alone&) = delete;
        Alone& operator=(const Alone&) = delete;

     private:
        Sqlite& store_;
    };

    // There is no answer to a read that failed, and nobody to tell: the process stops.
    template <class Look>
    auto look(std::string_view doing, Look&& work) -> decltype(work()) {
        std::optional<decltype(work())> found;
        const Status looked = core_->attempt(doing, [&]() -> Status {
            found.emplace(work());
            return Done{};
        });
        if (!looked) stop_for(looked.error());
        return std::move(*found);
    }

    static std::optional<std::string> only_text(Statement& row) {
        std::optional<std::string> text;
        for (Rows rows(row); rows.next();) text = row.text(0);
        return text;
    }

    static std::uint64_t file_bytes(const std::string& path) {
        std::error_code error;
        const auto bytes = std::filesystem::file_size(path, error);
        return error ? 0 : bytes;
    }

    // Under load the log moves in pieces: `holds` the one that this commit ends.
    Status write(WriteBatch& batch, Synchronous synchronous, bool holds) {
        const Alone alone(*this);
        if (broken_) return *broken_;
        if (holds) mover_.hold_piece();
        Status written = committer_->commit(batch, synchronous);
        mover_.notice_commit();
        if (written) cache_.tell(std::move(batch.records));
        return written;
    }

    // After a failed sync nobody knows what the file has: nothing is written any more, and the log
    // stays, for the next start to move whole.
    void stop_writing(const Error& error) {
        broken_ = error;
        sqlite_api::sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                      nullptr);
    }
    Status noted(Status moved) {
        if (!moved && !moved.error().retry) stop_writing(moved.error());
        return moved;
    }

    WriterParts parts() { return {*writer_, *program_, layout_, *words_, *this}; }
    void forget(rules::Reference reference) override { cache_.tell_forget(reference); }
    void forget_seen_bucket(std::int64_t bucket) override { seen_.remove(bucket); }
    void forget_seen_until(Instant until) override { seen_forgotten_until_ = until.micros; }

    // The lock goes last, the readers before the writer: the last connection tidies up.
    const FolderLock lock_;
    TurnMarkFile turn_mark_;
    const std::string path_;
    const SqliteStoreOptions options_;
    const std::unique_ptr<SqliteSession> writer_;
    LogMover mover_;
    std::unique_ptr<SqliteSession> core_, log_;
    const rules::Program* program_ = nullptr;
    EntityLayout layout_;
    std::optional<OtherMarks> others_;
    SeenBuckets seen_;
    std::optional<Words> words_;
    std::atomic<std::int64_t> seen_forgotten_until_ = nothing_forgotten;
    RecordCache cache_;
    std::optional<Committer> committer_;
    std::optional<Finder> finder_;
    std::optional<Statements> statements_;
    std::optional<Error> broken_;
    std::atomic<bool> is_written_ = false;  // by one thread at this moment
};

}  // namespace

namespace {

bool is_missing_or_empty(const std::string& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    return error ? error == std::errc::no_such_file_or_directory : bytes == 0;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> open_sqlite_store(const std::string& folder,
                                                       const SqliteStoreOptions& options) {
    auto lock = FolderLock::take(folder);
    if (!lock) return lock.error();
    const std::string path = database_path(folder);
    // The mark is made once the store is there: a mark without a store is a store that was lost,
    // and beginning anew in silence would process again what was done.
    if (options.vfs.empty() && TurnMarkFile::is_in(folder) && is_missing_or_empty(path))
        return Error{"damaged", "the data folder " + quote_for_message(folder, 200) +
                                    " had a store, and its pawl.db is gone or empty. Put a backup "
                                    "there, or, to begin anew, take another folder"};
    auto writer = SqliteSession::open(path, {.mode = SessionMode::write,
                                             .synchronous = options.synchronous,
                                             .vfs = options.vfs,
                                             .page_cache_bytes = writer_cache_bytes});
    if (!writer) return writer.error();
    // Where a sync failed, the system may hold pages of the log for clean that are not on disk.
    // What is found in it goes into the file, so that nothing new comes to stand behind a gap.
    const Status moved = (*writer)->attempt("move its log into its file", [&]() -> Status {
        const int code = sqlite_api::sqlite3_wal_checkpoint_v2(
            (*writer)->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
            throw soci::sqlite3_soci_error("checkpoint", code);
        return Done{};
    });
    if (!moved) return moved.error();
    const Status migrated = migrate(**writer, own_migrations());
    if (!migrated) return migrated.error();
    auto turn_mark = TurnMarkFile::open(folder);
    if (!turn_mark) return turn_mark.error();
    return std::unique_ptr<SqliteStore>(
        new Sqlite(std::move(*lock), std::move(*turn_mark), path, options, std::move(*writer)));
}

}  // namespace pawl::engine
