#pragma once

#include "engine/ports/store_reader.h"
#include "rules/program.h"
#include "server/internal/response.h"
#include "server/internal/url_text.h"

namespace pawl::server::internal {

// Runs that a guard puts off, by when they are due: `rule` and `entity` as of a list of runs. On a
// read thread.
Response list_held(engine::StoreReader& reader, const rules::Program& program,
                   const Parameters& parameters);

}  // namespace pawl::server::internal
