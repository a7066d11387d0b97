#include <catch2/catch.hpp>

#include "tests/process/coaching.h"

// Journeys of a running engine, shown and steered by the commands that people use.

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::as_planned;
using pawl::process::Coaching;
using pawl::process::Finished;
using pawl::process::input;

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

TEST_CASE("nobody steers as a person who was erased, and nothing begins for a client who was") {
    const Coaching world;
    REQUIRE(world.pawl("erase person/ann --yes").exit == 0);
    REQUIRE(world.pawl("erase client/c1 --yes").exit == 0);
    for (const std::string look : {"", " --preview"}) {
        const Finished by = world.pawl("journey shift program client/c1 1d --by ann" + look);
        CHECK(by.exit == 1);
        CHECK(by.err ==
              "pawl: PW0964: the `person` with id \"ann\" was erased, and nobody acts as it any "
              "more; name somebody else\n");
        const Finished begun = world.pawl("journey trigger program client/c1 welcome" + look);
        CHECK(begun.exit == 1);
        CHECK_THAT(begun.err,
                   Contains("program` of client/c1 stays as it is: client/c1 was erased, "
                            "and nothing is begun for it any more\n"));
    }
    CHECK(world.pawl("journey stop program client/c1 --by tom").exit == 0);
    CHECK(world.pawl("journey start program client/c1 --by tom").exit == 1);
}
