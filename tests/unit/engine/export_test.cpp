#include "engine/export.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "base/json.h"
#include "engine/input_reader.h"
#include "engine/ports/store.h"
#include "engine/store/group_store.h"
#include "history_program.h"

namespace pawl::engine {

using namespace history;  // NOLINT: the words of these tests

namespace {

std::string state_at(StoreReader& reader, const rules::Program& program, Instant instant) {
    std::string text;
    const auto exported =
        export_state(reader, program, instant, [&text](std::string_view part) -> Status {
            text += part;
            return Done{};
        });
    if (!exported) FAIL(exported.error().message);
    return text;
}

std::vector<std::string> events(StoreReader& reader, const EventsExport& range) {
    std::vector<std::string> lines;
    const auto exported = export_events(reader, range, [&lines](std::string_view line) -> Status {
        REQUIRE(line.ends_with('\n'));
        lines.emplace_back(line.substr(0, line.size() - 1));
        return Done{};
    });
    if (!exported) FAIL(exported.error().message);
    CHECK(exported->events == lines.size());
    return lines;
}

Json parsed(const std::string& text) {
    const auto json = parse_json(text);
    if (!json) FAIL(json.error().message + " in " + text);
    return *json;
}

// What a turn prints, for comparing timelines.
std::string told(const TurnResult& result) {
    std::string text = result.refused ? "refused " : "";
    for (const Happening& each : result.happenings) {
        text += std::to_string(each.form.index()) + "/r" + std::to_string(each.run);
        if (const auto* created = std::get_if<Created>(&each.form)) text += created->id;
        if (const auto* logged = std::get_if<Logged>(&each.form)) text += logged->text;
        if (const auto* skipped = std::get_if<Skipped>(&each.form)) text += skipped->reason;
        if (const auto* set = std::get_if<FieldSet>(&each.form)) text += set->id + set->field;
        text += ";";
    }
    return text;
}

Instant second(int number) {
    return Instant{at("2026-03-02T06:00:00Z").micros + number * 1'000'000};
}

// A day of a person who cannot decide, the same for the same seed.
struct Step {
    std::string type, data;
};
std::vector<Step> random_steps(unsigned seed, int count) {
    std::mt19937 random(seed);
    const auto pick = [&random](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    std::vector<Step> steps;
    for (int i = 0; i < count; ++i) {
        const std::string person = "p" + std::to_string(pick(4));
        const std::string work =
            pick(2) == 0 ? "project-" + std::to_string(1 + pick(8)) : "w" + std::to_string(pick(4));
        switch (pick(8)) {
            case 0:
                steps.push_back({"pawl.create", R"({"entity":"profile","id":")" + person +
                                                    R"(","values":{"name":"N","email":")" + person +
                                                    "-" + std::to_string(i) +
                                                    R"(@x.org","token":"t","phone":"+25470000000)" +
                                                    std::to_string(pick(9)) + R"("}})"});
                break;
            case 1:
                steps.push_back({"pawl.create", R"({"entity":"project","values":{"title":"T )" +
                                                    std::to_string(i) + R"(","client":")" + person +
                                                    R"(","amount":12.50,"tags":["a","é"],)" +
                                                    R"("length":"1mo3d","due":"2026-04-01",)" +
                                                    R"("ratio":0.1,"is_done":false,)" +
                                                    R"("extra":{"a":[1,"b"]}}})"});
                break;
            case 2:
                steps.push_back(
                    {"pawl.create", R"({"entity":"project","id":")" + work +
                                        R"(","values":{"title":"own","status":"done"}})"});
                break;
            case 3:
                steps.push_back({"pawl.change", R"({"entity":"project","id":")" + work +
                                                    R"(","set":{"title":"changed )" +
                                                    std::to_string(i) +
                                                    R"(","status":null,"amount":)" +
                                                    std::to_string(pick(100)) + "}}"});
                break;
            case 4:
                steps.push_back({"pawl.change", R"({"entity":"profile","id":")" + person +
                                                    R"(","set":{"notes":"note )" +
                                                    std::to_string(i) + R"(","phone":null}})"});
                break;
            case 5:
                steps.push_back({"pawl.delete", R"({"entity":"project","id":")" + work + R"("})"});
                break;
            case 6:
                steps.push_back(
                    {"pawl.delete", R"({"entity":"profile","id":")" + person + R"("})"});
                break;
            default:
                steps.push_back({"note_left", R"({"client":")" + person + R"(","text":"n)" +
                                                  std::to_string(pick(12)) + R"("})"});
        }
    }
    return steps;
}

