#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/store/sqlite_session.h"

// Moves the write-ahead log into the file. SQLite copies all it may and then waits until the file
// is on disk, which is most of the time; meanwhile nobody commits. It does not wait where a reader
// still looks at the log, since then the log cannot begin anew: what was copied stands in it, too.
// So under load the log is moved in pieces, each while a reader of our own looks at the state
// before the last commit, and a thread syncs the file while commits go on. Once the log is long a
// last piece is moved, and as soon as the file is synced the rest, which commits wait for: it is
// small then. With it the log begins anew.
//
// The writer's connection alone moves, never two at a time. Used by whoever commits.

namespace pawl::engine {

class LogMover {
 public:
    // The session, which writes, outlives it.
    LogMover(SqliteSession& writer, std::string path, const SqliteStoreOptions& options);
    ~LogMover();

    // The log has grown so much that a piece of it is worth moving.
    bool is_log_long() const { return is_held_ || writer_.log_bytes() >= move_at_ || is_closing(); }

    // Before a commit: what stands in the log by now is the piece that `move_piece` moves.
    void hold_piece();
    // After every commit: sees when the log has begun anew.
    void notice_commit();
    // After a commit that a piece may be held for. Where none is there is nothing to do, or all is
    // to be moved.
    Status move_piece();
    // All that no reader holds back, and waits until it is on disk.
    Status move_all();
    // Holds no piece any more: all may be moved by somebody else.
    void let_go();

 private:
    class Helpers;

    bool has_helpers();
    // The log is to begin anew.
    bool is_closing() const { return writer_.log_bytes() >= close_at_; }
    // Little is left, so that commits may wait for it, or what the last piece left.
    bool may_close() const;
    Status move();

    SqliteSession& writer_;
    const std::string path_;
    const SqliteStoreOptions options_;
    // Bytes of the log: as of the last commit; at which the next piece is worth moving, and at
    // which all of it is, so that it begins anew; and how many of them stand in the file.
    std::uint64_t bytes_ = 0, move_at_, close_at_, moved_ = 0;
    bool has_closing_piece_ = false;
    std::unique_ptr<Helpers> helpers_;  // once they are needed
    bool is_without_helpers_ = false;   // they cannot be had
    bool is_held_ = false;
};

}  // namespace pawl::engine
