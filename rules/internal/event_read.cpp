#include "rules/internal/event_read.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "rules/internal/event_number.h"
#include "rules/internal/value_json.h"

namespace pawl::rules::internal {

namespace {

// In the order of EventRead::Attribute.
constexpr std::array<std::string_view, 7> attribute_names{"specversion", "id",     "source", "type",
                                                          "time",        "pawlat", "data"};

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

}  // namespace

EventRead::EventRead(const Program& program)
    : program_(program), attributes_({attribute_names.begin(), attribute_names.end()}) {
    const std::vector<EventType>& events = program.schema.events;
    fields_.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        fields_.emplace_back(events[i], program);
        types_.emplace(events[i].name, static_cast<EventIndex>(i));
    }
}

bool EventRead::read(std::string_view json, EventView& view) {
    json_ = json;
    id_ = source_ = type_ = {};
    event_.reset();
    early_data_.reset();
    seen_ = 0;
    extension_names_.clear();
    unknown_names_.clear();
    unknown_fields_.clear();
    view.time.reset();
    view.pawlat.reset();
    view.data = {};
    if (json.size() > limits::event_bytes_max) {
        return refuse(DiagnosticCode::event_too_large, "",
                      "the event has " + std::to_string(json.size()) +
                          " bytes; an event has at most " +
                          std::to_string(limits::event_bytes_max));
    }
    const ScanError error = scanner_.start(json);
    if (error != ScanError::none) return refuse_scan(error, 0);
    return read_envelope(view);
}

bool EventRead::read_envelope(EventView& view) {
    std::size_t token = 0;
    if (scanner_.first(token) != '{') {
        if (!skip(token)) return false;
        if (token != scanner_.token_count()) return refuse_scan(ScanError::syntax, token);
        return refuse(DiagnosticCode::event_attribute, "", "the event is no JSON object");
    }
    ++token;
    if (scanner_.first(token) == '}') {
        ++token;
    } else {
        attributes_.start();
        for (;; ++token) {
            Attribute attribute = Attribute::other;
            if (!read_name(token, attribute) || !read_attribute(attribute, token, view)) {
                return false;
            }
            const char c = scanner_.first(token);
            if (c == ',') continue;
            if (c != '}') return refuse_scan(ScanError::syntax, token);
            ++token;
            break;
        }
    }
    if (token != scanner_.token_count()) return refuse_scan(ScanError::syntax, token);
    return finish(view);
}

// The token is an attribute's name; left at its value.
bool EventRead::read_name(std::size_t& token, Attribute& attribute) {
    if (scanner_.first(token) != '"' || scanner_.first(token + 1) != ':') {
        return refuse_scan(ScanError::syntax, token);
    }
    std::size_t number = attributes_.expect(scanner_.at(token) + 1);
    if (number == EventNames::none) {
        std::string_view name;
        if (!scanner_.text(token, name)) return refuse_scan(ScanError::syntax, token);
        number = attributes_.find(name);
        if (number == EventNames::none) {
            extension_names_.push_back(name);
            number = static_cast<std::size_t>(Attribute::other);
        }
    }
    attribute = static_cast<Attribute>(number);
    token += 2;
    return true;
}

// The token is the attribute's value; left behind it.
bool EventRead::read_attribute(Attribute attribute, std::size_t& token, EventView& view) {
    if (attribute == Attribute::other) return skip(token);
    const std::string_view name = attribute_names[static_cast<std::size_t>(attribute)];
    if ((seen_ & bit(attribute)) != 0) {
        return refuse(DiagnosticCode::event_not_json, name, quoted(name) + " is given twice");
    }
    seen_ |= bit(attribute);
    const std::size_t value = token;
    if (attribute == Attribute::data) {
        if (event_) return read_data(token, view);
        early_data_ = value;
        return skip(token);
    }
    if (scanner_.first(value) == '"') {
        ++token;
    } else if (!skip(token)) {
        return false;
    }
    switch (attribute) {
        case Attribute::id: return read_text(name, value, id_);
        case Attribute::source: return read_text(name, value, source_);
        case Attribute::type: return read_type(value, view);
        case Attribute::time: return read_instant(name, value, view.time);
        case Attribute::pawlat: return read_instant(name, value, view.pawlat);
        default: return read_version(value);
    }
}

bool EventRead::read_text(std::string_view name, std::size_t token, std::string_view& out) {
    if (scanner_.first(token) != '"') {
        return refuse(DiagnosticCode::event_attribute, name,
                      quoted(name) + " is no text; CloudEvents asks for one");
    }
    if (!scanner_.text(token, out)) return refuse_scan(ScanError::syntax, token);
    if (!out.empty()) return true;
    return refuse(DiagnosticCode::event_attribute, name,
                  quoted(name) + " is empty; CloudEvents asks for a text");
}

