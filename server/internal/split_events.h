#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The body of `POST /api/events` as texts of single events, without reading them: one object, an
// array of them, or one a line. Each text is read, and refused by itself where it is no event, by
// the engine.

namespace pawl::server::internal {

enum class BodyForm : std::uint8_t {
    any,    // told by the content
    lines,  // one event a line, as the Content-Type says
};

struct SplitEvents {
    std::vector<std::string_view> texts;  // in the body's memory; never blank space around
    // Said of the body behind its last event: an array that does not end, or ends too early. It is
    // one more result, refused. Empty: nothing.
    std::string trouble;
};

// An empty body gives no texts and no trouble; so does the array `[]`: see is_blank.
SplitEvents split_events(std::string_view body, BodyForm form);

bool is_blank(std::string_view body);

}  // namespace pawl::server::internal
