#include <catch2/catch.hpp>
#include <csignal>
#include <memory>

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
  role  one of coach, trainee = trainee
end

roles coach (coaches), trainee (trainees) of person.role

person person name name

entity client
  name       text
  starts_on  date ?
  has_break  bool = false
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
)";

const std::string state = R"({"person":[{"id":"ann","name":"Ann","role":"coach"},)"
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

    const std::string shifted =
        "*  step     title    before            after             state\n"
        "*  welcome  Welcome  2999-01-05 00:00  2999-01-19 00:00  moved\n"
        "*  call(1)  Call 1   2999-01-12 00:00  2999-01-26 00:00  moved\n"
        "*  call(2)  Call 2   2999-01-19 00:00  2999-02-02 00:00  moved\n"
        "*  call(3)  Call 3   2999-01-26 00:00  2999-02-09 00:00  moved\n"
        "times of Africa/Nairobi\n";
    const Finished look = world.pawl("journey shift program client/c1 14d --by ann --preview");
    INFO(look.err);
    CHECK(look.exit == 0);
    CHECK_THAT(look.out, Contains(shifted.substr(shifted.find('\n'))));
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

TEST_CASE("only what a verb changes is marked in its preview") {
    const Coaching world;
    const Finished skip = world.pawl("journey skip program client/c1 'call(2)' --preview");
    INFO(skip.err);
    CHECK_THAT(skip.out,
               Contains("   call(1)  Call 1   2999-01-12 00:00  2999-01-12 00:00  planned\n"
                        "*  call(2)  Call 2   2999-01-19 00:00  2999-01-19 00:00  skipped"));
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
    CHECK_THAT(trigger.out,
               Contains("*  welcome  Welcome") && Contains("\nlog text=\"welcome, Cleo\""));
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
    CHECK_THAT(told("show --state moved"), Contains("call(2)"));
    told("resume program client/c1");
    CHECK_THAT(told("show"), Contains("call(2)  Call 2   2999-01-19 00:00"));
    told("adjust program client/c1 --at 2999-02-01");
    CHECK_THAT(told("show"), Contains("call(2)  Call 2   2999-02-15 00:00  moved"));
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
        Case{"show programm", "no journey \"programm\"; did you mean `program`?", 1},
        Case{"shift programm client/c1 1d", "did you mean `program`?", 1},
        Case{"show --of c1", "`--of` is \"c1\", where a record such as client/c1 is due", 2},
        Case{"show --state done2", "done2", 2},
        Case{"shift program person/ann 1d", "one of client records", 2},
        Case{"shift program c1 1d", "one of client records", 2},
        Case{"shift program client/c9 1d", "c9", 1},
        Case{"shift program client/c1 fortnight", "`DURATION` is \"fortnight\"", 2},
        Case{"shift program client/c1 1d --by nobody", "nobody", 1},
        Case{"pause program client/c1 --until soon", "`--until` is \"soon\"", 2},
        Case{"adjust program client/c1 --at 2999-02-30", "`--at` is \"2999-02-30\"", 2},
        Case{"adjust program client/c1", "--at is required", 2},
        Case{"skip program client/c1 'call(4)'", "call(4)", 1},
        Case{"trigger program client/c1 cal", "cal", 1},
        Case{"start program client/c1", "runs already", 1},
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
    CHECK(world.pawl("runs --of client/c2").out.empty());
    CHECK(world.pawl("runs --of c1").exit == 2);
    CHECK_THAT(world.pawl("runs show r1").out,
               Contains("waiting_for  ") && Contains("paid") && Contains("due_at"));

    const Finished look = world.pawl("runs cancel r1 --by ann --preview");
    INFO(look.err);
    CHECK(look.exit == 0);
    CHECK_THAT(look.out, Contains("end ") && Contains("status=cancelled"));
    CHECK_THAT(world.pawl("runs --json").out, Contains(R"("status":"waiting")"));

    const Finished done = world.pawl("runs cancel r1 --by ann");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("r1 is cancelled: cancel-"));
    CHECK_THAT(world.pawl("runs --json").out, Contains(R"("status":"cancelled")"));
    for (const std::string run : {"r1", "r99", "one"}) {
        const Finished again = world.pawl("runs cancel " + run);
        INFO(run << again.out << again.err);
        CHECK(again.exit == 1);
        CHECK_THAT(again.err, StartsWith("pawl: PW") && Contains(run));
    }
}

TEST_CASE("a question is answered by whom it was put to, once") {
    const Coaching world;
    world.place.write("ask",
                      input("a1", "pawl.request",
                            R"({"rule":"ask_for_break","with":{"client":"c1"},"by":"ann"})"));
    REQUIRE(world.pawl("send ask --wait processed").exit == 0);
    CHECK_THAT(world.pawl("runs --rule ask_for_break").out, Contains("waiting"));
    CHECK(world.pawl("answer r2 perhaps --by ann").exit == 2);
    CHECK(world.pawl("answer r2 approved").exit == 2);
    CHECK(world.pawl("answer r2 approved --by tom").exit == 1);
    CHECK(world.pawl("answer r9 approved --by ann").exit == 1);
    const Finished look = world.pawl("answer r2 approved --by ann --preview");
    INFO(look.out << look.err);
    CHECK_THAT(look.out, Contains("set entity=client id=c1 field=has_break"));
    CHECK_THAT(world.pawl("get client/c1 --json").out, Contains(R"("has_break":false)"));
    const Finished done = world.pawl("answer r2 approved --by ann");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("r2 is approved: answer-"));
    CHECK_THAT(world.pawl("get client/c1 --json").out, Contains(R"("has_break":true)"));
    CHECK(world.pawl("answer r2 approved --by ann").exit == 1);
}

TEST_CASE("an engine whose clock is believed says so") {
    const Coaching world;
    const Finished told = world.pawl("clock");
    INFO(told.err);
    CHECK(told.exit == 0);
    CHECK_THAT(told.out, StartsWith("the engine goes by the machine's clock: 20"));
    CHECK_THAT(world.pawl("clock --json").out,
               StartsWith(R"({"now":"20)") && EndsWith("\"is_held\":false}\n"));
    CHECK_THAT(world.pawl("clock accept").out,
               StartsWith("the machine's clock was believed already"));
    CHECK_THAT(world.pawl("clock accept --json").out, StartsWith(R"({"accepted":false,"now":"20)"));
    CHECK(world.pawl("clock forward").exit == 2);
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