bool EventRead::read_type(std::size_t token, EventView& view) {
    if (!read_text("type", token, type_)) return false;
    const std::vector<EventType>& events = program_.schema.events;
    if (last_event_ < events.size() && events[last_event_].name == type_) {
        event_ = last_event_;
    } else if (const auto found = types_.find(type_); found != types_.end()) {
        event_ = last_event_ = found->second;
    } else {
        return true;  // refused when id and source are known
    }
    view.event = *event_;
    return true;
}

bool EventRead::read_version(std::size_t token) {
    std::string_view version;
    if (!read_text("specversion", token, version)) return false;
    if (version == "1.0") return true;
    return refuse(DiagnosticCode::event_attribute, "specversion",
                  "`specversion` is " + quote_for_message(version) +
                      "; this engine reads CloudEvents \"1.0\"");
}

bool EventRead::read_instant(std::string_view name, std::size_t token,
                             std::optional<Instant>& out) {
    std::string_view text;
    if (!read_text(name, token, text)) return false;
    out = times_.read(text);
    if (out) return true;
    return refuse(DiagnosticCode::input_out_of_range, name,
                  quoted(name) + " is the text " + quote_for_message(text) +
                      "; due here: an instant with its offset, like \"2026-03-02T07:15:04Z\"");
}

// The token is the value of `data`; left behind it.
bool EventRead::read_data(std::size_t& token, EventView& view) {
    EventFields& known = fields_[*event_];
    known.start();
    view.slots.resize(known.size());
    for (Slot& slot : view.slots) slot.kind = SlotKind::missing;
    const std::size_t begin = token;
    if (scanner_.first(token) != '{') {
        const bool is_null = scanner_.word(token) == "null";
        if (!skip(token)) return false;
        if (is_null) return true;
        return refuse(DiagnosticCode::input_wrong_type, "data",
                      "`data` is no object; due here: an object with the fields of " +
                          quoted(program_.schema.events[*event_].name));
    }
    ++token;
    if (scanner_.first(token) != '}') {
        for (;; ++token) {
            if (!read_field(known, token, view)) return false;
            const char c = scanner_.first(token);
            if (c == '}') break;
            if (c != ',') return refuse_scan(ScanError::syntax, token);
        }
    }
    ++token;
    view.data = scanner_.between(begin, token);
    return true;
}

// The token is the field's name; left behind its value.
bool EventRead::read_field(EventFields& known, std::size_t& token, EventView& view) {
    if (scanner_.first(token) != '"' || scanner_.first(token + 1) != ':') {
        return refuse_scan(ScanError::syntax, token);
    }
    const EventFields::Entry* field = known.expect(scanner_.at(token) + 1);
    if (field == nullptr) {
        std::string_view name;
        if (!scanner_.text(token, name)) return refuse_scan(ScanError::syntax, token);
        field = known.find(name);
        if (field == nullptr) {
            unknown_names_.push_back(name);
            token += 2;
            return skip(token);
        }
    }
    token += 2;
    if (!known.see(field->field)) {
        return refuse(DiagnosticCode::event_not_json, field->path,
                      quoted(field->path) + " is given twice");
    }
    Slot& slot = view.slots[field->field];
    if (!read_slot(*field, token, slot)) return false;
    if (slot.kind != SlotKind::missing) known.fill(*field);
    return true;
}

// The token is the field's value; left behind it.
bool EventRead::read_slot(const EventFields::Entry& field, std::size_t& token, Slot& slot) {
    const char c = scanner_.first(token);
    if (c == '"') {
        if (!scanner_.text(token, slot.text)) return refuse_scan(ScanError::syntax, token);
        ++token;
        slot.kind = SlotKind::text;
        return field.takes(JsonKind::string) || refuse_slot(field, JsonKind::string, slot);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        slot.text = scanner_.word(token);
        if (!read_number(slot)) return refuse_scan(ScanError::syntax, token);
        ++token;
        return field.takes(JsonKind::number) || refuse_slot(field, JsonKind::number, slot);
    }
    return c == '{' || c == '[' ? read_nested(field, token, slot) : read_word(field, token, slot);
}

bool EventRead::read_nested(const EventFields::Entry& field, std::size_t& token, Slot& slot) {
    const std::size_t begin = token;
    const JsonKind kind = scanner_.first(token) == '{' ? JsonKind::object : JsonKind::array;
    if (!skip(token)) return false;
    slot.kind = SlotKind::nested;
    slot.text = scanner_.between(begin, token);
    return field.takes(kind) || refuse_slot(field, kind, slot);
}

// true, false or null
bool EventRead::read_word(const EventFields::Entry& field, std::size_t& token, Slot& slot) {
    const std::string_view word = scanner_.word(token);
    if (word == "null") {
        ++token;
        return true;
    }
    if (word != "true" && word != "false") return refuse_scan(ScanError::syntax, token);
    ++token;
    slot.kind = SlotKind::boolean;
    slot.integer = word == "true" ? 1 : 0;
    return field.takes(JsonKind::boolean) || refuse_slot(field, JsonKind::boolean, slot);
}

bool EventRead::refuse_slot(const EventFields::Entry& field, JsonKind kind, const Slot& slot) {
    const ScalarView found{kind, slot.integer != 0, slot.text};
    refusal_ = refusal_of(refuse_kind(found_text(found), field.type, program_, field.path));
    return false;
}

