#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/book_times.h"
#include "cli/terminal.h"

// Lines of `dry-run --json` as sentences for people: what a preview shows of what would happen.

namespace pawl::cli {

// A line of it in words, its times on the rulebook's clock: "client/c1.has_break: false → true".
std::string sentence(const Json& happening, const BookTimes& times);

// All of them in order; what a run does stands under a line that names the run.
void tell_story(const std::vector<Json>& happenings, const BookTimes& times, Output& out);

}  // namespace pawl::cli
