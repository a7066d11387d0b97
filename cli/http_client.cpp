#include "cli/http_client.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "base/text.h"

namespace pawl::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::uint32_t header_bytes_max = 64u << 10;
constexpr std::size_t piece_bytes = 64u << 10;

// "pawl.internal:8080/behind/a/proxy"; the port is 80 where none is written, as everywhere.
struct UrlParts {
    std::string host, port = "80", path;
    bool is_ipv6 = false;
};

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    return problem == std::errc() && end == text.data() + text.size() && port >= 1 &&
           port <= std::numeric_limits<std::uint16_t>::max();
}

std::optional<UrlParts> split_url(std::string_view rest) {
    UrlParts parts;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    parts.path = rest.substr(slash);
    rest = rest.substr(0, slash);
    while (parts.path.ends_with('/')) parts.path.pop_back();
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        parts.host = rest.substr(1, close - 1);
        parts.is_ipv6 = true;
        rest.remove_prefix(close + 1);
        if (!rest.empty() && rest[0] != ':') return std::nullopt;
    } else {
        parts.host = rest.substr(0, rest.find(':'));
        rest.remove_prefix(parts.host.size());
    }
    if (!rest.empty()) parts.port = rest.substr(1);
    const std::string all = parts.host + parts.path;
    const bool is_plain = std::all_of(all.begin(), all.end(), [](unsigned char each) {
        return each > ' ' && each < 0x7f && each != '?' && each != '#' && each != '@';
    });
    if (parts.host.empty() || !is_plain || !is_port(parts.port)) return std::nullopt;
    return parts;
}

Error bad_url(const std::string& url, const std::string& why) {
    return {.code = "usage", .message = "the engine's URL is " + quote_for_message(url) + why};
}

// What goes over one connection. Every step has a limit of its own, so that nothing hangs.
class Exchange {
 public:
    Exchange() : stream_(loop_) {}

    ErrorCode connect(const std::string& host, const std::string& port,
                      std::chrono::seconds limit) {
        ErrorCode problem;
        asio::ip::tcp::resolver resolver(loop_);
        const auto found = resolver.resolve(host, port, problem);
        if (problem) return problem;
        return run(limit, [&](auto done) {
            stream_.async_connect(found, [done](ErrorCode why, const auto&) { done(why); });
        });
    }

    ErrorCode write(const http::request<http::span_body<const char>>& request,
                    std::chrono::seconds limit) {
        return run(limit, [&](auto done) {
            http::async_write(stream_, request, [done](ErrorCode why, std::size_t) { done(why); });
        });
    }

    ErrorCode read_header(std::chrono::seconds limit) {
        parser_.header_limit(header_bytes_max);
        parser_.body_limit(boost::none);
        return run(limit, [&](auto done) {
            http::async_read_header(stream_, buffer_, parser_,
                                    [done](ErrorCode why, std::size_t) { done(why); });
        });
    }

    // The next piece of the body; empty at its end.
    ErrorCode read_piece(std::chrono::seconds limit, std::string& piece) {
        piece.clear();
        auto& body = parser_.get().body();
        while (!parser_.is_done() && piece.empty()) {
            body.data = room_.data();
            body.size = room_.size();
            body.more = true;
            const ErrorCode problem = run(limit, [&](auto done) {
                http::async_read_some(stream_, buffer_, parser_,
                                      [done](ErrorCode why, std::size_t) { done(why); });
            });
            if (problem && problem != http::error::need_buffer) return problem;
            piece.assign(room_, 0, room_.size() - body.size);
        }
        return {};
    }

    const http::response<http::buffer_body>& header() const { return parser_.get(); }

 private:
    // Begins a step and runs the loop until it is over.
    template <class Begin>
    ErrorCode run(std::chrono::seconds limit, Begin begin) {
        ErrorCode result = asio::error::would_block;
        stream_.expires_after(limit);
        begin([&result](ErrorCode why) { result = why; });
        loop_.restart();
        loop_.run();
        return result;
    }

    asio::io_context loop_{1};
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::response_parser<http::buffer_body> parser_;
    std::string room_ = std::string(piece_bytes, '\0');
};

std::optional<unsigned> whole_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

HttpAnswer head_of(const http::response<http::buffer_body>& response) {
    HttpAnswer answer;
    answer.status = response.result_int();
    const auto type = response[http::field::content_type];
    answer.content_type.assign(type.data(), type.size());
    const auto after = response[http::field::retry_after];
    answer.retry_after_seconds = whole_number({after.data(), after.size()});
    return answer;
}

