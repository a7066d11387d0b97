#include "server/internal/request_parser.h"

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace pawl::server::internal {

namespace {

// What a request was read as; of one that is refused, by which status.
struct Reading {
    ParseStep step = ParseStep::head;
    unsigned status = 0;
    std::string target, host, body;
    std::size_t taken = 0;

    friend bool operator==(const Reading& left, const Reading& right) {
        const auto parts = [](const Reading& reading) {
            return std::tie(reading.step, reading.status, reading.target, reading.host,
                            reading.body, reading.taken);
        };
        return parts(left) == parts(right);
    }
};

// The bytes come in packets that end at `cuts`, ascending, and at the end.
Reading read_in_packets(std::string_view bytes, const std::vector<std::size_t>& cuts) {
    Request request;
    RequestParser parser(request, {.header_bytes = 400, .body_bytes = 300});
    Reading reading;
    std::size_t at = 0, next_cut = 0;
    while (reading.step != ParseStep::done && reading.step != ParseStep::failed) {
        const std::size_t end = next_cut < cuts.size() ? cuts[next_cut] : bytes.size();
        std::size_t taken = 0;
        reading.step = parser.feed(bytes.substr(at, end - at), taken);
        at += taken;
        REQUIRE(at <= end);
        if (next_cut++ >= cuts.size()) break;
    }
    if (reading.step == ParseStep::failed) {
        reading.status = parser.refusal().status;
    } else {
        reading.target = request.target;
        reading.host = request.host;
        reading.body = request.body;
        if (reading.step == ParseStep::done) reading.taken = at;
    }
    return reading;
}

const std::vector<std::string> samples = {
    "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /api/events HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET http://name/p HTTP/1.1\r\nHost: other\r\nX: a\r\n folded\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
};

}  // namespace

TEST_CASE("a request is read the same however it is cut into packets") {
    for (const std::string& sample : samples) {
        INFO(sample);
        const std::string bytes = sample + "GET / HTTP/1.1\r\n";  // the next one is left alone
        const Reading whole = read_in_packets(bytes, {});
        if (whole.step == ParseStep::done) CHECK(whole.taken == sample.size());
        std::vector<std::size_t> every;
        for (std::size_t i = 1; i < bytes.size(); ++i) every.push_back(i);
        CHECK(read_in_packets(bytes, every) == whole);
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            INFO(cut);
            REQUIRE(read_in_packets(bytes, {cut}) == whole);
        }
    }
}

TEST_CASE("a header is bounded as a whole, lines that were taken counted in") {
    std::string lines = "GET / HTTP/1.1\r\nHost: h\r\n";
    while (lines.size() < 300) lines += "X: a\r\n";
    const std::string rest = "Y: " + std::string(250, 'b') + "\r\n\r\n";
    CHECK(read_in_packets(lines + rest, {lines.size() + 1}).status == 431);
    CHECK(read_in_packets(lines + "\r\n", {lines.size() + 1}).step == ParseStep::done);
}

TEST_CASE("broken requests are read or refused without harm") {
    const unsigned seed = 20'260'302;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    constexpr std::string_view letters = "\r\n\t :;,/0123456789abcdefGET\x00\x80\xff";
    std::size_t done = 0, failed = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = samples[below(samples.size())];
        for (std::size_t i = below(4); i > 0; --i) {
            const std::size_t at = below(bytes.size());
            switch (below(3)) {
                case 0: bytes[at] = letters[below(letters.size())]; break;
                case 1: bytes.insert(at, 1, letters[below(letters.size())]); break;
                default: bytes.erase(at, below(6)); break;
            }
        }
        std::vector<std::size_t> cuts;
        for (std::size_t at = 1 + below(40); at < bytes.size(); at += 1 + below(40))
            cuts.push_back(at);
        const Reading reading = read_in_packets(bytes, cuts);
        done += reading.step == ParseStep::done ? 1 : 0;
        failed += reading.step == ParseStep::failed ? 1 : 0;
    }
    CHECK(done > 1'000);
    CHECK(failed > 1'000);
}

}  // namespace pawl::server::internal
