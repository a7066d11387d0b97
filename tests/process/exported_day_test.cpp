#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tests/process/served.h"

// What an engine exports, told by a dry-run, is what the engine's own log told.

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Served;
using pawl::process::Workplace;

namespace {

const std::string root = PAWL_ROOT;
const std::string studio = root + "/rulebooks/studio";

// The recorded day without its times: it happens now, whenever that is.
const std::string day = "sed 's/\"time\":\"[^\"]*\",//' " + root + "/examples/studio/day.ndjson";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string member(const std::string& line, const std::string& name) {
    const std::string start = "\"" + name + "\":\"";
    const std::size_t begin = line.find(start);
    if (begin == std::string::npos) return {};
    const std::size_t text = begin + start.size();
    return line.substr(text, line.find('"', text) - text);
}

// The happenings of the log without what the log adds in front of them.
std::vector<std::string> happenings(const std::string& log) {
    std::vector<std::string> found;
    for (const std::string& line : lines_of(log)) {
        const std::size_t kind = line.find("\"kind\":");
        if (kind != std::string::npos) found.push_back("{" + line.substr(kind));
    }
    return found;
}

// Of what is to come, `at` is when it comes.
std::string told_at(const std::string& line) {
    return member(line, line.find("\"told_at\":") == std::string::npos ? "at" : "told_at");
}

// A refusal of a dry-run names the line of its file; an engine has no file.
std::string without_line_number(const std::string& line) {
    const std::size_t at = line.rfind(",\"line\":");
    if (!line.starts_with("{\"kind\":\"refuse\"") || at == std::string::npos) return line;
    return line.substr(0, at) + "}";
}

}  // namespace

TEST_CASE("a dry-run on what was exported tells the engine's own log again") {
    const Workplace place;
    REQUIRE(place.shell(day + " >day; head -14 day >morning; tail -n +15 day >afternoon").exit ==
            0);
    Served engine(place, {studio, "--data", "data", "--simulate", "--state",
                          root + "/examples/studio/state.json", "--answers",
                          root + "/examples/studio/answers.ndjson", "--log", "json", "--log-level",
                          "debug", "--log-file", "log"});
    REQUIRE(engine.pawl("send morning --wait processed").exit == 1);
    const std::size_t before = happenings(place.read("log")).size();
    REQUIRE(before > 0);
    const std::string noon = told_at(happenings(place.read("log")).back());
    REQUIRE(engine.pawl("send afternoon --wait processed").exit == 1);
    REQUIRE(
        engine.pawl("override project/o1001 status=completed --by ann --because delivered").exit ==
        0);
    REQUIRE(engine.pawl("override project/o1002 priority=urgent --by ann --because friends").exit ==
            0);
    // Refused by its turn: it is told by both.
    REQUIRE(engine.pawl("override project/o9 status=completed --by ann --because x").exit == 1);

    const Finished state = engine.pawl("export state --at " + noon + " -o state.json");
    INFO(state.err);
    REQUIRE(state.exit == 0);
    const Finished events = engine.pawl("export events --from " + noon + " -o events.ndjson");
    INFO(events.err);
    REQUIRE(events.exit == 0);
    REQUIRE(engine.end(SIGTERM) == 0);

    std::vector<std::string> told = happenings(place.read("log"));
    told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(before));
    const Finished dry = place.shell("pawl dry-run " + studio +
                                     " --state state.json --events events.ndjson --answers " +
                                     root + "/examples/studio/answers.ndjson --json");
    INFO(dry.err);
    REQUIRE(dry.exit == 0);
    CHECK_THAT(dry.out, Contains("\"override\":true") && Contains("\"kind\":\"call\"") &&
                            Contains("\"kind\":\"refuse\""));
    std::vector<std::string> simulated = lines_of(dry.out);
    for (std::string& line : simulated) line = without_line_number(line);
    CHECK(told.size() == simulated.size());
    for (std::size_t index = 0; index < std::min(told.size(), simulated.size()); ++index) {
        INFO("line " << index + 1);
        CHECK(told[index] == simulated[index]);
    }
}

TEST_CASE("from the beginning, an export is what came, with its arrival") {
    const Workplace place;
    Served engine(place, {studio, "--data", "data", "--simulate", "--state",
                          root + "/examples/studio/state.json"});
    REQUIRE(place.shell(day + " >day").exit == 0);
    REQUIRE(engine.pawl("send day --wait processed").exit == 1);
    const Finished all = engine.pawl("export events");
    CHECK(all.exit == 0);
    const auto lines = lines_of(all.out);
    CHECK(lines.size() == 23);  // 26, without a duplicate and two that were refused at the door
    for (const std::string& line : lines) CHECK_THAT(line, Contains("\"pawlat\":\""));
    const std::string middle = member(lines[9], "pawlat");
    const std::size_t later = lines_of(engine.pawl("export events --from " + middle).out).size();
    const std::size_t until = lines_of(engine.pawl("export events --to " + middle).out).size();
    CHECK(later + until == lines.size());
    CHECK(until >= 10);
    const Finished state = engine.pawl("export state");
    CHECK(state.exit == 0);
    CHECK_THAT(state.out, Contains("\"project\":[") && Contains("\"o1006\""));
    const Finished wrong = engine.pawl("export state --at yesterday");
    CHECK(wrong.exit == 2);
    CHECK_THAT(wrong.err, Contains("yesterday"));
    CHECK(engine.pawl("export state --from 2026-03-02T07:00:00Z").exit == 2);
    const Finished ahead = engine.pawl("export state --at 2999-01-01 -o ahead.json");
    CHECK(ahead.exit == 2);
    CHECK_THAT(ahead.err, StartsWith("pawl: what will be at 2998-12-31T21:00:00Z is not known yet: "
                                     "it is 20") &&
                              Contains("Z; without a time the state is told as it is now\n"));
    CHECK_FALSE(place.has("ahead.json"));
    CHECK(engine.pawl("export everything").exit == 2);
}
