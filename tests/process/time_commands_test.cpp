#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <regex>
#include <sstream>

#include "tests/process/served.h"

// Runs that wait, questions and journeys of a running engine, by the commands that people use. The
// dates are so far off that none comes while a test runs.

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Served;
using pawl::process::Workplace;

namespace {

const std::string coaching = R"(rulebook coaching
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

entity person
  name  text
  email email ?
  role  one of coach, trainee = trainee
end

roles coach (coaches), trainee (trainees) of person.role

person person name name, email email

entity client
  name       text
  starts_on  date ?
  has_break  bool = false
  visit_at   datetime ?
end

event paid
  client  -> client
end

journey program "The program" of client
  starts client.starts_on

  step welcome "Welcome" at start
    log "welcome, {{client.name}}"
  end

  for each week in 1..3 do
    step call(week) "Call {{week}}" at start + 7d * week
      log "call {{week}} of {{client.name}}"
    end
  end
end

rule wait_for_payment "Wait for the payment of a new client"
  when client is created
  then
    wait for paid where paid.client is client up to 9000d
      came
        log "paid"
      timeout
        log "never paid"
    end
end

rule ask_for_break "Ask the coaches for a break"
  when requested by coach asking client: client
  then
    ask coaches "May {{client.name}} take a break?" up to 9000d
      approved
        set client.has_break to true
      refused
        log "no break"
      timeout
        log "nobody answered"
    end
end

rule calm_down "When nobody pays any more"
  when paid as payment
  then
    log "calm"
  debounce for 9000d
end

rule one_by_one "One payment after another"
  when paid as payment
  then
    wait 9000d
  while running queue
end
)";

const std::string state =
    R"({"person":[{"id":"ann","name":"Ann","email":"ann@example.com","role":"coach"},)"
    R"({"id":"tom","name":"Tom"}]})";

std::string input(const std::string& id, const std::string& type, const std::string& data) {
    return R"({"specversion":"1.0","id":")" + id + R"(","source":"/t","type":")" + type +
           R"(","data":)" + data + "}\n";
}

// An engine with the client c1, whose program starts in 2999 and whose payment is waited for (r1).
struct Coaching {
    Coaching() {
        place.write("coaching.pawl", coaching);
        place.write("state.json", state);
        place.write("come", input("c1", "pawl.create",
                                  R"({"entity":"client","id":"c1","values":)"
                                  R"({"name":"Cleo","starts_on":"2999-01-05"}})"));
        engine = std::make_unique<Served>(
            place,
            std::vector<std::string>{"coaching.pawl", "--data", "data", "--state", "state.json"});
        const Finished sent = engine->pawl("send come --wait processed");
        INFO(sent.out << sent.err);
        REQUIRE(sent.exit == 0);
    }
    Finished pawl(const std::string& words) const { return engine->pawl(words); }

    const Workplace place;
    std::unique_ptr<Served> engine;
};

const std::string as_planned =
    "of         journey  step     title    at                state\n"
    "client/c1  program  welcome  Welcome  2999-01-05 00:00  planned\n"
    "client/c1  program  call(1)  Call 1   2999-01-12 00:00  planned\n"
    "client/c1  program  call(2)  Call 2   2999-01-19 00:00  planned\n"
    "client/c1  program  call(3)  Call 3   2999-01-26 00:00  planned\n"
    "times of Africa/Nairobi\n";

}  // namespace

TEST_CASE("the steps of a journey are shown, and shifted after a look at what that does") {
    const Coaching world;
    CHECK(world.pawl("journey show").out == as_planned);
    CHECK(world.pawl("journey show program --of client/c1 --state planned").out == as_planned);
    const Finished json = world.pawl("journey show program --json");
    CHECK_THAT(json.out, Contains(R"|("name":"call(3)","title":"Call 3",)|"
                                  R"|("at":"2999-01-25T21:00:00Z","state":"planned")|"));

    const Finished look =
        world.pawl("journey shift program client/c1 14d --by ann --because ill --preview");
    INFO(look.err);
    CHECK(look.exit == 0);
    CHECK(look.out ==
          "   step     title    before            after             change\n"
          "*  welcome  Welcome  2999-01-05 00:00  2999-01-19 00:00  14d later\n"
          "*  call(1)  Call 1   2999-01-12 00:00  2999-01-26 00:00  14d later\n"
          "*  call(2)  Call 2   2999-01-19 00:00  2999-02-02 00:00  14d later\n"
          "*  call(3)  Call 3   2999-01-26 00:00  2999-02-09 00:00  14d later\n"
          "times of Africa/Nairobi\n"
          "4 steps move\n"
          "\n"
          "program of client/c1 is shifted by 14d, by ann, because ill\n"
          "only a look: nothing is changed; without --preview it happens\n");
    CHECK(world.pawl("journey show").out == as_planned);  // only looked

    const Finished done = world.pawl("journey shift program client/c1 14d --by ann");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("program of client/c1 is shifted: journey-"));
    CHECK_THAT(world.pawl("journey show").out,
               Contains("call(3)  Call 3   2999-02-09 00:00  moved"));
    CHECK(world.pawl("journey shift program client/c1 -14d").exit == 0);
    const std::string back = world.pawl("journey show").out;
    CHECK_THAT(
        back, Contains("2999-01-05 00:00") && Contains("2999-01-26 00:00") && !Contains("2999-02"));
}

