#include <catch2/catch.hpp>
#include <csignal>
#include <memory>

#include "tests/process/served.h"
#include "tests/process/shop.h"

// Commands that ask a running engine, and what they say when none is there.

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Served;
using pawl::process::Workplace;

namespace {

// An event's time, beyond any day on which this is run: what is too old is refused.
const std::string now = "9999-12-31T00:00:00Z";

std::unique_ptr<Served> serve_shop(const Workplace& place) {
    pawl::process::write_shop(place);
    place.write("state.json", pawl::process::shop_state());
    place.write("day.ndjson", pawl::process::payment("e1", now, "p1", 1500));
    return std::make_unique<Served>(
        place, std::vector<std::string>{"shop", "--data", "data", "--state", "state.json"});
}

}  // namespace

TEST_CASE("without an engine, commands say where none answers") {
    const Workplace place;
    std::string url;
    {
        const auto engine = serve_shop(place);
        url = engine->url();
        REQUIRE(engine->end(SIGTERM) == 0);
    }
    const std::string words =
        GENERATE(as<std::string>{}, "send day.ndjson", "get", "get parcel", "runs", "runs show r1",
                 "export events", "export state -o state.out",
                 "override parcel/p1 status=sent --by ann --because x", "erase parcel/p1 --yes",
                 "runs cancel r1", "answer r1 approved --by ann", "clock", "clock accept",
                 "journey show", "journey stop program client/c1 --preview");
    const Finished done = place.shell("pawl " + words + " --url " + url);
    INFO(words);
    CHECK(done.exit == 2);
    CHECK(done.out.empty());
    CHECK(done.err.find("pawl: no engine answers at " + url + "; is `pawl serve` running?") == 0);
    CHECK_FALSE(place.has("state.out"));
    const Finished https = place.shell("PAWL_URL=https://127.0.0.1 pawl " + words);
    CHECK(https.exit == 2);
    CHECK_THAT(https.err, Contains("plain http only"));
}

TEST_CASE("a token is asked for, and only the right one lets in") {
    const Workplace place;
    pawl::process::write_shop(place);
    place.write("token", "a-long-token\n");
    Served engine(place, {"shop", "--data", "data", "--token-file", "token"});
    const Finished none = engine.pawl("get parcel");
    CHECK(none.exit == 2);
    CHECK_THAT(none.err, Contains("does not let you in") && Contains("PAWL_TOKEN"));
    const Finished wrong = engine.pawl("get parcel --token another-token");
    CHECK(wrong.exit == 2);
    CHECK_THAT(wrong.err, Contains("does not let you in") && !Contains("another-token"));
    CHECK(engine.pawl("get parcel --token a-long-token").exit == 0);
    CHECK(place.shell("PAWL_TOKEN=a-long-token pawl runs --url " + engine.url()).exit == 0);
}

TEST_CASE("an override is carried out and recorded, or refused with the reason") {
    const Workplace place;
    const auto engine = serve_shop(place);
    const Finished done =
        engine->pawl("override parcel/p1 status=sent price=1600.50 --by ann --because \"by hand\"");
    CHECK(done.err.empty());
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("parcel/p1 is overridden: override-"));
    CHECK_THAT(engine->pawl("get parcel/p1 --json").out,
               Contains("\"status\":\"sent\"") && Contains("\"price\":1600.50"));
    const Finished refused =
        engine->pawl("override parcel/p9 status=sent --by ann --because \"by hand\"");
    CHECK(refused.exit == 1);
    CHECK_THAT(refused.err, StartsWith("pawl: PW") && Contains("p9"));
    const Finished wrong =
        engine->pawl("override parcel/p1 colour=red --by ann --because \"by hand\"");
    CHECK(wrong.exit == 1);
    CHECK_THAT(wrong.err, Contains("colour"));
    CHECK(engine->pawl("override parcel/p1 status=sent --by ann").exit == 2);
    CHECK(engine->pawl("override parcel/p1 --by ann --because x").exit == 2);
    CHECK(engine->pawl("override parcel status=sent --by ann --because x").exit == 2);
}

