#include "engine/input_reader.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"

namespace pawl::engine {

namespace {

constexpr std::string_view reserved_prefix = "pawl.";

// What a reserved type carries in `data`, and which of it must be there.
enum class MemberKind : std::uint8_t { text, boolean, object };

struct Member {
    std::string_view name;
    MemberKind kind;
    bool required;
    std::string_view also = {};  // another name of the same
};

const Json* find_member(const Json& data, const Member& member) {
    const Json* value = data.find(member.name);
    return value != nullptr || member.also.empty() ? value : data.find(member.also);
}

struct ReservedType {
    std::string_view name;
    std::vector<Member> members;
};

const std::vector<ReservedType>& reserved_types() {
    static const std::vector<ReservedType> types = {
        {"pawl.answer",
         {{"run", MemberKind::text, false},
          {"answer", MemberKind::text, true},
          {"by", MemberKind::text, true}}},
        {"pawl.cancel", {{"run", MemberKind::text, true}, {"by", MemberKind::text, false}}},
        {"pawl.change",
         {{"entity", MemberKind::text, true},
          {"id", MemberKind::text, true},
          {"set", MemberKind::object, true},
          {"by", MemberKind::text, false},
          {"override", MemberKind::boolean, false},
          {"reason", MemberKind::text, false}}},
        {"pawl.create",
         {{"entity", MemberKind::text, true},
          {"id", MemberKind::text, false},
          {"values", MemberKind::object, true, "set"},
          {"by", MemberKind::text, false}}},
        {"pawl.delete",
         {{"entity", MemberKind::text, true},
          {"id", MemberKind::text, true},
          {"by", MemberKind::text, false}}},
        {"pawl.journey",
         {{"verb", MemberKind::text, true},
          {"journey", MemberKind::text, true},
          {"id", MemberKind::text, true},
          {"step", MemberKind::text, false},
          {"duration", MemberKind::text, false},
          {"until", MemberKind::text, false},
          {"by", MemberKind::text, false},
          {"reason", MemberKind::text, false}}},
        {"pawl.request",
         {{"rule", MemberKind::text, true},
          {"with", MemberKind::object, false},
          {"by", MemberKind::text, false}}},
    };
    return types;
}

std::string_view article_and_kind(MemberKind kind) {
    switch (kind) {
        case MemberKind::text: return "a text";
        case MemberKind::boolean: return "true or false";
        case MemberKind::object: return "an object";
    }
    return "";
}

bool fits(const Json& value, MemberKind kind) {
    switch (kind) {
        case MemberKind::text: return value.kind == JsonKind::string;
        case MemberKind::boolean: return value.kind == JsonKind::boolean;
        case MemberKind::object: return value.kind == JsonKind::object;
    }
    return false;
}

Refused refused(DiagnosticCode code, std::string type, std::string id, std::string field,
                std::string message) {
    return {std::move(type), std::move(id), std::move(field), diagnostic_code_text(code),
            std::move(message)};
}

// A value as a message names it: never more of it than a short text.
std::string found_text(const Json& value) {
    switch (value.kind) {
        case JsonKind::string: return "the text " + quote_for_message(value.text);
        case JsonKind::number: return "the number " + quote_for_message(value.text);
        case JsonKind::array: return "a list";
        case JsonKind::object: return "an object";
        default: return write_json(value);
    }
}

std::string text_of(const Json& object, std::string_view name) {
    const Json* value = object.find(name);
    return value != nullptr && value->kind == JsonKind::string ? value->text : std::string();
}

std::optional<Instant> instant_of(const Json& object, std::string_view name) {
    return parse_instant(text_of(object, name));
}

Json object_of(const Json& data, std::string_view name) {
    const Json* value = data.find(name);
    Json object;
    object.kind = JsonKind::object;
    return value != nullptr && value->kind == JsonKind::object ? *value : object;
}

std::string names_for_message(std::string_view wanted, const std::vector<std::string>& names) {
    const std::vector<std::string> near = suggest(wanted, names, 1);
    if (!near.empty()) return "; did you mean `" + near.front() + "`?";
    return "; it has " + list_names(names);
}

// The first member that is missing, of another kind, or not of this type.
std::optional<Refused> check_members(const ReservedType& type, const std::string& id,
                                     const Json& data) {
    const std::string name(type.name);
    for (const Member& member : type.members) {
        const Json* value = find_member(data, member);
        const std::string path = "data." + std::string(member.name);
        if (value == nullptr || value->kind == JsonKind::null) {
            if (!member.required) continue;
            return refused(DiagnosticCode::action_misshapen, name, id, path,
                           "`" + path + "` is missing: `" + name + "` needs " +
                               std::string(article_and_kind(member.kind)) + " there");
        }
        if (!fits(*value, member.kind)) {
            return refused(DiagnosticCode::action_misshapen, name, id, path,
                           "`" + path + "` is " + found_text(*value) + ", where " +
                               std::string(article_and_kind(member.kind)) + " is due");
        }
    }
    std::vector<std::string> names;
    for (const Member& member : type.members) names.emplace_back(member.name);
    for (const auto& [given, value] : data.members) {
        bool known = false;
        for (const Member& each : type.members)
            known = known || each.name == given || (!each.also.empty() && each.also == given);
        if (known) continue;
        return refused(
            DiagnosticCode::action_misshapen, name, id, "data." + given,
            "`" + name + "` has no " + quote_for_message(given) + names_for_message(given, names));
    }
    return std::nullopt;
}

bool flag_of(const Json& data, std::string_view name) {
    const Json* value = data.find(name);
    return value != nullptr && value->kind == JsonKind::boolean && value->boolean;
}

// What a record is created with: `values`, or `set` as in pawl.change; an id stands among them or
// beside them.
Json created_values(const Json& data) {
    Json values = object_of(data, data.find("values") != nullptr ? "values" : "set");
    const Json* id = data.find("id");
    if (id != nullptr && id->kind == JsonKind::string && values.find("id") == nullptr)
        values.members.insert(values.members.begin(), {"id", *id});
    return values;
}

Refused misshapen(const std::string& type, const std::string& id, const std::string& member,
                  std::string message) {
    return refused(DiagnosticCode::action_misshapen, type, id, "data." + member,
                   std::move(message));
}

std::variant<InputForm, Refused> read_reply(const std::string& id, const Json& data) {
    const std::string answer = text_of(data, "answer");
    if (answer != "approved" && answer != "refused")
        return misshapen("pawl.answer", id, "answer",
                         "`data.answer` is " + quote_for_message(answer) +
                             ", where `approved` or `refused` is due");
    return ReplyCommand{
        .run = text_of(data, "run"), .approves = answer == "approved", .by = text_of(data, "by")};
}

// What a verb of pawl.journey takes, besides the journey and the record.
struct VerbForm {
    std::string_view name;
    rules::JourneyVerb verb;
    std::string_view needs = {};
    std::string_view may_have = {};
    bool moves_start = false;
};
constexpr VerbForm verb_forms[] = {
    {.name = "start", .verb = rules::JourneyVerb::start, .may_have = "until"},
    {.name = "adjust", .verb = rules::JourneyVerb::start, .needs = "until", .moves_start = true},
    {.name = "pause", .verb = rules::JourneyVerb::pause, .may_have = "until"},
    {.name = "resume", .verb = rules::JourneyVerb::resume},
    {.name = "shift", .verb = rules::JourneyVerb::shift, .needs = "duration"},
    {.name = "stop", .verb = rules::JourneyVerb::stop},
    {.name = "skip", .verb = rules::JourneyVerb::skip_step, .needs = "step"},
    {.name = "trigger", .verb = rules::JourneyVerb::trigger_step, .needs = "step"},
};

std::variant<InputForm, Refused> read_journey(const std::string& id, const Json& data) {
    const std::string type = "pawl.journey";
    const std::string verb = text_of(data, "verb");
    const VerbForm* form = nullptr;
    std::vector<std::string> verbs;
    for (const VerbForm& each : verb_forms) {
        verbs.emplace_back(each.name);
        if (each.name == verb) form = &each;
    }
    if (form == nullptr) {
        const std::vector<std::string> near = suggest(verb, verbs, 1);
        return misshapen(type, id, "verb",
                         "`data.verb` is " + quote_for_message(verb) +
                             (near.empty() ? "; it is one of " + list_names(verbs)
                                           : "; did you mean `" + near.front() + "`?"));
    }
    for (const std::string_view name : {"step", "duration", "until"}) {
        const bool is_there = !text_of(data, name).empty();
        if (is_there && name != form->needs && name != form->may_have)
            return misshapen(type, id, std::string(name),
                             "to `" + verb + "` a journey takes no `" + std::string(name) + "`");
        if (!is_there && name == form->needs)
            return misshapen(
                type, id, std::string(name),
                "`data." + std::string(name) + "` is missing: to `" + verb + "` needs it");
    }
    JourneyCommand command{.verb = form->verb,
                           .journey = text_of(data, "journey"),
                           .id = text_of(data, "id"),
                           .step = text_of(data, "step"),
                           .by_duration = std::nullopt,
                           .until = text_of(data, "until"),
                           .by = text_of(data, "by"),
                           .reason = text_of(data, "reason"),
                           .moves_start = form->moves_start};
    if (const std::string duration = text_of(data, "duration"); !duration.empty()) {
        command.by_duration = parse_duration(duration);
        if (!command.by_duration)
            return misshapen(type, id, "duration",
                             "`data.duration` is " + quote_for_message(duration) +
                                 ", where a duration such as \"14d\" or \"-12h\" is due");
    }
    return command;
}

std::variant<InputForm, Refused> command(std::string_view type, const std::string& id,
                                         const Json& data) {
    if (type == "pawl.answer") return read_reply(id, data);
    if (type == "pawl.journey") return read_journey(id, data);
    if (type == "pawl.cancel")
        return CancelCommand{.run = text_of(data, "run"), .by = text_of(data, "by")};
    if (type == "pawl.change") {
        return ChangeCommand{.entity = text_of(data, "entity"),
                             .id = text_of(data, "id"),
                             .set = object_of(data, "set"),
                             .by = text_of(data, "by"),
                             .reason = text_of(data, "reason"),
                             .override_ = flag_of(data, "override")};
    }
    if (type == "pawl.create") {
        return CreateCommand{.entity = text_of(data, "entity"),
                             .values = created_values(data),
                             .by = text_of(data, "by")};
    }
    if (type == "pawl.delete") {
        return DeleteCommand{.entity = text_of(data, "entity"),
                             .id = text_of(data, "id"),
                             .by = text_of(data, "by")};
    }
    return RequestCommand{
        .rule = text_of(data, "rule"), .with = object_of(data, "with"), .by = text_of(data, "by")};
}

std::variant<InputForm, Refused> read_reserved(const Json& event, const std::string& type,
                                               const std::string& id) {
    const ReservedType* found = nullptr;
    std::vector<std::string> names;
    for (const ReservedType& each : reserved_types()) {
        names.emplace_back(each.name);
        if (each.name == type) found = &each;
    }
    if (found == nullptr) {
        return refused(DiagnosticCode::reserved_type_unknown, type, id, "type",
                       "the type " + quote_for_message(type) +
                           " begins with `pawl.`, which is kept for what people do" +
                           names_for_message(type, names));
    }
    const Json* data = event.find("data");
    if (data == nullptr || data->kind != JsonKind::object) {
        return refused(DiagnosticCode::action_misshapen, type, id, "data",
                       "`" + type + "` has no object `data`, which says what was done");
    }
    if (auto problem = check_members(*found, id, *data)) return *problem;
    return command(type, id, *data);
}

// When it happened, and when it arrived: as of any event.
std::optional<Refused> check_times(const Json& event, const std::string& type,
                                   const std::string& id) {
    for (const std::string name : {"time", "pawlat"}) {
        const Json* value = event.find(name);
        if (value == nullptr) continue;
        if (value->kind != JsonKind::string)
            return refused(DiagnosticCode::event_attribute, type, id, name,
                           "`" + name + "` is no text; CloudEvents asks for one");
        if (parse_instant(value->text)) continue;
        return refused(DiagnosticCode::input_out_of_range, type, id, name,
                       "`" + name + "` is the text " + quote_for_message(value->text) +
                           "; due here: an instant with its offset, like "
                           "\"2026-03-02T07:15:04Z\"");
    }
    return std::nullopt;
}

// By which the same line is known when it comes again, whatever its time.
std::optional<InputOrigin> origin_of(const Json& event, const std::string& type) {
    const Json* data = event.find("data");
    InputOrigin origin;
    origin.source = text_of(event, "source");
    origin.id = text_of(event, "id");
    if (origin.source.empty() || origin.id.empty() || data == nullptr) return std::nullopt;
    origin.body = hash_bytes(type + "\n" + write_json(*data));
    return origin;
}

}  // namespace

InputOrigin event_origin(const std::string& type, const rules::EventView& view) {
    std::string body = type;
    body.push_back('\0');
    body += view.data;
    return {std::string(view.source), std::string(view.id), hash_bytes(body), view.time};
}

InputReader::InputReader(const rules::Program& program) : program_(program), reader_(program) {}

ReadInput InputReader::read(std::string text) {
    ReadInput result;
    if (text.size() > limits::event_bytes_max) return too_large(text.size());
    rules::EventView view;
    if (!reader_.read(text, view)) {
        result.at = view.pawlat ? view.pawlat : view.time;
        result.sent_at = view.time;
        result.id = view.id;
        result.type = program_.schema.events[view.event].name;
        result.origin = event_origin(result.type, view);
        result.form = EventInput{std::move(text)};
        return result;
    }
    // The event reader knows the rulebook's events only. What it refuses is either what a person
    // did, or is refused with the event reader's words.
    const Result<Json> json = parse_json(
        text, {.bytes_max = limits::event_bytes_max, .depth_max = limits::json_depth_max});
    if (json && json->kind == JsonKind::object) {
        result.at = instant_of(*json, "pawlat");
        result.sent_at = instant_of(*json, "time");
        if (!result.at) result.at = result.sent_at;
        result.type = text_of(*json, "type");
        result.id = text_of(*json, "id");
        if (result.type.starts_with(reserved_prefix)) {
            if (auto problem = check_times(*json, result.type, result.id)) {
                result.form = std::move(*problem);
                return result;
            }
            result.form = read_reserved(*json, result.type, result.id);
            result.origin = origin_of(*json, result.type);
            if (result.origin) result.origin->sent_at = result.sent_at;
            return result;
        }
    }
    result.form = EventInput{std::move(text)};
    return result;
}

ReadInput InputReader::too_large(std::size_t bytes) {
    ReadInput result;
    result.form =
        refused(DiagnosticCode::event_too_large, "", "", "",
                "the line has " + std::to_string(bytes) + " bytes, an event has at most " +
                    std::to_string(limits::event_bytes_max));
    return result;
}

}  // namespace pawl::engine
