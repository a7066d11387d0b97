#include "bench/turns/raw_sqlite.h"

namespace pawl::bench {

namespace {

// SQLite speaks of the last call on a connection.
Error error_of(sqlite3* database) {
    return {.code = "sqlite", .message = std::string("SQLite: ") + ::sqlite3_errmsg(database)};
}

}  // namespace

std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char letter : name) text += letter == '"' ? "\"\"" : std::string(1, letter);
    return text + "\"";
}

bool RawStatement::step() {
    if (!handle_ || problem_->has_value()) return false;
    const int code = ::sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) *problem_ = error_of(::sqlite3_db_handle(handle_.get()));
    return false;
}

std::string RawStatement::text(int column) const {
    const auto* bytes = ::sqlite3_column_text(handle_.get(), column);
    return bytes == nullptr ? std::string() : reinterpret_cast<const char*>(bytes);
}

RawDatabase::RawDatabase(const std::string& path, RawAccess access)
    : problem_(std::make_shared<std::optional<Error>>()) {
    const int flags = access == RawAccess::look ? SQLITE_OPEN_READONLY
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* opened = nullptr;
    const int code = ::sqlite3_open_v2(path.c_str(), &opened,
                                       flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(opened);
    if (!can_go_on(code)) return;
    if (access == RawAccess::look) {
        // Before SQLite 3.51.3 two connections that checkpoint can spoil a log.
        ::sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    ::sqlite3_busy_timeout(opened, 10'000);
}

bool RawDatabase::can_go_on(int code) {
    if (code != SQLITE_OK && !problem_->has_value()) *problem_ = error_of(handle_.get());
    return !problem_->has_value();
}

Status RawDatabase::status() const {
    if (problem_->has_value()) return **problem_;
    return Done{};
}

void RawDatabase::run(const std::string& sql) {
    if (problem_->has_value()) return;
    can_go_on(::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

RawStatement RawDatabase::prepare(const std::string& sql) {
    RawStatement statement;
    statement.problem_ = problem_;
    if (problem_->has_value()) return statement;
    sqlite3_stmt* made = nullptr;
    can_go_on(::sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &made, nullptr));
    statement.handle_.reset(made);
    return statement;
}

std::int64_t RawDatabase::integer(const std::string& sql) {
    RawStatement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

}  // namespace pawl::bench
