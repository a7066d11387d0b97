#include <catch2/catch.hpp>

#include "server_world.h"

namespace pawl::server {

TEST_CASE("a server answers that it lives and whether it is ready") {
    World world;
    CHECK(world.ask(get("/healthz")).status == 200);
    CHECK(world.ask(get("/readyz")).status == 200);
    world.runtime.told.is_waiting_for_disk = true;
    const Answer waiting = world.ask(get("/readyz"));
    CHECK(waiting.status == 503);
    CHECK(code_of(waiting) == "waiting_for_disk");
    CHECK(waiting.headers.at("retry-after") == "1");
    CHECK(world.ask(get("/healthz")).status == 200);
}

TEST_CASE("what is not there, and what is asked for in another way, is told") {
    World world;
    const Answer missing = world.ask(get("/api/evnts"));
    CHECK(missing.status == 404);
    CHECK(code_of(missing) == "not_found");
    CHECK(missing.headers.at("content-type") == "application/json");
    CHECK(world.ask(get("/")).status == 404);
    CHECK(world.ask(get("/api/entities/%zz")).status == 400);
    CHECK(world.ask(get("/api/entities/%ff")).status == 400);

    const Answer wrong = world.ask(get("/api/events"));
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.at("allow") == "POST, OPTIONS");
    CHECK(world.ask(post("/api/runs", "")).headers.at("allow") == "GET, HEAD, OPTIONS");
    CHECK(world.ask("DELETE /api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);

    const Answer options = world.ask("OPTIONS /api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(options.status == 204);
    CHECK(options.headers.at("allow") == "GET, HEAD, OPTIONS");
    CHECK(options.headers.count("content-length") == 0);
}

TEST_CASE("HEAD tells what GET would, without the body") {
    World world;
    Client client(world.port());
    const Answer head =
        client.ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", /*is_head=*/true);
    CHECK(head.status == 200);
    const Answer got = client.ask(get("/healthz"));
    CHECK(head.headers.at("content-length") == std::to_string(got.body.size()));
    const Answer list =
        client.ask("HEAD /api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n", /*is_head=*/true);
    CHECK(list.status == 200);
    CHECK(client.ask(get("/healthz")).body == got.body);  // nothing was left between them
}

TEST_CASE("requests may come byte by byte, and many in one packet") {
    World world;
    Client client(world.port());
    SECTION("byte by byte, by length and in chunks") {
        const std::string chunked =
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            "a;x=1\r\n" +
            event("c1").substr(0, 10) + "\r\n" + "2e\r\n" + event("c1").substr(10) +
            "\r\n0\r\nTrailer: x\r\n\r\n";
        REQUIRE(event("c1").size() - 10 == 0x2e);
        for (const std::string& request :
             {post("/api/events", event("b1")), chunked, get("/healthz")}) {
            for (const char letter : request) REQUIRE(client.send({&letter, 1}));
            CHECK(client.read().status == 200);
        }
        REQUIRE(world.runtime.seen.size() == 2);
        CHECK(world.runtime.seen[0].first == event("b1"));
        CHECK(world.runtime.seen[1].first == event("c1"));
    }
    SECTION("an empty chunked body, byte by byte") {
        for (const char letter : std::string_view("POST /api/events HTTP/1.1\r\nHost: "
                                                  "localhost\r\nTransfer-Encoding: "
                                                  "chunked\r\n\r\n0\r\n\r\n")) {
            REQUIRE(client.send({&letter, 1}));
        }
        CHECK(code_of(client.read()) == "empty_body");
    }
    SECTION("twenty at once are answered in their order") {
        std::string all;
        for (int i = 0; i < 20; ++i)
            all += post("/api/events", event("p" + std::to_string(i))) + get("/healthz");
        REQUIRE(client.send(all));
        for (int i = 0; i < 20; ++i) {
            CHECK(client.read().body == R"({"results":[{"index":0,"id":"p)" + std::to_string(i) +
                                            R"(","status":"accepted"}]})");
            CHECK(client.read().body == R"({"status":"alive"})");
        }
    }
    SECTION("the end of one and the beginning of the next in one packet") {
        const std::string first = post("/api/events", event("a")), second = get("/readyz");
        REQUIRE(client.send(first + second.substr(0, 7)));
        CHECK(client.read().status == 200);
        REQUIRE(client.send(second.substr(7)));
        CHECK(client.read().body == R"({"status":"ready"})");
    }
    SECTION("empty lines before a request are passed over") {
        CHECK(client.ask("\r\n\r\n" + get("/healthz")).status == 200);
    }
}

