// Every bound of base/limits.h is taken at n and refused at n + 1, with a message that says what is
// too large. A bound that is named neither in `limits` below nor in `elsewhere` fails this test.
//
//     language_limits [PART-OF-A-NAME...]

#include <cctype>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "limit_books.h"

namespace {

using namespace pawl;
using namespace pawl::language;

// What is told of something that has `size` of what the limit counts; nothing when it is taken.
using Told = std::function<std::string(std::size_t size)>;

struct Limit {
    const char* name;
    std::size_t most;
    Told told;
    std::vector<std::string> words;  // what is told one beyond: the code, and what is too large
};

const std::vector<Limit>& all_limits() {
    static const std::vector<Limit> limits = {
        // Files.
        {"source_file_bytes_max",
         limits::source_file_bytes_max,
         told_of_file_bytes,
         {"book.pawl", "67108864 bytes"}},
        {"program_file_bytes_max",
         limits::program_file_bytes_max,
         told_of_program_file,
         {"PW0804", "larger than any rulebook"}},
        // Text of a rulebook.
        {"expression_depth_max",
         limits::expression_depth_max,
         told_of_expression,
         {"PW0112", "this expression joins more than 200"}},
        {"block_depth_max", limits::block_depth_max, told_of_blocks, {"PW0112", "100"}},
        {"name_bytes_max", limits::name_bytes_max, told_of_name, {"PW0113", "200"}},
        {"unit_locals_max",
         limits::unit_locals_max,
         told_of_lets,
         {"PW0212", "binds more than 10000 names"}},
        {"declaration_fields_max",
         limits::declaration_fields_max,
         told_of_event_fields,
         {"PW0212", "`wide` has more than 1000 fields"}},
        {"declaration_fields_max",
         limits::declaration_fields_max,
         told_of_entity_fields,
         {"PW0212", "`wide` has more than 1000 fields"}},
        {"declaration_fields_max",
         limits::declaration_fields_max,
         told_of_parameters,
         {"PW0212", "`wide` has more than 1000 parameters"}},
        {"choice_options_max",
         limits::choice_options_max,
         told_of_options,
         {"PW0212", "`one of` lists 1001 values, and takes at most 1000"}},
        {"pattern_events_max",
         limits::pattern_events_max,
         told_of_pattern,
         {"PW0304", "the count takes at most 1000, and this is 1001"}},
        {"schema_names_max",
         limits::schema_names_max,
         told_of_events,
         {"PW0212", "more events", "10000"}},
        {"call_depth_max",
         limits::call_depth_max,
         told_of_flows,
         {"PW0212", "more than 32 flows run inside one another"}},
        {"call_depth_max",
         limits::call_depth_max,
         told_of_started_flows,
         {"PW0212", "more than 32 flows run inside one another"}},
        {"call_depth_max",
         limits::call_depth_max,
         told_of_defines,
         {"PW0212", "more than 32 defines stand inside one another"}},
        {"call_depth_max",
         limits::call_depth_max,
         told_of_defines_upwards,
         {"PW0212", "more than 32 defines stand inside one another"}},
        {"diagnostics_max", limits::diagnostics_max, told_of_mistakes, {"… and 1 more"}},
        // Inputs.
        {"event_bytes_max", limits::event_bytes_max, told_of_event_bytes, {"PW0903", "1048576"}},
        {"event_source_bytes_max",
         limits::event_source_bytes_max,
         told_of_event_source,
         {"PW0905", "source", "1000"}},
        {"record_id_bytes_max",
         limits::record_id_bytes_max,
         told_of_event_id,
         {"PW0905", "id", "200"}},
        {"json_depth_max",
         limits::json_depth_max,
         told_of_event_depth,
         {"PW0901", "nests deeper than 100"}},
        {"text_bytes_max",
         limits::text_bytes_max,
         told_of_text,
         {"PW0909", "account[0].name", "1048576"}},
        // A turn.
        {"list_items_max",
         limits::list_items_max,
         told_of_list,
         {"PW1006", "the list `1..10001` is too large", "10000"}},
        {"for_each_items_max",
         limits::for_each_items_max,
         told_of_range,
         {"PW1008", "`for each` over `1..10001`", "one of its own: `1..10000`, `10001..10001`"}},
        {"for_each_items_max",
         limits::for_each_items_max,
         told_of_records,
         {"PW1008", "`for each` finds more than 10000", "a trigger's `for each`"}},
        {"for_each_items_max",
         limits::for_each_items_max,
         told_of_query,
         {"PW1008", "`for each` finds more than 10000", "a trigger's `for each`"}},
        {"for_each_items_max",
         limits::for_each_items_max,
         told_of_repetition,
         {"PW1008", "`for each` finds more than 10000", "a text goes through", "a `where`"}},
        {"list_items_max",
         limits::list_items_max,
         told_of_all,
         {"PW1008", "`all` finds more than 10000", "a list has at most that many; a `where`"}},
        {"list_items_max",
         limits::list_items_max,
         told_of_first,
         {"PW1008", "`first` finds more than 10000 items; it takes at most that many"}},
        {"cascade_depth_max", limits::cascade_depth_max, told_of_cascade, {"PW1056", "32"}},
        {"turn_advances_max", limits::turn_advances_max, told_of_advances, {"PW1056", "10000"}},
        {"fan_out_records_max",
         limits::fan_out_records_max,
         told_of_fan_out,
         {"PW1058", "concerns more than 500 records of `account`"}},
        {"advance_rows_max",
         limits::advance_rows_max,
         told_of_rows,
         {"PW1005", "read more than 100000 records"}},
        // Time.
        {"queued_runs_max",
         limits::queued_runs_max,
         told_of_queue,
         {"100 runs are queued already"}},
        {"journey_steps_max",
         limits::journey_steps_max,
         told_of_journey,
         {"PW1013", "`days` of trip/trip-1 cannot be planned", "more than 1000 steps"}},
        {"timer_missed_micros",
         limits::timer_missed_micros,
         told_of_missed,
         {"1 turns", "missed: it was due at 2026-03-02 13:00"}},
        {"sweep_records_max",
         limits::sweep_records_max,
         told_of_sweep,
         {"2 turns", R"("id":"last")"}},
    };
    return limits;
}

// Of what no rulebook and no input can have exactly n, or what takes long to make: a test in C++,
// which names the limit.
struct Elsewhere {
    const char* name;
    const char* file;
};
constexpr Elsewhere elsewhere[] = {
    {"source_files_max", "tests/unit/cli/files_test.cpp"},
    {"folder_entries_max", "tests/unit/cli/files_test.cpp"},
    {"list_rows_max", "tests/unit/engine/reader_test.cpp"},
    {"set_expansion_max", "tests/unit/rules/matcher_test.cpp"},  // beyond it nothing is refused
    {"program_text_bytes_max", "tests/unit/rules/program_file_test.cpp"},
    {"advance_instructions_max", "tests/unit/rules/evaluator_test.cpp"},
    {"advance_bytes_max", "tests/unit/rules/evaluator_test.cpp"},
    {"window_days_max", "tests/unit/engine/calendar_time_test.cpp"},
    {"pattern_bytes_max", "tests/unit/engine/patterns_test.cpp"},
    {"clock_jump_micros_max", "tests/unit/engine/clock_guard_test.cpp"},
    {"timer_late_micros", "tests/unit/engine/runtime_time_test.cpp"},      // it has another instant
    {"overtaking_events_max", "tests/unit/engine/waits_events_test.cpp"},  // it refuses nothing
    // Beyond it nothing is refused.
    {"window_values_max", "tests/unit/engine/value_window_test.cpp"},
};

std::string read_text(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The names of the constants of base/limits.h, which stand before each ` = `.
std::set<std::string> names_of_limits() {
    std::set<std::string> names;
    std::ifstream file("base/limits.h");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("constexpr ")) continue;
        const std::size_t end = line.find(" = ");
        const std::size_t begin = line.rfind(' ', end - 1) + 1;
        names.insert(line.substr(begin, end - begin));
    }
    return names;
}

