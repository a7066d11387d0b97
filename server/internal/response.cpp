#include "server/internal/response.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/json.h"

namespace pawl::server::internal {

namespace {

void append_number(std::string& out, std::size_t number, int base = 10) {
    std::array<char, 24> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
    out.append(digits.data(), written.ptr);
}

}  // namespace

Response json_response(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
}

Response error_response(unsigned status, std::string_view code, std::string_view message) {
    JsonWriter out;
    out.begin_object();
    out.member("code", code);
    out.member("message", message);
    out.end_object();
    Response response;
    response.status = status;
    response.body = out.take();
    return response;
}

Response retry_response(unsigned status, std::string_view code, std::string_view message) {
    Response response = error_response(status, code, message);
    response.headers = "Retry-After: 1\r\n";
    return response;
}

std::string_view status_line(unsigned status) {
    switch (status) {
        case 200: return "200 OK";
        case 204: return "204 No Content";
        case 400: return "400 Bad Request";
        case 401: return "401 Unauthorized";
        case 403: return "403 Forbidden";
        case 404: return "404 Not Found";
        case 405: return "405 Method Not Allowed";
        case 408: return "408 Request Timeout";
        case 409: return "409 Conflict";
        case 410: return "410 Gone";
        case 413: return "413 Content Too Large";
        case 414: return "414 URI Too Long";
        case 415: return "415 Unsupported Media Type";
        case 417: return "417 Expectation Failed";
        case 422: return "422 Unprocessable Content";
        case 429: return "429 Too Many Requests";
        case 431: return "431 Request Header Fields Too Large";
        case 501: return "501 Not Implemented";
        case 503: return "503 Service Unavailable";
        case 505: return "505 HTTP Version Not Supported";
        default: return "500 Internal Server Error";
    }
}

void append_head(std::string& out, const Response& response, BodyFraming framing,
                 std::size_t body_bytes, AfterResponse after) {
    out += "HTTP/1.1 ";
    out += status_line(response.status);
    if (!response.content_type.empty() && response.status != 204) {
        out += "\r\nContent-Type: ";
        out += response.content_type;
    }
    switch (framing) {
        case BodyFraming::length:
            if (response.status == 204) break;  // RFC 9110 8.6: has no length
            out += "\r\nContent-Length: ";
            append_number(out, body_bytes);
            break;
        case BodyFraming::chunked: out += "\r\nTransfer-Encoding: chunked"; break;
        case BodyFraming::until_close: break;
    }
    if (after == AfterResponse::close) out += "\r\nConnection: close";
    if (after == AfterResponse::say_keep_open) out += "\r\nConnection: keep-alive";
    // What is shown here is shown to who asked for it, and to no other page or cache.
    out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    out += response.headers;
    out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
    append_number(out, bytes.size(), 16);
    out += "\r\n";
    out += bytes;
    out += "\r\n";
}

}  // namespace pawl::server::internal
