#include "server/internal/body_pipe.h"

#include <catch2/catch.hpp>

#include <thread>

namespace pawl::server::internal {

TEST_CASE("a pipe tells once that there is something, and its end behind the last byte") {
    int told = 0;
    BodyPipe pipe([&] { ++told; });
    REQUIRE(pipe.write("a"));
    REQUIRE(pipe.write("b"));
    CHECK(told == 1);
    std::string out = "old";
    CHECK(pipe.take(out) == BodyPipe::State::open);
    CHECK(out == "ab");
    pipe.end(BodyPipe::End::whole);
    CHECK(told == 2);
    CHECK(pipe.take(out) == BodyPipe::State::ended);
    CHECK(out.empty());
}

TEST_CASE("a full pipe holds its writer up, until somebody takes, or nobody will") {
    const std::string much(300'000, 'x');
    SECTION("who waits too long gives up") {
        BodyPipe pipe([] {}, std::chrono::milliseconds(0));
        REQUIRE(pipe.write(much));
        const Status late = pipe.write("y");
        REQUIRE(!late);
        CHECK(late.error().code == "slow_reader");
    }
    SECTION("room is made by who takes") {
        BodyPipe pipe([] {}, std::chrono::minutes(1));
        REQUIRE(pipe.write(much));
        std::thread writer([&] { CHECK(pipe.write("y")); });
        std::string out, all;
        while (all.size() <= much.size()) {
            pipe.take(out);
            all += out;
        }
        writer.join();
        CHECK(all == much + "y");
    }
    SECTION("who is cancelled writes no more") {
        BodyPipe pipe([] {}, std::chrono::minutes(1));
        REQUIRE(pipe.write(much));
        std::thread writer([&] { CHECK(!pipe.write("y")); });
        pipe.cancel();
        writer.join();
        CHECK(pipe.write("z").error().code == "cancelled");
    }
}

}  // namespace pawl::server::internal
