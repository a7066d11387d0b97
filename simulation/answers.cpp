#include "simulation/answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "rules/event_reader.h"
#include "simulation/line_reader.h"

namespace pawl::simulation {

namespace {

Error mistake(std::string message) { return {.code = "answers", .message = std::move(message)}; }

// A number's digits without what does not change its value; as they are with an exponent.
std::string plain_digits(std::string_view digits) {
    if (digits.find_first_of("eE") != std::string_view::npos) return std::string(digits);
    const bool negative = digits.starts_with('-');
    if (negative) digits.remove_prefix(1);
    while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.remove_prefix(1);
    if (digits.find('.') != std::string_view::npos) {
        while (digits.ends_with('0')) digits.remove_suffix(1);
        if (digits.ends_with('.')) digits.remove_suffix(1);
    }
    return (negative && digits != "0" ? "-" : "") + std::string(digits);
}

bool same_number(std::string_view left, std::string_view right) {
    const std::string plain_left = plain_digits(left);
    const std::string plain_right = plain_digits(right);
    if (plain_left == plain_right) return true;
    if ((plain_left + plain_right).find_first_of("eE") == std::string::npos) return false;
    double first = 0;
    double second = 0;
    const bool read =
        std::from_chars(left.data(), left.data() + left.size(), first).ec == std::errc() &&
        std::from_chars(right.data(), right.data() + right.size(), second).ec == std::errc();
    return read && !(first < second) && !(second < first);
}

class NoRecords : public rules::ReferenceLookup {
 public:
    std::optional<rules::RecordKey> find(rules::EntityIndex, std::string_view) override {
        return std::nullopt;
    }
};

Json value_json(const rules::Value& value, const rules::Program& program, rules::Records& records) {
    JsonWriter writer;
    rules::append_value_json(writer, value, program, records);
    const Result<Json> json = parse_json(writer.text());
    return json ? *json : Json{};
}

std::string closest(std::string_view wanted, const std::vector<std::string>& names) {
    const std::vector<std::string> near = suggest(wanted, names, 1);
    if (!near.empty()) return "; did you mean `" + near.front() + "`?";
    if (names.empty()) return "";
    return "; it has " + list_names(names);
}

const Json* text_member(const Json& object, std::string_view name) {
    const Json* value = object.find(name);
    return value != nullptr && value->kind == JsonKind::string ? value : nullptr;
}

// `fail`: {"code","message","retry"}; worth another attempt unless it says otherwise.
Result<rules::Failure> read_failure(const Json& fail, const std::string& action) {
    const Json* code = text_member(fail, "code");
    if (code == nullptr) return mistake("`fail` needs a text `code`");
    const Json* message = text_member(fail, "message");
    const Json* retry = fail.find("retry");
    if (retry != nullptr && retry->kind != JsonKind::boolean)
        return mistake("`fail.retry` is " + quote_for_message(write_json(*retry)) +
                       ", where true or false is due");
    return rules::Failure{.code = code->text,
                          .kind = "call",
                          .message = message == nullptr ? "" : message->text,
                          .action = action,
                          .catchable = true,
                          .retry = retry == nullptr || retry->boolean};
}

Status read_timing(const Json& line, ScriptedAnswer& scripted) {
    if (const Json* after = line.find("after")) {
        const auto duration =
            after->kind == JsonKind::string ? parse_duration(after->text) : std::nullopt;
        if (!duration || duration->months < 0 || duration->days < 0 || duration->micros < 0) {
            return mistake("`after` is " + quote_for_message(write_json(*after)) +
                           ", where a duration such as \"2s\" is due");
        }
        scripted.after = *duration;
    }
    if (const Json* times = line.find("times")) {
        std::uint32_t count = 0;
        const std::string& digits = times->text;
        const auto end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, count);
        if (times->kind != JsonKind::number || read.ec != std::errc() || read.ptr != end ||
            count == 0) {
            return mistake("`times` is " + quote_for_message(write_json(*times)) +
                           ", where a whole number from 1 on is due");
        }
        scripted.times = count;
    }
    return Done{};
}

}  // namespace

bool is_subset(const Json& part, const Json& whole) {
    if (part.kind != whole.kind) return false;
    switch (part.kind) {
        case JsonKind::null: return true;
        case JsonKind::boolean: return part.boolean == whole.boolean;
        case JsonKind::number: return same_number(part.text, whole.text);
        case JsonKind::string: return part.text == whole.text;
        case JsonKind::array:
            return std::equal(part.items.begin(), part.items.end(), whole.items.begin(),
                              whole.items.end(), is_subset);
        case JsonKind::object:
            return std::all_of(part.members.begin(), part.members.end(), [&](const auto& member) {
                const Json* found = whole.find(member.first);
                return found != nullptr && is_subset(member.second, *found);
            });
    }
    return false;
}

Answers::Answers(const rules::Program& program) : program_(program) {}

const rules::ServiceAction* Answers::find_action(std::string_view integration,
                                                 std::string_view action) const {
    for (const rules::ServiceAction& each : program_.actions) {
        if (each.integration == integration && each.name == action) return &each;
    }
    return nullptr;
}

