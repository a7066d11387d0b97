#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

// SQLite by its own door, to look at what a store left behind and to try the disk itself.

namespace pawl::fault {

class Connection {
 public:
    Connection(const std::string& path, const std::string& vfs);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Of the last call.
    int code() const { return code_; }
    std::string message() const;

    // Statements one after another; the primary result code.
    int run(const std::string& sql);
    // The first column of every row; nothing after an error.
    std::vector<std::string> read(const std::string& sql);
    // "ok", or what is wrong.
    std::string check();

 private:
    sqlite3* handle_ = nullptr;
    int code_ = SQLITE_OK;
};

}  // namespace pawl::fault
