#pragma once

#include <string>
#include <string_view>

#include "engine/ports/store_reader.h"
#include "rules/program.h"
#include "server/internal/response.h"
#include "server/internal/url_text.h"

// Looks into the store, answered as JSON. Each begins and ends the reader; on a read thread.

namespace pawl::server::internal {

// The entities of the rulebook, with their fields; of the program alone.
Response list_entities(const rules::Program& program);

// A page of an entity's records: `limit`, `after`, and any field with the value it must have.
Response list_records(engine::StoreReader& reader, const rules::Program& program,
                      std::string_view entity, const Parameters& parameters);
Response show_record(engine::StoreReader& reader, const rules::Program& program,
                     std::string_view entity, std::string_view id);

// The newest first.
Response list_runs(engine::StoreReader& reader, const rules::Program& program,
                   const Parameters& parameters);
Response list_effects(engine::StoreReader& reader, const rules::Program& program,
                      const Parameters& parameters);
// A run, what its log says and what it sent out.
Response show_run(engine::StoreReader& reader, const rules::Program& program, std::string_view id);

// Inputs that were set aside, without what they say.
Response list_parked(engine::StoreReader& reader);

}  // namespace pawl::server::internal
