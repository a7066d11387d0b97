#include "rules/evaluator.h"

#include <catch2/catch.hpp>

#include "evaluator_code_runner.h"

namespace pawl::rules {
namespace {

TEST_CASE("meaning 9: `and` and `or` absorb unknown in either order") {
    const auto combine = [](Opcode op, const Value& left, const Value& right) {
        UnitBuilder code;
        code.push(left);
        code.push(right);
        code.add(op);
        code.add(Opcode::end);
        return CodeRunner(std::move(code)).value();
    };
    const Value yes = Value::boolean(true);
    const Value no = Value::boolean(false);
    const Value unknown;
    CHECK(combine(Opcode::and_, unknown, no) == no);
    CHECK(combine(Opcode::and_, no, unknown) == no);
    CHECK(combine(Opcode::and_, yes, unknown) == unknown);
    CHECK(combine(Opcode::and_, yes, yes) == yes);
    CHECK(combine(Opcode::or_, unknown, yes) == yes);
    CHECK(combine(Opcode::or_, yes, unknown) == yes);
    CHECK(combine(Opcode::or_, no, unknown) == unknown);
    CHECK(combine(Opcode::or_, no, no) == no);
}

TEST_CASE("meaning 9: `if` passes only on true, `unless` holds back only on true") {
    const auto outcome = [](Opcode op, const Value& value) {
        UnitBuilder code;
        code.push(value);
        code.add(op, 3);
        code.add(Opcode::conditions_end);
        return CodeRunner(std::move(code)).run();
    };
    CHECK(outcome(Opcode::require, Value::boolean(true)).kind == OutcomeKind::conditions_hold);
    CHECK(outcome(Opcode::require, Value::boolean(false)).kind == OutcomeKind::condition_failed);
    const Outcome unknown = outcome(Opcode::require, Value());
    CHECK(unknown.kind == OutcomeKind::condition_failed);
    CHECK(unknown.clause == 3);
    CHECK(unknown.clause_value.is_missing());
    CHECK(outcome(Opcode::exclude, Value()).kind == OutcomeKind::conditions_hold);
    CHECK(outcome(Opcode::exclude, Value::boolean(false)).kind == OutcomeKind::conditions_hold);
    const Outcome held = outcome(Opcode::exclude, Value::boolean(true));
    CHECK(held.kind == OutcomeKind::condition_failed);
    CHECK(held.clause_value.is_true());
}

TEST_CASE("meaning 6: now, firing and today are the input's, not the clock's") {
    UnitBuilder code;
    code.add(Opcode::push_now);
    code.add(Opcode::push_firing);
    code.add(Opcode::push_today);
    code.add(Opcode::make_list, 3);
    code.add(Opcode::end);
    const Value list = CodeRunner(std::move(code)).value();
    CHECK(list.as_list()[0] == Value::datetime(CodeRunner::moment.now));
    CHECK(list.as_list()[1] == Value::datetime(CodeRunner::moment.firing));
    CHECK(list.as_list()[2] == Value::date(*parse_date("2026-03-02")));
}

TEST_CASE("`today` is the day in the rulebook's zone") {
    UnitBuilder code;
    code.add(Opcode::push_today);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    Evaluator evaluator(runner.program);
    std::vector<Frame> frames(1);
    const Instant late = *parse_instant("2026-03-02T22:00:00Z");  // 01:00 of the 3rd in Nairobi
    const Outcome outcome = evaluator.run(frames, runner.host, {late, late}, runner.budget);
    CHECK(outcome.value == Value::date(*parse_date("2026-03-03")));
}

TEST_CASE("meaning 10: overflow fails the advance, with the line") {
    UnitBuilder code;
    code.push(Value::integer(std::numeric_limits<std::int64_t>::max()));
    code.push(Value::integer(1));
    code.add(Opcode::add);
    code.add(Opcode::end);
    code.unit.lines = {{0, 7}};
    CodeRunner runner(std::move(code));
    const Outcome outcome = runner.run();
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1001");
    CHECK(outcome.failure->kind == "overflow");
    CHECK_FALSE(outcome.failure->catchable);
    CHECK(outcome.line == 7);
}

TEST_CASE("meaning 10: an operator between kinds it does not take gives missing") {
    UnitBuilder code;
    code.push(Value::text("a"));
    code.push(Value::integer(1));
    code.add(Opcode::add);
    code.add(Opcode::end);
    CHECK(CodeRunner(std::move(code)).value().is_missing());
}

TEST_CASE("meaning 4: an advance has a budget of instructions") {
    UnitBuilder code;
    code.add(Opcode::jump, 0);
    CodeRunner runner(std::move(code));
    const Outcome outcome = runner.run();
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1004");
    CHECK(runner.budget.instructions == 0);
}

TEST_CASE("meaning 4: an advance takes its last instruction, and none more") {
    const auto run = [](std::size_t instructions) {
        UnitBuilder code;
        while (code.here() + 1 < instructions) code.add(Opcode::jump, code.here() + 1);
        code.add(Opcode::end);
        return CodeRunner(std::move(code)).run();
    };
    CHECK(run(limits::advance_instructions_max).kind == OutcomeKind::finished);
    const Outcome beyond = run(limits::advance_instructions_max + 1);
    REQUIRE(beyond.kind == OutcomeKind::failed);
    CHECK(beyond.failure->code == "PW1004");
    CHECK(beyond.failure->message == "the run took more than 1000000 steps at once");
}

TEST_CASE("an advance builds its last byte of texts and lists, and none more") {
    UnitBuilder code;
    code.push(Value::text("a long text beside "));
    code.push(Value::text("another one, which is long as well"));
    code.add(Opcode::join_text, 2);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    REQUIRE(runner.budget.bytes == limits::advance_bytes_max);
    REQUIRE(runner.run().kind == OutcomeKind::finished);
    const std::uint64_t bytes = limits::advance_bytes_max - runner.budget.bytes;
    REQUIRE(bytes > 50);
    runner.budget.bytes = bytes;
    CHECK(runner.run().kind == OutcomeKind::finished);
    CHECK(runner.budget.bytes == 0);
    runner.budget.bytes = bytes - 1;
    const Outcome beyond = runner.run();
    REQUIRE(beyond.kind == OutcomeKind::failed);
    CHECK(beyond.failure->code == "PW1006");
    CHECK(beyond.failure->message == "the run built more than 64 MiB of texts and lists at once");
}

TEST_CASE("meaning 4: an advance has a budget of rows") {
    UnitBuilder code;
    Query query;
    query.aggregate = Aggregate::count;
    query.entity = 9;
    code.unit.queries.push_back(query);
    code.add(Opcode::query_begin);
    const auto next = code.add(Opcode::query_next);
    code.add(Opcode::query_take);
    code.add(Opcode::jump, static_cast<std::int32_t>(next));
    code.land(next);
    code.add(Opcode::query_end);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    for (int i = 0; i < 5; ++i) runner.host.add(9, {Value::text("x")});
    runner.budget.rows = 5;
    CHECK(runner.value() == Value::integer(5));
    CHECK(runner.budget.rows == 0);
    runner.budget.rows = 4;
    const Outcome outcome = runner.run();
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1005");
}

TEST_CASE("work on big texts counts against the budget") {
    UnitBuilder code;
    code.push(Value::text(std::string(1 << 20, 'a')));
    code.push(Value::text("b"));
    code.add(Opcode::contains);
    code.add(Opcode::pop);
    code.add(Opcode::jump, 0);
    CodeRunner runner(std::move(code));
    CHECK(runner.run().failure->code == "PW1004");
}

TEST_CASE("a text and a list beyond their limits are refused") {
    UnitBuilder code;
    code.push(Value::text(std::string(600'000, 'a')));
    code.add(Opcode::load_local, 0);
    code.add(Opcode::pop);
    code.push(Value::text(std::string(600'000, 'a')));
    code.add(Opcode::join_text, 2);
    code.add(Opcode::end);
    CHECK(CodeRunner(std::move(code)).run().failure->code == "PW1006");

    UnitBuilder range;
    range.push(Value::integer(1));
    range.push(Value::integer(10'001));
    range.add(Opcode::make_range);
    range.add(Opcode::end);
    CHECK(CodeRunner(std::move(range)).run().failure->code == "PW1006");
}

TEST_CASE("lists cannot nest without end") {
    UnitBuilder code;
    const auto again = code.here();
    code.add(Opcode::load_local, 0);
    code.add(Opcode::make_list, 1);
    code.add(Opcode::store_local, 0);
    code.add(Opcode::jump, static_cast<std::int32_t>(again));
    CHECK(CodeRunner(std::move(code)).run().failure->code == "PW1006");
}

TEST_CASE("lists that hold one another twice cannot grow without end") {
    UnitBuilder code;
    code.push(Value::list({Value::integer(1)}));
    code.add(Opcode::store_local, 0);
    const auto again = code.here();
    code.add(Opcode::load_local, 0);
    code.add(Opcode::load_local, 0);
    code.add(Opcode::make_list, 2);
    code.add(Opcode::store_local, 0);
    code.add(Opcode::jump, static_cast<std::int32_t>(again));
    CHECK(CodeRunner(std::move(code)).run().failure->code == "PW1006");
}

TEST_CASE("meaning 4: defines call one another at most so deep") {
    UnitBuilder code;
    code.add(Opcode::call_define, 0);
    code.add(Opcode::end);
    CHECK(CodeRunner(std::move(code)).run().failure->code == "PW1007");
}

TEST_CASE("a define has locals of its own and gives its value") {
    UnitBuilder code;
    code.push(Value::integer(10));
    code.add(Opcode::store_local, 0);
    code.push(Value::integer(4));
    code.add(Opcode::call_define, 1, 0, 1);
    code.add(Opcode::load_local, 0);
    code.add(Opcode::subtract);
    code.add(Opcode::end);
    UnitBuilder define(1);
    define.add(Opcode::load_local, 0);
    define.add(Opcode::load_local, 0);
    define.add(Opcode::multiply);
    define.add(Opcode::end);
    CodeRunner runner(std::move(code));
    runner.program.units.push_back(define.unit);
    CHECK(runner.value() == Value::integer(6));
}

TEST_CASE("`or default` takes the other value only for missing") {
    const auto or_default = [](const Value& value) {
        UnitBuilder code;
        code.push(value);
        const auto jump = code.add(Opcode::jump_if_present_keep);
        code.add(Opcode::pop);
        code.push(Value::integer(7));
        code.land(jump);
        code.add(Opcode::end);
        return CodeRunner(std::move(code)).value();
    };
    CHECK(or_default(Value()) == Value::integer(7));
    CHECK(or_default(Value::boolean(false)) == Value::boolean(false));
}

TEST_CASE("a field of a missing or deleted record is missing") {
    UnitBuilder code;
    code.add(Opcode::load_local, 0);
    code.add(Opcode::load_field, 1, 0, 9);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    const Reference record = runner.host.add(9, {Value::text("a"), Value::integer(5)});
    Evaluator evaluator(runner.program);
    const auto field_of = [&](Value reference) {
        std::vector<Value> locals{std::move(reference)};
        return evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget)
            .value;
    };
    CHECK(field_of(Value::reference(record)) == Value::integer(5));
    CHECK(field_of(Value()).is_missing());
    CHECK(field_of(Value::reference({9, 77})).is_missing());
    CHECK(field_of(Value::reference({8, record.key})).is_missing());
}

TEST_CASE("meaning 28: setting through a missing reference fails the advance") {
    UnitBuilder code;
    code.add(Opcode::push_missing);
    code.push(Value::integer(1));
    code.add(Opcode::set_field, 3, 0, entity_run);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    const Outcome outcome = runner.run();
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1011");
    CHECK(outcome.failure->kind == "missing");
    CHECK(runner.host.told.empty());
}

TEST_CASE("a statement sees what the one before it changed") {
    UnitBuilder code;
    code.add(Opcode::load_local, 0);
    code.add(Opcode::load_field, 1, 0, 9);
    code.add(Opcode::pop);
    code.add(Opcode::load_local, 0);
    code.push(Value::integer(2));
    code.add(Opcode::set_field, 1, 0, 9);
    code.add(Opcode::load_local, 0);
    code.add(Opcode::load_field, 1, 0, 9);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    const Reference record = runner.host.add(9, {Value::text("a"), Value::integer(1)});
    Evaluator evaluator(runner.program);
    std::vector<Value> locals{Value::reference(record)};
    const Outcome outcome =
        evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget);
    CHECK(outcome.value == Value::integer(2));
}

TEST_CASE("adding to a list what it holds changes nothing") {
    UnitBuilder code;
    for (const char* tag : {"vip", "new", "vip"}) {
        code.add(Opcode::load_local, 0);
        code.push(Value::text(tag));
        code.add(Opcode::add_to_field, 1, 0, 9);
    }
    code.add(Opcode::load_local, 0);
    code.push(Value::text("new"));
    code.add(Opcode::remove_from_field, 1, 0, 9);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    const Reference record = runner.host.add(9, {Value::text("a"), Value()});
    Evaluator evaluator(runner.program);
    std::vector<Value> locals{Value::reference(record)};
    evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget);
    CHECK(runner.host.told ==
          Told{R"(set 1.1 ["vip"])", R"(set 1.1 ["vip","new"])", R"(set 1.1 ["vip"])"});
}

TEST_CASE("statements hand their operands to the host in the order of the text") {
    UnitBuilder code;
    code.unit.shapes.push_back({{2, 0}, {}});
    code.push(Value::integer(1));
    code.push(Value::integer(2));
    code.add(Opcode::create, 0, 0, 9);
    code.add(Opcode::pop);
    code.push(Value::integer(3));
    code.push(Value::integer(4));
    code.add(Opcode::find_or_create, 0, 1, 9);
    code.add(Opcode::pop);
    code.push(Value::integer(5));
    code.push(Value::integer(6));
    code.add(Opcode::emit, 0, 0, 3);
    code.push(Value::group("admins"));
    code.push(Value::integer(7));
    code.push(Value::integer(8));
    code.add(Opcode::send, 0, 0, 0);
    code.push(Value::group("admins"));
    code.push(Value::text("look"));
    code.add(Opcode::alert);
    code.push(Value::text("line"));
    code.add(Opcode::log);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    runner.program.templates.resize(1);
    runner.program.templates[0].parameters.resize(3);
    runner.run();
    CHECK(runner.host.told == Told{"create 9 2=1 0=2", "find 1 2=3 0=4", "emit 3 2=5 0=6",
                                   R"(send 0 "admins" 8 null 7)", R"(alert "admins" look)",
                                   "log line"});
}

TEST_CASE("`for each` goes through a list, and over too long a one it fails") {
    UnitBuilder code;
    code.add(Opcode::load_local, 0);
    code.add(Opcode::iterate_begin, 0, 0, 1);
    const auto next = code.add(Opcode::iterate_next, 0, 0, 1);
    code.add(Opcode::log);
    code.add(Opcode::jump, static_cast<std::int32_t>(next));
    code.land(next);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    Evaluator evaluator(runner.program);
    std::vector<Value> locals{Value::list({Value::text("a"), Value::text("b")})};
    evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget);
    CHECK(runner.host.told == Told{"log a", "log b"});

    locals = {Value::list(std::vector<Value>(limits::for_each_items_max, Value::integer(1)))};
    CHECK(evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget).kind ==
          OutcomeKind::finished);
    locals = {Value::list(std::vector<Value>(limits::for_each_items_max + 1, Value::integer(1)))};
    const Outcome outcome =
        evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget);
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1008");
    CHECK(outcome.failure->message.find("for each") != std::string::npos);

    locals = {Value()};
    CHECK(evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget).kind ==
          OutcomeKind::finished);
}

TEST_CASE("settings are the program's until they are set") {
    UnitBuilder code;
    code.add(Opcode::load_setting, 0);
    code.add(Opcode::end);
    CodeRunner runner(std::move(code));
    runner.program.schema.settings.push_back({"limit", 0, Value::integer(1), ""});
    CHECK(runner.value() == Value::integer(1));
    Evaluator evaluator(runner.program);
    evaluator.set_setting(0, Value::integer(2));
    std::vector<Value> locals;
    CHECK(evaluator.evaluate(0, 0, locals, runner.host, CodeRunner::moment, runner.budget).value ==
          Value::integer(2));
}

TEST_CASE("`matches` reads a pattern over the whole text, in linear time") {
    const auto matches = [](std::string_view text, std::string_view pattern, std::uint8_t a = 0) {
        UnitBuilder code;
        code.push(Value::text(text));
        code.push(Value::text(pattern));
        code.add(Opcode::matches, 0, a);
        code.add(Opcode::end);
        return CodeRunner(std::move(code)).run();
    };
    CHECK(matches("ABC-12", "[A-Z]+-[0-9]+").value.is_true());
    CHECK(matches("xABC-12", "[A-Z]+-[0-9]+").value.is_false());
    CHECK(matches("abc-12", "[A-Z]+-[0-9]+", 1).value.is_true());
    CHECK(matches(std::string(30'000, 'a'), "(a*)*b").value.is_false());
    CHECK(matches("a", "(").failure->code == "PW1009");
    CHECK(matches("a", std::string(5'000, 'a')).failure->code == "PW1009");
}

TEST_CASE("templates' texts escape for HTML unless told otherwise") {
    UnitBuilder code;
    code.add(Opcode::text_begin, 0, 1);
    code.push(Value::text("<b>"));
    code.add(Opcode::text_append, 0, 1);
    code.push(Value::text("A & B"));
    code.add(Opcode::text_append);
    code.add(Opcode::text_end);
    code.add(Opcode::end);
    CHECK(CodeRunner(std::move(code)).value() == Value::text("<b>A &amp; B"));
}

TEST_CASE("a value is shown as a reader would see it") {
    CodeRunner runner(UnitBuilder{});
    const Program& program = runner.program;
    const auto shown = [&](const Value& value) {
        return display_text(value, program, runner.host, *Zone::find("Africa/Nairobi"));
    };
    CHECK(shown(Value()).empty());
    CHECK(shown(Value::boolean(true)) == "true");
    CHECK(shown(Value::integer(5000)) == "5000");
    CHECK(shown(Value::number(0.1)) == "0.1");
    CHECK(shown(Value::money(*parse_money("5000", *Currency::parse("KES")))) == "KES 5,000.00");
    CHECK(shown(Value::date(*parse_date("2026-03-02"))) == "2026-03-02");
    CHECK(shown(Value::datetime(*parse_instant("2026-03-02T07:15:00Z"))) == "2026-03-02 10:15");
    CHECK(shown(Value::datetime(*parse_instant("2026-03-02T07:15:04.5Z"))) ==
          "2026-03-02 10:15:04");
    CHECK(shown(Value::duration(*parse_duration("3d12h"))) == "3d12h");
    CHECK(shown(Value::secret("hush")) == "•••");
    CHECK(shown(Value::choice("in_production")) == "in_production");
    CHECK(shown(Value::list({Value::integer(1), Value::text("b")})) == "1, b");
    // run has neither name nor title: its id is shown.
    const Reference run = runner.host.add(entity_run, {Value::text("r7")});
    CHECK(shown(Value::reference(run)) == "r7");
    CHECK(shown(Value::list({Value::secret("hush")})) == "•••");
    const std::string huge =
        shown(Value::list(std::vector<Value>(10'000, Value::text(std::string(1'000, 'x')))));
    CHECK(huge.size() == limits::text_bytes_max);
}

}  // namespace
}  // namespace pawl::rules
