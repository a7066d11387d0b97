#pragma once

#include <string>

#include "engine/runtime.h"
#include "rules/program.h"
#include "server/internal/response.h"

namespace pawl::server::internal {

// Erases what is kept of the person `name`, an ENTITY/ID, and tells what that was. It takes as long
// as it takes; not on the loop's thread.
Response erase_named(const rules::Program& program, engine::Runtime& runtime,
                     const std::string& name);

}  // namespace pawl::server::internal
