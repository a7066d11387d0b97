#include "server/internal/request_parser.h"

#include <algorithm>
#include <string>

#include <boost/beast/http/error.hpp>

#include "base/text.h"
#include "server/internal/url_text.h"

namespace pawl::server::internal {

namespace http = boost::beast::http;

namespace {

// The least that a chunked body ends with: "0\r\n\r\n".
constexpr std::size_t last_chunk_bytes = 5;
constexpr std::size_t line_bytes = 4;  // what a header's line has besides name and value
constexpr std::size_t body_reserve_bytes = 64u << 10;  // a length may be a lie

std::string_view to_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method to_method(http::verb verb) {
    switch (verb) {
        case http::verb::get: return Method::get;
        case http::verb::head: return Method::head;
        case http::verb::post: return Method::post;
        case http::verb::options: return Method::options;
        default: return Method::other;
    }
}

void read_content_type(Request& request, std::string_view value) {
    request.content_type = value;
    const auto [type, parameters] = cut(value, ';');
    const std::string_view name = trim(type);
    request.is_ndjson = equals_ignoring_case(name, "application/x-ndjson");
    request.is_json = request.is_ndjson || equals_ignoring_case(name, "application/json") ||
                      equals_ignoring_case(name, "application/cloudevents+json") ||
                      equals_ignoring_case(name, "application/cloudevents-batch+json");
    std::string_view rest = parameters;
    while (!rest.empty()) {
        const auto [part, behind] = cut(rest, ';');
        rest = behind;
        const auto [key, text] = cut(part, '=');
        std::string_view set = trim(text);
        if (set.size() >= 2 && set.front() == '"' && set.back() == '"')
            set = set.substr(1, set.size() - 2);
        if (equals_ignoring_case(trim(key), "charset") && !equals_ignoring_case(set, "utf-8"))
            request.is_json = false;
    }
}

}  // namespace

RequestParser::RequestParser(Request& request, RequestLimits limits)
    : request_(request), limits_(limits) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
}

ParseStep RequestParser::feed(std::string_view bytes, std::size_t& taken) {
    taken = 0;
    const auto waiting = [&] { return is_header_whole_ ? ParseStep::body : ParseStep::head; };
    if (bytes.empty()) return waiting();
    // Beast 1.81 takes it for granted that the last chunk's first five bytes come together.
    if (is_header_whole_ && chunked() && bytes.size() < last_chunk_bytes) return waiting();

    taken = put({bytes.data(), bytes.size()}, error_);
    if (error_ && error_ != http::error::need_more) return ParseStep::failed;
    if (is_header_whole_ && has_other_encoding_) {
        error_ = http::error::bad_transfer_encoding;
        return ParseStep::failed;
    }
    if (is_done()) return ParseStep::done;
    // Beast bounds what is not taken of a header, not what was taken line by line; and of a chunk's
    // header nothing at all.
    if (header_bytes_ + (bytes.size() - taken) > limits_.header_bytes && !is_header_whole_) {
        error_ = http::error::header_limit;
        return ParseStep::failed;
    }
    if (is_header_whole_ && bytes.size() - taken > limits_.header_bytes) {
        error_ = http::error::bad_chunk;
        return ParseStep::failed;
    }
    return waiting();
}

Response RequestParser::refusal() const {
    if (error_ == http::error::header_limit) {
        if (!has_start_line_) {
            return error_response(414, "uri_too_long",
                                  "the request's first line is longer than " +
                                      std::to_string(limits_.header_bytes) + " bytes");
        }
        return error_response(431, "headers_too_large",
                              "the request's headers have more than " +
                                  std::to_string(limits_.header_bytes) + " bytes");
    }
    if (error_ == http::error::body_limit) {
        return error_response(413, "too_large",
                              "the body has more than " + std::to_string(limits_.body_bytes) +
                                  " bytes; send it in parts");
    }
    if (error_ == http::error::bad_version)
        return error_response(505, "http_version", "this server speaks HTTP/1.1");
    if (error_ == http::error::bad_transfer_encoding && has_other_encoding_) {
        return error_response(501, "transfer_encoding",
                              "of transfer encodings this server takes `chunked` alone");
    }
    return error_response(400, "bad_request", "the request is no HTTP/1.1: " + error_.message());
}

void RequestParser::on_request_impl(verb method, string_view, string_view target, int version,
                                    error_code&) {
    has_start_line_ = true;
    header_bytes_ = target.size() + line_bytes;
    request_.method = to_method(method);
    request_.is_http_11 = version >= 11;
    std::string_view text = to_view(target);
    const std::size_t scheme = text.find("://");
    // RFC 9112 3.2.2: the absolute form is taken too, and its authority counts for the host's.
    if (text.front() != '/' && scheme != std::string_view::npos) {
        text.remove_prefix(scheme + 3);
        const std::size_t path = std::min(text.find_first_of("/?"), text.size());
        request_.host = text.substr(0, path);
        text.remove_prefix(path);
        if (text.empty() || text.front() != '/') request_.target = "/";
    }
    request_.target += text;
}

void RequestParser::on_field_impl(field name, string_view text, string_view value,
                                  error_code& error) {
    if (is_header_whole_) return;  // a trailer says nothing that counts
    header_bytes_ += text.size() + value.size() + line_bytes;
    if (header_bytes_ > limits_.header_bytes) error = http::error::header_limit;
    const std::string_view plain = to_view(value);
    switch (name) {
        case field::host:
            if (request_.host.empty()) request_.host = plain;  // the absolute form named one
            ++request_.hosts;
            return;
        case field::origin: request_.origin = plain; return;
        case field::authorization: request_.authorization = plain; return;
        case field::content_type: read_content_type(request_, plain); return;
        case field::content_encoding: request_.content_encoding = plain; return;
        case field::expect:
            request_.wants_continue = equals_ignoring_case(plain, "100-continue");
            return;
        case field::transfer_encoding:
            if (!equals_ignoring_case(plain, "chunked") || !request_.is_http_11)
                has_other_encoding_ = true;
            return;
        default: break;
    }
    const std::string_view called = to_view(text);
    if (called.size() > 3 && equals_ignoring_case(called.substr(0, 3), "ce-"))
        request_.event_attributes.emplace_back(called.substr(3), plain);
}

void RequestParser::on_header_impl(error_code&) { is_header_whole_ = true; }

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    if (length) request_.body.reserve(std::min<std::size_t>(*length, body_reserve_bytes));
}

std::size_t RequestParser::on_body_impl(string_view body, error_code&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

}  // namespace pawl::server::internal
