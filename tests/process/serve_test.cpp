#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tests/process/served.h"
#include "tests/process/shop.h"

// The studio's recorded day against a running engine: what it keeps when it is stopped, killed and
// started again.

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Served;
using pawl::process::Workplace;

namespace {

const std::string root = PAWL_ROOT;
// An event's time, beyond any day on which this is run: what is too old is refused.
const std::string now = "9999-12-31T00:00:00Z";
const std::string studio = root + "/rulebooks/studio";

// Writes the recorded day as `day`, without its times: it happens now, whenever that is.
void write_day(const Workplace& place) {
    const Finished done =
        place.shell("sed 's/\"time\":\"[^\"]*\",//' " + root + "/examples/studio/day.ndjson >day");
    REQUIRE(done.exit == 0);
}

std::vector<std::string> with_state(std::vector<std::string> words) {
    words.insert(words.end(), {"--state", root + "/examples/studio/state.json"});
    return words;
}

std::vector<std::string> simulated() {
    return {studio,       "--data",    "data",
            "--simulate", "--answers", root + "/examples/studio/answers.ndjson"};
}

// What the engine keeps, as far as it does not tell the hour.
std::string all_of(const Served& engine) {
    std::string all;
    for (const char* what : {"get profile", "get service_package", "get project", "get payment",
                             "get automation_log", "runs"}) {
        const Finished done = engine.pawl(std::string(what) + " --all --json");
        INFO(what << ": " << done.err);
        CHECK(done.exit == 0);
        all += done.out;
    }
    return all;
}

// "o1001 queued paid", a line a project.
std::string projects_of(const Served& engine) {
    return engine
        .pawl(
            "get project --all --json | "
            "sed -E 's/.*\"id\":\"([^\"]*)\".*\"status\":\"([^\"]*)\",\"payment_status\":"
            "\"([^\"]*)\".*/\\1 \\2 \\3/' | sort")
        .out;
}

const std::string projects_after_the_day =
    "o0999 completed paid\n"
    "o1001 in_production paid\n"
    "o1002 queued paid\n"
    "o1003 cancelled refunded\n"
    "o1004 queued paid\n"
    "o1005 queued paid\n"
    "o1006 cancelled pending\n";

}  // namespace

TEST_CASE("a served day is kept over a stop and a kill, and comes in once") {
    const Workplace place;
    write_day(place);
    std::string kept;
    {
        Served engine(place, with_state(simulated()));
        const Finished sent = engine.pawl("send day --wait processed");
        CHECK(sent.exit == 1);
        CHECK_THAT(sent.out, Contains("line 10: refused \"cb-6\" PW0908") &&
                                 Contains("line 11: refused PW09") &&
                                 Contains("line 19: refused \"d18\"") &&
                                 EndsWith("22 accepted, 1 duplicate, 3 refused\n"));
        CHECK(projects_of(engine) == projects_after_the_day);
        CHECK_THAT(engine.pawl("runs --status failed --json").out, !Contains("{"));
        kept = all_of(engine);
        // The newest first, and no number is left out.
        const std::string runs = engine.pawl("runs --all --json").out;
        const auto count = std::count(runs.begin(), runs.end(), '\n');
        CHECK(count > 60);
        CHECK_THAT(runs, StartsWith("{\"id\":\"r" + std::to_string(count) + "\","));
        CHECK(engine.end(SIGTERM) == 0);
    }
    {
        Served engine(place, simulated());
        CHECK(all_of(engine) == kept);
        const Finished again = engine.pawl("send day");
        CHECK_THAT(again.out, EndsWith("0 accepted, 24 duplicates, 2 refused\n"));
        CHECK(engine.end(SIGKILL) == 128 + SIGKILL);
    }
    Served engine(place, simulated());
    CHECK(all_of(engine) == kept);
    CHECK(engine.end(SIGINT) == 0);
}

TEST_CASE("an engine that is killed in the middle of a day goes on where it was") {
    const Workplace place;
    write_day(place);
    const Finished halves = place.shell("head -14 day >morning; tail -n +15 day >afternoon");
    REQUIRE(halves.exit == 0);
    {
        Served engine(place, with_state(simulated()));
        CHECK(engine.pawl("send morning").exit == 1);
        // Appended, and perhaps not processed.
        CHECK(engine.end(SIGKILL) == 128 + SIGKILL);
    }
    // The answers file begins anew with the process: what it gave once is given here.
    Served engine(place, simulated());
    const Finished again = engine.pawl("send morning --wait processed");
    CHECK_THAT(again.out, EndsWith("0 accepted, 12 duplicates, 2 refused\n"));
    CHECK_THAT(engine.pawl("send afternoon --wait processed").out,
               EndsWith("11 accepted, 0 duplicates, 1 refused\n"));
    CHECK(projects_of(engine) == projects_after_the_day);
}

