#include "engine/engine.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "sample_program.h"

// What no rulebook or events file can bring about, or what would print too much. What rules mean
// is shown by tests/conformance.

namespace pawl::engine {

using namespace sample;  // NOLINT: the words of these tests

namespace {

// An event `ping`, and a rule that emits it twice each time it comes.
rules::Program make_doubling_program() {
    rules::Program program = make_program();
    program.schema.events.push_back({"ping", {}, std::nullopt});
    const auto ping = static_cast<rules::EventIndex>(program.schema.events.size() - 1);
    rules::Unit unit;
    unit.id = "double";
    unit.file = "book.pawl";
    unit.line = 3;
    unit.local_count = 1;
    unit.local_names = {"ping"};
    unit.local_types = {program.schema.type_index({rules::TypeKind::event, false, 0})};
    unit.shapes = {{}};
    unit.code = {{rules::Opcode::conditions_end, 0, 0, 0},
                 {rules::Opcode::emit, 0, ping, 0},
                 {rules::Opcode::emit, 0, ping, 0},
                 {rules::Opcode::end, 0, 0, 0}};
    program.units.push_back(unit);
    rules::Rule rule;
    rule.id = "double";
    rule.unit = static_cast<rules::UnitIndex>(program.units.size() - 1);
    rule.body_entry = 1;
    rules::Trigger trigger;
    trigger.event = ping;
    trigger.record_local = 0;
    rule.triggers = {trigger};
    rule.match.exact = true;
    program.rules.push_back(rule);
    return program;
}

Input event(std::string id) {
    return {Instant{1'000'000}, EventInput{R"({"specversion":"1.0","id":")" + id +
                                           R"(","source":"/t","type":"ping","data":{}})"}};
}

template <class Form>
std::vector<Form> all(const TurnResult& result) {
    std::vector<Form> forms;
    for (const Happening& happening : result.happenings)
        if (const auto* form = std::get_if<Form>(&happening.form)) forms.push_back(*form);
    return forms;
}

}  // namespace

TEST_CASE("meaning 4: a turn ends after 10,000 advances; the one that would exceed it fails") {
    const rules::Program program = make_doubling_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    const TurnResult result = engine.process(event("e1"));
    const auto ended = all<Ended>(result);
    REQUIRE(ended.size() == limits::turn_advances_max + 1);
    CHECK(std::all_of(ended.begin(), ended.end() - 1,
                      [](const Ended& each) { return each.status == EndStatus::success; }));
    CHECK(ended.back().status == EndStatus::failed);
    CHECK(ended.back().code == "PW1056");
    CHECK(ended.back().error.find("`double` → `double`") != std::string::npos);
    CHECK(ended.back().file == "book.pawl");
    CHECK(ended.back().line == 3);

    SECTION("and the next input begins anew") {
        const auto next = all<Ended>(engine.process(event("e2")));
        CHECK(next.front().status == EndStatus::success);
    }
}

TEST_CASE("an answer to a call that nobody waits for is refused") {
    const rules::Program program = make_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    AnswerInput answer;
    answer.run = 4;
    answer.intent = 1;
    const TurnResult result = engine.process({Instant{5}, answer});
    CHECK(result.refused);
    REQUIRE(all<Refused>(result).size() == 1);
    CHECK(all<Refused>(result)[0].code == "PW0952");
}

TEST_CASE("a setting is changed by name, stays changed, and an unknown one is refused") {
    rules::Program program = make_program();
    const rules::TypeIndex integer =
        program.schema.type_index({rules::TypeKind::integer, false, 0});
    program.schema.settings.push_back({"most", integer, rules::Value::integer(5), ""});
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    const Json six{JsonKind::number, false, "6", {}, {}};
    {
        Engine engine(program, *store);
        const auto refused = all<Refused>(engine.process({{}, SettingCommand{"mots", six, ""}}));
        REQUIRE(refused.size() == 1);
        CHECK(refused[0].code == "PW0963");
        CHECK(refused[0].message.find("`most`") != std::string::npos);
        const Json text{JsonKind::string, false, "six", {}, {}};
        CHECK(engine.process({{}, SettingCommand{"most", text, ""}}).refused);
        const auto changed =
            all<SettingChanged>(engine.process({{}, SettingCommand{"most", six, "ann"}}));
        REQUIRE(changed.size() == 1);
        CHECK(changed[0].from == rules::Value::integer(5));
        CHECK(changed[0].to == rules::Value::integer(6));
    }
    Engine again(program, *store);
    const Json seven{JsonKind::number, false, "7", {}, {}};
    const auto changed =
        all<SettingChanged>(again.process({{}, SettingCommand{"most", seven, ""}}));
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].from == rules::Value::integer(6));
}

