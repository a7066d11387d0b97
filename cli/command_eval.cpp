#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "dsl/compile.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"

namespace pawl::cli {

namespace {

constexpr std::size_t data_bytes_max = 64u << 20;

// An expression on its own has no records to look at.
class NoRecords : public rules::Records {
 public:
    rules::RecordPointer get(rules::Reference) override { return nullptr; }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
        return std::make_unique<Nothing>();
    }

 private:
    class Nothing : public rules::RecordCursor {
     public:
        std::optional<rules::RecordKey> next() override { return std::nullopt; }
    };
};

Result<Json> load_data(const std::string& path) {
    Json data;
    data.kind = JsonKind::object;
    if (path.empty()) return data;
    PAWL_TRY(const std::string text, read_file(path, data_bytes_max));
    Result<Json> json = parse_json(text, {.bytes_max = data_bytes_max});
    if (!json) {
        return Error{.code = "data",
                     .message = quote_for_message(path, 200) + ": " + json.error().message};
    }
    if (json->kind != JsonKind::object) {
        return Error{.code = "data",
                     .message = quote_for_message(path, 200) + " is no JSON object"};
    }
    return json;
}

// A member of the data as a name of the expression: its type and its value.
struct Named {
    dsl::ExpressionName name;
    rules::Value value;
};

Named number(const std::string& name, const std::string& digits) {
    const char* end = digits.data() + digits.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(digits.data(), end, whole);
        read.ec == std::errc() && read.ptr == end) {
        return {{name, rules::TypeKind::integer}, rules::Value::integer(whole)};
    }
    // Beyond every double there is no number; reading it as missing leaves the rest usable.
    double value = 0;
    const bool fits = std::from_chars(digits.data(), end, value).ec == std::errc();
    return {{name, rules::TypeKind::number}, fits ? rules::Value::number(value) : rules::Value()};
}

Named named(const std::string& name, const Json& value) {
    switch (value.kind) {
        case JsonKind::null: return {{name, rules::TypeKind::none}, rules::Value()};
        case JsonKind::boolean:
            return {{name, rules::TypeKind::boolean}, rules::Value::boolean(value.boolean)};
        case JsonKind::number: return number(name, value.text);
        case JsonKind::string:
            return {{name, rules::TypeKind::text}, rules::Value::text(value.text)};
        case JsonKind::array:
        case JsonKind::object: break;
    }
    return {{name, rules::TypeKind::json}, rules::Value::json(value)};
}

// `now` is the wall clock's: nothing else in this command has a time.
Instant wall_clock() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace

Exit eval(const EvalOptions& options, Terminal& terminal) {
    const Result<Json> data = load_data(options.data);
    if (!data) return refuse(terminal, Exit::usage, data.error().message);
    std::vector<dsl::ExpressionName> names;
    std::vector<rules::Value> locals;
    for (const auto& [name, value] : data->members) {
        Named each = named(name, value);
        names.push_back(std::move(each.name));
        locals.push_back(std::move(each.value));
    }
    const dsl::ExpressionCompilation compilation =
        dsl::compile_expression(options.expression, names);
    if (!compilation.program) {
        print_diagnostics(compilation.diagnostics, compilation.sources, Show::errors, terminal);
        return Exit::no;
    }
    const rules::Program& program = *compilation.program;
    constexpr rules::UnitIndex expression = 0;
    PAWL_CHECK(!program.units.empty() && program.units[expression].local_count >= locals.size());
    locals.resize(program.units[expression].local_count);

    rules::Evaluator evaluator(program);
    NoRecords records;
    const Instant now = wall_clock();
    rules::Budget budget;
    const rules::Outcome outcome =
        evaluator.evaluate(expression, 0, locals, records, {.now = now, .firing = now}, budget);
    if (outcome.failure) {
        return refuse(terminal, Exit::no,
                      outcome.failure->message + " (" + outcome.failure->code + ")");
    }
    JsonWriter json;
    rules::append_value_json(json, outcome.value, program, records);
    terminal.out.write(json.text() + "\n");
    return Exit::done;
}

}  // namespace pawl::cli
