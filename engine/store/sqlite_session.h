#pragma once

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/store/sqlite_store.h"

// One connection to a store's file. Every one is opened here, so that all are set up alike. One
// thread uses a session at a time. What goes wrong inside is thrown as SOCI throws it; it ends in
// `attempt`, which is the room's door: nothing outside engine/store sees an exception.

namespace pawl::engine {

enum class SessionMode : std::uint8_t {
    write,  // makes the file where there is none; the only connection that checkpoints
    read,   // neither writes nor checkpoints
};

struct SessionOptions {
    SessionMode mode = SessionMode::read;
    Synchronous synchronous = Synchronous::full;
    std::string vfs = {};  // empty: the default
    std::size_t page_cache_bytes = 2u << 20;
};

// What was read back cannot have been written by us; says what, without values.
class StoreDamage : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

class SqliteSession {
 public:
    static Result<std::unique_ptr<SqliteSession>> open(const std::string& path,
                                                       const SessionOptions& options);
    SqliteSession(const SqliteSession&) = delete;
    SqliteSession& operator=(const SqliteSession&) = delete;

    soci::session& soci() { return session_; }
    sqlite_api::sqlite3* handle() const;

    // One statement without parameters. Throws.
    void execute(const std::string& sql);
    // Begins a transaction that writes; ends the one that is under way. Throw.
    void begin_writing() { run(begin_writing_, "begin immediate"); }
    void commit() { run(commit_, "commit"); }
    // Whether a commit waits for the disk, from the next transaction on: never where the session
    // was opened with `normal`. Throws.
    void set_synchronous(Synchronous synchronous);
    // Waits until what the write-ahead log holds by now is on disk, whichever connection wrote it;
    // this one has read from the store before. Throws.
    void sync_log();
    // Rows that the last statement changed.
    std::int64_t changed_rows() const;
    bool is_in_transaction() const;
    // Bytes that the write-ahead log held after this connection's last commit.
    std::uint64_t log_bytes() const { return log_bytes_; }
    // Statements that were begun and not fetched to their end; 0 when idle.
    int busy_statements() const;

    // What went wrong, for people: "the store cannot <doing>: …". Codes: "full" and "busy", which
    // may be tried again, "read_only", "damaged", "unreadable". Never a value that was bound.
    Error error(const std::exception& thrown, std::string_view doing) const;

    // Runs `work`, which answers a Status or a Result, and turns what it throws into its error.
    template <class Work>
    auto attempt(std::string_view doing, Work&& work) -> decltype(work()) {
        try {
            return work();
        } catch (const std::exception& thrown) {
            return error(thrown, doing);
        }
    }

 private:
    SqliteSession() = default;
    void set_up(const SessionOptions& options);

    static int note_log(void* self, sqlite_api::sqlite3* connection, const char* database,
                        int frames);

    struct Finalize {
        void operator()(sqlite_api::sqlite3_stmt* statement) const {
            sqlite_api::sqlite3_finalize(statement);
        }
    };
    using Prepared = std::unique_ptr<sqlite_api::sqlite3_stmt, Finalize>;
    void run(Prepared& statement, const char* sql);

    soci::session session_;
    // Prepared once, since each group needs both; gone before the session.
    Prepared begin_writing_, commit_;
    std::uint64_t log_bytes_ = 0;
    Synchronous opened_as_ = Synchronous::full;
    std::optional<Synchronous> synchronous_;  // as it is set
};

// A transaction that writes, taken at once (a deferred one fails when it first writes, whatever the
// busy timeout). Left without commit, it is rolled back. Throws.
class WriteTransaction {
 public:
    // With `normal` it is committed for every reader, and on disk once the log is synced.
    explicit WriteTransaction(SqliteSession& session, Synchronous synchronous = Synchronous::full)
        : session_(session) {
        session_.set_synchronous(synchronous);
        session_.begin_writing();
    }
    ~WriteTransaction();
    WriteTransaction(const WriteTransaction&) = delete;
    WriteTransaction& operator=(const WriteTransaction&) = delete;

    void commit();

 private:
    SqliteSession& session_;
};

// Reads that must see one state of the store. Throws.
class ReadTransaction {
 public:
    explicit ReadTransaction(SqliteSession& session) : session_(session) {
        session_.execute("begin");
    }
    ~ReadTransaction();
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
    SqliteSession& session_;
};

}  // namespace pawl::engine
