#include "tests/fault/plain_connection.h"

namespace pawl::fault {

Connection::Connection(const std::string& path, const std::string& vfs) {
    code_ = sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                            vfs.empty() ? nullptr : vfs.c_str());
}

Connection::~Connection() { sqlite3_close(handle_); }

std::string Connection::message() const { return sqlite3_errmsg(handle_); }

int Connection::run(const std::string& sql) {
    code_ = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    return code_;
}

std::vector<std::string> Connection::read(const std::string& sql) {
    std::vector<std::string> rows;
    code_ = sqlite3_exec(
        handle_, sql.c_str(),
        [](void* into, int, char** columns, char**) {
            static_cast<std::vector<std::string>*>(into)->push_back(
                columns[0] == nullptr ? "" : columns[0]);
            return 0;
        },
        &rows, nullptr);
    if (code_ != SQLITE_OK) rows.clear();
    return rows;
}

std::string Connection::check() {
    const std::vector<std::string> rows = read("PRAGMA integrity_check");
    if (code_ != SQLITE_OK) return message();
    return rows.empty() ? "nothing" : rows[0];
}

}  // namespace pawl::fault