// The next id that is free: one that is taken is passed over, so it may as well stand there.
std::string with_free_ids(const std::string& state) {
    Json json = parsed(state);
    std::set<std::string> taken;
    if (const Json* projects = json.find("project"))
        for (const Json& each : projects->items) taken.insert(each.find("id")->text);
    for (auto& [name, member] : json.members) {
        if (name != "pawl") continue;
        for (auto& [of, ids] : member.members) {
            if (of != "next_ids") continue;
            for (auto& [entity, number] : ids.members)
                while (entity == "project" && taken.count("project-" + number.text) != 0)
                    number.text = std::to_string(std::stoll(number.text) + 1);
        }
    }
    return write_json(json);
}

}  // namespace

TEST_CASE("the state at each instant of the past is what it was then") {
    const unsigned seed = GENERATE(1u, 2u, 3u);
    INFO("seed " << seed);
    const rules::Program program = make_program();
    Kept kept(program);
    // An oracle that was there: the state of each moment, told at that moment.
    std::vector<std::string> then = {state_at(*kept.reader(), program, second(0))};
    int number = 0;
    for (const Step& step : random_steps(seed, 150)) {
        kept.take(step.type, step.data, second(++number));
        then.push_back(state_at(*kept.reader(), program, second(number)));
    }
    const auto reader = kept.reader();
    for (int i = 1; i <= number; ++i) {
        INFO("after turn " << i);
        REQUIRE(with_free_ids(state_at(*reader, program, second(i))) ==
                with_free_ids(then[static_cast<std::size_t>(i)]));
        // Between two turns nothing happens.
        const Instant between{second(i).micros + 500'000};
        const Json earlier = parsed(state_at(*reader, program, between));
        const Json same = parsed(then[static_cast<std::size_t>(i)]);
        for (const auto& [name, list] : same.members)
            if (name != "pawl") REQUIRE(write_json(*earlier.find(name)) == write_json(list));
    }
}

TEST_CASE("a state that is loaded is exported as it was, whatever came after it") {
    const unsigned seed = GENERATE(4u, 5u);
    INFO("seed " << seed);
    const rules::Program program = make_program();
    Kept kept(program);
    int number = 0;
    const std::vector<Step> steps = random_steps(seed, 120);
    for (const Step& step : steps) kept.take(step.type, step.data, second(++number));
    const auto reader = kept.reader();
    for (const int moment : {1, 40, 90, 120}) {
        const std::string state = state_at(*reader, program, second(moment));
        Kept again(program);
        const Status loaded = again.engine().load_state(parsed(state));
        if (!loaded) FAIL(loaded.error().message);
        CHECK(state_at(*again.reader(), program, second(moment)) == state);
    }
}

TEST_CASE("a state and the events after it tell what the engine told") {
    const unsigned seed = GENERATE(6u, 7u, 8u);
    INFO("seed " << seed);
    const rules::Program program = make_program();
    Kept kept(program);
    std::vector<std::string> log;
    int number = 0;
    for (const Step& step : random_steps(seed, 200))
        log.push_back(told(kept.take(step.type, step.data, second(++number))));
    const auto reader = kept.reader();
    for (const int moment : {0, 1, 60, 150, 199}) {
        INFO("from turn " << moment);
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        Engine engine(program, *store);
        const Status loaded = engine.load_state(parsed(state_at(*reader, program, second(moment))));
        if (!loaded) FAIL(loaded.error().message);
        InputReader inputs(program);
        std::vector<std::string> again(log.begin(), log.begin() + moment);
        for (const std::string& line :
             events(*reader, {.after = second(moment), .until = std::nullopt})) {
            ReadInput read = inputs.read(line);
            REQUIRE(std::holds_alternative<InputForm>(read.form));
            REQUIRE(read.at);
            again.push_back(told(engine.process(
                {*read.at, std::move(std::get<InputForm>(read.form)), read.origin})));
        }
        REQUIRE(again == log);
    }
}

TEST_CASE("turns that were committed together are told apart") {
    const rules::Program program = make_program();
    Kept kept(program);
    GroupStore groups(program, kept.store());
    Engine grouped(program, groups, {.keeps_history = true});
    InputReader inputs(program);
    std::vector<std::string> log;
    int number = 0;
    for (const Step& step : random_steps(11, 100)) {
        ++number;
        Appended appended = grouped.append(
            R"({"specversion":"1.0","id":"g)" + std::to_string(number) +
                R"(","source":"/t","type":")" + step.type + R"(","data":)" + step.data + "}",
            second(number));
        REQUIRE(appended.input);
        log.push_back(told(grouped.process(*appended.input)));
        if (number % 8 != 0 && number != 100) continue;
        REQUIRE(kept.store().commit(groups.seal()));
        groups.release();
    }
    const auto reader = kept.reader();
    for (int moment = 0; moment < number; moment += 3) {
        INFO("from turn " << moment);
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        Engine engine(program, *store);
        REQUIRE(engine.load_state(parsed(state_at(*reader, program, second(moment)))));
        std::vector<std::string> again(log.begin(), log.begin() + moment);
        for (const std::string& line :
             events(*reader, {.after = second(moment), .until = std::nullopt})) {
            ReadInput read = inputs.read(line);
            again.push_back(told(engine.process(
                {*read.at, std::move(std::get<InputForm>(read.form)), read.origin})));
        }
        REQUIRE(again == log);
    }
}

