#include "simulation/timeline.h"

#include <catch2/catch.hpp>

#include "rules/schema.h"

using pawl::Color;
using pawl::Instant;
using pawl::rules::Value;
using pawl::simulation::Timeline;
namespace engine = pawl::engine;

namespace {

class NoRecords : public pawl::rules::Records {
 public:
    pawl::rules::RecordPointer get(pawl::rules::Reference) override { return nullptr; }
    std::unique_ptr<pawl::rules::RecordCursor> scan(const pawl::rules::ScanRequest&) override {
        return nullptr;
    }
};

constexpr const char* evening = "2026-03-02T20:59:59Z";  // 23:59:59 in Nairobi
constexpr const char* midnight = "2026-03-02T21:00:00Z";

// A timeline in memory.
class Told {
 public:
    explicit Told(Color color = Color::off)
        : timeline_(program(), color, [this](std::string_view text) { text_ += text; }) {}

    void happened(const char* at, engine::RunNumber run, engine::HappeningForm form,
                  std::uint64_t line = 0) {
        NoRecords records;
        timeline_.happened({.at = *pawl::parse_instant(at), .run = run, .form = std::move(form)},
                           line, records);
    }
    // A turn in which these calls leave.
    void calls(const std::vector<std::pair<std::string, engine::RunNumber>>& names) {
        std::vector<engine::OutgoingCall> calls;
        for (const auto& [name, run] : names) {
            engine::OutgoingCall call;
            call.run = run;
            call.integration = name.substr(0, name.find('.'));
            call.action = name.substr(name.find('.') + 1);
            calls.push_back(call);
        }
        const engine::InputForm form = engine::EventInput{};
        timeline_.turn_begins({*pawl::parse_instant(evening), &form, 1, calls});
    }
    void turn(const char* at, const engine::InputForm& form) {
        timeline_.turn_begins({*pawl::parse_instant(at), &form, 1, {}});
    }
    void finish(const pawl::simulation::DryRunSummary& summary) { timeline_.finish(summary); }
    const std::string& text() const { return text_; }

 private:
    static const pawl::rules::Program& program() {
        static const pawl::rules::Program made = [] {
            pawl::rules::Program program;
            program.schema = pawl::rules::make_base_schema();
            program.header.timezone = "Africa/Nairobi";
            return program;
        }();
        return made;
    }

    std::string text_;
    Timeline timeline_;
};

engine::AnswerInput answer_for_run_1() {
    engine::AnswerInput answer;
    answer.run = 1;
    return answer;
}

}  // namespace

TEST_CASE("a day of the rulebook's zone has a heading of its own") {
    Told told;
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(midnight, 0, engine::EventHappened{"ping", "e2", "/x"});
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  event ping e1\n"
          "\n"
          "2026-03-03 (Africa/Nairobi)\n"
          "00:00:00  event ping e2\n");
}

TEST_CASE("a run that failed tells the error and its place, even if it never was told to begin") {
    Told told;
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 4,
                  engine::Ended{.status = engine::EndStatus::failed,
                                .error = "the status is `paid`",
                                .code = "PW1020",
                                .rule = "mark",
                                .file = "shop.pawl",
                                .line = 12});
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  event ping e1\n"
          "            mark  r4\n"
          "              ends: failed, the status is `paid`\n"
          "                PW1020  shop.pawl:12\n");
}

TEST_CASE("a run that waits tells for what, and at the end those that still do") {
    Told told;
    const Instant until = *pawl::parse_instant("2026-03-04T07:00:00Z");
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 1, engine::Fired{"remind", "client", "c1", {}});
    told.happened(evening, 1, engine::Waited{until, ""});
    told.happened(evening, 2, engine::Fired{"ask", "", "", {}});
    told.happened(evening, 2, engine::Asked{"May it go out?", "admins", until});
    told.happened(evening, 3, engine::Fired{"listen", "", "", {}});
    told.happened(evening, 3, engine::Waited{until, "paid"});
    told.happened(evening, 4, engine::Fired{"push", "", "", {}});
    told.happened(evening, 4, engine::Retried{2, until, "busy"});
    told.turn(midnight, engine::ReplyCommand{"r2", true, "ann"});
    told.happened(midnight, 2, engine::Logged{"it may"});
    told.happened(midnight, 2, engine::Ended{});
    told.turn(midnight, engine::CancelCommand{"r3", "ann"});
    told.happened(
        midnight, 3,
        engine::Ended{engine::EndStatus::cancelled, "cancelled by ann", "", "listen", "", 0});
    pawl::simulation::DryRunSummary summary;
    summary.lines = 1;
    summary.runs = 4;
    told.finish(summary);
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  event ping e1\n"
          "            remind  r1  for client/c1  ← \n"
          "              waits until 2026-03-04 10:00\n"
          "            ask  r2  ← \n"
          "              asks admins until 2026-03-04 10:00\n"
          "                │ May it go out?\n"
          "            listen  r3  ← \n"
          "              waits for paid until 2026-03-04 10:00\n"
          "            push  r4  ← \n"
          "              tries again at 2026-03-04 10:00 (attempt 2): busy\n"
          "\n"
          "2026-03-03 (Africa/Nairobi)\n"
          "00:00:00  ann answers approved to r2\n"
          "            ask  r2  goes on\n"
          "              log  it may\n"
          "              ends: done\n"
          "00:00:00  ann cancels r3\n"
          "            listen  r3  goes on\n"
          "              ends: cancelled by ann\n"
          "\n"
          "1 input; 4 runs\n"
          "r1 (remind) still waits for its time, 2026-03-04 10:00\n"
          "r4 (push) still waits for attempt 2 at 2026-03-04 10:00\n");
}

