#pragma once

#include <functional>
#include <memory>

#include "engine/ports/store_reader.h"
#include "rules/program.h"
#include "server/internal/body_pipe.h"
#include "server/internal/response.h"
#include "server/internal/routes.h"

namespace pawl::server::internal {

// Writes the answer to /api/export/events or /api/export/state, on a read thread. What goes wrong
// before the first byte is an answer of its own; what goes wrong later breaks the pipe. `answer` is
// called once, with the pipe as body in the first case that is none of these.
// `now`: by the engine's clock; what a state was at a later instant is refused.
void write_export(engine::StoreReader& reader, const rules::Program& program, Instant now,
                  const Target& target, const std::shared_ptr<BodyPipe>& pipe,
                  const std::function<void(Response)>& answer);

}  // namespace pawl::server::internal