TEST_CASE("a rulebook without journeys says so") {
    const Workplace place;
    pawl::process::write_shop(place);
    const Served engine(place, {"shop", "--data", "data"});
    CHECK(engine.pawl("journey show").err == "pawl: the rulebook has no journeys\n");
    CHECK(engine.pawl("journey show plan").err ==
          "pawl: the rulebook has no journey \"plan\"; it has none\n");
}

TEST_CASE("get and runs show tables, one record and one run") {
    const Workplace place;
    write_day(place);
    Served engine(place, with_state(simulated()));
    REQUIRE(engine.pawl("send day --wait processed").exit == 1);
    CHECK_THAT(engine.pawl("get").out,
               StartsWith("entity ") && Contains("\nproject ") && Contains("\nrun "));
    const Finished paid = engine.pawl("get project --where payment_status=paid --where client=ben");
    CHECK(paid.exit == 0);
    CHECK_THAT(paid.out, Contains("o1002") && !Contains("o1001") && !Contains("o1003"));
    CHECK_THAT(engine.pawl("get project/o1001").out,
               StartsWith("field ") && Contains("\ntitle ") && Contains("Launch reel"));
    const Finished gone = engine.pawl("get project/o9");
    CHECK(gone.exit == 1);
    CHECK_THAT(gone.err, StartsWith("pawl: there is no `project` with the id \"o9\""));
    CHECK(engine.pawl("get projcet").exit == 1);
    CHECK(engine.pawl("get project --where colour=red").exit == 2);
    CHECK(engine.pawl("get project --where red").exit == 2);
    CHECK(engine.pawl("get project --limit 0").exit == 2);

    const Finished runs = engine.pawl("runs --rule take_order --limit 2");
    CHECK_THAT(runs.out, StartsWith("id ") && Contains("take_order"));
    CHECK(std::count(runs.out.begin(), runs.out.end(), '\n') == 4);  // the zone's is the last
    CHECK_THAT(runs.err, Contains("--all"));
    const Finished one = engine.pawl("runs show r2");
    CHECK_THAT(one.out, Contains("rule ") && Contains("take_order") && Contains("\neffects\n") &&
                            Contains("simulated"));
    CHECK(engine.pawl("runs show r999").exit == 1);
}

TEST_CASE("without --simulate nothing is answered, and effects wait") {
    const Workplace place;
    write_day(place);
    Served engine(place, with_state({studio, "--data", "data"}));
    const Finished sent = place.shell("head -1 day | PAWL_URL=" + engine.url() +
                                      " pawl send - --wait processed --json");
    CHECK(sent.exit == 0);
    CHECK(sent.out ==
          "{\"line\":1,\"id\":\"d1\",\"status\":\"accepted\"}\n"
          "{\"accepted\":1,\"duplicates\":0,\"refused\":0}\n");
    const Finished effects = engine.pawl("get effect --json");
    CHECK_THAT(effects.out, Contains("\"status\":\"waiting\"") && !Contains("simulated"));
    CHECK_THAT(engine.pawl("runs --status waiting --json").out,
               Contains("\"rule\":\"take_order\""));
}

TEST_CASE("serve refuses what cannot be, before anything is made") {
    const Workplace place;
    pawl::process::write_shop(place);
    place.write("state.json", pawl::process::shop_state());
    place.write("broken.json", "{\"parcel\":");
    place.write("empty", "\n");
    struct Case {
        std::string words;
        std::string message;
    };
    const Case each = GENERATE(
        Case{"nowhere", "\"nowhere\" is not there"}, Case{"shop --listen 8080", "HOST:PORT"},
        Case{"shop --listen 127.0.0.1:70000", "HOST:PORT"},
        Case{"shop --listen 0.0.0.0:0", "token"}, Case{"shop --log xml", "`--log` is \"xml\""},
        Case{"shop --log-level loud", "`--log-level` is \"loud\""},
        Case{"shop --log-file shop", "log's file cannot be opened"},
        Case{"shop --answers answers", "`--answers` is for `--simulate`"},
        Case{"shop --simulate --answers broken.json", "broken.json"},
        Case{"shop --state nowhere.json", "\"nowhere.json\" is not there"},
        Case{"shop --state broken.json", "broken.json"},
        Case{"shop --token-file nowhere", "\"nowhere\" is not there"},
        Case{"shop --token-file empty", "is empty"}, Case{"shop --token short", "too short"});
    const bool says_where = each.words.find("--listen") != std::string::npos;
    const Finished done = place.shell("timeout 60 pawl serve --data data " + each.words +
                                      (says_where ? "" : " --listen 127.0.0.1:0"));
    INFO(each.words);
    CHECK(done.exit == 2);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, StartsWith("pawl: ") && Contains(each.message));
    CHECK_FALSE(place.has("data"));
}

