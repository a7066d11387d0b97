#include "simulation/answers.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "rules/schema.h"

using pawl::parse_json;
using pawl::rules::Value;
using pawl::simulation::Answers;
using pawl::simulation::CallAnswer;
using pawl::simulation::is_subset;

namespace {

class NoRecords : public pawl::rules::Records {
 public:
    pawl::rules::RecordPointer get(pawl::rules::Reference) override { return nullptr; }
    std::unique_ptr<pawl::rules::RecordCursor> scan(const pawl::rules::ScanRequest&) override {
        return nullptr;
    }
};

// A program whose only content is the action mpesa.push(phone, amount).
pawl::rules::Program program_with_action() {
    pawl::rules::Program program;
    program.schema = pawl::rules::make_base_schema();
    const auto phone = program.schema.type_index({.kind = pawl::rules::TypeKind::phone});
    const auto number = program.schema.type_index({.kind = pawl::rules::TypeKind::integer});
    program.actions.push_back({.integration = "mpesa",
                               .name = "push",
                               .parameters = {{"phone", phone}, {"amount", number}},
                               .result = 0,
                               .sample = Value::text("sample"),
                               .costs_money = false});
    return program;
}

pawl::engine::OutgoingCall call(std::string_view phone, std::int64_t amount) {
    pawl::engine::OutgoingCall call;
    call.run = 7;
    call.intent = 2;
    call.integration = "mpesa";
    call.action = "push";
    call.arguments = {{"phone", Value::text(phone)}, {"amount", Value::integer(amount)}};
    return call;
}

bool part_of(const char* part, const char* whole) {
    return is_subset(*parse_json(part), *parse_json(whole));
}

}  // namespace

TEST_CASE("a match is part of the arguments") {
    CHECK(part_of("{}", R"({"a":1})"));
    CHECK(part_of(R"({"a":1})", R"({"b":2,"a":1})"));
    CHECK(part_of(R"({"a":{"b":1}})", R"({"a":{"b":1,"c":2}})"));
    CHECK(part_of("5000", "5000.00"));
    CHECK(part_of("-0.50", "-0.5"));
    CHECK(part_of("5e3", "5000"));
    CHECK_FALSE(part_of(R"({"a":1})", R"({"a":"1"})"));
    CHECK_FALSE(part_of(R"({"a":1})", "{}"));
    CHECK_FALSE(part_of("[1,2]", "[1,2,3]"));
    CHECK_FALSE(part_of("50", "500"));
}

TEST_CASE("the first answer that matches and is not used up is taken, else the sample") {
    const auto program = program_with_action();
    NoRecords records;
    Answers answers(program);
    std::istringstream file(
        R"({"integration":"mpesa","action":"push","match":{"amount":100},"answer":"first","times":1}
{"integration":"mpesa","action":"push","match":{"phone":"+254 711 000001"},)"
        R"("fail":{"code":"busy"},"after":"2s"}
)");
    REQUIRE(answers.load(file));

    CallAnswer answer = answers.answer(call("+254711000001", 100), records);
    CHECK(answer.input.run == 7);
    CHECK(answer.input.intent == 2);
    REQUIRE(answer.input.answer);
    CHECK(answer.input.answer->text == "first");
    CHECK_FALSE(answer.input.simulated);

    answer = answers.answer(call("+254711000001", 100), records);
    REQUIRE(answer.input.failure);
    CHECK(answer.input.failure->code == "busy");
    CHECK(answer.input.failure->action == "mpesa.push");
    CHECK(answer.after.micros == 2 * pawl::micros_per_second);

    answer = answers.answer(call("+254722000002", 100), records);
    REQUIRE(answer.input.answer);
    CHECK(answer.input.answer->text == "sample");
    CHECK(answer.input.simulated);
}

TEST_CASE("an answers file with a mistake is refused, with the line") {
    const auto program = program_with_action();
    Answers answers(program);
    const auto [line, told] = GENERATE(table<std::string, std::string>({
        {"[]", "not a JSON object"},
        {"{", "line 2: "},
        {R"({"integration":"mpesa"})", "`integration` and `action`"},
        {R"({"integration":"mpesa","action":"push"})", "either `answer` or `fail`"},
        {R"({"integration":"mpesa","action":"push","answer":1,"fail":{"code":"x"}})",
         "either `answer` or `fail`"},
        {R"({"integration":"mpesa","action":"push","anwser":1})", "did you mean `answer`?"},
        {R"({"integration":"mpesa","action":"push","match":{"fone":1},"answer":1})",
         "did you mean `phone`?"},
        {R"({"integration":"mpesa","action":"push","answer":1,"after":"soon"})", "`after`"},
        {R"({"integration":"mpesa","action":"push","answer":1,"after":"-2s"})", "`after`"},
        {R"({"integration":"mpesa","action":"push","answer":1,"times":0})", "`times`"},
        {R"({"integration":"mpesa","action":"push","answer":1,"times":1.5})", "`times`"},
        {R"({"integration":"mpesa","action":"push","fail":{"message":"x"}})", "`code`"},
    }));
    std::istringstream file(R"({"integration":"mpesa","action":"push","answer":"fine"})" +
                            std::string("\n") + line);
    const auto loaded = answers.load(file);
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Matchers::Contains("line 2: "));
    CHECK_THAT(loaded.error().message, Catch::Matchers::Contains(told));
}
