#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

// SQLite's C API with owners for its handles, nothing more. For what is measured against, and for
// looking at a store behind the engine's back. The first error stays with the database; after it
// every call does nothing, so that one look at `status` at the end of some work is enough.

namespace pawl::bench {

class RawStatement {
 public:
    RawStatement() = default;

    // The next row; false after the last one, and after an error.
    bool step();
    void reset() { ::sqlite3_reset(handle_.get()); }
    std::int64_t integer(int column) const { return ::sqlite3_column_int64(handle_.get(), column); }
    std::string text(int column) const;
    sqlite3_stmt* handle() const { return handle_.get(); }

 private:
    friend class RawDatabase;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    std::shared_ptr<std::optional<Error>> problem_;
};

enum class RawAccess : std::uint8_t {
    write,  // makes the file where there is none
    look,   // never writes, never checkpoints
};

class RawDatabase {
 public:
    RawDatabase() = default;  // nothing is open
    RawDatabase(const std::string& path, RawAccess access);

    // Statements without rows, separated by semicolons.
    void run(const std::string& sql);
    RawStatement prepare(const std::string& sql);
    // The only column of the only row; 0 where there is none.
    std::int64_t integer(const std::string& sql);

    // The first error, "sqlite"; none: all went well so far.
    Status status() const;

 private:
    struct Close {
        void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
    };
    bool can_go_on(int code);

    std::unique_ptr<sqlite3, Close> handle_;
    std::shared_ptr<std::optional<Error>> problem_;
};

// `name` as SQL takes any name.
std::string quoted(const std::string& name);

}  // namespace pawl::bench