bool is_of_http(const ErrorCode& problem) {
    static const ErrorCode any = http::error::bad_version;
    return problem.category() == any.category() && problem != http::error::end_of_stream &&
           problem != http::error::partial_message;
}

}  // namespace

Result<HttpClient> HttpClient::make(const EngineAddress& address, HttpLimits limits) {
    constexpr std::string_view scheme = "http://";
    const std::string due = "; one such as http://127.0.0.1:8080 is due";
    if (address.url.starts_with("https://")) {
        return bad_url(address.url,
                       ": `pawl` speaks plain http only; give it the engine's own address, on its "
                       "machine or through a tunnel");
    }
    if (!address.url.starts_with(scheme)) return bad_url(address.url, due);
    auto parts = split_url(std::string_view(address.url).substr(scheme.size()));
    if (!parts) return bad_url(address.url, due);
    HttpClient client;
    client.url_ = address.url;
    client.host_ = std::move(parts->host);
    client.port_ = std::move(parts->port);
    client.path_ = std::move(parts->path);
    const bool is_sendable =
        std::all_of(address.token.begin(), address.token.end(),
                    [](unsigned char each) { return each > ' ' && each < 0x7f; });
    if (!is_sendable) {
        return Error{.code = "usage",
                     .message = "the token holds a space, a line break or a letter beyond ASCII"};
    }
    client.token_ = address.token;
    client.limits_ = limits;
    return client;
}

Result<HttpAnswer> HttpClient::ask(const HttpRequest& request) const {
    return ask(request, nullptr);
}

Result<HttpAnswer> HttpClient::ask(const HttpRequest& request,
                                   const std::function<bool(std::string_view)>& take) const {
    const auto lost = [&](const ErrorCode& why) {
        const std::string how = why == beast::error::timeout ? "has been quiet for too long"
                                                             : "ended before the answer was whole";
        return Error{.code = "lost", .message = "the connection to " + url_ + " " + how};
    };
    Exchange exchange;
    if (const ErrorCode problem = exchange.connect(host_, port_, limits_.connect)) {
        if (problem == asio::error::host_not_found) {
            return Error{.code = "unreachable",
                         .message = "no machine is known by the name of " + url_};
        }
        return Error{.code = "unreachable",
                     .message = "no engine answers at " + url_ + "; is `pawl serve` running?",
                     .retry = true};
    }
    http::request<http::span_body<const char>> message;
    message.version(11);
    message.method_string({request.method.data(), request.method.size()});
    message.target(path_ + request.target);
    message.set(http::field::host, host_.find(':') == std::string::npos
                                       ? host_ + ":" + port_
                                       : "[" + host_ + "]:" + port_);
    message.set(http::field::connection, "close");
    message.set(http::field::accept, "application/json");
    if (!token_.empty()) message.set(http::field::authorization, "Bearer " + token_);
    if (!request.content_type.empty()) {
        message.set(http::field::content_type,
                    std::string_view(request.content_type.data(), request.content_type.size()));
    }
    message.body() = {request.body.data(), request.body.size()};
    if (request.method != "GET") message.content_length(request.body.size());
    // A body that is refused is not read to its end: the answer may be there all the same.
    const ErrorCode written = exchange.write(message, limits_.quiet);
    if (const ErrorCode problem = exchange.read_header(limits_.quiet)) {
        if (is_of_http(problem)) {
            return Error{.code = "no_pawl",
                         .message = "what answers at " + url_ + " does not speak HTTP"};
        }
        return lost(written ? written : problem);
    }
    HttpAnswer answer = head_of(exchange.header());
    const bool is_taken = take && answer.status == 200;
    for (std::string piece;;) {
        const ErrorCode problem = exchange.read_piece(limits_.quiet, piece);
        if (problem) return lost(problem);
        if (piece.empty()) return answer;
        if (is_taken) {
            if (!take(piece)) return Error{.code = "ended", .message = "ended"};
        } else if ((answer.body += piece).size() > limits_.body_bytes_max) {
            return Error{.code = "too_large", .message = "the answer of " + url_ + " is too large"};
        }
    }
}

std::string escape_for_url(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._~";
    std::string out;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        const bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                              (byte >= '0' && byte <= '9') ||
                              plain.find(each) != std::string_view::npos;
        if (is_plain) {
            out.push_back(each);
        } else {
            out.push_back('%');
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 0x0f]);
        }
    }
    return out;
}

}  // namespace pawl::cli
