#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "bench/turns/raw_sqlite.h"
#include "bench/turns/workload.h"

namespace pawl::bench {

// The table that has an entity's records, from the store's catalogue.
std::string entity_table(RawDatabase& store, const std::string& entity);

// What a store holds of deposits that were acknowledged, counted behind the engine's back.
struct Recount {
    std::uint64_t inputs = 0, runs = 0, log_rows = 0;
    std::uint64_t carried_out = 0;  // the sum of all balances
    std::uint64_t waiting = 0;      // runs that wait, or timers that nobody has waited out
    // Deposits of which something is missing, and of which something is there twice: the worst of
    // the counts, and of the balances account by account.
    std::uint64_t lost = 0, doubled = 0;
};

// `file` is the store's; the deposits 0 … `deposits` - 1 to `accounts` were acknowledged, and
// nothing is to wait any more.
Result<Recount> recount(const std::string& file, Work work, std::uint64_t accounts,
                        std::uint64_t deposits);

}  // namespace pawl::bench
