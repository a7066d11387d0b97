#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/store_reader.h"
#include "rules/program.h"
#include "server/internal/response.h"
#include "server/internal/url_text.h"

// What is asked for by a name that nothing has: what fits there, the closest first.

namespace pawl::server::internal {

// The zone in which the rulebook tells time.
std::string zone_name(const rules::Program& program);

// A name as a message shows it.
std::string in_quotes(std::string_view name);
// "; did you mean `x`? <owner> `a`, `b` or `c`"
std::string what_there_is(std::string_view wanted, const std::vector<std::string>& names,
                          const std::string& owner);

// 404 with the code "unknown_entity".
Response unknown_entity(const rules::Program& program, std::string_view wanted);

// 404 with the code "unknown_record"; `parameter`: where it was named. While the reader looks.
Response unknown_record(engine::StoreReader& reader, const rules::Program& program,
                        rules::EntityIndex entity, std::string_view id,
                        std::string_view parameter = {});

// Of a list of runs that is empty: 404 where `rule` is none of the rulebook's rules, journeys and
// flows, or `entity` no record that is there. Not while the reader looks.
std::optional<Response> unknown_of_runs(engine::StoreReader& reader, const rules::Program& program,
                                        const Parameters& parameters);

}  // namespace pawl::server::internal
