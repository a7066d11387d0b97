#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <regex>
#include <sstream>

#include "tests/process/coaching.h"

// Runs that wait, questions, holds and the clock of a running engine, by the commands that people
// use.

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::as_planned;
using pawl::process::Coaching;
using pawl::process::coaching;
using pawl::process::Finished;
using pawl::process::input;
using pawl::process::Served;
using pawl::process::Workplace;

TEST_CASE("a run that waits tells for what and until when, and is cancelled") {
    const Coaching world;
    const Finished list = world.pawl("runs --of client/c1 --status waiting");
    INFO(list.out << list.err);
    CHECK_THAT(list.out, Contains("waiting_for") && Contains("due_at") && Contains("paid"));
    CHECK(world.pawl("runs --of c1").exit == 2);
    CHECK_THAT(world.pawl("runs show r1").out,
               Contains("waiting_for  ") && Contains("paid") && Contains("due_at"));

    const Finished look = world.pawl("runs cancel r1 --by ann --preview");
    INFO(look.err);
    CHECK(look.exit == 0);
    CHECK_THAT(look.out, StartsWith("r1\n    ends: cancelled by ann\n"));
    CHECK_THAT(world.pawl("runs --json").out, Contains(R"("status":"waiting")"));

    const Finished done = world.pawl("runs cancel r1 --by ann");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("r1 is cancelled: cancel-"));
    CHECK_THAT(world.pawl("runs --json").out, Contains(R"("status":"cancelled")"));
    CHECK_THAT(world.pawl("runs cancel r1").err,
               Contains("run `r1` does not wait: it ended (cancelled) at 20"));
    CHECK_THAT(world.pawl("runs cancel r99").err, Contains("does not wait: there is no such run"));
    for (const std::string run : {"r1", "r99", "one"}) {
        const Finished again = world.pawl("runs cancel " + run);
        INFO(run << again.out << again.err);
        CHECK(again.exit == 1);
        CHECK_THAT(again.err, StartsWith("pawl: PW") && Contains(run));
    }
}

TEST_CASE("times are told on the rulebook's clock, whole seconds, the zone once") {
    const Coaching world;
    const std::regex utc_or_fraction(R"(:\d\dZ|:\d\d\.\d|\dT\d)");
    for (const std::string words : {"runs", "runs show r1", "get run", "get run/r1"}) {
        const std::string told = world.pawl(words).out;
        INFO(words << "\n" << told);
        CHECK_THAT(told, EndsWith("\ntimes of Africa/Nairobi\n"));
        CHECK_FALSE(std::regex_search(told, utc_or_fraction));
    }
    const std::string step = world.pawl("get scheduled_step --where 'name=call(1)'").out;
    INFO(step);
    CHECK_THAT(step, Contains("  2999-01-12 00:00  planned"));
    CHECK_THAT(world.pawl("get client/c1").out, Contains("starts_on   2999-01-05\n"));
    CHECK_THAT(world.pawl("runs --json").out, Contains("Z\",\"") && !Contains("Nairobi"));
}

TEST_CASE("a time that is asked for or set is read on the rulebook's clock") {
    const Coaching world;
    for (const std::string at :
         {"2999-01-12", "2999-01-12T00:00", "'2999-01-12 00:00'", "2999-01-11T21:00:00Z"}) {
        const Finished done = world.pawl("get scheduled_step --json --where at=" + at);
        INFO(at << done.out << done.err);
        CHECK(done.exit == 0);
        CHECK_THAT(done.out, Contains(R"("title":"Call 1")"));
        CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 1);
    }
    CHECK_THAT(world.pawl("get scheduled_step --where at=2999-01-12 --where state=planned").out,
               Contains("Call 1") && EndsWith("times of Africa/Nairobi\n"));
    const Finished wrong = world.pawl("get scheduled_step --where at=soon");
    CHECK(wrong.exit == 2);
    CHECK(wrong.err == "pawl: `at` is \"soon\", where a time such as 2026-03-02T09:00 is due\n");
    // A day of a field that is a day has no clock.
    CHECK_THAT(world.pawl("get client --where starts_on=2999-01-05").out, Contains("Cleo"));

    const std::string who = " --by ann --because moved";
    const Finished set = world.pawl("override client/c1 visit_at=2999-01-12T09:00" + who);
    INFO(set.out << set.err);
    CHECK(set.exit == 0);
    CHECK_THAT(world.pawl("get client/c1 --json").out,
               Contains(R"("visit_at":"2999-01-12T06:00:00Z")"));
    // A text that looks like a time is a text.
    REQUIRE(world.pawl("override client/c1 name=2999-01-12T09:00" + who).exit == 0);
    CHECK_THAT(world.pawl("get client/c1 --json").out, Contains(R"("name":"2999-01-12T09:00")"));
}