TEST_CASE("serve answers no to a rulebook with mistakes, and makes no folder") {
    const Workplace place;
    pawl::process::write_shop(place);
    place.write("shop/more.pawl", "rule a \"A\"\n  when nothing\n  then\n    log \"x\"\nend\n");
    const Finished done = place.shell("timeout 60 pawl serve shop --data data");
    CHECK(done.exit == 1);
    CHECK_THAT(done.err, Contains("\"shop\" has 1 mistake"));
    CHECK_FALSE(place.has("data"));
}

TEST_CASE("a second engine and a used port are refused, a state for a used store is passed over") {
    const Workplace place;
    pawl::process::write_shop(place);
    place.write("state.json", pawl::process::shop_state());
    place.write("day.ndjson", pawl::process::payment("e1", now, "p1", 1500));
    Served engine(place, {"shop", "--data", "data", "--state", "state.json"});
    const Finished second =
        place.shell("timeout 60 pawl serve shop --data data --listen 127.0.0.1:0");
    CHECK(second.exit == 2);
    CHECK_THAT(second.err, Contains("data"));
    const Finished port = place.shell(
        "timeout 60 pawl serve shop --data other --state state.json --listen " + engine.address());
    CHECK(port.exit == 2);
    CHECK_THAT(port.err, Contains("somebody else listens on " + engine.address()));
    CHECK_FALSE(place.has("other"));
    CHECK(engine.pawl("send day.ndjson").exit == 0);
    CHECK_THAT(engine.pawl("get parcel/p1 --json").out, Contains("\"id\":\"p1\""));
    REQUIRE(engine.end(SIGTERM) == 0);
    Served again(place, {"shop", "--data", "data", "--state", "state.json"});
    CHECK_THAT(again.pawl("get parcel/p1 --json").out, Contains("\"status\":\"paid\""));
}

TEST_CASE("a zone that nobody knows is told in the log, and in the rows of the engine") {
    const Workplace place;
    place.write("book.pawl",
                "rulebook desk\n  pawl 1\n  timezone Africa/Nairobi\nend\n\n"
                "entity person\n  timezone text ?\nend\n\n"
                "person person timezone timezone\n");
    place.write("state.json", R"({"person":[{"id":"ann"}]})");
    Served engine(place,
                  {"book.pawl", "--data", "data", "--state", "state.json", "--log-file", "log"});
    REQUIRE(
        engine.pawl("override person/ann timezone=Europe/Pragu --by ann --because moved").exit ==
        0);
    CHECK_THAT(engine.pawl("get automation_log --where action=zone --json").out,
               Contains("Europe/Pragu"));
    REQUIRE(engine.end(SIGTERM) == 0);
    CHECK_THAT(place.read("log"), Contains(" warn  log text=\"person/ann.timezone: no time zone"));
}

TEST_CASE("the log tells starts, stops and refusals, and with level debug all that happens") {
    const Workplace place;
    pawl::process::write_shop(place);
    place.write("state.json", pawl::process::shop_state());
    place.write("day.ndjson", pawl::process::payment("e1", now, "p1", 1500) + "not json\n" +
                                  pawl::process::payment("e2", now, "p2", 1));
    const std::string level = GENERATE(as<std::string>{}, "info", "debug");
    const std::string form = GENERATE(as<std::string>{}, "text", "json");
    Served engine(place, {"shop", "--data", "data", "--state", "state.json", "--log", form,
                          "--log-level", level, "--log-file", "log"});
    CHECK(engine.pawl("send day.ndjson --wait processed").exit == 1);
    REQUIRE(engine.end(SIGTERM) == 0);
    const std::string log = place.read("log");
    INFO(log);
    CHECK_THAT(log, Contains("ready") && Contains("stopping") && Contains("SIGTERM") &&
                        Contains("stopped") && Contains("refused") && Contains("PW09"));
    const bool is_debug = level == "debug";
    if (form == "json") {
        CHECK_THAT(log, Contains(R"({"level":"warn","event":"e2","rule":"tell_short_payment",)"
                                 R"("kind":"alert","at":")"));
        CHECK(is_debug == (log.find(R"({"level":"debug","event":"e1","rule":"take_payment",)"
                                    R"("kind":"set",)") != std::string::npos));
        CHECK(is_debug == (log.find(R"("kind":"fire","at":)") != std::string::npos));
    } else {
        CHECK_THAT(log, Contains(" warn  alert to=owners text=\"KES 1.00 for Chair is too little\" "
                                 "run=r3 event=e2 rule=tell_short_payment\n"));
        CHECK(is_debug ==
              (log.find(" debug set entity=parcel id=p1 field=status from=packed "
                        "to=paid run=r1 event=e1 rule=take_payment\n") != std::string::npos));
    }
}
