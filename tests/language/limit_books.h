#pragma once

#include <cstddef>
#include <string>

// Rulebooks, files and inputs that have just so much of something, and what `pawl` tells of them:
// nothing when all is taken, else the mistakes, or the lines of a dry-run that tell of a failure.

namespace pawl::language {

std::string told_of_file_bytes(std::size_t bytes);
std::string told_of_program_file(std::size_t bytes);

std::string told_of_expression(std::size_t depth);
std::string told_of_blocks(std::size_t depth);
std::string told_of_name(std::size_t bytes);
std::string told_of_lets(std::size_t count);
std::string told_of_event_fields(std::size_t count);
std::string told_of_entity_fields(std::size_t count);
std::string told_of_parameters(std::size_t count);
std::string told_of_options(std::size_t count);
std::string told_of_pattern(std::size_t count);
std::string told_of_events(std::size_t count);
std::string told_of_flows(std::size_t depth);            // and run
std::string told_of_started_flows(std::size_t depth);    // the same, of a run of their own
std::string told_of_defines(std::size_t depth);          // each uses the next one
std::string told_of_defines_upwards(std::size_t depth);  // each uses the one before
std::string told_of_mistakes(std::size_t count);

std::string told_of_event_bytes(std::size_t bytes);
std::string told_of_event_source(std::size_t bytes);
std::string told_of_event_id(std::size_t bytes);
std::string told_of_event_depth(std::size_t depth);
std::string told_of_text(std::size_t bytes);

std::string told_of_list(std::size_t items);
std::string told_of_range(std::size_t items);
std::string told_of_records(std::size_t count);
std::string told_of_query(std::size_t count);
std::string told_of_all(std::size_t count);
std::string told_of_first(std::size_t count);
std::string told_of_repetition(std::size_t count);
std::string told_of_cascade(std::size_t depth);
std::string told_of_advances(std::size_t count);
std::string told_of_fan_out(std::size_t records);
std::string told_of_rows(std::size_t count);
std::string told_of_queue(std::size_t runs);  // behind one that runs

std::string told_of_journey(std::size_t steps);
std::string told_of_missed(std::size_t micros);  // of a clock
std::string told_of_sweep(std::size_t records);  // told when it takes more than one turn

}  // namespace pawl::language
