#include "engine/store/log_mover.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace pawl::engine {

using namespace sqlite_api;

// The reader that holds back the end of the log, and the thread that syncs the file.
class LogMover::Helpers {
 public:
    Helpers(std::unique_ptr<SqliteSession> reader, std::unique_ptr<SqliteSession> synced)
        : reader_(std::move(reader)), synced_(std::move(synced)), thread_([this] { loop(); }) {}
    ~Helpers() {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
            wakes_.notify_one();
        }
        thread_.join();
    }
    Helpers(const Helpers&) = delete;
    Helpers& operator=(const Helpers&) = delete;

    SqliteSession& reader() { return *reader_; }

    bool is_syncing() const {
        const std::lock_guard lock(mutex_);
        return is_due_;
    }
    // From then on nobody knows what the file has.
    bool has_failed() const {
        const std::lock_guard lock(mutex_);
        return has_failed_;
    }
    void sync_soon() {
        const std::lock_guard lock(mutex_);
        is_due_ = true;
        wakes_.notify_one();
    }

 private:
    void loop() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wakes_.wait(lock, [this] { return is_due_ || is_stopping_; });
            if (is_stopping_) return;
            lock.unlock();
            const bool is_on_disk = sync();
            lock.lock();
            is_due_ = false;
            has_failed_ = has_failed_ || !is_on_disk;
        }
    }

    bool sync() {
        sqlite3_file* file = nullptr;
        const int found =
            sqlite3_file_control(synced_->handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
        return found == SQLITE_OK && file != nullptr && file->pMethods != nullptr &&
               file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK;
    }

    const std::unique_ptr<SqliteSession> reader_;
    const std::unique_ptr<SqliteSession> synced_;  // the thread's

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable wakes_;
    bool is_due_ = false, is_stopping_ = false, has_failed_ = false;
    std::thread thread_;
};

LogMover::LogMover(SqliteSession& writer, std::string path, const SqliteStoreOptions& options)
    : writer_(writer),
      path_(std::move(path)),
      options_(options),
      move_at_(options.log_piece_bytes),
      close_at_(options.log_bytes_most) {}

LogMover::~LogMover() = default;

bool LogMover::has_helpers() {
    if (is_without_helpers_ || helpers_ != nullptr) return !is_without_helpers_;
    const auto open = [this] {
        return SqliteSession::open(path_, {.mode = SessionMode::read, .vfs = options_.vfs});
    };
    auto reader = open();
    auto synced = open();
    is_without_helpers_ = !reader || !synced;
    if (!is_without_helpers_)
        helpers_ = std::make_unique<Helpers>(std::move(*reader), std::move(*synced));
    return helpers_ != nullptr;
}

void LogMover::notice_commit() {
    if (writer_.log_bytes() < bytes_) {
        move_at_ = options_.log_piece_bytes;
        close_at_ = options_.log_bytes_most;
        moved_ = 0;
        has_closing_piece_ = false;
    }
    bytes_ = writer_.log_bytes();
}

void LogMover::hold_piece() {
    if (is_held_ || !is_log_long() || (is_closing() && may_close())) return;
    if (!has_helpers() || helpers_->is_syncing()) return;
    SqliteSession& reader = helpers_->reader();
    const Status held = reader.attempt("be looked at", [&]() -> Status {
        reader.execute("begin");
        reader.execute("select now from position");  // the moment is that of the first look
        return Done{};
    });
    is_held_ = true;
    if (held) {
        if (is_closing()) has_closing_piece_ = true;
        return;
    }
    let_go();
    is_without_helpers_ = true;  // what they know of the file's last sync is still looked at
}

void LogMover::let_go() {
    if (!std::exchange(is_held_, false)) return;
    SqliteSession& reader = helpers_->reader();
    // One that cannot go back holds nothing either.
    (void)reader.attempt("be let go", [&]() -> Status {
        if (reader.is_in_transaction()) reader.execute("rollback");
        return Done{};
    });
}

Status LogMover::move_piece() {
    if (is_held_) {
        const Status moved = move();
        let_go();
        helpers_->sync_soon();
        return moved;
    }
    // A disk that is too slow to follow holds up commits in the end.
    const bool is_overdue = writer_.log_bytes() >= close_at_ + options_.log_bytes_most;
    const bool is_whole_due =
        !has_helpers() || is_overdue || (is_closing() && may_close() && !helpers_->is_syncing());
    // Else a piece is held at the next commit that finds the file synced.
    return is_whole_due ? move_all() : Status(Done{});
}

bool LogMover::may_close() const {
    return writer_.log_bytes() - moved_ <= options_.log_piece_bytes / 3 || has_closing_piece_;
}

// It begins anew with the next commit, unless somebody looks at it: then not again with each one.
Status LogMover::move_all() {
    let_go();
    Status moved = move();
    close_at_ = std::max(options_.log_bytes_most, writer_.log_bytes() + options_.log_piece_bytes);
    has_closing_piece_ = false;
    return moved;
}

// SQLite does not copy a piece twice, so a sync that failed cannot be made good.
Status LogMover::move() {
    if (helpers_ != nullptr && helpers_->has_failed())
        return Error{"unreadable",
                     "the store cannot move its log into its file: the disk did not take it"};
    move_at_ = writer_.log_bytes() + options_.log_piece_bytes;
    return writer_.attempt("move its log into its file", [&]() -> Status {
        int frames = 0, moved = 0;
        const int code = sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr,
                                                   SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
        if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
            throw soci::sqlite3_soci_error("checkpoint", code);
        if (code == SQLITE_OK && frames > 0)
            moved_ = writer_.log_bytes() * static_cast<std::uint64_t>(moved) /
                     static_cast<std::uint64_t>(frames);
        return Done{};
    });
}

}  // namespace pawl::engine
