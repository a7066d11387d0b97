#include <catch2/catch.hpp>

#include "base/limits.h"
#include "journey_desk.h"

// Rulebooks that were edited between two starts of the engine, over every store; and limits.

namespace pawl::engine {

// ---- Texts that change ------------------------------------------------------------------------

TEST_CASE("a journey that was renamed goes on as if nothing had been") {
    const Kept kept = GENERATE(Kept::memory, Kept::sqlite);
    const rules::Program old_text = compiled(program_book("program"));
    const rules::Program new_text = compiled(program_book("care", " renamed from program"));
    const rules::Program last_text = compiled(program_book("care"));
    // What a rename must not change is what happens without it.
    Desk renamed(old_text, kept);
    Desk same(old_text, kept);
    using rules::JourneyVerb;
    for (Desk* desk : {&renamed, &same}) {
        for (const char* id : {"c1", "c2", "c3", "c4", "c5"})
            desk->create(
                day(0), "client",
                std::string(R"({"id":")") + id + R"(","starts_at":"2026-03-02T06:00:00Z"})");
        desk->steer(day(1), step(JourneyVerb::skip_step, "c1", "call(3)"));
        desk->steer(day(1), shift("c1", "12h"));
        desk->steer(day(1), step(JourneyVerb::trigger_step, "c2", "call(5)"));
        JourneyCommand pause = verb(JourneyVerb::pause, "c4");
        pause.until = "2026-03-06";
        desk->steer(day(2, 2), pause);
        desk->steer(day(2, 3), verb(JourneyVerb::stop, "c5"));
        desk->set(day(2, 30), "c3", R"({"on_hold":true})");  // call(1) of most of them waits
    }
    const std::size_t told = renamed.lines.size();
    renamed.restart(new_text);
    const bool is_swept_first = GENERATE(true, false);
    if (is_swept_first) {
        renamed.advance(day(2, 30));
        CHECK(renamed.steps("program").empty());
        CHECK(renamed.steps("care") == same.steps("program"));
        CHECK(renamed.log().size() == same.log().size() + 5);
        // From now on the former name is not needed any more.
        renamed.restart(last_text);
    }
    for (Desk* desk : {&renamed, &same}) {
        const std::string name = desk == &renamed ? "care" : "program";
        // Where the sweep has not come yet, what looks at a journey finds it all the same.
        desk->take(day(2, 30), shift("c2", "1d", name), Desk::Before::nothing);
        desk->set(day(3, 5), "c3", R"({"on_hold":false})");
        desk->steer(day(3, 7), verb(JourneyVerb::start, "c5", name));
        desk->advance(day(30));
    }
    std::vector<std::string> expected(same.lines.begin() + static_cast<std::ptrdiff_t>(told),
                                      same.lines.end());
    std::vector<std::string> found(renamed.lines.begin() + static_cast<std::ptrdiff_t>(told),
                                   renamed.lines.end());
    for (std::string& line : expected) line = replaced(line, R"("program")", R"("care")");
    // A run that waited began under the former name, and with its text: that is the run's affair.
    const auto is_of_run = [](const std::string& line) {
        return line.find(R"("kind":"end")") != std::string::npos ||
               line.find(R"("kind":"log")") != std::string::npos ||
               (line.find(R"("kind":"step")") != std::string::npos &&
                line.find("call(1)") != std::string::npos);
    };
    for (auto* lines : {&expected, &found})
        lines->erase(std::remove_if(lines->begin(), lines->end(), is_of_run), lines->end());
    CHECK(found == expected);
    CHECK(found.size() > 30);
}

TEST_CASE("timetables follow the text when the engine starts with another one") {
    const Kept kept = GENERATE(Kept::memory, Kept::sqlite);
    const auto book = [](const std::string& steps) {
        return compiled(
            "entity client\n  starts_at datetime ?\nend\njourney program of client\n"
            "  starts client.starts_at\n" +
            steps + "end\n");
    };
    const rules::Program old_text = book(
        "  step a at start + 1d\n    log \"a\"\n  end\n"
        "  step b \"Old\" at start + 3d\n    log \"b\"\n  end\n"
        "  step c at start + 4d\n    log \"c\"\n  end\n"
        "  step d at start + 9d\n    log \"d\"\n  end\n");
    const rules::Program new_text = book(
        "  step a at start + 5d\n    log \"a\"\n  end\n"
        "  step b \"New\" at start + 3d\n    log \"b\"\n  end\n"
        "  step c at start + 6d\n    log \"c anew\"\n  end\n"
        "  step e at start + 7d\n    log \"e\"\n  end\n");
    Desk desk(old_text, kept);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.create(day(0), "client", R"({"id":"c2"})");
    desk.advance(day(2));
    const std::size_t told = desk.lines.size();
    desk.restart(new_text);
    desk.advance(day(2));
    CHECK(desk.steps("program") ==
          std::vector<std::string>{
              "client/c1 a done 03-03T06:00", "client/c1 b planned 03-05T06:00",
              "client/c1 c moved 03-08T06:00", "client/c1 d skipped 03-11T06:00 (gone)",
              "client/c1 e planned 03-09T06:00"});
    const std::size_t after = desk.lines.size();
    CHECK(after == told + 3);
    // The same text again plans nothing again.
    desk.restart(new_text);
    desk.advance(day(2));
    CHECK(desk.lines.size() == after);
    desk.advance(day(20));
    CHECK(desk.count(R"("text":"a")") == 1);
    CHECK(desk.has_told(R"("text":"c anew")"));
    CHECK(desk.has_told(R"("text":"e")"));
    CHECK_FALSE(desk.has_told(R"("text":"d")"));
}

TEST_CASE("a new text is swept 500 records a turn, with what comes meanwhile in between") {
    const std::size_t records = limits::sweep_records_max + GENERATE(0u, 1u);
    const rules::Program old_text = compiled(program_book("program"));
    const rules::Program new_text = compiled(program_book("care", " renamed from program"));
    Desk desk(old_text);
    std::string clients;
    for (std::size_t i = 0; i < records; ++i)
        clients += (i == 0 ? "" : ",") + std::string(R"({"id":"c)") + std::to_string(i) +
                   R"(","starts_at":"2026-03-02T06:00:00Z"})";
    desk.load(R"({"client":[)" + clients + "]}");
    desk.advance(day(0, 1));
    desk.restart(new_text);
    desk.advance(day(0, 1));
    CHECK(desk.steps("care").size() == records * 5);
    CHECK(desk.steps("program").empty());
    desk.advance(day(20));
    CHECK(desk.count(R"("kind":"log")") == records * 5);
    CHECK(desk.count(R"("state":"completed")") == records);
}