TEST_CASE("a backup beside a running engine is served like the original") {
    const Workplace place;
    const auto engine = serve_shop(place);
    REQUIRE(engine->pawl("send day.ndjson --wait processed").exit == 0);
    const Finished made = place.pawl({"backup", "--data", "data", "--to", "copy"});
    INFO(made.err);
    CHECK(made.exit == 0);
    CHECK_THAT(made.out, Contains("copy holds the store of data"));
    const std::string before = engine->pawl("get parcel --json").out;
    Served restored(place, {"shop", "--data", "copy"});
    CHECK(restored.pawl("get parcel --json").out == before);
    CHECK(restored.pawl("runs --json").out == engine->pawl("runs --json").out);
    CHECK_THAT(restored.pawl("send day.ndjson").out, Contains("1 duplicate"));
    REQUIRE(engine->end(SIGTERM) == 0);
    CHECK(place.pawl({"backup", "--data", "data", "--to", "stopped", "--json"}).out ==
          "{\"data\":\"data\",\"to\":\"stopped\"}\n");
    const Finished twice = place.pawl({"backup", "--data", "data", "--to", "copy"});
    CHECK(twice.exit == 2);
    CHECK_THAT(twice.err, Contains("copy"));
    CHECK(place.pawl({"backup", "--data", "nowhere", "--to", "none"}).exit == 2);
    CHECK_FALSE(place.has("none"));
    CHECK(place.pawl({"backup", "--data", "data"}).exit == 2);
}

TEST_CASE("what was sent is refused by number, whatever the line") {
    const Workplace place;
    const auto engine = serve_shop(place);
    place.write("bad.ndjson", "\n{\"a\":1\n[]\n" + std::string(1'100'000, 'x') + "\n" +
                                  pawl::process::payment("e1", now, "p1", 1) +
                                  pawl::process::payment("e1", now, "p1", 2));
    const Finished done = engine->pawl("send bad.ndjson");
    CHECK(done.exit == 1);
    CHECK_THAT(done.out, Contains("line 2: refused PW09") && Contains("line 3: refused PW09") &&
                             Contains("line 4: refused PW0903") &&
                             Contains("line 6: conflict \"e1\" PW09") &&
                             Contains("\n1 accepted, 0 duplicates, 4 refused\n"));
    CHECK(engine->pawl("send nowhere.ndjson").exit == 2);
    CHECK(engine->pawl("send bad.ndjson --wait forever").exit == 2);
    const Finished nothing = place.shell("pawl send - --url " + engine->url(), "\n\n");
    CHECK(nothing.exit == 0);
    CHECK(nothing.out == "0 accepted, 0 duplicates, 0 refused\n");
}

TEST_CASE("erase blanks what is kept of a record, and asks a person before") {
    const Workplace place;
    const std::string root = PAWL_ROOT;
    Served engine(place, {root + "/rulebooks/studio", "--data", "data", "--simulate", "--state",
                          root + "/examples/studio/state.json"});
    REQUIRE(
        place.shell("sed 's/\"time\":\"[^\"]*\",//' " + root + "/examples/studio/day.ndjson >day")
            .exit == 0);
    REQUIRE(engine.pawl("send day --wait processed").exit == 1);
    REQUIRE_THAT(engine.pawl("export events").out + engine.pawl("get effect --all --json").out,
                 Contains("dina@example.com"));
    const Finished unasked = engine.pawl("erase profile/dina");
    CHECK(unasked.exit == 2);
    CHECK_THAT(unasked.err, Contains("--yes"));
    CHECK_THAT(engine.pawl("get profile/dina --json").out, Contains("Dina Achieng"));
    const Finished done = engine.pawl("erase profile/dina --yes");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("profile/dina is erased: ") && Contains(" of effect"));
    CHECK_THAT(engine.pawl("get profile/dina --json").out,
               Contains("\"id\":\"dina\"") && !Contains("Dina Achieng"));
    CHECK_THAT(
        engine.pawl("export events").out + engine.pawl("export state").out +
            engine.pawl("get effect --all --json").out +
            engine.pawl("get notification --all --json").out +
            engine.pawl("get automation_log --all --json").out,
        !Contains("dina@example.com") && !Contains("Dina Achieng") && !Contains("254733000003"));
    CHECK(engine.pawl("erase profile/nobody --yes").exit == 1);
    CHECK(engine.pawl("erase nothing/x --yes").exit == 1);
    CHECK(engine.pawl("erase profile --yes").exit == 2);
    REQUIRE(engine.end(SIGTERM) == 0);
    CHECK(place.shell("grep -l 'dina@example.com' data/*").out.empty());
}

TEST_CASE("a long file of nothing but duplicates is answered like any other") {
    const Workplace place;
    const auto engine = serve_shop(place);
    std::string events;
    for (int number = 0; number < 1'000; ++number) {
        events += pawl::process::payment("e" + std::to_string(number), now, "p1", 1);
    }
    place.write("many.ndjson", events);
    CHECK(engine->pawl("send many.ndjson").out == "1000 accepted, 0 duplicates, 0 refused\n");
    const std::string again = "PAWL_URL=" + engine->url() + " timeout 30 pawl send many.ndjson";
    CHECK(place.shell(again).out == "0 accepted, 1000 duplicates, 0 refused\n");
    CHECK(place.shell(again + " --wait processed").out ==
          "0 accepted, 1000 duplicates, 0 refused\n");
}