TEST_CASE("of more steps than the limit those are shown that come next, then the newest") {
    const Coaching world;
    // The client who came later begins earlier.
    world.place.write("later", input("c2", "pawl.create",
                                     R"({"entity":"client","id":"c2","values":)"
                                     R"({"name":"Dan","starts_on":"2999-01-01"}})"));
    REQUIRE(world.pawl("send later --wait processed").exit == 0);
    const std::string heading = "of         journey  step     title    at                state\n";
    const Finished next = world.pawl("journey show --limit 2");
    CHECK(next.out == heading +
                          "client/c2  program  welcome  Welcome  2999-01-01 00:00  planned\n"
                          "client/c1  program  welcome  Welcome  2999-01-05 00:00  planned\n"
                          "times of Africa/Nairobi\n");
    CHECK(next.err == "pawl: 6 more steps come later; --all shows them\n");
    CHECK_THAT(world.pawl("journey show --limit 1 --json").out,
               StartsWith("{\"id\":\"scheduled_step-5\",") &&
                   Contains(R"("of":"client/c2","name":"welcome")"));

    // What is over stands behind all that is ahead, the newest first.
    REQUIRE(world.pawl("journey skip program client/c2 welcome").exit == 0);
    REQUIRE(world.pawl("journey skip program client/c1 'call(1)'").exit == 0);
    const Finished ahead = world.pawl("journey show --limit 5");
    CHECK_THAT(ahead.out, StartsWith("of         journey  step     title") &&
                              Contains("client/c1  program  welcome") &&
                              !Contains("client/c1  program  call(1)") &&
                              !Contains("client/c1  program  call(3)"));
    CHECK(ahead.err == "pawl: 1 more step comes later, 2 are over; --all shows them\n");
    const Finished most = world.pawl("journey show --limit 7");
    CHECK_THAT(most.out,
               Contains("call(1)  Call 1   2999-01-12 00:00  skipped") && !Contains("2999-01-01"));
    CHECK(most.err == "pawl: 1 more step is over; --all shows them\n");
    CHECK(world.pawl("journey show --limit 8").err.empty());
}

TEST_CASE("only what a verb changes is marked in its preview") {
    const Coaching world;
    const Finished skip = world.pawl("journey skip program client/c1 'call(2)' --preview");
    INFO(skip.err);
    CHECK_THAT(skip.out, Contains("   call(1)  Call 1   2999-01-12 00:00  2999-01-12 00:00\n") &&
                             Contains("*  call(2)  Call 2   2999-01-19 00:00  skipped") &&
                             Contains("is left out\n") &&
                             Contains("\n1 step is left out: call(2); 3 steps stay as they are\n"));
    const Finished lines = world.pawl("journey skip program client/c1 'call(2)' --preview --json");
    CHECK_THAT(
        lines.out,
        Contains(R"|({"step":"call(1)","title":"Call 1","before":"2999-01-11T21:00:00Z",)|"
                 R"|("after":"2999-01-11T21:00:00Z","state":"planned","reason":"",)|"
                 R"|("changes":false})|") &&
            Contains(R"|({"step":"call(2)","title":"Call 2","before":"2999-01-18T21:00:00Z",)|"
                     R"|("after":"2999-01-18T21:00:00Z","state":"skipped",)|"));
    const Finished trigger = world.pawl("journey trigger program client/c1 welcome --preview");
    INFO(trigger.out << trigger.err);
    CHECK_THAT(trigger.out, Contains("*  welcome  Welcome  2999-01-05 00:00  done ") &&
                                Contains("  runs now\n") &&
                                Contains("\nr2  program for client/c1  ← welcome\n"
                                         "    logs: welcome, Cleo\n    ends: done\n") &&
                                EndsWith("nothing is changed; without --preview it happens\n"));
    const Finished back = world.pawl("journey shift program client/c1 -356000d --preview");
    CHECK_THAT(back.out, Contains("skipped (past) 2024-") && Contains("  is lost\n") &&
                             Contains("\n4 steps are lost: welcome, call(1), call(2), call(3)\n"));
    CHECK(world.pawl("runs --rule program").out.empty());
    CHECK(world.pawl("journey show").out == as_planned);
}

