#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "engine/store/sqlite_store.h"
#include "rules/program.h"

// A small rulebook whose every event leaves four traces that can be counted, and what they must
// come to.

namespace pawl::fault {

// `second` gives its accounts a tier and knows refunds.
enum class Edition : std::uint8_t { first, second };
std::string till_text(Edition edition);
rules::Program compile_book(const std::string& text);
rules::Program compile_till(Edition edition = Edition::first);

// The event of that number: its id is "e<number>", its account and amount follow from it.
std::string payment_event(std::int64_t number);
std::string payment_id(std::int64_t number);

// Looks whether the store holds what exactly these events bring about, each once: the accounts'
// sums, and a record, a run, a log row and an effect each. Empty when it does; else the first
// difference.
std::string till_difference(engine::Store& store, const rules::Program& program,
                            const std::set<std::int64_t>& numbers);

}  // namespace pawl::fault