TEST_CASE("what a guard puts off is shown before the runs, with the guard and until when") {
    const Coaching world;
    world.place.write("paid", input("p1", "paid", R"({"client":"c1"})") +
                                  input("p2", "paid", R"({"client":"c1"})"));
    REQUIRE(world.pawl("send paid --wait processed").exit == 0);
    const Finished held = world.pawl("runs --status held");
    INFO(held.out << held.err);
    CHECK(held.exit == 0);
    std::istringstream lines(held.out);
    std::string heading, calm, queued, zone;
    std::getline(lines, heading);
    std::getline(lines, calm);
    std::getline(lines, queued);
    std::getline(lines, zone);
    CHECK_THAT(heading,
               Contains("rule  ") && Contains("status  waiting_for") && EndsWith("due_at"));
    CHECK_THAT(calm, StartsWith("calm_down   held    debounce       20"));
    CHECK(queued == "one_by_one  held    while running");
    CHECK(zone == "times of Africa/Nairobi");
    CHECK_THAT(world.pawl("runs").out,
               Contains("  one_by_one        held") && Contains("r1  wait_for_payment  success"));
    CHECK_THAT(world.pawl("runs --rule one_by_one --json").out,
               StartsWith(R"({"id":null,"rule":"one_by_one","status":"held","started_at":null,)"
                          R"("ended_at":null,"error":null,"file":null,"line":null,"entity":null,)"
                          R"("waiting_for":"while running","due_at":null})"
                          "\n{\"id\":\"r"));
    CHECK_THAT(world.pawl("runs --of client/c1").out, !Contains("held"));
    CHECK(world.pawl("runs --status waiting").out.find("held") == std::string::npos);
}

TEST_CASE("a name that nothing has is told with what fits, not with an empty list") {
    const Coaching world;
    struct Case {
        std::string words, message;
        int exit;
    };
    const Case each = GENERATE(
        Case{"runs --rule ask_for_brake", "`ask_for_brake`; did you mean `ask_for_break`?", 1},
        Case{"runs --rule x", "it has `ask_for_break`, `calm_down`,", 1},
        Case{"runs --of clent/c1", "no entity `clent`; did you mean `client`?", 1},
        Case{"runs --of client/c2", "no `client` with the id \"c2\"; did you mean \"c1\"?", 1},
        Case{"runs --of c1", "`--of` is \"c1\", where a record such as client/c1 is due", 2},
        Case{"runs --status wating", "waiting", 2},
        Case{"runs --status put_off", "`failed`, `stopped` or `cancelled`; or `held`", 2},
        Case{"runs cancel r1 --by anne", "with id \"anne\"; did you mean \"ann\"?", 1},
        Case{"runs cancel r1 --by x --preview", "id \"x\"; there is \"ann\", \"tom\"", 1},
        Case{"answer r1 approved --by anne", "did you mean \"ann\"?", 1},
        Case{"journey stop program client/c1 --by tomm", "did you mean \"tom\"?", 1},
        Case{"override client/c2 name=x --because x --by ann", "did you mean \"c1\"?", 1},
        Case{"override client/c1 name=x --because x --by anne", "did you mean \"ann\"?", 1},
        Case{"override clent/c1 name=x --because x --by ann", "did you mean `client`?", 1},
        Case{"override client/c1 nam=x --because x --by ann", "did you mean `name`?", 1},
        Case{"erase client/c2 --yes", "none is known to have been; did you mean \"c1\"?", 1},
        Case{"erase clent/c1 --yes", "records of its own; did you mean `client`?", 1},
        Case{"journey show progam", "\"progam\"; did you mean `program`?", 1},
        Case{"runs shw r1", "`pawl runs` has no \"shw\"; did you mean `show`?", 2},
        Case{"runs --rule program show r1", "are for the list of runs", 2},
        Case{"runs --limit 0", "`--limit` is \"0\", where a whole number from 1 to", 2},
        Case{"runs --limt 5", "has no option \"--limt\"; did you mean `--limit`?", 2},
        Case{"runs show 1", "there is no run \"1\"; did you mean `r1`?", 1},
        Case{"get client/c2", "did you mean \"c1\"?", 1},
        Case{"get --where a=b", "are for the records of an entity", 2},
        Case{"clock acept", "has no \"acept\"; did you mean `accept`?", 2},
        Case{"export state --at soon", "`--at` is \"soon\", where a time such as", 2},
        Case{"export events --from 2026-03-02 --to 2026-03-01", "`--to` is before `--from`", 2},
        Case{"answer r1", "needs `ANSWER` (approved or refused)", 2},
        Case{"answer r1 approved --by", "`--by` needs a value behind it: PERSON", 2});
    const Finished done = world.pawl(each.words);
    INFO(each.words << ": " << done.out);
    CHECK(done.exit == each.exit);
    CHECK_THAT(done.err, StartsWith("pawl: ") && Contains(each.message));
    CHECK(done.out.empty());
}

