#include <catch2/catch.hpp>

#include "waiting_shop.h"

// Runs that wait, and journeys, as parts of an exported state.

namespace pawl::engine {

using namespace waiting;  // NOLINT: the words of these tests

TEST_CASE("what goes on from an exported state tells the same as the engine that it is of") {
    const rules::Program program = compiled(std::string(busy_book) + R"(
journey program "Program" of client
  starts client.created_at
  for each n in 1..4 do
    step call(n) "Call {{n}}" at start + 20min * n + 30s
      log "call {{n}} of {{client.name}}"
      wait 15min
      log "call {{n}} ends"
    end
  end
end
)");
    std::vector<Input> inputs = busy_inputs();
    const auto steer = [&](std::size_t place, rules::JourneyVerb verb, const std::string& step) {
        JourneyCommand command;
        command.verb = verb;
        command.journey = "program";
        command.id = "c1";
        command.step = step;
        command.by = "ann";
        if (verb == rules::JourneyVerb::shift) command.by_duration = Duration{0, 0, 5 * minute};
        inputs.insert(inputs.begin() + static_cast<std::ptrdiff_t>(place),
                      {inputs[place].arrival, command});
    };
    steer(5, rules::JourneyVerb::skip_step, "call(2)");
    steer(6, rules::JourneyVerb::trigger_step, "call(3)");
    steer(7, rules::JourneyVerb::shift, "");
    const std::size_t cut = static_cast<std::size_t>(GENERATE(range(0, 17)));
    CAPTURE(cut);
    Shop steady(program, Shop::Store::sqlite);
    steady.failing["push"] = 9;
    const auto take = [&](Shop& shop, std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) shop.take(inputs[i]);
    };
    take(steady, 0, cut);
    const std::size_t told = steady.lines.size();
    Shop other(program, Shop::Store::memory);
    other.take_over(steady);
    for (Shop* shop : {&steady, &other}) {
        take(*shop, cut, inputs.size());
        shop->advance(at(600));
    }
    steady.lines.erase(steady.lines.begin(),
                       steady.lines.begin() + static_cast<std::ptrdiff_t>(told));
    CHECK(other.lines == steady.lines);
    CHECK(steady.count("call 2 of Ann") == 0);
    CHECK_FALSE(other.has_timers());
}

TEST_CASE("a run of a state that stands where it cannot stand is refused") {
    const rules::Program program = compiled(busy_book);
    Shop shop(program, Shop::Store::sqlite);
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    auto reader = static_cast<SqliteStore&>(shop.store()).make_reader();
    REQUIRE(reader);
    std::string text;
    REQUIRE(export_state(**reader, program, std::nullopt, [&text](std::string_view part) -> Status {
        text += part;
        return Done{};
    }));
    // Bytes of the first run, one after the other: what is taken in can be gone on with.
    const std::string before = R"("state":")";
    const std::size_t begin = text.find(before) + before.size();
    const std::size_t end = text.find('"', begin);
    REQUIRE(end > begin + 100);
    std::size_t refused = 0;
    for (std::size_t place = begin; place < end; ++place) {
        std::string changed = text;
        changed[place] = "03f"[place % 3];
        if (changed[place] == text[place]) continue;
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        Engine engine(program, *store);
        if (!engine.load_state(parse_json(changed).value())) {
            ++refused;
            continue;
        }
        REQUIRE(engine.begin(at(0)));
        for (int turns = 0; turns < 50 && engine.process_due(at(60 * 24 * 365)); ++turns) {
        }
    }
    CHECK(refused > 100);
}

}  // namespace pawl::engine