bool EventRead::skip(std::size_t& token) {
    const ScanError error = scanner_.skip(token);
    return error == ScanError::none || refuse_scan(error, token);
}

bool EventRead::finish(EventView& view) {
    if (!check_envelope()) return false;
    if (early_data_) {
        std::size_t token = *early_data_;
        if (!read_data(token, view)) return false;
    } else if ((seen_ & bit(Attribute::data)) == 0) {
        fields_[*event_].start();
        view.slots.assign(fields_[*event_].size(), Slot{});
    }
    if (!unknown_names_.empty()) {
        unknown_fields_.assign(unknown_names_.begin(), unknown_names_.end());
    }
    if (!check_names(extension_names_, "") || !check_names(unknown_names_, "data.")) return false;
    view.id = id_;
    view.source = source_;
    return fields_[*event_].is_complete() || check_required(view);
}

bool EventRead::check_envelope() {
    const auto missing = [&](std::string_view name) {
        return refuse(DiagnosticCode::event_attribute, name,
                      "the event has no " + quoted(name) + "; CloudEvents asks for it");
    };
    if (id_.empty()) return missing("id");
    if (id_.size() > limits::record_id_bytes_max) {
        return refuse_long("id", id_.size(), limits::record_id_bytes_max);
    }
    if (source_.empty()) return missing("source");
    if (source_.size() > limits::event_source_bytes_max) {
        return refuse_long("source", source_.size(), limits::event_source_bytes_max);
    }
    if (type_.empty()) return missing("type");
    if ((seen_ & bit(Attribute::specversion)) == 0) return missing("specversion");
    return event_.has_value() || refuse_type();
}

// A name that stands twice leaves open which of the two is meant. Known ones are seen at once.
bool EventRead::check_names(std::vector<std::string_view>& names, std::string_view prefix) {
    if (names.size() < 2) return true;
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return true;
    return refuse(DiagnosticCode::event_not_json,
                  std::string(prefix) + std::string(twice->substr(0, limits::name_bytes_max)),
                  quote_for_message(*twice) + " is given twice");
}

bool EventRead::check_required(EventView& view) {
    const EventFields& known = fields_[*event_];
    for (const FieldIndex field : known.required()) {
        if (view.slots[field].kind != SlotKind::missing) continue;
        const EventFields::Entry& entry = known.entry(field);
        refusal_ = refusal_of(refuse_missing(entry.type, program_, entry.path));
        return false;
    }
    return true;
}

EventRefusal EventRead::refusal_of(ValueRefusal refusal) const {
    // What comes from outside may be of any length; a refusal is a line of a log.
    const auto shown = [](std::string_view text) {
        return std::string(text.substr(0, limits::record_id_bytes_max));
    };
    return {shown(type_), shown(id_), std::move(refusal.field), std::move(refusal.code),
            std::move(refusal.message)};
}

bool EventRead::refuse(DiagnosticCode code, std::string_view field, std::string message) {
    refusal_ = refusal_of({std::string(field), diagnostic_code_text(code), std::move(message)});
    return false;
}

bool EventRead::refuse_scan(ScanError error, std::size_t token) {
    switch (error) {
        case ScanError::depth:
            return refuse(DiagnosticCode::event_not_json, "",
                          "the event nests deeper than " + std::to_string(limits::json_depth_max) +
                              " levels");
        case ScanError::utf8: {
            const std::size_t place = find_malformed_utf8(json_).value_or(0);
            return refuse(DiagnosticCode::event_not_utf8, "",
                          "byte " + std::to_string(place + 1) + " of the event is no UTF-8");
        }
        case ScanError::memory:
            return refuse(DiagnosticCode::event_too_large, "", "there is no memory for the event");
        default: break;
    }
    // The plain reader of JSON says best what is wrong; it is slow, but this event goes no further.
    const Result<Json> tree = parse_json(json_);
    const std::string why =
        tree ? "byte " + std::to_string(scanner_.offset(token) + 1) : tree.error().message;
    return refuse(DiagnosticCode::event_not_json, "", "the event is no JSON: " + why);
}

bool EventRead::refuse_type() {
    std::string message = "the rulebook has no event " + quote_for_message(type_);
    if (type_.size() <= limits::name_bytes_max) {
        std::vector<std::string> names;
        for (const EventType& known : program_.schema.events) names.push_back(known.name);
        const std::vector<std::string> near = suggest(type_, names, 1);
        if (!near.empty()) message += "; did you mean " + quoted(near.front()) + "?";
    }
    return refuse(DiagnosticCode::unknown_event_type, "type", std::move(message));
}

bool EventRead::refuse_long(std::string_view field, std::size_t size, std::size_t max) {
    return refuse(DiagnosticCode::event_id_too_long, field,
                  quoted(field) + " has " + std::to_string(size) + " bytes; it has at most " +
                      std::to_string(max));
}

}  // namespace pawl::rules::internal