class Count {
 public:
    void check(bool is_right, const std::string& problem) {
        if (!is_right) std::printf("FAILED %s\n", problem.c_str());
        is_right ? ++passed_ : ++failed_;
    }
    int end() const {
        std::printf("%d passed, %d failed\n", passed_, failed_);
        return failed_ == 0 && passed_ > 0 ? 0 : 1;
    }

 private:
    int passed_ = 0;
    int failed_ = 0;
};

void check_limit(const Limit& limit, Count& count) {
    const std::string at = limit.told(limit.most);
    count.check(at.empty(),
                std::string(limit.name) + ": at the limit it is refused:\n" + at.substr(0, 2'000));
    const std::string beyond = limit.told(limit.most + 1);
    for (const std::string& word : limit.words)
        count.check(beyond.find(word) != std::string::npos,
                    std::string(limit.name) + ": one beyond the limit, `" + word +
                        "` is not told, but:\n" + beyond.substr(0, 2'000));
}

void check_names(Count& count) {
    const std::set<std::string> names = names_of_limits();
    std::set<std::string> known;
    for (const Limit& limit : all_limits()) known.insert(limit.name);
    for (const Elsewhere& each : elsewhere) {
        known.insert(each.name);
        count.check(
            read_text(each.file).find(std::string("limits::") + each.name) != std::string::npos,
            std::string(each.name) + ": " + each.file + " does not name it");
    }
    count.check(!names.empty(), "no limits: run this from the repository's root");
    for (const std::string& name : names)
        count.check(known.contains(name),
                    name + ": a limit of base/limits.h that nothing here takes to its end");
    for (const std::string& name : known)
        count.check(names.contains(name), name + ": it is tested, and base/limits.h has it not");
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> parts(argv + 1, argv + argc);
    Count count;
    if (parts.empty()) check_names(count);
    for (const Limit& limit : all_limits()) {
        bool is_wanted = parts.empty();
        for (const std::string& part : parts)
            is_wanted = is_wanted || std::string(limit.name).find(part) != std::string::npos;
        if (is_wanted) check_limit(limit, count);
    }
    return count.end();
}
