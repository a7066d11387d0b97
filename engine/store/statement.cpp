#include "engine/store/statement.h"

#include "base/check.h"

namespace pawl::engine {

Statement::Statement(SqliteSession& session, const std::string& sql, std::string_view parameters,
                     std::string_view columns)
    : parameters_(make_cells(parameters)),
      columns_(make_cells(columns)),
      statement_(session.soci()) {
    for (Cell& cell : parameters_) {
        switch (cell.type) {
            case 'i': statement_.exchange(soci::use(cell.integer, cell.state)); break;
            case 'n': statement_.exchange(soci::use(cell.number, cell.state)); break;
            default: statement_.exchange(soci::use(cell.text, cell.state)); break;
        }
    }
    for (Cell& cell : columns_) {
        switch (cell.type) {
            case 'i': statement_.exchange(soci::into(cell.integer, cell.state)); break;
            case 'n': statement_.exchange(soci::into(cell.number, cell.state)); break;
            default: statement_.exchange(soci::into(cell.text, cell.state)); break;
        }
    }
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
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

void Statement::set_integer(std::size_t parameter, std::int64_t value) {
    Cell& cell = parameters_[parameter];
    PAWL_CHECK(cell.type == 'i');
    cell.integer = value;
    cell.state = soci::i_ok;
}

void Statement::set_number(std::size_t parameter, double value) {
    Cell& cell = parameters_[parameter];
    PAWL_CHECK(cell.type == 'n');
    cell.number = value;
    cell.state = soci::i_ok;
}

void Statement::set_text(std::size_t parameter, std::string_view value) {
    Cell& cell = parameters_[parameter];
    PAWL_CHECK(cell.type == 't');
    cell.text.assign(value);
    cell.state = soci::i_ok;
}

void Statement::set_null(std::size_t parameter) { parameters_[parameter].state = soci::i_null; }

void Statement::run() { statement_.execute(true); }

bool Statement::first() {
    finish();
    is_open_ = true;
    return answer(statement_.execute(true));
}

bool Statement::next() { return is_open_ && answer(statement_.fetch()); }

bool Statement::answer(bool found) {
    if (!found) finish();
    return found;
}

void Statement::finish() {
    if (!is_open_) return;
    is_open_ = false;
    // SOCI's own reset does this too, but its library does not export it.
    auto* backend = static_cast<soci::sqlite3_statement_backend*>(statement_.get_backend());
    if (sqlite_api::sqlite3_reset(backend->stmt_) == SQLITE_OK) backend->databaseReady_ = true;
}

std::int64_t Statement::integer(std::size_t column) const {
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 'i');
    return cell.state == soci::i_null ? 0 : cell.integer;
}

double Statement::number(std::size_t column) const {
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 'n');
    return cell.state == soci::i_null ? 0 : cell.number;
}

const std::string& Statement::text(std::size_t column) const {
    static const std::string nothing;
    const Cell& cell = columns_[column];
    PAWL_CHECK(cell.type == 't');
    return cell.state == soci::i_null ? nothing : cell.text;
}

}  // namespace pawl::engine
