#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// An answer, before it is bytes.

namespace pawl::server::internal {

class BodyPipe;

struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string body;
    std::string headers;                       // further ones, each with its line's end
    std::shared_ptr<BodyPipe> pipe = nullptr;  // the body, where it is too large to be held
};

Response json_response(std::string body);
// {"code":…,"message":…}
Response error_response(unsigned status, std::string_view code, std::string_view message);
// The same, with "Retry-After: 1".
Response retry_response(unsigned status, std::string_view code, std::string_view message);

// "200 OK"
std::string_view status_line(unsigned status);

enum class AfterResponse : std::uint8_t {
    keep_open,
    say_keep_open,  // to a client of HTTP/1.0, which would close otherwise
    close,
};
// Appends status line and headers. `body_bytes` goes into Content-Length; of a pipe
// the length is not known: its body is chunked, unless the client speaks HTTP/1.0.
enum class BodyFraming : std::uint8_t { length, chunked, until_close };
void append_head(std::string& out, const Response& response, BodyFraming framing,
                 std::size_t body_bytes, AfterResponse after);
void append_chunk(std::string& out, std::string_view bytes);

}  // namespace pawl::server::internal