TEST_CASE("a connection stays open unless somebody closes it") {
    World world;
    SECTION("the client says so") {
        Client client(world.port());
        const Answer answer = client.ask(get("/healthz", "Connection: close\r\n"));
        CHECK(answer.headers.at("connection") == "close");
        CHECK(client.is_closed());
    }
    SECTION("HTTP/1.0 closes, unless asked not to") {
        Client client(world.port());
        CHECK(client.ask("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").status == 200);
        CHECK(client.is_closed());
        Client kept(world.port());
        const std::string request =
            "GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
        CHECK(kept.ask(request).headers.at("connection") == "keep-alive");
        CHECK(kept.ask(request).status == 200);
    }
    SECTION("a client that has finished sending still gets its answer") {
        Client client(world.port());
        REQUIRE(client.send(get("/healthz")));
        client.finish_sending();
        CHECK(client.read().status == 200);
        CHECK(client.is_closed());
    }
}

TEST_CASE("what is no HTTP/1.1 is refused, and the connection closed") {
    World world;
    const auto refused = [&](std::string_view bytes) {
        Client client(world.port());
        const Answer answer = client.ask(bytes);
        CHECK(client.is_closed());
        return answer.status;
    };
    CHECK(refused("hello\r\n\r\n") == 400);
    CHECK(refused("GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n") == 505);
    CHECK(refused("GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n") == 400);
    SECTION("so is what two readers could read in two ways") {
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                      "chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n") == 400);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                      "Content-Length: 2\r\n\r\nab") == 400);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                      "gzip, chunked\r\n\r\n0\r\n\r\n") == 501);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                      "xchunked\r\n\r\n0\r\n\r\n") == 501);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                      "+1\r\n\r\na") == 400);
        CHECK(refused("POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                      "chunked\r\n\r\nzz\r\n") == 400);
    }
}

TEST_CASE("a trailer changes nothing that was said in the header") {
    ServerOptions options;
    options.token = "sesame";
    World world(options);
    Client client(world.port());
    const Answer answer = client.ask(
        "POST /api/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\nAuthorization: Bearer sesame\r\n\r\n");
    CHECK(answer.status == 401);
}

