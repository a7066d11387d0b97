#pragma once

#include <cstddef>
#include <cstdint>

// Every bound of Pawl, with its unit and its reason. Each has a test at n and at n + 1.

namespace pawl::limits {

// Text of a rulebook.
constexpr std::size_t source_file_bytes_max = 64u << 20;  // 100,000 rules are 17 MB
constexpr std::size_t source_files_max = 10'000;     // a folder taken by mistake is refused early
constexpr std::size_t folder_entries_max = 100'000;  // likewise, of a folder without rules
constexpr std::size_t expression_depth_max = 200;    // recursion stays far from the stack's end
constexpr std::size_t block_depth_max = 100;         // likewise, for statements
constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t unit_locals_max = 10'000;        // one rule's names; numbered by 16 bits
constexpr std::size_t declaration_fields_max = 1'000;  // of one entity, event or record
constexpr std::size_t choice_options_max = 1'000;
constexpr std::size_t schema_names_max = 10'000;  // entities, events, records; numbered by 16 bits
constexpr std::size_t diagnostics_max = 1'000;    // reported; the rest is counted

// Values.
constexpr std::size_t text_bytes_max = 1u << 20;  // one text value
constexpr std::size_t list_items_max = 10'000;
constexpr std::size_t record_id_bytes_max = 200;  // an id is looked up often; 1 MB is an attack
constexpr std::size_t json_depth_max = 100;

// Inputs.
constexpr std::size_t event_bytes_max = 1u << 20;
constexpr std::size_t event_source_bytes_max = 1'000;  // a URI; with the id it is the dedupe key
constexpr std::size_t set_expansion_max = 16;          // combinations of one rule's trigger key

// Lists of records.
constexpr std::size_t list_rows_max = 200'000;  // looked at for one page: half a second

// A compiled rulebook.
constexpr std::size_t program_file_bytes_max = 256u << 20;  // 100,000 rules take a tenth of it
constexpr std::size_t program_text_bytes_max = 256u << 20;  // one byte may name megabytes

// A turn (meaning.md 4, 5).
constexpr std::uint32_t turn_advances_max = 10'000;
constexpr std::uint32_t cascade_depth_max = 32;
constexpr std::uint32_t fan_out_records_max = 500;  // looked at for `whenever` in one turn
constexpr std::uint64_t advance_instructions_max = 1'000'000;
constexpr std::uint64_t advance_rows_max = 100'000;
constexpr std::uint32_t for_each_items_max = 10'000;
constexpr std::uint32_t call_depth_max = 32;          // flows and defines inside one another
constexpr std::size_t advance_bytes_max = 64u << 20;  // text and lists one advance may build

// Time.
// Later than so, a timer's turn is of its own instant, no longer of the one it was due.
constexpr std::int64_t timer_late_micros = 1'000'000;
// A wall clock that jumps further is not believed until somebody says so.
constexpr std::int64_t clock_jump_micros_max = 3'600'000'000;
// Later than so it was missed: the rule's `missed` says what becomes of it.
constexpr std::int64_t timer_missed_micros = 60'000'000;
constexpr std::size_t sweep_records_max = 500;      // of a `for each` of a trigger, one turn
constexpr std::size_t queued_runs_max = 100;        // behind one that runs (while running queue)
constexpr std::size_t overtaking_events_max = 100;  // kept for a run that is not ready for them
constexpr std::size_t journey_steps_max = 1'000;    // of one journey of one record
constexpr int window_days_max = 400;  // looked ahead for a day on which `only between` opens: more
                                      // than a year, in case it is one day of the year
constexpr std::size_t pattern_events_max = 1'000;    // of one key's window: the count asked for
constexpr std::size_t pattern_bytes_max = 4u << 20;  // of one key's window; it is written anew
                                                     // with each event
constexpr std::size_t window_values_max = 256;       // of one record's window of a value; then the
                                                     // oldest are taken together

}  // namespace pawl::limits
