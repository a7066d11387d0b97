#include "cli/http_client.h"

#include <catch2/catch.hpp>

#include "scripted_engine.h"

using namespace pawl;
using namespace pawl::cli;
using Catch::Matchers::Contains;

namespace {

Result<HttpAnswer> ask(const EngineAddress& address, const HttpRequest& request,
                       HttpLimits limits = {}) {
    const Result<HttpClient> client = HttpClient::make(address, limits);
    REQUIRE(client);
    return client->ask(request);
}

Error error_at(const std::string& url, HttpLimits limits = {}) {
    const Result<HttpAnswer> answer = ask({.url = url, .token = ""}, {.target = "/"}, limits);
    REQUIRE_FALSE(answer);
    return answer.error();
}

}  // namespace

TEST_CASE("a request carries host, token, type and body, and the answer comes back") {
    ScriptedEngine engine(
        [](const std::string&) { return http_answer(202, "hello", "Retry-After: 7\r\n"); });
    const Result<HttpAnswer> answer = ask({.url = engine.url() + "/pawl/", .token = "secret-1"},
                                          {.method = "POST",
                                           .target = "/api/events?wait=processed",
                                           .body = "{}",
                                           .content_type = "application/x-ndjson"});
    REQUIRE(answer);
    CHECK(answer->status == 202);
    CHECK(answer->body == "hello");
    CHECK(answer->content_type == "application/json");
    CHECK(answer->retry_after_seconds == 7u);
    REQUIRE(engine.requests().size() == 1);
    const std::string request = engine.requests().front();
    CHECK(first_line_of(request) == "POST /pawl/api/events?wait=processed HTTP/1.1");
    CHECK_THAT(request, Contains("Authorization: Bearer secret-1\r\n") &&
                            Contains("Content-Type: application/x-ndjson\r\n") &&
                            Contains("Host: 127.0.0.1:") && Contains("Content-Length: 2\r\n"));
    CHECK(body_of(request) == "{}");
}

TEST_CASE("an answer may come in chunks, without a length, or without a body") {
    const std::string bytes = GENERATE(as<std::string>{},
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\n3\r\nabc\r\n3;x=1\r\ndef\r\n0\r\n\r\n",
                                       "HTTP/1.1 200 OK\r\n\r\nabcdef",
                                       "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nabcdef");
    ScriptedEngine engine([&](const std::string&) { return bytes; });
    const Result<HttpAnswer> answer = ask({.url = engine.url(), .token = ""}, {.target = "/"});
    REQUIRE(answer);
    CHECK(answer->body == "abcdef");
    ScriptedEngine empty([](const std::string&) { return "HTTP/1.1 204 No Content\r\n\r\n"; });
    const Result<HttpAnswer> nothing = ask({.url = empty.url(), .token = ""}, {.target = "/"});
    REQUIRE(nothing);
    CHECK(nothing->body.empty());
}

TEST_CASE("a large body is taken piece by piece; another status's body is not") {
    const std::string large(3'000'000, 'x');
    unsigned status = 200;
    ScriptedEngine engine([&](const std::string&) { return http_answer(status, large); });
    const Result<HttpClient> client = HttpClient::make({.url = engine.url(), .token = ""});
    REQUIRE(client);
    std::string taken;
    const auto take = [&](std::string_view piece) {
        taken += piece;
        return true;
    };
    const Result<HttpAnswer> answer = client->ask({.target = "/"}, take);
    REQUIRE(answer);
    CHECK((taken == large));
    CHECK(answer->body.empty());
    taken.clear();
    status = 500;
    const Result<HttpAnswer> other = client->ask({.target = "/"}, take);
    REQUIRE(other);
    CHECK(taken.empty());
    CHECK((other->body == large));
    status = 200;
    const Result<HttpAnswer> ended =
        client->ask({.target = "/"}, [](std::string_view) { return false; });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == "ended");
}

TEST_CASE("nobody there, somebody else there, and a connection that ends are told apart") {
    std::string gone;
    {
        ScriptedEngine engine([](const std::string&) { return ""; });
        gone = engine.url();
        const Error lost = error_at(gone);
        CHECK(lost.code == "lost");
        CHECK_THAT(lost.message, Contains("ended before the answer was whole"));
    }
    const Error nobody = error_at(gone);
    CHECK(nobody.code == "unreachable");
    CHECK_THAT(nobody.message,
               Contains("no engine answers at " + gone) && Contains("is `pawl serve` running?"));
    ScriptedEngine other([](const std::string&) { return "SSH-2.0-OpenSSH_9.2\r\n"; });
    CHECK(error_at(other.url()).code == "no_pawl");
    ScriptedEngine half(
        [](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nshort"; });
    CHECK(error_at(half.url()).code == "lost");
    ScriptedEngine torn([](const std::string&) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    });
    CHECK(error_at(torn.url()).code == "lost");
}

TEST_CASE("an answer larger than the bound is refused") {
    ScriptedEngine engine(
        [](const std::string&) { return http_answer(200, std::string(1'001, 'x')); });
    HttpLimits limits;
    limits.body_bytes_max = 1'000;
    CHECK(error_at(engine.url(), limits).code == "too_large");
    limits.body_bytes_max = 1'001;
    CHECK(ask({.url = engine.url(), .token = ""}, {.target = "/"}, limits));
}

TEST_CASE("an URL that is none, or of another scheme, is refused before anything is connected") {
    const std::string url = GENERATE(
        as<std::string>{}, "https://127.0.0.1:8080", "127.0.0.1:8080", "http://", "http://:8080",
        "http://a b", "http://host:0", "http://host:70000", "http://host:x", "http://user@host",
        "http://host/?x=1", "http://[::1", "http://[::1]8080", "ftp://host", "");
    const Result<HttpClient> client = HttpClient::make({.url = url, .token = ""});
    REQUIRE_FALSE(client);
    CHECK(client.error().code == "usage");
    if (url.starts_with("https")) CHECK_THAT(client.error().message, Contains("plain http only"));
}

TEST_CASE("a token that would break the request is refused") {
    CHECK_FALSE(HttpClient::make({.url = "http://h", .token = "a\r\nX: y"}));
    CHECK_FALSE(HttpClient::make({.url = "http://h", .token = "é"}));
    CHECK(HttpClient::make({.url = "http://[::1]:1/x/", .token = "a-_.~+/="}));
}

TEST_CASE("what stands in a path or a query is escaped") {
    CHECK(escape_for_url("a-Z_0.~") == "a-Z_0.~");
    CHECK(escape_for_url("a/b c&d=é%") == "a%2Fb%20c%26d%3D%C3%A9%25");
}
