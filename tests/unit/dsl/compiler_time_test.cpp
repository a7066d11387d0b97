#include <algorithm>
#include <vector>

#include "compiler_support.h"

// What waits and tells time, compiled: descriptors and entries that the engine reads beside the
// code.

namespace pawl::dsl {

namespace {

using rules::Opcode;

std::vector<Opcode> opcodes(const rules::Unit& unit, std::uint32_t from) {
    std::vector<Opcode> found;
    for (std::size_t at = from; at < unit.code.size(); ++at) {
        found.push_back(unit.code[at].op);
        if (unit.code[at].op == Opcode::end) break;
    }
    return found;
}

std::size_t count_of(const rules::Unit& unit, Opcode op) {
    return static_cast<std::size_t>(
        std::count_if(unit.code.begin(), unit.code.end(),
                      [&](const rules::Instruction& each) { return each.op == op; }));
}

const rules::Instruction& find(const rules::Unit& unit, Opcode op) {
    const auto found = std::find_if(unit.code.begin(), unit.code.end(),
                                    [&](const rules::Instruction& each) { return each.op == op; });
    REQUIRE(found != unit.code.end());
    return *found;
}

rules::Program waiting(const std::string& statements) {
    return compiled("rule r\n  when project is created\n  then\n" + statements + "\nend\n");
}

const std::string greet_service = R"(
service post
  action greet(text: text)
    answers id text
    sample id: "1"
  end
end
template email note ()
  subject "x"
  body    "x"
end
setting times = 4
)";

}  // namespace

TEST_CASE("a wait for an event is found by the field that its condition demands") {
    const rules::Program program = waiting(R"(
    let title = project.title
    wait for order as o where o.count > 3 and o.client is project.client up to 7d
      came as placed
        log "{{placed.kind}}"
    end
    wait for order where title is order.kind up to 1d
    end
    wait for order where order.kind is order.note or order.count is 3 up to 1d
    end
    wait for order up to 1d
      timeout
        log "none"
    end)");
    const rules::Unit& unit = unit_of(program, "r");
    REQUIRE(unit.waits.size() == 4);
    const auto& fields = program.schema.events[unit.waits[0].event].fields;
    for (std::size_t at = 0; at < unit.waits.size(); ++at) {
        const rules::WaitFor& wait = unit.waits[at];
        CHECK(unit.code[wait.instruction].op == Opcode::wait_for);
        CHECK(unit.code[wait.instruction].b == at);
        CHECK(wait.where_entry.has_value() == (at < 3));
        CHECK(wait.key_entry.has_value() == (at < 2));
    }
    CHECK(fields[*unit.waits[0].key_field].name == "client");
    CHECK(fields[*unit.waits[1].key_field].name == "kind");
    // The key is worked out anew whenever it is asked for; the wait compares with what it was as it
    // began.
    CHECK(opcodes(unit, *unit.waits[0].key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::load_field, Opcode::end});
    const auto own = static_cast<std::size_t>(unit.code[*unit.waits[1].key_entry].c);
    CHECK(unit.local_names[own] == "title");
    const auto where = opcodes(unit, *unit.waits[0].where_entry);
    CHECK(std::count(where.begin(), where.end(), Opcode::load_field) == 0);
}

TEST_CASE("a question goes on by its answer, and where nothing is said of one") {
    const rules::Program program = waiting(R"(
    ask admins "May it?" up to 2d
      refused
        stop
    end
    log "on")");
    const rules::Unit& unit = unit_of(program, "r");
    const auto ask = std::find_if(unit.code.begin(), unit.code.end(),
                                  [](const auto& each) { return each.op == Opcode::ask; });
    REQUIRE(ask != unit.code.end());
    CHECK((ask + 1)->op == Opcode::jump_if_true_keep);
    CHECK((ask + 2)->op == Opcode::jump_if_false_keep);
    CHECK(unit.code[static_cast<std::size_t>((ask + 1)->c) + 1].op == Opcode::push_constant);
    CHECK(unit.code[static_cast<std::size_t>((ask + 2)->c) + 1].op == Opcode::stop);
}

TEST_CASE("a retry belongs to the call or send before it, else to the whole try") {
    const rules::Program program = compiled(greet_service + R"(
rule r
  when profile is created
  then
    let answer = call post.greet(text: profile.full_name)
    retry 3 times from 1s up to 1min
    log "{{answer.id}}"
    send email note to profile
    retry times times
    try
      set profile.score to 1
      retry times + 1 times from 15min
    on failure
      log "x"
    end
    try
      call post.greet(text: "x")
      retry 1 times
    on failure
      log "x"
    end
end
)");
    const rules::Unit& unit = unit_of(program, "r");
    REQUIRE(unit.retries.size() == 4);
    CHECK(unit.code[unit.retries[0].instruction].op == Opcode::call_service);
    CHECK(unit.code[unit.retries[1].instruction].op == Opcode::send);
    CHECK(unit.code[unit.retries[2].instruction].op == Opcode::try_begin);
    CHECK(unit.code[unit.retries[3].instruction].op == Opcode::call_service);
    CHECK(unit.retries[0].times.value.as_integer() == 3);
    CHECK(unit.retries[0].first.value.as_duration() == Duration{0, 0, micros_per_second});
    CHECK(unit.retries[0].limit.value.as_duration() == Duration{0, 0, 60 * micros_per_second});
    CHECK_FALSE(unit.retries[1].first.is_said());
    REQUIRE(unit.retries[1].times.entry);
    CHECK(opcodes(unit, *unit.retries[1].times.entry) ==
          std::vector<Opcode>{Opcode::load_setting, Opcode::end});
    REQUIRE(unit.tries.size() == 2);
    CHECK(unit.tries[0].retry == 2u);
    CHECK_FALSE(unit.tries[1].retry);
    // The attempts are counted anew each time the try is come to.
    const std::uint32_t begin = unit.retries[2].instruction;
    CHECK(unit.code[begin - 2].op == Opcode::push_missing);
    CHECK(unit.code[begin - 1].op == Opcode::store_local);
    CHECK(unit.code[begin - 1].c == unit.retries[2].attempt_local);
}