TEST_CASE("an exported event is what came, with the instant at which it came") {
    const rules::Program program = make_program();
    Kept kept(program);
    const std::string head = R"({"specversion":"1.0","source":"/t","type":"note_left",)";
    kept.take(head + R"("id":"a","data":{"text":"caf\u00e9  {}"}})", second(1));
    kept.take("\n" + head + "\n  \"id\": \"b\",\r\n\t\"data\": { \"text\": \"two\" } \n}\n ",
              second(2));
    kept.take(head + R"("pawlat":"2020-01-01T00:00:00Z","id":"c","data":{"text":"\"pawlat\""}})",
              second(3));
    const auto reader = kept.reader();
    const std::vector<std::string> lines = events(*reader, {});
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] ==
          head + R"("id":"a","data":{"text":"caf\u00e9  {}"},"pawlat":"2026-03-02T06:00:01Z"})");
    CHECK(lines[1] == head + "   \"id\": \"b\",  \t\"data\": { \"text\": \"two\" }" +
                          R"(,"pawlat":"2026-03-02T06:00:02Z"})");
    CHECK(lines[2] ==
          head + R"("id":"c","data":{"text":"\"pawlat\""},"pawlat":"2026-03-02T06:00:03Z"})");
    SECTION("those after one instant, up to another") {
        CHECK(events(*reader, {.after = second(1), .until = second(2)}) ==
              std::vector<std::string>{lines[1]});
        CHECK(events(*reader, {.after = second(3), .until = std::nullopt}).empty());
        CHECK(events(*reader, {.after = std::nullopt, .until = second(0)}).empty());
    }
    SECTION("an input that was set aside had no turn, and is left out") {
        WriteBatch batch;
        batch.parked = {{2, "it stopped the engine"}};
        batch.counters = kept.engine().counters();
        REQUIRE(kept.store().commit(std::move(batch)));
        CHECK(events(*reader, {}) == std::vector<std::string>{lines[0], lines[2]});
    }
    SECTION("a sink that cannot take more ends the export") {
        const auto ended = export_events(*reader, {}, [](std::string_view) -> Status {
            return Error{"full", "no space"};
        });
        REQUIRE_FALSE(ended);
        CHECK(ended.error().code == "full");
    }
}

TEST_CASE("secrets are not exported, and a state without them can be loaded") {
    const rules::Program program = make_program();
    Kept kept(program);
    kept.take("pawl.create",
              R"({"entity":"profile","id":"asha",)"
              R"("values":{"name":"Asha","email":"asha@x.org","token":"hush-hush"}})",
              second(1));
    std::string text;
    const auto exported =
        export_state(*kept.reader(), program, second(9), [&](std::string_view part) -> Status {
            text += part;
            return Done{};
        });
    REQUIRE(exported);
    CHECK(exported->records == 1);
    CHECK(exported->left_out == std::vector<std::string>{"profile.token"});
    CHECK(text.find("hush") == std::string::npos);
    CHECK(text.find("•") == std::string::npos);
    Kept again(program);
    REQUIRE(again.engine().load_state(parsed(text)));
}

