#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/store/person_values.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/statement.h"

namespace pawl::engine {

// What the stages of an erasure share: a stretch of rows is read, what names the person is written
// anew, and the erasure knows where it goes on. In a transaction of the caller. Throws.
class ErasureStep {
 public:
    // All of them outlive it.
    ErasureStep(const WriterParts& parts, Erasure& erasure, std::int64_t rows_max)
        : parts_(parts),
          session_(parts.session),
          schema_(parts.program.schema),
          erasure_(erasure),
          values_(erasure),
          rows_max_(rows_max) {}

 protected:
    void next_stage() {
        erasure_.stage = static_cast<Erasure::Stage>(static_cast<int>(erasure_.stage) + 1);
        erasure_.after = 0;
    }

    // A stretch of rows read into memory before any is written.
    struct Row {
        std::int64_t number;
        std::string text, more;
        bool is_null = false, is_more_null = false;
    };
    std::vector<Row> read_rows(const std::string& columns, const std::string& table) {
        std::vector<Row> found;
        Statement next(session_,
                       "select number, " + columns + " from " + table +
                           " where number > :a order by number limit :b",
                       "ii", "itt");
        next.set_integer(0, erasure_.after);
        next.set_integer(1, rows_max_);
        for (Rows rows(next); rows.next();)
            found.push_back(
                {next.integer(0), next.text(1), next.text(2), next.is_null(1), next.is_null(2)});
        if (!found.empty()) erasure_.after = found.back().number;
        return found;
    }
    bool is_last(std::size_t rows) const { return static_cast<std::int64_t>(rows) < rows_max_; }

    const WriterParts& parts_;
    SqliteSession& session_;
    const rules::Schema& schema_;
    Erasure& erasure_;
    PersonValues values_;
    std::int64_t rows_max_;
};

// The stages of what is to come: marks, runs that wait, timers. sqlite_erase_waiting.cpp
void erase_waiting(const WriterParts& parts, Erasure& erasure, std::int64_t rows_max);

}  // namespace pawl::engine
