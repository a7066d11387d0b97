#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/store/statement.h"

// Puts rows into a table, eight by one statement where there are so many: to begin and to end a
// statement costs as much as a row.

namespace pawl::engine {

class RowInserter {
 public:
    // `insert`: "insert into name (column, …)"; `letters`: of statement.h, one for each column.
    RowInserter(std::string insert, std::string letters)
        : insert_(std::move(insert)), letters_(std::move(letters)) {}

    // In order, `count` rows. `set(statement, first, i)` sets the parameters of the i-th, of which
    // `first` is the first; what it sets without a copy stays until all are in. Throws what
    // Statement does; then `forget` is to be called.
    template <class Set>
    void insert(SqliteSession& session, std::size_t count, Set set) {
        std::size_t done = 0;
        for (; count - done >= rows_at_once; done += rows_at_once)
            insert_rows(session, many_, rows_at_once, done, set);
        for (; done < count; ++done) insert_rows(session, one_, 1, done, set);
    }
    // The statements are prepared anew.
    void forget() {
        one_.reset();
        many_.reset();
    }

 private:
    static constexpr std::size_t rows_at_once = 8;
    using Prepared = std::unique_ptr<Statement>;

    template <class Set>
    void insert_rows(SqliteSession& session, Prepared& statement, std::size_t rows,
                     std::size_t begin, Set& set) {
        if (!statement) statement = prepare(session, rows);
        for (std::size_t i = 0; i < rows; ++i) set(*statement, i * letters_.size(), begin + i);
        statement->run();
    }
    Prepared prepare(SqliteSession& session, std::size_t rows) const;

    const std::string insert_, letters_;
    Prepared one_, many_;
};

}  // namespace pawl::engine
