#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/sqlite_session.h"

// A prepared statement, its parameters and the row it stands at. SOCI prepares and owns it; values
// are bound and fetched by SQLite's own calls, since SOCI's took a fifth of the writer's time for
// copying what is there already. Prepared once, run often. Throws what SOCI throws; after that it
// is of no more use.

namespace pawl::engine {

class Statement {
 public:
    // Parameters and columns by position, a letter each: i a 64-bit integer, n a number, t a text.
    // Parameters are written `:a`, `:b` … in the SQL; every one must occur there once, in order.
    // The session outlives the statement.
    Statement(SqliteSession& session, const std::string& sql, std::string_view parameters,
              std::string_view columns = {});
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Parameters count from 0. What is set stays for the next run.
    void set_integer(std::size_t parameter, std::int64_t value);
    void set_number(std::size_t parameter, double value);
    void set_text(std::size_t parameter, std::string_view value);
    // Without a copy: the text stays where it is until the statement was run, and is set anew
    // before it is run again.
    void set_kept_text(std::size_t parameter, std::string_view value);
    void set_null(std::size_t parameter);

    // Runs what answers no rows.
    void run();

    // Runs a query and fetches its first row, then the next; false: no more, and nothing is left
    // open. Who stops earlier calls finish(), else the connection keeps looking at an old state and
    // the write-ahead log cannot shrink. `Rows` does that by itself.
    bool first();
    bool next();
    void finish();

    // Columns of the row that was fetched, from 0. A null reads as 0 or as an empty text.
    bool is_null(std::size_t column) const { return columns_[column].is_null; }
    std::int64_t integer(std::size_t column) const;
    double number(std::size_t column) const;
    const std::string& text(std::size_t column) const;

 private:
    struct Cell {
        char type = 'i';
        bool is_null = true;
        std::int64_t integer = 0;
        double number = 0;
        std::string text;  // of a parameter: bound by address
    };
    static std::vector<Cell> make_cells(std::string_view types);
    Cell& begin_set(std::size_t parameter, char type);
    // The next row, or the end, into `columns_`.
    bool step();
    void check(int code) const;

    std::vector<Cell> parameters_, columns_;
    soci::statement statement_;
    sqlite_api::sqlite3_stmt* prepared_ = nullptr;  // the statement's own
    bool is_open_ = false;
};

// The rows of a query: `for (Rows rows(statement); rows.next();) statement.integer(0) …`. Closes it
// wherever the loop is left.
class Rows {
 public:
    explicit Rows(Statement& statement) : statement_(statement) {}
    ~Rows() { statement_.finish(); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    bool next() {
        if (is_begun_) return statement_.next();
        is_begun_ = true;
        return statement_.first();
    }

 private:
    Statement& statement_;
    bool is_begun_ = false;
};

}  // namespace pawl::engine
