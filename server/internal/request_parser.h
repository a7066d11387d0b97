#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "server/internal/request.h"
#include "server/internal/response.h"

// Bytes of a connection to one Request: Beast's strict parser over storage of our own. What Beast
// 1.81 leaves open is closed here: the header as a whole, a chunk's header and its trailers are
// bounded, and a Transfer-Encoding other than `chunked` is refused.

namespace pawl::server::internal {

struct RequestLimits {
    std::size_t header_bytes = 0;
    std::size_t body_bytes = 0;
};

enum class ParseStep : std::uint8_t {
    head,    // more is to come, and the header is not whole
    body,    // the header is whole, the body is not
    done,    // all is there
    failed,  // `refusal` says why; the connection cannot go on
};

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
    // Reads one request into `request`, which outlives it.
    RequestParser(Request& request, RequestLimits limits);

    // Takes what it can from the front of `bytes`. What it left is to be given again, with more
    // behind it.
    ParseStep feed(std::string_view bytes, std::size_t& taken);

    bool keeps_alive() const { return is_header_done() && keep_alive(); }
    Response refusal() const;  // after `failed`

 private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using field = boost::beast::http::field;
    using verb = boost::beast::http::verb;

    // clang-format off
    void on_request_impl(verb method, string_view name, string_view target, int version,
                         error_code& error) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field name, string_view text, string_view value,
                       error_code& error) override;
    void on_header_impl(error_code& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           error_code& error) override;
    std::size_t on_body_impl(string_view body, error_code& error) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t remain, string_view body,
                                   error_code& error) override;
    void on_finish_impl(error_code&) override {}
    // clang-format on

    Request& request_;
    const RequestLimits limits_;
    std::size_t header_bytes_ = 0;  // of the lines taken so far
    bool is_header_whole_ = false;
    bool has_start_line_ = false;
    bool has_other_encoding_ = false;
    error_code error_;
};

}  // namespace pawl::server::internal