TEST_CASE("a new text whose sweep was set aside is swept when the engine next begins") {
    const rules::Program old_text = compiled(program_book("program"));
    const rules::Program new_text = compiled(program_book("care", " renamed from program"));
    Desk desk(old_text);
    desk.load(R"({"client":[{"id":"c1","starts_at":"2026-03-02T06:00:00Z"}]})");
    desk.advance(day(0, 1));
    desk.restart(new_text);
    desk.set_aside(day(0, 1));
    desk.advance(day(0, 1));
    CHECK(desk.steps("care").empty());
    desk.restart(new_text);
    desk.advance(day(0, 1));
    CHECK(desk.steps("care").size() == 5);
    CHECK(desk.steps("program").empty());
}

// ---- Limits -----------------------------------------------------------------------------------

namespace {

std::string clients_state(std::size_t count) {
    std::string clients;
    for (std::size_t i = 0; i < count; ++i)
        clients += (i == 0 ? "" : ",") + std::string(R"({"id":"c)") + std::to_string(i) +
                   R"(","starts_at":"2026-04-02T06:00:00Z"})";
    return R"({"client":[)" + clients + "]}";
}

const char* const trigger_book = R"(
entity client
  starts_at datetime ?
end
event go
  n int
end
journey program of client
  starts client.starts_at
  step hello at start
    log "hello {{client.id}}"
  end
end
rule everybody
  when go
  then
    for each c in client do
      trigger step hello of program for c
    end
end
)";

}  // namespace