TEST_CASE("meaning 6: the instant of a turn is never less than the last one, over restarts too") {
    const rules::Program program = make_doubling_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    {
        Engine engine(program, *store);
        Json state;
        state.kind = JsonKind::object;
        REQUIRE(engine.load_state(state, Instant{9'000'000}));
        CHECK(engine.process(event("e1")).happenings.front().at == Instant{9'000'000});
    }
    Engine again(program, *store);
    CHECK(again.now() == Instant{9'000'000});
    CHECK(again.process(event("e2")).happenings.front().at == Instant{9'000'000});
}

TEST_CASE("a command that came before is a duplicate, with another body a conflict") {
    const rules::Program program = make_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    const auto create = [&engine](std::string_view body) {
        Json values;
        values.kind = JsonKind::object;
        return engine.process(
            {{}, CreateCommand{"client", values, ""}, InputOrigin{"/api", "c1", hash_bytes(body)}});
    };
    CHECK(all<Created>(create("a")).size() == 1);
    const TurnResult again = create("a");
    CHECK(again.duplicate);
    CHECK(all<Created>(again).empty());
    const TurnResult other = create("b");
    CHECK(other.refused);
    CHECK(all<Refused>(other)[0].code == "PW0960");
}

TEST_CASE("a state with a mistake loads nothing") {
    const rules::Program program = make_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    const auto load = [&engine](std::string_view text) {
        const auto json = parse_json(text);
        REQUIRE(json);
        const Status status = engine.load_state(*json);
        return status ? std::string() : status.error().code + " " + status.error().message;
    };
    const auto has = [&load](std::string_view text, std::string_view part) {
        const std::string message = load(text);
        INFO(message);
        CHECK(message.find(part) != std::string::npos);
    };
    has(R"([])", "PW0969");
    has(R"({"client":{}})", "PW0969 `client`");
    has(R"({"client":["x"]})", "PW0969 `client[0]`");
    has(R"({"clinet":[]})", "PW0961 `clinet`");
    has(R"({"clinet":[]})", "has no such entity; did you mean `client`?");
    has(R"({"zebra":[]})", "has no such entity; it has `client`");
    has(R"({"run":[]})", "PW0961 `run`");
    has(R"({"client":[{"id":"a"},{"id":"b","nmae":"x"}]})", "PW0963 `client[1].nmae`");
    has(R"({"client":[{"id":"a"},{"id":"a"}]})", "PW1052 `client[1].id`");
    has(R"({"client":[{"id":"a/b"}]})", "PW1055 `client[0].id`");
    has(R"({"client":[{"id":7}]})", "PW1055 `client[0].id`");
    has(R"({"client":[{"id":"a","email":"x@x.org"},{"id":"b","email":"X@x.org"}]})",
        "PW1052 `client[1]`");
    has(R"({"client":[{"nmae":"x"}]})", "`client` has no such field; did you mean `name`?");
    has(R"({"client":[{"zebra":"x"}]})", "`client` has no such field; it has `id`");
    has(R"({"client":[{"id":"a","email":"x"}]})", "PW0908 `client[0].email` is the text \"x\"");
    has(R"({"order":[{"of":"a"}]})", "PW0962 `order[0].of`");
    has(R"({"order":[{"of":"anne"}],"client":[{"id":"ann"}]})",
        "there is no `client` with the id \"anne\"; did you mean \"ann\"?");
    CHECK_FALSE(engine.find_record("client", "a"));

    CHECK(load(R"({"order":[{"id":"o1","of":"a","number":1}],"client":[{"id":"a"},{}]})").empty());
    REQUIRE(engine.find_record("order", "o1"));
    const auto record = engine.records().get(*engine.find_record("order", "o1"));
    CHECK(engine.record_id(record->fields[order_of].as_reference()) == "a");
    CHECK(engine.find_record("client", "client-1"));
}

}  // namespace pawl::engine
