#include "bench/turns/http_sender.h"

#include <catch2/catch.hpp>

#include "bench/turns/bare_server.h"

using namespace pawl::bench;

TEST_CASE("each event is posted once and answered, over all connections") {
    const auto server = BareServer::start();
    REQUIRE(server);
    struct Round {
        double per_second;
        std::uint64_t events;
    };
    for (const Round& round : {Round{0, 500}, Round{20'000, 500}, Round{200, 5}}) {
        auto sender = HttpSender::connect((*server)->port(), {8, round.per_second});
        REQUIRE(sender);
        Latencies acks;
        const pawl::Status sent = (*sender)->send({0, round.events, 100}, acks);
        INFO((sent ? std::string() : sent.error().message));
        REQUIRE(sent);
        // The last one, which waits for its turn, is not an acknowledgement of an append.
        CHECK(acks.count() == round.events - 1);
    }
}

TEST_CASE("who cannot connect is told") {
    std::uint16_t port = 0;
    {
        const auto server = BareServer::start();
        REQUIRE(server);
        port = (*server)->port();
    }
    const auto sender = HttpSender::connect(port, {});
    REQUIRE_FALSE(sender);
    CHECK(sender.error().code == "connect");
}