TEST_CASE("what is held, and the steps of a journey, stand under the turn") {
    Told told;
    const Instant at = *pawl::parse_instant("2026-03-04T07:00:00Z");
    told.turn(evening, engine::JourneyCommand{.verb = pawl::rules::JourneyVerb::shift,
                                              .journey = "program",
                                              .id = "c1",
                                              .step = "",
                                              .by_duration = pawl::Duration{0, 14, 0},
                                              .until = "",
                                              .by = "ann",
                                              .reason = ""});
    told.happened(evening, 0,
                  engine::JourneyChanged{"program", "client/c1", engine::JourneyState::shifted,
                                         "by 14d", "ann"});
    told.happened(evening, 0,
                  engine::StepChanged{"program", "client/c1", "call(2)", "Call 2", at,
                                      engine::StepState::moved, ""});
    told.happened(evening, 1, engine::Fired{"remind", "client", "c1", {}});
    told.happened(evening, 0,
                  engine::StepChanged{"program", "client/c1", "call(1)", "Call 1", at,
                                      engine::StepState::skipped, "past"});
    told.happened(midnight, 0, engine::Held{"digest", "only between", "client", "c1", at});
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  ann shifts program of c1\n"
          "            journey program for client/c1  shifted by 14d by ann\n"
          "            step call(2) of program for client/c1  moved at 2026-03-04 10:00\n"
          "            remind  r1  for client/c1\n"
          "            step call(1) of program for client/c1  skipped (past)\n"
          "\n"
          "2026-03-03 (Africa/Nairobi)\n"
          "00:00:00\n"
          "            digest  held  only between for client/c1 until 2026-03-04 10:00\n");
}

TEST_CASE("a message is shown as it would be read, a long one in part") {
    Told told;
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 1, engine::Fired{"tell", "", "", {engine::CauseKind::event, "e1"}});
    std::string body = "Hello,\n\nall \x1b[31mwell\x07.\n";
    for (int line = 0; line < 30; ++line) body += "line\n";
    told.happened(evening, 1,
                  engine::Sent{.channel = "email",
                               .template_name = "letter",
                               .to = "asha@example.com",
                               .subject = "News",
                               .body = body,
                               .recipient = "profile/asha"});
    CHECK_THAT(told.text(), Catch::Matchers::Contains(
                                "              email letter to asha@example.com (profile/asha)\n"
                                "                │ News\n"
                                "                │\n"
                                "                │ Hello,\n"
                                "                │\n"
                                "                │ all ·[31mwell·.\n"
                                "                │ line\n"));
    CHECK_THAT(told.text(), Catch::Matchers::Contains("│ … and 19 lines more\n"));
}

TEST_CASE("a run that waits for an answer says so when something else is told") {
    Told told;
    told.calls({{"pay.charge", 1}});
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 1, engine::Fired{"buy", "", "", {engine::CauseKind::event, "e1"}});
    told.happened(evening, 2, engine::Fired{"note", "", "", {engine::CauseKind::event, "e1"}});
    told.happened(evening, 2, engine::Ended{});
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  event ping e1\n"
          "            buy  r1\n"
          "              waits for the answer of pay.charge\n"
          "            note  r2\n"
          "              ends: done\n");
}

TEST_CASE("an answer at once belongs to the run above it, a later one has a line of its own") {
    Told told;
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 1, engine::Fired{"ask", "", "", {engine::CauseKind::event, "e1"}});
    told.turn(evening, answer_for_run_1());
    told.happened(evening, 1, engine::Logged{"first"});
    told.turn(midnight, answer_for_run_1());
    told.happened(midnight, 1, engine::Logged{"second"});
    CHECK(told.text() ==
          "2026-03-02 (Africa/Nairobi)\n"
          "23:59:59  event ping e1\n"
          "            ask  r1\n"
          "              log  first\n"
          "\n"
          "2026-03-03 (Africa/Nairobi)\n"
          "00:00:00  answer for r1\n"
          "            ask  r1  goes on\n"
          "              log  second\n");
}

TEST_CASE("fields that do not fit a line go on below") {
    Told told;
    told.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    told.happened(evening, 1, engine::Fired{"make", "", "", {engine::CauseKind::event, "e1"}});
    std::vector<engine::NamedValue> values;
    for (int number = 0; number < 6; ++number) {
        values.push_back({"field_number_" + std::to_string(number), Value::integer(number)});
    }
    values.push_back({"nothing", Value()});
    told.happened(evening, 1, engine::Created{"task", "task-1", values});
    CHECK_THAT(told.text(),
               Catch::Matchers::EndsWith(
                   "              create task/task-1\n"
                   "                field_number_0: 0, field_number_1: 1, field_number_2: 2, "
                   "field_number_3: 3,\n"
                   "                field_number_4: 4, field_number_5: 5\n"));
}

TEST_CASE("the last lines count, and name the runs that still wait") {
    Told told;
    pawl::simulation::DryRunSummary summary;
    summary.lines = 5;
    summary.refused = 1;
    summary.duplicates = 2;
    summary.runs = 3;
    summary.failed = 1;
    summary.waiting = {{2, "mpesa.stk_push"}};
    told.finish(summary);
    CHECK(told.text() ==
          "5 inputs, 2 duplicates, 1 refused; 3 runs, 1 failed\n"
          "r2 still waits for the answer of mpesa.stk_push\n");
}

TEST_CASE("colour comes only where it is asked for") {
    Told plain;
    plain.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    CHECK(plain.text().find('\x1b') == std::string::npos);
    Told colored(Color::on);
    colored.happened(evening, 0, engine::EventHappened{"ping", "e1", "/x"});
    CHECK(colored.text().find('\x1b') != std::string::npos);
}
