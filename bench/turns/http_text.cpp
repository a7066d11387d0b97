#include "bench/turns/http_text.h"

#include <strings.h>

#include <charconv>

namespace pawl::bench {

namespace {

constexpr std::string_view length_name = "content-length:";

std::size_t body_bytes(std::string_view header) {
    for (std::size_t line = 0; line < header.size();) {
        const std::size_t end = header.find("\r\n", line);
        const std::size_t next = end == std::string_view::npos ? header.size() : end + 2;
        if (header.size() - line >= length_name.size() &&
            ::strncasecmp(header.data() + line, length_name.data(), length_name.size()) == 0) {
            std::size_t digits = line + length_name.size();
            while (digits < next && header[digits] == ' ') ++digits;
            std::size_t bytes = 0;
            std::from_chars(header.data() + digits, header.data() + next, bytes);
            return bytes;
        }
        line = next;
    }
    return 0;
}

}  // namespace

std::optional<HttpMessage> whole_message(std::string_view received) {
    const std::size_t header_end = received.find("\r\n\r\n");
    if (header_end == std::string_view::npos) return std::nullopt;
    const std::string_view header = received.substr(0, header_end);
    const std::size_t begin = header_end + 4;
    const std::size_t bytes = body_bytes(header);
    if (received.size() < begin + bytes) return std::nullopt;
    return HttpMessage{header.substr(0, header.find("\r\n")), received.substr(begin, bytes),
                       begin + bytes};
}

}  // namespace pawl::bench