TEST_CASE("what comes after a loaded state is named as it would have been") {
    const rules::Program program = make_program();
    Kept kept(program);
    const std::string make = R"({"entity":"project","values":{"title":"T"}})";
    kept.take("pawl.create", make, second(1));
    kept.take("pawl.create", make, second(2));
    kept.take("pawl.delete", R"({"entity":"project","id":"project-2"})", second(3));
    kept.take("note_left", R"({"text":"one"})", second(4));
    const Json state = parsed(state_at(*kept.reader(), program, second(4)));
    Kept again(program);
    REQUIRE(again.engine().load_state(state));
    CHECK(again.engine().counters().next_run == 2);
    CHECK(again.engine().now() == second(4));
    CHECK(told(again.take("pawl.create", make, second(5))).find("project-3") != std::string::npos);
    // The rule ran for that text already.
    CHECK(told(again.take("note_left", R"({"text":"one"})", second(6))) ==
          told(kept.take("note_left", R"({"text":"one"})", second(6))));
    CHECK(told(again.take("note_left", R"({"text":"two"})", second(7))).find("/r2") !=
          std::string::npos);
}

TEST_CASE("what a state says of `pawl` is refused with its place where it does not fit") {
    const rules::Program program = make_program();
    const auto [member, place] = GENERATE(table<std::string, std::string>({
        {R"([])", "`pawl`"},
        {R"({"next_run":0})", "`pawl.next_run`"},
        {R"({"next_run":"7"})", "`pawl.next_run`"},
        {R"({"next_key":1e3})", "`pawl.next_key`"},
        {R"({"next_key":9223372036854775807})", "`pawl.next_key`"},
        {R"({"at":"yesterday"})", "`pawl.at`"},
        {R"({"next_ids":{"dragon":3}})", "`pawl.next_ids.dragon`"},
        {R"({"next_ids":{"project":-3}})", "`pawl.next_ids.project`"},
        {R"({"keys":{"project":[3]}})", "`pawl.keys.project`"},
        {R"({"keys":{"profile":[3,3]}})", "`pawl.keys.profile[1]`"},
        {R"({"keys":{"profile":[3]}})", "`pawl.keys.profile`"},
        {R"({"keys":{"profile":7}})", "`pawl.keys.profile`"},
        {R"({"marks":[{"value":"x"}]})", "`pawl.marks[0].key`"},
        {R"({"marks":[{"key":"once/a/t1","until":1}]})", "`pawl.marks[0].until`"},
        {R"({"marks":[{"key":"k","expires_at":"soon"}]})", "`pawl.marks[0].expires_at`"},
        {R"({"left_out":["profile.wings"]})", "`pawl.left_out[0]`"},
        {R"({"left_out":["wings"]})", "`pawl.left_out[0]`"},
        {R"({"next":1})", "`pawl.next`"},
    }));
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    const Status loaded =
        engine.load_state(parsed(R"({"profile":[{"id":"a","name":"A","email":"a@x.org"},)"
                                 R"({"id":"b","name":"B","email":"b@x.org"}],"pawl":)" +
                                 member + "}"));
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == "PW0969");
    INFO(loaded.error().message);
    CHECK(loaded.error().message.starts_with(place));
    CHECK(engine.counters().next_key == 1);
    CHECK(engine.counters().next_run == 1);
}

TEST_CASE("an export goes on over commits that come between its pages") {
    const rules::Program program = make_program();
    Kept kept(program);
    Json state = parsed(R"({"project":[]})");
    for (int i = 0; i < 12'000; ++i)
        state.members[0].second.items.push_back(
            parsed(R"({"id":"w)" + std::to_string(i) + R"(","title":"T"})"));
    REQUIRE(kept.engine().load_state(state, second(0)));
    const auto reader = kept.reader();
    const std::string before = state_at(*reader, program, second(1));
    std::string text;
    int number = 1;
    const auto exported =
        export_state(*reader, program, second(1), [&](std::string_view part) -> Status {
            text += part;
            if (number > 40) return Done{};
            ++number;
            const std::string last = std::to_string(12'000 - number * 7);
            kept.take("pawl.delete", R"({"entity":"project","id":"w)" + last + R"("})",
                      second(number));
            kept.take("pawl.change",
                      R"({"entity":"project","id":"w)" + std::to_string(number * 290) +
                          R"(","set":{"title":"later"}})",
                      second(number));
            kept.take("pawl.create", R"({"entity":"project","values":{"title":"new"}})",
                      second(number));
            // A turn that has no number, like that of an answer.
            ChangeCommand change{.entity = "project",
                                 .id = "w" + std::to_string(number * 290 + 1),
                                 .set = parsed(R"({"title":"later still"})"),
                                 .by = {},
                                 .reason = {}};
            kept.engine().process({second(number), std::move(change)});
            return Done{};
        });
    REQUIRE(exported);
    CHECK(number > 20);
    CHECK(text == before);
}

}  // namespace pawl::engine
