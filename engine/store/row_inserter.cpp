#include "engine/store/row_inserter.h"

namespace pawl::engine {

RowInserter::Prepared RowInserter::prepare(SqliteSession& session, std::size_t rows) const {
    std::string sql = insert_ + " values ";
    std::string letters;
    for (std::size_t row = 0; row < rows; ++row) {
        sql += row == 0 ? "(" : ", (";
        for (std::size_t column = 0; column < letters_.size(); ++column)
            sql += (column == 0 ? "?" : ", ?") + std::to_string(row * letters_.size() + column + 1);
        sql += ")";
        letters += letters_;
    }
    return std::make_unique<Statement>(session, sql, letters);
}

}  // namespace pawl::engine
