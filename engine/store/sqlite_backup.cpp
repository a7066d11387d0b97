#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/statement.h"

// The file layer's own calls: SOCI has no word for a copy.
using namespace sqlite_api;  // NOLINT: SOCI wraps sqlite3.h so

namespace pawl::engine {

namespace fs = std::filesystem;

namespace {

// The copy grows beside its place and takes it when it is whole, so that who is killed leaves none
// that looks like one. What an earlier one left behind is written anew.
class TargetFolder {
 public:
    explicit TargetFolder(fs::path path)
        : path_(std::move(path)), unfinished_(path_.string() + ".unfinished") {}
    ~TargetFolder() {
        std::error_code ignored;
        if (is_made_) fs::remove_all(unfinished_, ignored);
    }
    TargetFolder(const TargetFolder&) = delete;
    TargetFolder& operator=(const TargetFolder&) = delete;

    std::string unfinished() const { return unfinished_.string(); }

    Status make() {
        std::error_code problem;
        if (fs::exists(fs::symlink_status(path_, problem)))
            return Error{.code = "exists",
                         .message = name() + " is there already; a backup takes a new folder"};
        fs::remove_all(unfinished_, problem);
        is_made_ = fs::create_directory(unfinished_, problem);
        if (!is_made_) return cannot_be_made(problem);
        // As the folder it is a copy of: its owner's alone.
        fs::permissions(unfinished_, fs::perms::owner_all, problem);
        if (problem) return cannot_be_made(problem);
        return Done{};
    }

    Status finish() {
        std::error_code problem;
        fs::rename(unfinished_, path_, problem);
        if (problem) return cannot_be_made(problem);
        is_made_ = false;
        sync_folder(path_);
        sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
        return Done{};
    }

 private:
    std::string name() const { return quote_for_message(path_.string(), 200); }
    Error cannot_be_made(const std::error_code& problem) const {
        return {.code = "unreadable", .message = name() + " cannot be made: " + problem.message()};
    }
    // So that the names are on disk, too. Not every file system can.
    static void sync_folder(const fs::path& folder) {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) return;
        (void)::fsync(descriptor);
        ::close(descriptor);
    }

    const fs::path path_, unfinished_;
    bool is_made_ = false;
};

struct CloseBackup {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

// Every page of one moment: the source's snapshot is held from the first page to the last.
void copy_pages(SqliteSession& from, SqliteSession& to) {
    std::unique_ptr<sqlite3_backup, CloseBackup> backup(
        sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
    if (backup == nullptr)
        throw soci::sqlite3_soci_error("no copy", sqlite3_extended_errcode(to.handle()));
    const int stepped = sqlite3_backup_step(backup.get(), -1);
    const int finished = sqlite3_backup_finish(backup.release());
    const int code = stepped == SQLITE_DONE ? finished : stepped;
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error("no copy", code);
}

struct Identity {
    std::int64_t version = 0, now = 0, next_input = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
};

Identity read_identity(SqliteSession& session) {
    Identity identity;
    Statement version(session, "select coalesce(max(id), 0) from schema_version", "", "i");
    for (Rows rows(version); rows.next();) identity.version = version.integer(0);
    Statement position(session, "select now, next_input from position", "", "ii");
    for (Rows rows(position); rows.next();) {
        identity.now = position.integer(0);
        identity.next_input = position.integer(1);
    }
    return identity;
}

// What SQLite finds wrong; empty: nothing.
std::string check_whole(SqliteSession& session) {
    std::string found;
    Statement check(session, "pragma integrity_check(3)", "", "t");
    for (Rows rows(check); rows.next();)
        if (check.text(0) != "ok") found += (found.empty() ? "" : "; ") + check.text(0);
    return found;
}

Status copy(const std::string& from_path, const std::string& to_path, Identity& at_least) {
    SessionOptions reading;
    PAWL_TRY(const std::unique_ptr<SqliteSession> from, SqliteSession::open(from_path, reading));
    const Status read = from->attempt("be copied", [&]() -> Status {
        at_least = read_identity(*from);
        return Done{};
    });
    if (!read) return read;
    SessionOptions writing;
    writing.mode = SessionMode::write;
    PAWL_TRY(const std::unique_ptr<SqliteSession> to, SqliteSession::open(to_path, writing));
    return to->attempt("be copied", [&]() -> Status {
        to->execute("pragma journal_mode = delete");  // else all is written twice
        copy_pages(*from, *to);
        return Done{};
    });
}

Status check_copy(const std::string& path, const Identity& at_least) {
    SessionOptions writing;
    writing.mode = SessionMode::write;  // so that closing it leaves one file alone
    PAWL_TRY(const std::unique_ptr<SqliteSession> session, SqliteSession::open(path, writing));
    return session->attempt("be read back from the copy", [&]() -> Status {
        if (const std::string found = check_whole(*session); !found.empty())
            return Error{.code = "damaged", .message = "the copy is damaged: " + found};
        const Identity identity = read_identity(*session);
        if (identity.version != at_least.version || identity.now < at_least.now ||
            identity.next_input < at_least.next_input)
            return Error{.code = "damaged",
                         .message = "the copy is not of the store: its counters lie behind"};
        return Done{};
    });
}

}  // namespace

Status backup_store(const std::string& folder, const std::string& target) {
    const std::string from = database_path(folder);
    std::error_code problem;
    if (!fs::is_regular_file(from, problem))
        return Error{.code = "unreadable",
                     .message = quote_for_message(folder, 200) + " holds no store"};
    TargetFolder made(target);
    if (Status done = made.make(); !done) return done;
    const std::string to = database_path(made.unfinished());
    Identity at_least;
    if (Status done = copy(from, to, at_least); !done) return done;
    if (Status done = check_copy(to, at_least); !done) return done;
    return made.finish();
}

}  // namespace pawl::engine
