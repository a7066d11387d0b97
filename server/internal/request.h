#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A request as it came, of which only what this server looks at is kept. One is used again and
// again by its connection, so that its texts keep their memory.

namespace pawl::server::internal {

enum class Method : std::uint8_t { get, head, post, options, other };

struct Request {
    Method method = Method::other;
    bool is_http_11 = true;
    bool wants_continue = false;  // Expect: 100-continue
    bool is_json = true;          // by Content-Type, or by its absence
    bool is_ndjson = false;
    std::uint8_t hosts = 0;  // how many Host lines
    std::string target;  // "/api/runs?rule=x"; of the absolute form without scheme and authority
    std::string host, origin, authorization, content_type, content_encoding;
    std::vector<std::pair<std::string, std::string>> event_attributes;  // ce-*: name, raw value
    std::string body;

    void clear() {
        method = Method::other;
        is_http_11 = true;
        wants_continue = is_ndjson = false;
        is_json = true;
        hosts = 0;
        target.clear();
        host.clear();
        origin.clear();
        authorization.clear();
        content_type.clear();
        content_encoding.clear();
        event_attributes.clear();
        body.clear();
        // One large body must not be paid for until the connection closes.
        if (body.capacity() > (64u << 10)) body.shrink_to_fit();
    }
};

}  // namespace pawl::server::internal
