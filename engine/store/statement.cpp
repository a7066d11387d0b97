#include "engine/store/statement.h"

#include "base/check.h"

namespace pawl::engine {

using namespace sqlite_api;

Statement::Statement(SqliteSession& session, const std::string& sql, std::string_view parameters,
                     std::string_view columns)
    : parameters_(make_cells(parameters)),
      columns_(make_cells(columns)),
      statement_(session.soci()) {
    statement_.alloc();
    statement_.prepare(sql);
    prepared_ = static_cast<soci::sqlite3_statement_backend*>(statement_.get_backend())->stmt_;
    PAWL_CHECK(sqlite3_bind_parameter_count(prepared_) == static_cast<int>(parameters.size()));
    PAWL_CHECK(sqlite3_column_count(prepared_) >= static_cast<int>(columns.size()));
}

Statement::~Statement() = default;

std::vector<Statement::Cell> Statement::make_cells(std::string_view types) {
    std::vector<Cell> cells(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        PAWL_CHECK(types[i] == 'i' || types[i] == 'n' || types[i] == 't');
        cells[i].type = types[i];
    }
    return cells;
}

void Statement::check(int code) const {
    if (code == SQLITE_OK) return;
    throw soci::sqlite3_soci_error(sqlite3_errmsg(sqlite3_db_handle(prepared_)), code);
}

// Values can be bound only while no row is looked at.
Statement::Cell& Statement::begin_set(std::size_t parameter, char type) {
    finish();
    Cell& cell = parameters_[parameter];
    PAWL_CHECK(cell.type == type);
    cell.is_null = false;
    return cell;
}

void Statement::set_integer(std::size_t parameter, std::int64_t value) {
    begin_set(parameter, 'i');
    check(sqlite3_bind_int64(prepared_, static_cast<int>(parameter) + 1, value));
}

void Statement::set_number(std::size_t parameter, double value) {
    begin_set(parameter, 'n');
    check(sqlite3_bind_double(prepared_, static_cast<int>(parameter) + 1, value));
}

void Statement::set_text(std::size_t parameter, std::string_view value) {
    Cell& cell = begin_set(parameter, 't');
    cell.text.assign(value);
    set_kept_text(parameter, cell.text);
}

void Statement::set_kept_text(std::size_t parameter, std::string_view value) {
    begin_set(parameter, 't');
    // No address would be null.
    const char* bytes = value.data() == nullptr ? "" : value.data();
    check(sqlite3_bind_text(prepared_, static_cast<int>(parameter) + 1, bytes,
                            static_cast<int>(value.size()), SQLITE_STATIC));
}

void Statement::set_null(std::size_t parameter) {
    Cell& cell = parameters_[parameter];
    if (cell.is_null) return;
    begin_set(parameter, cell.type);
    cell.is_null = true;
    check(sqlite3_bind_null(prepared_, static_cast<int>(parameter) + 1));
}

void Statement::run() {
    finish();
    const int code = sqlite3_step(prepared_);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        const soci::sqlite3_soci_error error(sqlite3_errmsg(sqlite3_db_handle(prepared_)), code);
        sqlite3_reset(prepared_);
        throw error;
    }
    check(sqlite3_reset(prepared_));
}

bool Statement::first() {
    finish();
    is_open_ = true;
    return step();
}

bool Statement::next() { return is_open_ && step(); }

bool Statement::step() {
    const int code = sqlite3_step(prepared_);
    if (code == SQLITE_DONE) finish();
    if (code == SQLITE_DONE) return false;
    if (code != SQLITE_ROW) check(code);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const int column = static_cast<int>(i);
        Cell& cell = columns_[i];
        cell.is_null = sqlite3_column_type(prepared_, column) == SQLITE_NULL;
        if (cell.is_null) continue;
        if (cell.type == 'i') {
            cell.integer = sqlite3_column_int64(prepared_, column);
        } else if (cell.type == 'n') {
            cell.number = sqlite3_column_double(prepared_, column);
        } else {
            const unsigned char* text = sqlite3_column_text(prepared_, column);
            const int bytes = sqlite3_column_bytes(prepared_, column);
            cell.text.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes));
        }
    }
    return true;
}

void Statement::finish() {
    if (!is_open_) return;
    is_open_ = false;
    // An error of the look was told where it happened.
    sqlite3_reset(prepared_);
}

std::int64_t Statement::integer(std::size_t column) const {
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 'i');
    return cell.is_null ? 0 : cell.integer;
}

double Statement::number(std::size_t column) const {
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 'n');
    return cell.is_null ? 0 : cell.number;
}

const std::string& Statement::text(std::size_t column) const {
    static const std::string nothing;
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 't');
    return cell.is_null ? nothing : cell.text;
}

}  // namespace pawl::engine