TEST_CASE("a journey is its entries, its plan and its steps' bodies") {
    const rules::Program program = compiled(R"(
setting grace = 1d
journey care "Care" of project
  starts project.due + 1d
  pauses while project.status is closed and project.client.score > 3 until project.due
  step greet at start
    log "x"
  end
  for each month in 1..3 do
    for each part in ["a", "b"] do
      step write(part, month) "M{{month}}" at start + 30d * month catch up within grace
          unless project.amount > 5
        wait 1h
        log "{{part}}"
      end
    end
  end
end
)");
    REQUIRE(program.journeys.size() == 1);
    const rules::Journey& journey = program.journeys.front();
    const rules::Unit& unit = program.units[journey.unit];
    const auto& fields = program.schema.entities[journey.entity].fields;
    CHECK(unit.kind == rules::UnitKind::journey);
    CHECK(unit.id == "care");
    CHECK(journey.title == "Care");
    CHECK(unit.local_names[0] == "project");
    CHECK(unit.local_names[1] == "start");
    CHECK(program.schema.types[unit.local_types[1]].kind == rules::TypeKind::date);
    CHECK((journey.starts_entry && journey.pauses_while_entry && journey.pauses_until_entry));
    std::vector<std::string> watched;
    for (const rules::FieldIndex field : journey.watched) watched.push_back(fields[field].name);
    CHECK(watched == std::vector<std::string>{"client", "status", "due"});
    REQUIRE(journey.watched_through.size() == 1);
    CHECK(fields[journey.watched_through[0].first].name == "client");

    REQUIRE(journey.steps.size() == 2);
    CHECK(journey.steps[0].parameters.empty());
    const rules::JourneyStep& write = journey.steps[1];
    REQUIRE(write.parameters.size() == 2);
    CHECK(unit.local_names[write.parameters[0]] == "part");
    CHECK(unit.local_names[write.parameters[1]] == "month");
    CHECK((write.unless_entry && write.catch_up.entry));
    CHECK(opcodes(unit, write.body_entry).size() == 6);

    // In the plan, and each in its own.
    CHECK(count_of(unit, Opcode::plan_step) == 4);
    const auto found = opcodes(unit, write.find_entry);
    CHECK(std::count(found.begin(), found.end(), Opcode::plan_step) == 1);
    const auto plan = opcodes(unit, journey.plan_entry);
    CHECK(std::count(plan.begin(), plan.end(), Opcode::plan_step) == 2);
    CHECK(std::count(plan.begin(), plan.end(), Opcode::iterate_begin) == 2);
}

TEST_CASE("statements and people's deeds steer a journey by its verbs") {
    const rules::Program program = compiled(R"(
journey care of project
  step greet at start
    log "x"
  end
  for each month in 1..3 do
    step write(month) at start + 30d * month
      log "{{month}}"
    end
  end
end
rule r
  when project is created
  then
    skip step write(2) of care for project
end
flow f(project: project)
  pause care for project until project.due
end
flow g(project: project)
  pause care for project
end
test "people do it"
  given ann = profile with full_name: "Ann"
  given p   = project with title: "T", amount: 1
  when ann shifts care for p by 14d
  when ann answers refused
  expect exists s in scheduled_step where s.journey is "care" and s.state is moved
end
)");
    CHECK_FALSE(program.journeys.front().starts_entry);
    const auto& skip = find(unit_of(program, "r"), Opcode::steer_journey);
    CHECK(skip.a == static_cast<std::uint8_t>(rules::JourneyVerb::skip_step));
    CHECK(skip.c == 1);
    CHECK(find(unit_of(program, "f"), Opcode::steer_journey).c == 1);
    CHECK(find(unit_of(program, "g"), Opcode::steer_journey).c == 0);
    const rules::Test& test = program.tests.front();
    const auto& shift = find(program.units[test.unit], Opcode::steer_journey);
    CHECK(shift.a == static_cast<std::uint8_t>(rules::JourneyVerb::shift));
    CHECK(test.steps[2].kind == rules::TestStepKind::when_change);
    CHECK(test.steps[2].actor_local.has_value());
    CHECK(test.steps[3].kind == rules::TestStepKind::when_answer);
    CHECK(test.steps[3].name == "refused");
}

}  // namespace pawl::dsl