TEST_CASE("a rule or a record without runs is none that is not there") {
    const Coaching world;
    for (const std::string words :
         {"runs --rule ask_for_break", "runs --of person/ann", "runs --status failed"}) {
        const Finished done = world.pawl(words);
        INFO(words << done.out);
        CHECK(done.exit == 0);
        CHECK(done.err == "pawl: there are no such runs\n");
        CHECK(world.pawl(words + std::string(" --json")).err.empty());
    }
}

TEST_CASE("a question is answered by whom it was put to, once") {
    const Coaching world;
    world.place.write("ask",
                      input("a1", "pawl.request",
                            R"({"rule":"ask_for_break","with":{"client":"c1"},"by":"ann"})"));
    REQUIRE(world.pawl("send ask --wait processed").exit == 0);
    CHECK_THAT(world.pawl("runs --rule ask_for_break").out, Contains("waiting"));
    for (const std::string words : {"runs show r2 --json", "runs --rule ask_for_break --json"})
        CHECK_THAT(world.pawl(words).out, Contains(R"("question":"May Cleo take a break?")"));
    // She hears of it where alerts are heard of.
    CHECK_THAT(world.pawl("get notification --json").out,
               Contains(R"("user":"ann","title":"May Cleo take a break?")"));
    CHECK_THAT(world.pawl("runs show r2 --json").out,
               Contains(R"("channel":"email","action":"ask","recipient":"ann@example.com")"));
    CHECK(world.pawl("answer r2 perhaps --by ann").exit == 2);
    CHECK(world.pawl("answer r2 approved").exit == 2);
    CHECK(world.pawl("answer r2 approved --by tom").exit == 1);
    CHECK(world.pawl("answer r9 approved --by ann").exit == 1);
    const Finished look = world.pawl("answer r2 approved --by ann --preview");
    INFO(look.out << look.err);
    CHECK_THAT(look.out, Contains("\n    client/c1.has_break: false → true\n"));
    CHECK_THAT(world.pawl("get client/c1 --json").out, Contains(R"("has_break":false)"));
    const Finished done = world.pawl("answer r2 approved --by ann");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("r2 is approved: answer-"));
    CHECK_THAT(world.pawl("get client/c1 --json").out, Contains(R"("has_break":true)"));
    const Finished again = world.pawl("answer r2 refused --by ann");
    CHECK(again.exit == 1);
    CHECK_THAT(again.err, Contains("run `r2` has no open question: it ended (success) at 20"));
    CHECK_THAT(world.pawl("answer r1 approved --by ann").err,
               Contains("run `r1` has no open question: it waits for paid"));
    CHECK_THAT(world.pawl("runs show r2 --json").out, Contains(R"("question":null)"));
}

