#include "engine/store/sqlite_session.h"

#include <cerrno>
#include <new>
#include <utility>

namespace pawl::engine {

using namespace sqlite_api;

namespace {

// How long a connection waits for another one's lock. Readers hold none that a writer waits for;
// this is for a backup tool or a person's shell at the same file.
constexpr int busy_timeout_ms = 5'000;

constexpr std::uint64_t page_bytes = 4'096;  // SQLite's default

// What a write-ahead log keeps on disk after it was moved into the file.
constexpr std::int64_t log_bytes_kept = 64 << 20;

int flags_of(SessionMode mode) {
    // Each connection is one thread's at a time, so SQLite need not lock it.
    const int access = mode == SessionMode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                  : SQLITE_OPEN_READONLY;
    return access | SQLITE_OPEN_NOMUTEX;
}

// SQLite counts its memory under a lock that both threads would take for every row. Where somebody
// used SQLite before, it goes on counting.
void stop_counting_memory() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)once;
}

bool is_disk_full(int code, int system_error) {
    if ((code & 0xff) == SQLITE_FULL) return true;
    // After a failed fsync nobody knows what is on disk, whatever its reason.
    const bool is_io = (code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_FSYNC &&
                       code != SQLITE_IOERR_DIR_FSYNC;
    // A file that could not be made: there is no room for its name.
    if (!is_io && (code & 0xff) != SQLITE_CANTOPEN) return false;
    return system_error == ENOSPC || system_error == EDQUOT;
}

Error error_of(int code, int system_error, std::string_view doing) {
    const std::string begin = "the store cannot " + std::string(doing) + ": ";
    if (is_disk_full(code, system_error))
        return {"full", begin + "the disk is full. Make room; it goes on by itself", true};
    const std::string end = " (SQLite " + std::to_string(code) + ")";
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {"busy", begin + "another program holds its file locked" + end, true};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {"read_only", begin + "its file or folder may not be written" + end};
        case SQLITE_CANTOPEN:
            if (system_error == EACCES || system_error == EPERM || system_error == EROFS)
                return {"read_only", begin + "its file or folder may not be written" + end};
            return {"unreadable", begin + "its file cannot be opened" + end};
        case SQLITE_NOTADB:
            return {"damaged", begin + "its file is no store, or its beginning is damaged" + end};
        case SQLITE_CORRUPT:
            return {"damaged", begin + "its file is damaged. Go back to a backup" + end};
        case SQLITE_NOMEM: return {"unreadable", begin + "memory is short" + end};
        default: return {"unreadable", begin + sqlite3_errstr(code) + end};
    }
}

}  // namespace

Result<std::unique_ptr<SqliteSession>> SqliteSession::open(const std::string& path,
                                                           const SessionOptions& options) {
    stop_counting_memory();
    std::unique_ptr<SqliteSession> session(new SqliteSession);
    sqlite3* own = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &own, flags_of(options.mode),
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
    if (code != SQLITE_OK) {
        const Error error = error_of(own == nullptr ? code : sqlite3_extended_errcode(own),
                                     own == nullptr ? 0 : sqlite3_system_errno(own), "be opened");
        sqlite3_close(own);
        return error;
    }
    // SOCI 4.0 neither takes a VFS nor every path; so it opens nothing, and is given a connection.
    const auto give = [&]() -> Status {
        session->session_.open(soci::sqlite3, "db=:memory:");
        auto* backend =
            static_cast<soci::sqlite3_session_backend*>(session->session_.get_backend());
        sqlite3_close(std::exchange(backend->conn_, own));
        own = nullptr;
        session->set_up(options);
        return Done{};
    };
    const Status given = session->attempt("be opened", give);
    if (own != nullptr) sqlite3_close(own);
    if (!given) return given.error();
    return session;
}

