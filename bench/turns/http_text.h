#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pawl::bench {

// Just enough of HTTP/1.1 to measure a server, or to be one that is measured.
struct HttpMessage {
    std::string_view first_line, body;
    std::size_t bytes = 0;  // of all of it
};

// The message at the beginning of `received`; nothing when it is not all there. Its length must be
// given by Content-Length.
std::optional<HttpMessage> whole_message(std::string_view received);

}  // namespace pawl::bench