TEST_CASE("an engine whose clock is believed says so") {
    const Coaching world;
    const Finished told = world.pawl("clock");
    INFO(told.err);
    CHECK(told.exit == 0);
    CHECK_THAT(told.out, StartsWith("the engine goes by the machine's clock: 20") &&
                             EndsWith(" (Africa/Nairobi)\n"));
    CHECK_THAT(world.pawl("clock --json").out,
               StartsWith(R"({"now":"20)") && EndsWith("\"is_held\":false}\n"));
    CHECK_THAT(world.pawl("clock accept").out,
               StartsWith("the machine's clock was believed already"));
    CHECK_THAT(world.pawl("clock accept --json").out, StartsWith(R"({"accepted":false,"now":"20)"));
    CHECK(world.pawl("clock forward").exit == 2);
}

TEST_CASE("when its rule was edited, a run goes on with the text that it began with") {
    Coaching world;
    const auto edit = [&](const std::string& from, const std::string& to) {
        std::string text = world.place.read("coaching.pawl");
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        world.place.write("coaching.pawl", text.replace(at, from.size(), to));
    };
    const auto begin_again = [&] {
        REQUIRE(world.engine->end(SIGTERM) == 0);
        world.engine = std::make_unique<Served>(
            world.place, std::vector<std::string>{"coaching.pawl", "--data", "data"});
    };
    edit("log \"paid\"", "log \"paid, at last\"");
    edit("\"Wait for the payment of a new client\"", "\"Wait for the money\"");
    begin_again();
    world.place.write(
        "more",
        input("c2", "pawl.create", R"({"entity":"client","id":"c2","values":{"name":"Dan"}})") +
            input("p1", "paid", R"({"client":"c1"})") + input("p2", "paid", R"({"client":"c2"})"));
    const Finished sent = world.pawl("send more --wait processed");
    INFO(sent.out << sent.err);
    REQUIRE(sent.exit == 0);
    CHECK_THAT(world.pawl("runs show r1 --json").out,
               Contains(R"("status":"success")") && Contains(R"("metadata":"paid")"));
    CHECK_THAT(world.pawl("runs show r2 --json").out,
               Contains(R"("status":"success")") && Contains(R"("metadata":"paid, at last")"));
}

TEST_CASE("a dry-run on the state of an engine tells what is to come, as it was steered") {
    const Coaching world;
    REQUIRE(world.pawl("journey skip program client/c1 'call(2)' --by ann").exit == 0);
    REQUIRE(world.pawl("journey shift program client/c1 7d --by ann").exit == 0);
    const Finished state = world.pawl("export state -o now.json");
    INFO(state.err);
    REQUIRE(state.exit == 0);
    world.place.write("none", "");
    const Finished dry = world.place.shell(
        "pawl dry-run coaching.pawl --state now.json --events none --from 2998-01-01T00:00:00Z "
        "--until 3000-01-01T00:00:00Z --json");
    INFO(dry.err);
    REQUIRE(dry.exit == 0);
    CHECK_THAT(dry.out, Contains(R"("at":"2999-01-11T21:00:00Z","text":"welcome, Cleo")") &&
                            Contains(R"("at":"2999-01-18T21:00:00Z","text":"call 1 of Cleo")") &&
                            !Contains("call 2 of Cleo") &&
                            Contains(R"("at":"2999-02-01T21:00:00Z","text":"call 3 of Cleo")") &&
                            Contains(R"("text":"never paid","run":"r1")"));
}

TEST_CASE("what waits is there after a stop and after a kill") {
    Coaching world;
    const std::string runs = world.pawl("runs --json").out;
    for (const int signal : {SIGTERM, SIGKILL}) {
        world.engine->end(signal);
        world.engine = std::make_unique<Served>(
            world.place, std::vector<std::string>{"coaching.pawl", "--data", "data"});
        CHECK(world.pawl("runs --json").out == runs);
        CHECK(world.pawl("journey show").out == as_planned);
    }
}
