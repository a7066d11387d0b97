#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/statement.h"

// Where the engine stands, the row of `position`. Each group writes it.

namespace pawl::engine {

class Statements;

// As of the last commit; as it begins where nothing was committed yet. Throws.
Counters read_counters(Statements& statements, const rules::Program& program);

// In the transaction that is open, before a program is at work on the store: what the row says of
// ids goes into `entity`, which has those of entities that the program does not have, too. Throws.
void settle_ids(SqliteSession& session);

// The writer's.
class PositionWriter {
 public:
    // Both outlive it. Reads what is settled; throws.
    PositionWriter(SqliteSession& session, const rules::Program& program);

    // In the transaction that is open. The ids that `counters` does not tell stay. Throws.
    void write(const Counters& counters);
    // That transaction is committed.
    void keep();
    // After an error; it writes anew.
    void drop();

 private:
    SqliteSession& session_;
    const rules::Program& program_;
    std::vector<std::int64_t> settled_ids_, next_ids_, written_ids_;  // by entity
    std::optional<Statement> row_;
};

}  // namespace pawl::engine