Status Answers::check_members(const Json& object, const std::string& key,
                              const std::vector<std::string>& names) const {
    if (object.kind != JsonKind::object) return mistake("`" + key + "` is not an object");
    for (const auto& [name, value] : object.members) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            return mistake("`" + key + "` names " + quote_for_message(name) +
                           ", which is not there" + closest(name, names));
        }
    }
    return Done{};
}

Result<ScriptedAnswer> Answers::read(const Json& line) const {
    static const std::vector<std::string> keys = {"integration", "action", "match", "answer",
                                                  "fail",        "after",  "times"};
    if (line.kind != JsonKind::object) return mistake("the line is not a JSON object");
    for (const auto& [name, value] : line.members) {
        if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
            return mistake("an answer has no " + quote_for_message(name) + closest(name, keys));
        }
    }
    const Json* integration = text_member(line, "integration");
    const Json* action = text_member(line, "action");
    if (integration == nullptr || action == nullptr) {
        return mistake("an answer needs the texts `integration` and `action`");
    }
    const rules::ServiceAction* found = find_action(integration->text, action->text);
    const std::string name = integration->text + "." + action->text;
    // An action that no rule calls is not in the program; its answer is never asked for.
    std::vector<std::string> parameters;
    std::vector<std::string> answers;
    if (found != nullptr) {
        for (const rules::Parameter& each : found->parameters) parameters.push_back(each.name);
        const rules::Type& result = program_.schema.type(found->result);
        if (result.kind == rules::TypeKind::record) {
            for (const rules::Field& each : program_.schema.records[result.index].fields) {
                answers.push_back(each.name);
            }
        }
    }
    ScriptedAnswer scripted{.integration = integration->text, .action = action->text};
    scripted.match.kind = JsonKind::object;
    if (const Json* match = line.find("match")) {
        if (found != nullptr) {
            if (Status known = check_members(*match, "match", parameters); !known) {
                return known.error();
            }
        }
        scripted.match = *match;
    }
    const Json* answer = line.find("answer");
    const Json* fail = line.find("fail");
    if ((answer == nullptr) == (fail == nullptr)) {
        return mistake("an answer needs either `answer` or `fail`");
    }
    if (answer != nullptr) {
        if (!answers.empty()) {
            if (Status known = check_members(*answer, "answer", answers); !known) {
                return known.error();
            }
        }
        scripted.answer = *answer;
    } else {
        PAWL_TRY(scripted.failure, read_failure(*fail, name));
    }
    if (Status timed = read_timing(line, scripted); !timed) return timed.error();
    return scripted;
}

Status Answers::load(std::istream& in) {
    LineReader lines(in, limits::event_bytes_max);
    while (std::optional<Line> line = lines.next()) {
        const std::string place = "line " + std::to_string(line->number) + ": ";
        if (line->is_too_long) {
            return mistake(place + "the line has " + std::to_string(line->bytes) +
                           " bytes, an answer has at most " +
                           std::to_string(limits::event_bytes_max));
        }
        const Result<Json> json = parse_json(line->text, {.depth_max = limits::json_depth_max});
        if (!json) return mistake(place + json.error().message);
        Result<ScriptedAnswer> scripted = read(*json);
        if (!scripted) return mistake(place + scripted.error().message);
        add_last(std::move(*scripted));
    }
    if (lines.has_failed()) return mistake("it cannot be read on");
    return Done{};
}

void Answers::add_last(ScriptedAnswer answer) { scripted_.push_back(std::move(answer)); }

void Answers::add_first(ScriptedAnswer answer) {
    scripted_.insert(scripted_.begin(), std::move(answer));
}

bool Answers::matches(const ScriptedAnswer& scripted, const engine::OutgoingCall& call,
                      rules::Records& records) const {
    if (scripted.integration != call.integration || scripted.action != call.action) return false;
    if (scripted.times && *scripted.times == 0) return false;
    const rules::ServiceAction& action = program_.actions[call.action_index];
    for (const auto& [name, wanted] : scripted.match.members) {
        const auto argument = std::find_if(call.arguments.begin(), call.arguments.end(),
                                           [&](const auto& each) { return each.name == name; });
        if (argument == call.arguments.end()) return false;
        if (is_subset(wanted, value_json(argument->value, program_, records))) continue;
        // Phones, addresses and durations have several spellings: compare them as values.
        const auto parameter = std::find_if(action.parameters.begin(), action.parameters.end(),
                                            [&](const auto& each) { return each.name == name; });
        if (parameter == action.parameters.end()) return false;
        NoRecords lookup;
        rules::Value value;
        if (rules::value_from_json(wanted, parameter->type, program_, lookup, name, value)) {
            return false;
        }
        if (value.is_missing() || !(value == argument->value)) return false;
    }
    return true;
}

CallAnswer Answers::answer(const engine::OutgoingCall& call, rules::Records& records) {
    CallAnswer result;
    result.input.run = call.run;
    result.input.intent = call.intent;
    for (ScriptedAnswer& scripted : scripted_) {
        if (!matches(scripted, call, records)) continue;
        if (scripted.times) --*scripted.times;
        result.input.answer = scripted.answer;
        result.input.failure = scripted.failure;
        result.after = scripted.after;
        return result;
    }
    const rules::ServiceAction& action = program_.actions[call.action_index];
    result.input.answer = value_json(action.sample, program_, records);
    result.input.simulated = true;
    return result;
}

}  // namespace pawl::simulation
