#include "engine/store/run_codec.h"

#include "time_suite.h"

namespace pawl::engine {

using rules::Value;

namespace {

// The rulebook of sample_program.h after somebody worked on it: a rule, an event and an action
// came before those that were there.
rules::Program make_later_program() {
    rules::Program program = sample::make_program();
    rules::Unit unit;
    unit.id = "greeting";
    unit.hash = hash_bytes("greeting");
    program.units.insert(program.units.begin(), unit);
    for (rules::Rule& rule : program.rules) ++rule.unit;
    rules::Rule rule;
    rule.id = "greeting";
    program.rules.insert(program.rules.begin(), rule);
    rules::EventType left;
    left.name = "left";
    program.schema.events.insert(program.schema.events.begin(), left);
    rules::ServiceAction action;
    action.integration = "mail";
    action.name = "fetch";
    program.actions.insert(program.actions.begin(), action);
    return program;
}

StoredRun decoded(const std::string& text, const rules::Program& program) {
    auto run = decode_run(text, program);
    REQUIRE(run);
    return std::move(*run);
}

}  // namespace

TEST_CASE("a run finds its units, rule, events and action where a later rulebook has them") {
    const rules::Program program = sample::make_program();
    const rules::Program later = make_later_program();
    const StoredRun run = decoded(encode_run(make_whole_run(4), program), later);
    CHECK_FALSE(run.is_stale());
    CHECK(run.frames[0].unit == 2);
    CHECK(run.frames[1].unit == 3);
    CHECK(run.rule == 1);
    REQUIRE(run.overtaking.size() == 1);
    CHECK(run.overtaking[0].event == 1);
    CHECK(run.call.action == 1);
    CHECK(run.frames[0].locals == make_whole_run(4).frames[0].locals);
    // And again where they were.
    const StoredRun back = decoded(encode_run(run, later), program);
    CHECK(encode_run(back, program) == encode_run(make_whole_run(4), program));
}

TEST_CASE("a run whose unit means something else, or is gone, is stale and says which") {
    const rules::Program program = sample::make_program();
    const std::string text = encode_run(make_whole_run(4), program);
    rules::Program changed = sample::make_program();
    std::string name;
    SECTION("the rule was changed") {
        changed.units[1].hash = hash_bytes("reminder, changed");
        name = "rule reminder";
    }
    SECTION("a flow that it is in was changed") {
        changed.units[2].hash = hash_bytes("send_out, changed");
        name = "flow send_out";
    }
    SECTION("the rule is gone") {
        changed.units[1].id = "other";
        changed.rules.clear();
        name = "rule reminder";
    }
    SECTION("a flow of that name is no rule of that name") {
        changed.units[1].kind = rules::UnitKind::flow;
        name = "rule reminder";
    }
    SECTION("the rulebook is empty") {
        changed.units.clear();
        changed.rules.clear();
        name = "rule reminder";
    }
    SECTION("the action is gone") {
        changed.actions.clear();
        name = "action mail.post";
    }
    const StoredRun run = decoded(text, changed);
    CHECK(run.is_stale());
    CHECK(run.stale_unit == name);
    CHECK(run.number == 4);
    CHECK(run.row == 77);
    CHECK(run.entity == "client/asha");
    CHECK(run.timer == make_whole_run(4).timer);
    CHECK(run.waits_for == make_whole_run(4).waits_for);
    // It stays so when it is written again, though the rulebook be as it was.
    const StoredRun again = decoded(encode_run(run, changed), program);
    CHECK(again.stale_unit == name);
    CHECK(again.frames[0].locals == make_whole_run(4).frames[0].locals);
}

TEST_CASE("an event that overtook a run and that the rulebook has no more is forgotten") {
    const rules::Program program = sample::make_program();
    rules::Program changed = sample::make_program();
    changed.schema.events.clear();
    const StoredRun run = decoded(encode_run(make_whole_run(4), program), changed);
    CHECK(run.overtaking.empty());
    CHECK_FALSE(run.is_stale());
}

TEST_CASE("a record in a variable has the type that the variable has now") {
    rules::Program program = sample::make_program();
    const auto add_type = [](rules::Program& to, const char* name) {
        rules::RecordType type;
        type.name = name;
        type.fields = {sample::field(to.schema, "note", rules::TypeKind::text)};
        to.schema.records.push_back(type);
        return static_cast<std::uint16_t>(to.schema.records.size() - 1);
    };
    rules::Program later = sample::make_program();
    const auto old_type = add_type(program, "line");
    add_type(later, "another");
    const auto new_type = add_type(later, "line");
    REQUIRE(old_type != new_type);
    later.units[1].local_types = {
        later.schema.type_index({rules::TypeKind::record, false, new_type})};
    StoredRun run;
    run.number = 1;
    run.frames = {{1, 0, {Value::record(old_type, {Value::text("x")})}}};
    const StoredRun found = decoded(encode_run(run, program), later);
    CHECK(found.frames[0].locals[0].record_type() == new_type);
    CHECK(found.frames[0].locals[0].as_record()[0] == Value::text("x"));
}

TEST_CASE("a run that waits is small") {
    const rules::Program program = sample::make_program();
    StoredRun run;
    run.number = 8'000'000;
    run.state = RunState::waiting;
    run.firing = {1'772'435'704'250'000};
    run.frames = {{1, 17, {Value::reference({sample::client, 9'000'000})}}};
    run.row = 24'000'000;
    run.wait.until = {1'772'439'304'250'000};
    run.timer = TimerKey{run.wait.until, 8'000'000};
    run.trigger = "client.name";
    run.entity = "client/client-9000000";
    CHECK(encode_run(run, program).size() < 220);
}

TEST_CASE("a run as the first release wrote it is read") {
    const rules::Program program = sample::make_program();
    const std::string text =
        R"({"number":4,"rule":0,"firing":-5,"intents":2,"depth":1,"frames":[{"unit":1,)"
        R"("instruction":0,"locals":["twait","-"]},{"unit":2}],"row":77,"calling":2,"action":0,)"
        R"("arguments":["tx"],"idempotency_key":"i5","entity":"client/asha","trigger":"e",)"
        R"("requester":"rclient/9","requester_name":"Asha","once_key":"once/a","effect":78,)"
        R"("is_flow":1})";
    const StoredRun run = decoded(text, program);
    CHECK_FALSE(run.is_stale());
    CHECK(run.frames[0].unit == 1);
    CHECK(run.frames[0].locals == std::vector<Value>{Value::text("wait"), Value()});
    CHECK(run.call.arguments == std::vector<Value>{Value::text("x")});
    CHECK(run.requester == rules::Reference{sample::client, 9});
    CHECK(run.state == RunState::calling);
    CHECK(run.is_flow);
    rules::Program empty = sample::make_program();
    empty.units.clear();
    empty.rules.clear();
    CHECK(decoded(text, empty).stale_unit == "unit 2");
    CHECK_FALSE(decode_run(R"({"number":"x","frames":[]})", program));
    CHECK_FALSE(decode_run(R"({"number":4})", program));
}

TEST_CASE("what is no run is not read as one") {
    const rules::Program program = sample::make_program();
    const std::string whole = encode_run(make_whole_run(4), program);
    for (const char* text : {"", "1", "3n4;", "2n4", "2n;", "2n4x", "2?1;", "2e5:abc",
                             "2e-1:", "2S2:i5", "2s9;", "2d-1;", "2F3:2:k", "2z4:2:i1", "2v2:0:"}) {
        INFO(text);
        CHECK_FALSE(decode_run(text, program));
    }
    // Cut anywhere, it is refused or shorter, and never reads beyond its end.
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole.size(); ++size)
        refused += decode_run(whole.substr(0, size), program) ? 0 : 1;
    CHECK(refused > whole.size() / 2);
}

}  // namespace pawl::engine
