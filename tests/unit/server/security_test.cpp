#include <catch2/catch.hpp>

#include "server_world.h"

namespace pawl::server {

namespace {

std::string asked_of(std::string_view host) {
    return "GET /healthz HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("without a token the server answers to names of this machine alone") {
    World world;
    for (const std::string_view host :
         {"localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]", "[::1]:8080", "localhost:"}) {
        INFO(host);
        CHECK(world.ask(asked_of(host)).status == 200);
    }
    for (const std::string_view host :
         {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80x",
          "localhost@evil.example", "[::1].evil.example", "0.0.0.0", "127.0.0.2"}) {
        INFO(host);
        const Answer answer = world.ask(asked_of(host));
        CHECK(answer.status == 403);
        CHECK(code_of(answer) == "forbidden_host");
    }
    CHECK(world.ask("GET /healthz HTTP/1.1\r\n\r\n").status == 400);
    CHECK(world.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n").status ==
          400);
    SECTION("the absolute form's name counts, and not the header's") {
        CHECK(world.ask("GET http://evil/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status ==
              403);
        CHECK(world.ask("GET http://localhost/healthz HTTP/1.1\r\nHost: evil\r\n\r\n").status ==
              200);
    }
}

TEST_CASE("a page of another site cannot change anything") {
    World world;
    const auto from = [&](std::string_view origin) {
        return world.ask(post("/api/events", event("o"), "Origin: " + std::string(origin) + "\r\n"))
            .status;
    };
    CHECK(from("https://evil.example") == 403);
    CHECK(from("null") == 403);
    CHECK(from("http://localhost:9999") == 403);
    CHECK(from("http://localhost") == 200);
    CHECK(world.runtime.seen.size() == 1);
    // What is read is kept from it by the browser, since nothing here allows it.
    const Answer read = world.ask(get("/healthz", "Origin: https://evil.example\r\n"));
    CHECK(read.status == 200);
    CHECK(read.headers.count("access-control-allow-origin") == 0);
}

TEST_CASE("with a token, whoever knows it is answered, by any name") {
    ServerOptions options;
    options.token = "sesame";
    World world(options);
    const auto with = [&](const std::string& header) {
        return world.ask("GET /api/entities HTTP/1.1\r\nHost: pawl.example\r\n" + header + "\r\n");
    };
    CHECK(with("Authorization: Bearer sesame\r\n").status == 200);
    CHECK(with("authorization: bearer sesame\r\n").status == 200);
    for (const std::string_view wrong :
         {"", "Authorization: Bearer sesam\r\n", "Authorization: Bearer sesame1\r\n",
          "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
          "Authorization: Basic sesame\r\n", "Authorization: sesame\r\n"}) {
        INFO(wrong);
        const Answer refused = with(std::string(wrong));
        CHECK(refused.status == 401);
        CHECK(refused.headers.at("www-authenticate") == "Bearer");
        CHECK(refused.body.find("sesame") == std::string::npos);
    }
    CHECK(world.ask(get("/healthz")).status == 200);
    CHECK(world.ask(get("/readyz")).status == 200);
    CHECK(world.ask(get("/metrics")).status == 401);
    SECTION("and who does not know it learns nothing else") {
        CHECK(world.ask(get("/nothing")).status == 401);
        CHECK(world.ask(post("/api/events", "")).status == 401);
        CHECK(world.runtime.seen.empty());
    }
}

TEST_CASE("an address that others reach needs a token") {
    World world;
    ServerOptions options;
    options.host = "0.0.0.0";
    options.port = 0;
    const auto refused = Server::start(world.program, world.runtime, world.store, options);
    REQUIRE(!refused);
    CHECK(refused.error().code == "token_required");
    options.token = "sesame";
    CHECK(Server::start(world.program, world.runtime, world.store, options));
    options.host = "localhost";
    options.token = "";
    CHECK(Server::start(world.program, world.runtime, world.store, options));
}

}  // namespace pawl::server
