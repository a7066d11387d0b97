#include "bench/turns/workload.h"

#include <catch2/catch.hpp>

#include <set>

#include "bench/timers/timer_events.h"
#include "bench/turns/http_text.h"
#include "bench/turns/latencies.h"
#include "dsl/compile.h"
#include "rules/event_reader.h"

using namespace pawl;
using namespace pawl::bench;

namespace {

void check_read(std::string_view book, const std::string& event) {
    SourceSet sources;
    sources.add("book.pawl", std::string(book));
    const dsl::Compilation compilation = dsl::compile(sources);
    REQUIRE(compilation.program);
    CHECK(compilation.diagnostics.empty());
    rules::EventReader reader(*compilation.program);
    rules::EventView view;
    const auto refusal = reader.read(event, view);
    INFO((refusal ? refusal->message : std::string()));
    CHECK_FALSE(refusal);
}

}  // namespace

TEST_CASE("deposits in a row go to different accounts, and come to all of them") {
    for (const std::uint64_t accounts : {1ull, 2ull, 100ull, 999ull, 1'000ull, 1'024ull}) {
        std::set<std::uint64_t> met;
        for (std::uint64_t i = 0; i < accounts; ++i) met.insert(account_of(17 + i, accounts));
        CHECK(met.size() == accounts);
    }
}

TEST_CASE("deposits are counted by account as they are sent") {
    constexpr std::uint64_t accounts = 100;
    constexpr std::uint64_t deposits = 1'234;
    std::vector<std::uint64_t> sent(accounts);
    for (std::uint64_t i = 0; i < deposits; ++i) ++sent[account_of(i, accounts)];
    CHECK(deposits_by_account(accounts, deposits) == sent);
}

TEST_CASE("the benchmarks' rulebooks take the benchmarks' events") {
    const std::string event = event_text(12'345, 1'000);
    CHECK(event.size() > 250);
    CHECK(event.size() < 330);
    for (const Work work : {Work::waits, Work::at_once}) check_read(turns_book(work), event);
    const std::string_view timers = bench_book("timers/book.pawl");
    check_read(timers, reminders_text(7, {Instant{1'795'259'588'340'719}, Instant{0}}));
    check_read(timers, note_text(7));
}

TEST_CASE("an event's number is read from its id") {
    CHECK(deposit_number("deposit-0000012345") == 12'345);
    CHECK_FALSE(deposit_number("deposit-12x"));
    CHECK_FALSE(deposit_number("deposit-"));
    CHECK_FALSE(deposit_number("note-12"));
}

TEST_CASE("a percentile is the time that so many took at most") {
    Latencies latencies;
    CHECK(latencies.percentile_ms(0.5) == 0);
    for (int i = 100; i >= 1; --i) latencies.add(std::chrono::milliseconds(i));
    CHECK(latencies.percentile_ms(0.5) == 50);
    CHECK(latencies.percentile_ms(0.99) == 99);
    CHECK(latencies.percentile_ms(1) == 100);
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({4, 1, 2, 3}) == 2.5);
}

TEST_CASE("an HTTP message is whole when its body is") {
    const std::string message = "HTTP/1.1 200 OK\r\nX: 1\r\ncontent-length: 4\r\n\r\nbody";
    for (std::size_t bytes = 0; bytes < message.size(); ++bytes) {
        CHECK_FALSE(whole_message(std::string_view(message).substr(0, bytes)));
    }
    const std::string two = message + "HTTP";
    const auto whole = whole_message(two);
    REQUIRE(whole);
    CHECK(whole->first_line == "HTTP/1.1 200 OK");
    CHECK(whole->body == "body");
    CHECK(whole->bytes == message.size());
}
