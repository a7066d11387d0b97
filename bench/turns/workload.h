#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

// What the benchmark of turns feeds in: numbered deposits to accounts, one unit each, so that the
// sum of all balances is the number of deposits that were carried out. No chance in it: within a
// process the same number is the same event.

namespace pawl::bench {

enum class Work : std::uint8_t {
    waits,    // bench/turns/book_wait.pawl: three steps, a timer of one second, a fourth step
    at_once,  // bench/turns/book.pawl: all in the event's own turn
};

// What a run leaves in automation_log: that it fired, and a row a step.
constexpr std::uint64_t log_rows_per_run(Work work) { return work == Work::waits ? 5 : 3; }

std::string_view turns_book(Work work);
// A rulebook of the benchmarks, by its path in bench/.
std::string_view bench_book(std::string_view path);

// `accounts` records without a deposit, as a state file has them (cli.md).
Json accounts_state(std::uint64_t accounts);

// The account of deposit `number`. Of any `accounts` deposits in a row no two go to the same one,
// and neighbours lie far apart: so a group writes as many records as it has turns.
std::uint64_t account_of(std::uint64_t number, std::uint64_t accounts);

// How many of the deposits 0 … `deposits` - 1 go to each account.
std::vector<std::uint64_t> deposits_by_account(std::uint64_t accounts, std::uint64_t deposits);

// "a0000017"
std::string account_id(std::uint64_t account);

// The number in an event's id; nothing: it is none of ours.
std::optional<std::uint64_t> deposit_number(std::string_view id);

// A CloudEvent of about 285 bytes, of the second in which the process first asked for one.
std::string event_text(std::uint64_t number, std::uint64_t accounts);

}  // namespace pawl::bench