TEST_CASE("headers, first lines and bodies have limits") {
    ServerOptions options;
    options.header_bytes_max = 2'000;
    options.body_bytes_max = 1'000;
    World world(options);
    const auto status_of = [&](const std::string& bytes) {
        Client client(world.port());
        client.send(bytes);  // the server may close before all of it is sent
        return client.read().status;
    };
    SECTION("headers: as a whole, however they come") {
        CHECK(status_of(get("/healthz", "X: " + std::string(1'800, 'a') + "\r\n")) == 200);
        CHECK(status_of(get("/healthz", "X: " + std::string(2'000, 'a') + "\r\n")) == 431);
        std::string many;
        for (int i = 0; i < 200; ++i) many += "X: aaaaaaaaaaaaaaa\r\n";
        CHECK(status_of(get("/healthz", many)) == 431);
        Client client(world.port());
        bool is_taken = client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
        for (int i = 0; i < 300 && is_taken; ++i) is_taken = client.send("X: aaaaaaaaaaaaa\r\n");
        CHECK(client.read().status == 431);
    }
    SECTION("the first line") { CHECK(status_of(get("/" + std::string(3'000, 'a'))) == 414); }
    SECTION("the body: by its length, before it is sent") {
        CHECK(status_of(post("/api/events", std::string(1'000, 'a'))) == 200);
        Client client(world.port());
        const Answer answer = client.ask(
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
        CHECK(answer.status == 413);
        CHECK(code_of(answer) == "too_large");
    }
    SECTION("the body: in chunks, as they come") {
        Client client(world.port());
        client.send(
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
            "chunked\r\n\r\n");
        const std::string chunk = "64\r\n" + std::string(100, 'a') + "\r\n";
        for (int i = 0; i < 11; ++i) client.send(chunk);
        CHECK(client.read().status == 413);
    }
    SECTION("a chunk's header, and trailers") {
        const std::string begin =
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        CHECK(status_of(begin + "1;" + std::string(5'000, 'a')) == 400);
        CHECK(status_of(begin + "0\r\nX: " + std::string(5'000, 'a')) == 400);
    }
    SECTION("a body that is being sent while it is refused does not hide the answer") {
        Client client(world.port());
        REQUIRE(
            client.send("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        "300000\r\n\r\n"));
        client.send(std::string(300'000, 'a'));
        CHECK(client.read().status == 413);
    }
}

TEST_CASE("large bodies together are bounded too") {
    ServerOptions options;
    options.bodies_bytes_max = 1'500;
    World world(options);
    Client first(world.port()), second(world.port());
    const std::string head =
        "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    REQUIRE(first.send(head + std::string(900, ' ')));
    CHECK(Client(world.port()).ask(get("/healthz")).status == 200);
    REQUIRE(second.send(head + std::string(900, ' ')));
    // Which of them came first is not ours to say; one has to go.
    second.finish_sending();
    const Answer refused = second.read();
    CHECK(refused.status == 503);
    CHECK(code_of(refused) == "busy");
    REQUIRE(first.send(event("x") + std::string(100 - event("x").size(), ' ')));
    CHECK(first.read().status == 200);
}

TEST_CASE("a client that waits before it sends is told to go on") {
    World world;
    Client client(world.port());
    const std::string head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                             std::to_string(event("e").size()) + "\r\nExpect: 100-continue\r\n";
    CHECK(client.ask(head + "\r\n").status == 100);
    CHECK(client.ask(event("e")).status == 200);
    // Not where the answer is known without the body.
    CHECK(client.ask(head + "Content-Encoding: gzip\r\n\r\n").status == 415);
    CHECK(client.is_closed());
}

TEST_CASE("who is slow is cut, and who is idle is closed") {
    World world;
    Client idle(world.port()), slow(world.port()), trickling(world.port()), quick(world.port()),
        late(world.port());
    REQUIRE(slow.send("GET /healthz HTTP/1.1\r\nHo"));
    REQUIRE(
        trickling.send("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                       "9\r\n\r\n"));
    CHECK(quick.ask(get("/healthz")).status == 200);  // all have been read
    world.pass(std::chrono::seconds(20));
    // A byte now and then does not help; a request that is whole does.
    REQUIRE(trickling.send(" "));
    REQUIRE(late.send("GET /healthz HTTP/1.1\r\n"));
    CHECK(quick.ask(get("/healthz")).status == 200);
    world.pass(std::chrono::seconds(11));
    CHECK(idle.is_closed());
    const Answer cut = slow.read();
    CHECK(cut.status == 408);
    CHECK(code_of(cut) == "timeout");
    CHECK(trickling.read().status == 408);
    CHECK(late.ask("Host: localhost\r\n\r\n").status == 200);  // its time began when it began
    CHECK(quick.ask(get("/healthz")).status == 200);
    world.pass(std::chrono::seconds(31));
    CHECK(quick.is_closed());
}

TEST_CASE("a client that does not read its answer is cut") {
    World world;
    for (rules::RecordKey key = 1; key <= 1'000; ++key) {
        keep(world.kept, {person, key},
             {rules::Value::text(std::to_string(key)), rules::Value(), rules::Value(),
              rules::Value::text(std::string(7'000, 'x'))});
    }
    Client client(world.port(), /*receive_bytes=*/4'096);
    std::string many;  // more than the buffers of two sockets take
    for (int i = 0; i < 8; ++i) many += get("/api/entities/person?limit=1000");
    REQUIRE(client.send(many));
    REQUIRE(client.read().status == 200);
    Client other(world.port());
    const auto answered = [&] {
        return other.ask(get("/metrics"))
                   .body.find("{route=\"/api/entities/{entity}\",code=\"200\"} 1\n") ==
               std::string::npos;
    };
    while (!answered()) {
    }  // the second answer is on its way
    world.pass(std::chrono::seconds(31));
    world.pass(std::chrono::seconds(31));
    int whole = 0;
    while (client.read().is_whole) ++whole;
    CHECK(whole < 7);
}

TEST_CASE("connections beyond the limit are told so and closed at once") {
    ServerOptions options;
    options.connections_max = 2;
    World world(options);
    Client first(world.port());
    CHECK(first.ask(get("/healthz")).status == 200);
    {
        Client second(world.port());
        CHECK(second.ask(get("/healthz")).status == 200);
        Client third(world.port());
        const Answer refused = third.read();
        CHECK(refused.status == 503);
        CHECK(refused.headers.at("retry-after") == "1");
        CHECK(third.is_closed());
        CHECK(second.ask(get("/healthz", "Connection: close\r\n")).status == 200);
        CHECK(second.is_closed());
    }
    const Answer metrics = first.ask(get("/metrics"));
    CHECK(metrics.body.find("pawl_http_connections_refused_total 1\n") != std::string::npos);
}

TEST_CASE("metrics tell what was counted") {
    World world;
    world.runtime.told.accepted = 7;
    world.runtime.told.commit_seconds = 0.25;
    world.runtime.told.tidying_failures = 3;
    Client client(world.port());
    CHECK(client.ask(post("/api/events", event("a"))).status == 200);
    CHECK(client.ask(post("/api/events", "")).status == 400);
    CHECK(client.ask(get("/nothing")).status == 404);
    const Answer metrics = client.ask(get("/metrics"));
    CHECK(metrics.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    for (const std::string_view line :
         {"# TYPE pawl_events_total counter\n", "pawl_events_total{status=\"accepted\"} 7\n",
          "pawl_commit_seconds_total 0.25\n", "pawl_tidying_failures_total 3\n",
          "pawl_store_bytes 4096\n",
          "pawl_http_requests_total{route=\"/api/events\",code=\"200\"} 1\n",
          "pawl_http_requests_total{route=\"/api/events\",code=\"400\"} 1\n",
          "pawl_http_requests_total{route=\"other\",code=\"404\"} 1\n",
          "pawl_http_request_seconds_bucket{route=\"/api/events\",le=\"+Inf\"} 2\n",
          "pawl_http_request_seconds_count{route=\"/api/events\"} 2\n", "pawl_http_connections 1\n",
          "pawl_http_requests_in_flight 1\n", "process_resident_memory_bytes "}) {
        INFO(line);
        CHECK(metrics.body.find(line) != std::string::npos);
    }
}

TEST_CASE("a server that stops finishes what is in, and takes nothing new") {
    World world;
    world.runtime.is_holding = true;
    Client busy(world.port()), idle(world.port());
    CHECK(idle.ask(get("/healthz")).status == 200);
    REQUIRE(busy.send(post("/api/events", event("last"))));
    world.runtime.wait_for_held(1);
    std::thread stopping([&] { world.stop(); });
    CHECK(idle.is_closed());  // it has begun
    world.runtime.release(1);
    const Answer answer = busy.read();
    CHECK(answer.status == 200);
    CHECK(busy.is_closed());
    stopping.join();
}

TEST_CASE("an address that cannot be had is named") {
    World world;
    ServerOptions taken;
    taken.port = world.port();
    const auto again = Server::start(world.program, world.runtime, world.store, taken);
    REQUIRE(!again);
    CHECK(again.error().code == "address");
    CHECK(again.error().message.find(std::to_string(taken.port)) != std::string::npos);
    ServerOptions nowhere;
    nowhere.host = "not an address";
    const auto unknown = Server::start(world.program, world.runtime, world.store, nowhere);
    REQUIRE(!unknown);
    CHECK(unknown.error().code == "address");
}

}  // namespace pawl::server
