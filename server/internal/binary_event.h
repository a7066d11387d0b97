#pragma once

#include <string>

#include "base/result.h"
#include "server/internal/request.h"

namespace pawl::server::internal {

// A CloudEvent in binary mode (CloudEvents HTTP binding 3.1: attributes as `ce-` headers, the data
// as the body) as the JSON text that it would be in structured mode. Error: "bad_request", for what
// cannot be told as one.
Result<std::string> event_of_binary_mode(const Request& request);

}  // namespace pawl::server::internal
