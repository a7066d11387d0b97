#include "bench/turns/recount.h"

#include <algorithm>
#include <map>

namespace pawl::bench {

namespace {

void compare(std::uint64_t found, std::uint64_t due, Recount& counts) {
    if (found < due) counts.lost = std::max(counts.lost, due - found);
    if (found > due) counts.doubled = std::max(counts.doubled, found - due);
}

std::uint64_t rows(RawDatabase& store, const std::string& table) {
    return static_cast<std::uint64_t>(store.integer("SELECT count(*) FROM " + table));
}

// Rows of an engine's own entity, by its view, whose status says that all went well.
std::uint64_t successes(RawDatabase& store, const std::string& entity) {
    return rows(store, quoted(entity) + " WHERE status = 'success'");
}

}  // namespace

std::string entity_table(RawDatabase& store, const std::string& entity) {
    RawStatement name =
        store.prepare("SELECT table_name FROM entity WHERE name = '" + entity + "'");
    return name.step() ? name.text(0) : entity;
}

Result<Recount> recount(const std::string& file, Work work, std::uint64_t accounts,
                        std::uint64_t deposits) {
    RawDatabase store(file, RawAccess::look);
    Recount counts;
    counts.inputs = rows(store, "input");
    counts.runs = successes(store, "run");
    counts.log_rows = successes(store, "automation_log");
    counts.waiting =
        std::max(rows(store, "waiting_run"), rows(store, "timer") + rows(store, "timer_later"));
    std::map<std::string, std::uint64_t> balances;
    RawStatement account =
        store.prepare("SELECT id, balance FROM " + quoted(entity_table(store, "account")));
    while (account.step()) {
        balances[account.text(0)] = static_cast<std::uint64_t>(account.integer(1));
    }
    if (Status status = store.status(); !status) return status.error();

    const std::vector<std::uint64_t> due = deposits_by_account(accounts, deposits);
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    for (std::uint64_t i = 0; i < accounts; ++i) {
        const std::uint64_t balance = balances[account_id(i)];
        lost += due[i] - std::min(due[i], balance);
        doubled += balance - std::min(due[i], balance);
        counts.carried_out += balance;
    }
    counts.lost = std::max(lost, counts.waiting);
    counts.doubled = doubled;
    compare(counts.inputs, deposits, counts);
    compare(counts.runs, deposits, counts);
    // One of a run's rows is lost as much as all of them.
    const std::uint64_t per_run = log_rows_per_run(work);
    const std::uint64_t log_rows_due = deposits * per_run;
    if (counts.log_rows != log_rows_due) {
        compare((counts.log_rows + (counts.log_rows > log_rows_due ? per_run - 1 : 0)) / per_run,
                deposits, counts);
    }
    return counts;
}

}  // namespace pawl::bench
