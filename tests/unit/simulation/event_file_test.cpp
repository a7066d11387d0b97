#include "simulation/event_file.h"

#include <catch2/catch.hpp>
#include <sstream>

using pawl::engine::ChangeCommand;
using pawl::engine::EventInput;
using pawl::engine::InputForm;
using pawl::engine::Refused;
using pawl::simulation::EventFile;
using pawl::simulation::EventLine;

namespace {

EventLine only_line(const std::string& text) {
    static const pawl::rules::Program program = [] {
        pawl::rules::Program made;
        made.schema = pawl::rules::make_base_schema();
        return made;
    }();
    std::istringstream in(text);
    EventFile file(in, program);
    auto line = file.next();
    REQUIRE(line);
    REQUIRE_FALSE(file.next());
    return std::move(*line);
}

}  // namespace

TEST_CASE("pawl.change is a command of a person, known by source and id") {
    const EventLine line =
        only_line(R"({"specversion":"1.0","id":"a1","source":"/desk","type":"pawl.change",)"
                  R"("time":"2026-03-02T07:00:00Z","data":{"entity":"project","id":"p1",)"
                  R"("set":{"status":"queued"},"by":"ann","override":true,"reason":"urgent"}})");
    REQUIRE(std::holds_alternative<InputForm>(line.form));
    const auto* change = std::get_if<ChangeCommand>(&std::get<InputForm>(line.form));
    REQUIRE(change != nullptr);
    CHECK(change->entity == "project");
    CHECK(change->id == "p1");
    CHECK(pawl::write_json(change->set) == R"({"status":"queued"})");
    CHECK(change->by == "ann");
    CHECK(change->override_);
    CHECK(change->reason == "urgent");
    REQUIRE(line.origin);
    CHECK(line.origin->source == "/desk");
    CHECK(line.origin->id == "a1");
    CHECK(line.at == pawl::parse_instant("2026-03-02T07:00:00Z"));
}

TEST_CASE("pawl.create takes values, or set as pawl.change does, and an id beside them") {
    const auto data = GENERATE(R"({"entity":"project","values":{"id":"p1","title":"x"}})",
                               R"({"entity":"project","id":"p1","values":{"title":"x"}})",
                               R"({"entity":"project","id":"p1","set":{"title":"x"}})");
    const EventLine line = only_line(
        std::string(
            R"({"specversion":"1.0","id":"a1","source":"/desk","type":"pawl.create","data":)") +
        data + "}");
    REQUIRE(std::holds_alternative<InputForm>(line.form));
    const auto* create = std::get_if<pawl::engine::CreateCommand>(&std::get<InputForm>(line.form));
    REQUIRE(create != nullptr);
    CHECK(pawl::write_json(create->values) == R"({"id":"p1","title":"x"})");
}

TEST_CASE("pawlat comes before time") {
    const EventLine line =
        only_line(R"({"specversion":"1.0","id":"a1","source":"/desk","type":"pawl.delete",)"
                  R"("time":"2026-03-02T07:00:00Z","pawlat":"2026-03-02T08:00:00Z",)"
                  R"("data":{"entity":"project","id":"p1"}})");
    CHECK(line.at == pawl::parse_instant("2026-03-02T08:00:00Z"));
}

TEST_CASE("a reserved type of wrong shape is refused with the place in it") {
    const auto [data, field] = GENERATE(table<std::string, std::string>({
        {R"({"id":"p1","set":{}})", "data.entity"},
        {R"({"entity":"project","id":7,"set":{}})", "data.id"},
        {R"({"entity":"project","id":"p1"})", "data.set"},
        {R"({"entity":"project","id":"p1","set":[]})", "data.set"},
        {R"({"entity":"project","id":"p1","set":{},"override":"yes"})", "data.override"},
        {R"({"entity":"project","id":"p1","set":{},"overide":true})", "data.overide"},
        {"[]", "data"},
    }));
    const EventLine line = only_line(
        R"({"specversion":"1.0","id":"a1","source":"/desk","type":"pawl.change","data":)" + data +
        "}");
    const auto* refused = std::get_if<Refused>(&line.form);
    REQUIRE(refused != nullptr);
    CHECK(refused->code == "PW0950");
    CHECK(refused->field == field);
    CHECK(refused->id == "a1");
}

TEST_CASE("what is no event goes to the engine, which says why") {
    const EventLine line = only_line(GENERATE(as<std::string>{}, "nonsense", "[1]", "{}"));
    REQUIRE(std::holds_alternative<InputForm>(line.form));
    CHECK(std::holds_alternative<EventInput>(std::get<InputForm>(line.form)));
    CHECK_FALSE(line.at);
}

TEST_CASE("what people did has an instant as any event has, or is refused") {
    const auto [name, time, code] = GENERATE(table<std::string, std::string, std::string>(
        {{"time", R"("yesterday")", "PW0909"},
         {"time", R"("2026-03-02T07:00:00")", "PW0909"},
         {"time", "7", "PW0904"},
         {"pawlat", R"("2026-02-30T07:00:00Z")", "PW0909"}}));
    const std::string rest = R"(,"data":{"entity":"project","id":"p1","set":{"status":"queued"}}})";
    const EventLine line =
        only_line(R"({"id":"a1","type":"pawl.change",")" + name + "\":" + time + rest);
    INFO(time);
    const auto* refused = std::get_if<Refused>(&line.form);
    REQUIRE(refused != nullptr);
    CHECK(refused->code == code);
    CHECK(refused->field == name);
    CHECK(refused->id == "a1");
    const EventLine without = only_line(R"({"id":"a1","type":"pawl.change")" + rest);
    CHECK(std::holds_alternative<InputForm>(without.form));
}
