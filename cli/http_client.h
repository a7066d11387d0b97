#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// HTTP/1.1 as the commands speak it to a running engine: one request a connection, blocking, over
// plain `http` (an engine listens on this machine, or behind something that speaks TLS for it).

namespace pawl::cli {

// Where an engine answers, and how it knows who asks.
struct EngineAddress {
    std::string url = "http://127.0.0.1:8080";
    std::string token;  // sent as `Authorization: Bearer`; empty: none
};

struct HttpRequest {
    std::string_view method = "GET";
    std::string target;  // "/api/runs?limit=5": escaped already
    std::string_view body = {};
    std::string_view content_type = {};
};

struct HttpAnswer {
    unsigned status = 0;
    std::string content_type;
    std::optional<unsigned> retry_after_seconds;
    std::string body;
};

struct HttpLimits {
    std::chrono::seconds connect{5};
    std::chrono::seconds quiet{60};  // without a byte of the answer
    std::size_t body_bytes_max = 64u << 20;
};

// One thread uses it.
class HttpClient {
 public:
    // Errors: "usage", an URL that is none, or of another scheme. Nothing is connected yet.
    static Result<HttpClient> make(const EngineAddress& address, HttpLimits limits = {});

    // Any status is an answer. Errors: "unreachable" (nobody listens there), "lost" (the connection
    // ended, or was quiet for too long, before the answer was whole), "no_pawl" (who listens does
    // not speak HTTP), "too_large".
    Result<HttpAnswer> ask(const HttpRequest& request) const;

    // The same; the body of an answer 200 goes to `take` piece by piece, however large it is, and
    // every other body into the answer. `take` answers false to end early: error "ended".
    Result<HttpAnswer> ask(const HttpRequest& request,
                           const std::function<bool(std::string_view)>& take) const;

    // As the person wrote it.
    const std::string& url() const { return url_; }

 private:
    std::string url_, host_, port_, path_, token_;
    HttpLimits limits_;
};

// One part of a path or a query, with everything escaped that is not a letter, a digit or `-._~`.
std::string escape_for_url(std::string_view text);

}  // namespace pawl::cli