TEST_CASE("a step that its turn has no place for fails, and says so") {
    const rules::Program program = compiled(trigger_book);
    Desk desk(program);
    const auto most = static_cast<std::size_t>(limits::turn_advances_max);
    const std::size_t beyond = GENERATE(0, 1);
    // The rule itself is an advance.
    desk.load(clients_state(most - 1 + beyond));
    desk.event(day(0), "go", R"({"n":1})");
    CHECK(desk.count(R"("kind":"log")") == most - 1);
    CHECK(desk.in_state("done") == most - 1);
    CHECK(desk.in_state("failed") == beyond);
    CHECK(desk.in_state("planned") == 0);
    CHECK(desk.count(R"("state":"failed")") == beyond);
}

TEST_CASE("what stood behind a step that had no place fails likewise, and can be triggered again") {
    const rules::Program program = compiled(R"(
entity client
  starts_at datetime ?
end
event go
  n int
end
journey program of client
  starts client.starts_at
  step hello at start
    log "hello {{client.id}}"
  end
  step bye at start + 1d
    log "bye {{client.id}}"
  end
end
rule everybody
  when go
  then
    for each c in client do
      trigger step hello of program for c
      trigger step bye of program for c
    end
end
)");
    Desk desk(program);
    const auto most = static_cast<std::size_t>(limits::turn_advances_max);
    desk.load(clients_state(most / 2 + 1));
    desk.event(day(0), "go", R"({"n":1})");
    CHECK(desk.in_state("done") == most - 1);
    CHECK(desk.in_state("failed") == 3);
    CHECK(desk.count(R"("state":"failed")") == 3);
    const std::string last = "c" + std::to_string(most / 2);
    desk.steer(day(0), step(rules::JourneyVerb::trigger_step, last, "bye"));
    CHECK_FALSE(desk.refused);
    CHECK(desk.in_state("failed") == 2);
    CHECK(desk.has_told(R"("text":"bye )" + last));
}

TEST_CASE("the first of a queue that its turn has no place for begins in the next one") {
    const auto most = static_cast<int>(limits::turn_advances_max);
    const int beyond = GENERATE(-1, 0, 1);
    const rules::Program program = compiled(R"(
entity client
  name text ?
end
event go
  n int
end
event ping
  n int
end
rule counts
  when ping
  then log "pinged"
end
rule queued
  when go
  then
    wait 1h
    for each i in 1..go.n do
      emit ping with n: i
    end
    log "went {{go.n}}"
  while running queue
end
)");
    Desk desk(program);
    // It wakes (one advance), and what it emits runs before the next one of its queue.
    desk.event(day(0), "go", R"({"n":)" + std::to_string(most - 1 + beyond) + "}");
    desk.event(day(0), "go", R"({"n":1})");
    desk.advance(day(1));
    CHECK(desk.count(R"("text":"went )") == 2);
    CHECK(desk.count(R"("text":"pinged")") ==
          static_cast<std::size_t>(most) + (beyond < 0 ? -1 : 0));
    CHECK(desk.count(R"("status":"failed")") == (beyond > 0 ? 1u : 0u));
}

TEST_CASE("a change moves so many journeys through a reference, and no more") {
    const rules::Program program = compiled(R"(
entity course
  starts_at datetime ?
end
entity client
  course -> course
end
journey program of client
  starts client.course.starts_at
  step hello at start + 1d
    log "hello"
  end
end
)");
    const std::size_t most = limits::fan_out_records_max;
    const std::size_t count = most + GENERATE(0u, 1u);
    Desk desk(program);
    std::string clients;
    for (std::size_t i = 0; i < count; ++i)
        clients += (i == 0 ? "" : ",") + std::string(R"({"id":"c)") + std::to_string(i) +
                   R"(","course":"k1"})";
    desk.load(R"({"course":[{"id":"k1"}],"client":[)" + clients + "]}");
    desk.take(day(0),
              ChangeCommand{"course", "k1",
                            parse_json(R"({"starts_at":"2026-03-03T06:00:00Z"})").value(), "", ""});
    CHECK(desk.in_state("planned") == (count > most ? 0 : most));
    if (count <= most) return;
    REQUIRE(desk.refused);
    CHECK(desk.refused->code == "PW1058");
    CHECK(
        desk.refused->message ==
        "the change of `course/k1.starts_at` concerns more than 500 records of `client` by journey "
        "`program`");
}

}  // namespace pawl::engine