TEST_CASE("a journey is triggered, skipped, paused, resumed, adjusted, stopped and started") {
    const Coaching world;
    const auto told = [&](const std::string& words) {
        const Finished done = world.pawl("journey " + words);
        INFO(words << ": " << done.out << done.err);
        CHECK(done.exit == 0);
        return done.out;
    };
    CHECK_THAT(told("trigger program client/c1 welcome --by ann"),
               StartsWith("welcome of program of client/c1 is triggered: "));
    CHECK_THAT(told("show --state done"), Contains("welcome  Welcome"));
    CHECK_THAT(world.pawl("runs --rule program --json").out, Contains(R"("status":"success")"));
    told("skip program client/c1 'call(1)' --by ann");
    CHECK_THAT(told("show --state skipped"), Contains("call(1)") && !Contains("call(2)"));
    told("pause program client/c1 --until 2999-01-01 --by ann --reason 'a long holiday'");
    CHECK_THAT(told("show --state moved"), Contains("call(2)") && Contains("moved (paused)"));
    CHECK_THAT(told("show program --of client/c1"),
               Contains("what was done\n") && Contains("program  triggered welcome by ann\n") &&
                   Contains("program  skipped call(1) by ann\n") &&
                   Contains("program  paused until 2999-01-01 by ann because a long holiday\n"));
    told("resume program client/c1");
    CHECK_THAT(told("show"), Contains("call(2)  Call 2   2999-01-19 00:00"));
    told("adjust program client/c1 --at 2999-02-01");
    CHECK_THAT(told("show"), Contains("call(2)  Call 2   2999-02-15 00:00  moved"));
    CHECK_THAT(told("show program --of client/c1"), Contains("program  adjusted to 2999-02-01\n"));
    told("stop program client/c1");
    CHECK_THAT(told("show --state skipped"), Contains("call(2)") && Contains("call(3)"));
    told("start program client/c1 --at 2999-03-01");
    CHECK_THAT(told("show"), Contains("call(3)  Call 3   2999-03-22 00:00  moved"));
}

TEST_CASE("what a journey is not, or has not, is refused with the reason") {
    const Coaching world;
    struct Case {
        std::string words, message;
        int exit;
    };
    const Case each = GENERATE(
        Case{"shft program client/c1 1d", "`pawl journey` has no \"shft\"; did you mean `shift`?",
             2},
        Case{"show program --stat done", "has no option \"--stat\"; did you mean `--state`?", 2},
        Case{"show client/c1", "no journey \"client/c1\", which names a record: the journey", 1},
        Case{"show --of client/c9", "no `client` with the id \"c9\"; did you mean \"c1\"?", 1},
        Case{"show --of person/ann", "no journey is one of person records; `program` is one", 1},
        Case{"show programm", "no journey \"programm\"; did you mean `program`?", 1},
        Case{"shift programm client/c1 1d", "did you mean `program`?", 1},
        Case{"show --of c1", "`--of` is \"c1\", where a record such as client/c1 is due", 2},
        Case{"show --state done2", "done2", 2},
        Case{"shift program person/ann 1d", "one of client records", 2},
        Case{"shift program c1 1d", "one of client records", 2},
        Case{"shift program client/c9 1d", "id \"c9\"; did you mean \"c1\"?", 1},
        Case{"shift program client/c1 fortnight", "`DURATION` is \"fortnight\"", 2},
        Case{"shift program client/c1 1d --by nobody", "nobody", 1},
        Case{"pause program client/c1 --until soon", "`--until` is \"soon\"", 2},
        Case{"adjust program client/c1 --at 2999-02-30", "`--at` is \"2999-02-30\"", 2},
        Case{"adjust program client/c1", "needs `--at` (The date)", 2},
        Case{"skip program client/c1 'call(4)'", "\"call(4)\"; did you mean `call(1)`?", 1},
        Case{"trigger program client/c1 cal", "\"cal\"; it has `call(1)`, `call(2)`", 1},
        Case{"start program client/c1", "runs already", 1},
        Case{"start program client/c1 --at 2999-03-01", "`adjust` hangs it on another date", 1},
        Case{"resume program client/c1", "it does not stand still", 1},
        Case{"shift program client/c1 0d", "it is to be shifted by nothing", 1},
        Case{"shift program client/c1 9000y", "cannot be moved by 9000y", 1},
        Case{"pause program client/c1 --until 2000-01-01", "a later date fits, or none", 1},
        Case{"cancel program client/c1", "", 2});
    for (const std::string look : {"", " --preview"}) {
        if (!look.empty() && each.words.starts_with("show")) continue;
        const Finished done = world.pawl("journey " + each.words + look);
        INFO(each.words << look << ": " << done.out);
        CHECK(done.exit == each.exit);
        CHECK_THAT(done.err, Contains(each.message));
        CHECK(done.out.empty());
    }
    CHECK(world.pawl("journey show").out == as_planned);
}

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