void SqliteSession::set_up(const SessionOptions& options) {
    sqlite3* connection = handle();
    // The codes that tell a full disk from a failed fsync.
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busy_timeout_ms);
    execute("pragma cache_size = -" + std::to_string(options.page_cache_bytes / 1024));
    execute("pragma temp_store = memory");
    // A file from elsewhere cannot make our queries run code of its schema.
    execute("pragma trusted_schema = off");
    // SQLite before 3.51.3 may damage a log that two connections move into the file at once. So the
    // writer alone does, and only when it is told to.
    sqlite3_wal_autocheckpoint(connection, 0);
    if (options.mode == SessionMode::read) {
        sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        execute("pragma query_only = on");
        return;
    }
    // SQLite opens a file that may not be written to read it, and would only say so later.
    if (sqlite3_db_readonly(connection, "main") == 1)
        throw soci::sqlite3_soci_error("opened to read only", SQLITE_READONLY);
    execute("pragma page_size = " + std::to_string(page_bytes));
    std::string mode;
    session_ << "pragma journal_mode = wal", soci::into(mode);
    if (mode != "wal")
        throw soci::sqlite3_soci_error("no write-ahead log on this file system", SQLITE_CANTOPEN);
    opened_as_ = options.synchronous;
    set_synchronous(options.synchronous);
    sqlite3_wal_hook(connection, note_log, this);
    execute("pragma journal_size_limit = " + std::to_string(log_bytes_kept));
}

// The file itself keeps its size when the log begins anew, so SQLite is asked.
int SqliteSession::note_log(void* self, sqlite3*, const char*, int frames) {
    static_cast<SqliteSession*>(self)->log_bytes_ = static_cast<std::uint64_t>(frames) * page_bytes;
    return SQLITE_OK;
}

sqlite3* SqliteSession::handle() const {
    auto& session = const_cast<soci::session&>(session_);  // SOCI's getter is not const
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

void SqliteSession::execute(const std::string& sql) { session_ << sql; }

void SqliteSession::run(Prepared& statement, const char* sql) {
    int code = SQLITE_OK;
    if (statement == nullptr) {
        sqlite3_stmt* made = nullptr;
        code = sqlite3_prepare_v3(handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
        statement.reset(made);
    }
    if (code == SQLITE_OK) {
        sqlite3_step(statement.get());
        code = sqlite3_reset(statement.get());  // says again what went wrong
    }
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error(sqlite3_errmsg(handle()), code);
}

void SqliteSession::set_synchronous(Synchronous synchronous) {
    if (opened_as_ == Synchronous::normal) synchronous = Synchronous::normal;
    if (synchronous_ == synchronous) return;
    const char* sql = synchronous == Synchronous::full ? "pragma synchronous = full"
                                                       : "pragma synchronous = normal";
    synchronous_.reset();
    execute(sql);
    synchronous_ = synchronous;
}

void SqliteSession::sync_log() {
    sqlite3_file* log = nullptr;
    int code = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code == SQLITE_OK)
        code = log == nullptr || log->pMethods == nullptr
                   ? SQLITE_MISUSE
                   : log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error("sync", code);
}

std::int64_t SqliteSession::changed_rows() const { return sqlite3_changes64(handle()); }

bool SqliteSession::is_in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

int SqliteSession::busy_statements() const {
    int busy = 0;
    for (sqlite3_stmt* each = sqlite3_next_stmt(handle(), nullptr); each != nullptr;
         each = sqlite3_next_stmt(handle(), each))
        busy += sqlite3_stmt_busy(each);
    return busy;
}

Error SqliteSession::error(const std::exception& thrown, std::string_view doing) const {
    const std::string begin = "the store cannot " + std::string(doing) + ": ";
    if (const auto* damage = dynamic_cast<const StoreDamage*>(&thrown))
        return {"damaged", begin + damage->what()};
    // SOCI's own what() tells the values that were bound.
    if (const auto* failed = dynamic_cast<const soci::sqlite3_soci_error*>(&thrown))
        return error_of(failed->result(), sqlite3_system_errno(handle()), doing);
    if (const auto* failed = dynamic_cast<const soci::soci_error*>(&thrown))
        return {"unreadable", begin + failed->get_error_message()};
    if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
        return {"unreadable", begin + "memory is short"};
    return {"unreadable", begin + "it failed in a way that is not known"};
}

void WriteTransaction::commit() { session_.commit(); }

namespace {

void roll_back(SqliteSession& session) {
    // A full disk or a failed write may have ended the transaction already.
    if (!session.is_in_transaction()) return;
    try {
        session.execute("rollback");
    } catch (const std::exception&) {
        // The connection cannot even undo; its next use fails and says why.
    }
}

}  // namespace

WriteTransaction::~WriteTransaction() { roll_back(session_); }

ReadTransaction::~ReadTransaction() { roll_back(session_); }

}  // namespace pawl::engine
