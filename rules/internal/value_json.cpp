#include "rules/internal/value_json.h"

#include <algorithm>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "rules/internal/value_numbers.h"
#include "rules/internal/value_types.h"

namespace pawl::rules {

namespace internal {

namespace {

std::string in_path(std::string_view path) { return "`" + std::string(path) + "`"; }

using Refusal = std::optional<ValueRefusal>;

struct Place {
    const ScalarView& scalar;
    TypeIndex type_index;
    const Type& type;
    const JsonContext& context;
    std::string_view path;
};

ValueRefusal wrong_kind(const Place& place) {
    return refuse_kind(found_text(place.scalar), place.type_index, place.context.program,
                       place.path);
}

ValueRefusal out_of_range(const Place& place, const std::string& why) {
    return refuse(DiagnosticCode::input_out_of_range, place.path,
                  in_path(place.path) + " is " + found_text(place.scalar) + "; " + why);
}

Refusal read_integer(const Place& place, Value& out) {
    if (place.scalar.kind != JsonKind::number) return wrong_kind(place);
    const std::optional<Value> number = number_from_digits(place.scalar.text);
    if (number && number->kind() == Kind::integer) {
        out = *number;
        return std::nullopt;
    }
    const std::optional<std::int64_t> whole =
        number ? whole_number(number->as_number()) : std::nullopt;
    if (whole) {
        out = Value::integer(*whole);
        return std::nullopt;
    }
    if (number && number->as_number() > -9e18 && number->as_number() < 9e18) {
        return wrong_kind(place);
    }
    return out_of_range(place, "whole numbers go from -9223372036854775808 to 9223372036854775807");
}

Refusal read_number(const Place& place, Value& out) {
    if (place.scalar.kind != JsonKind::number) return wrong_kind(place);
    const std::optional<Value> number = number_from_digits(place.scalar.text);
    if (!number)
        return out_of_range(place, "a number other than 0 lies between 4.9e-324 and 1.7e308");
    out = Value::number(number->as_number());
    return std::nullopt;
}

Refusal read_money_digits(std::string_view digits, Currency currency, const Place& place,
                          Value& out) {
    const std::optional<Money> money = parse_money(digits, currency);
    if (!money) {
        return out_of_range(place, "an amount of " + currency.letters() + " has at most " +
                                       std::to_string(currency.decimals()) +
                                       " decimals, no exponent, and at most 18 digits");
    }
    out = Value::money(*money);
    return std::nullopt;
}

Refusal read_text(const Place& place, Value& out) {
    if (place.scalar.kind != JsonKind::string) return wrong_kind(place);
    const std::string_view text = place.scalar.text;
    if (text.size() > limits::text_bytes_max) {
        return refuse(DiagnosticCode::input_out_of_range, place.path,
                      in_path(place.path) + " has " + std::to_string(text.size()) +
                          " bytes; a text has at most " + std::to_string(limits::text_bytes_max));
    }
    if (text.find('\0') != std::string_view::npos) {
        return refuse(DiagnosticCode::input_out_of_range, place.path,
                      in_path(place.path) + " holds the character U+0000, which no text may");
    }
    if (place.type.kind == TypeKind::secret) {
        out = Value::secret(text);
        return std::nullopt;
    }
    const std::optional<std::string> kept = text_for_type(place.type.kind, text);
    if (!kept) return wrong_kind(place);
    out = Value::text(*kept);
    return std::nullopt;
}

Refusal read_choice(const Place& place, Value& out) {
    if (place.scalar.kind != JsonKind::string) return wrong_kind(place);
    const ChoiceType& choice = place.context.program.schema.choices[place.type.index];
    const auto& options = choice.options;
    if (std::find(options.begin(), options.end(), place.scalar.text) != options.end()) {
        out = Value::choice(place.scalar.text);
        return std::nullopt;
    }
    std::string message = in_path(place.path) + " is " + found_text(place.scalar) + "; ";
    const std::vector<std::string> near = place.scalar.text.size() > limits::name_bytes_max
                                              ? std::vector<std::string>()
                                              : suggest(place.scalar.text, options, 1);
    if (!near.empty()) message += "did you mean `" + near.front() + "`? ";
    message += "it takes " + list_names(options);
    return refuse(DiagnosticCode::input_unknown_option, place.path, std::move(message));
}

Refusal read_reference(const Place& place, Value& out) {
    if (place.scalar.kind != JsonKind::string) return wrong_kind(place);
    const std::string_view id = place.scalar.text;
    if (id.size() > limits::record_id_bytes_max) {
        return refuse(DiagnosticCode::event_id_too_long, place.path,
                      in_path(place.path) + " has " + std::to_string(id.size()) +
                          " bytes; an id has at most " +
                          std::to_string(limits::record_id_bytes_max));
    }
    const std::optional<RecordKey> key = place.context.lookup.find(place.type.index, id);
    out = key ? Value::reference({place.type.index, *key}) : Value();
    return std::nullopt;
}

Refusal read_group(const Place& place, Value& out) {
    const auto& groups = place.context.program.groups;
    const bool known = place.scalar.kind == JsonKind::string &&
                       std::find(groups.begin(), groups.end(), place.scalar.text) != groups.end();
    if (!known) return wrong_kind(place);
    out = Value::group(place.scalar.text);
    return std::nullopt;
}

// Dates and times: a form that cannot be read, and a day that is in no calendar, look alike.
template <class T, class Parse>
Refusal read_moment(const Place& place, Parse parse, Value (*make)(T), Value& out) {
    if (place.scalar.kind != JsonKind::string) return wrong_kind(place);
    const std::optional<T> parsed = parse(place.scalar.text);
    if (!parsed) {
        return out_of_range(place,
                            "due here: " + due_text(place.type_index, place.context.program));
    }
    out = make(*parsed);
    return std::nullopt;
}

Json tree_of(const ScalarView& scalar) {
    Json json;
    json.kind = scalar.kind;
    json.boolean = scalar.boolean;
    json.text = scalar.text;
    return json;
}

Refusal read_scalar(const Place& place, Value& out) {
    switch (place.type.kind) {
        case TypeKind::text:
        case TypeKind::email:
        case TypeKind::phone:
        case TypeKind::url:
        case TypeKind::file:
        case TypeKind::secret: return read_text(place, out);
        case TypeKind::integer: return read_integer(place, out);
        case TypeKind::number: return read_number(place, out);
        case TypeKind::boolean:
            if (place.scalar.kind != JsonKind::boolean) return wrong_kind(place);
            out = Value::boolean(place.scalar.boolean);
            return std::nullopt;
        case TypeKind::money:
            if (place.scalar.kind != JsonKind::number) return wrong_kind(place);
            return read_money_digits(place.scalar.text, place.context.program.header.currency,
                                     place, out);
        case TypeKind::date: return read_moment<Date>(place, parse_date, Value::date, out);
        case TypeKind::time: return read_moment<TimeOfDay>(place, parse_time, Value::time, out);
        case TypeKind::datetime:
            return read_moment<Instant>(place, parse_instant, Value::datetime, out);
        case TypeKind::duration:
            return read_moment<Duration>(place, parse_duration, Value::duration, out);
        case TypeKind::json: out = Value::json(tree_of(place.scalar)); return std::nullopt;
        case TypeKind::choice: return read_choice(place, out);
        case TypeKind::reference: return read_reference(place, out);
        case TypeKind::group: return read_group(place, out);
        case TypeKind::record:
        case TypeKind::list:
        case TypeKind::event:
        case TypeKind::none: break;
    }
    return wrong_kind(place);
}

// {"amount": "5000.00", "currency": "KES"}
Refusal read_money_object(const Json& json, const Place& place, Value& out) {
    const Json* amount = json.find("amount");
    const Json* letters = json.find("currency");
    const bool has_digits =
        amount != nullptr && (amount->kind == JsonKind::string || amount->kind == JsonKind::number);
    if (!has_digits || letters == nullptr || letters->kind != JsonKind::string) {
        return wrong_kind(place);
    }
    const std::optional<Currency> currency = Currency::parse(letters->text);
    if (!currency) {
        return refuse(DiagnosticCode::input_wrong_type, place.path,
                      in_path(place.path) + " is in the currency " +
                          quote_for_message(letters->text) +
                          "; a currency has three capital letters, like `KES`");
    }
    const ScalarView digits{JsonKind::number, false, amount->text};
    return read_money_digits(amount->text, *currency,
                             {digits, place.type_index, place.type, place.context, place.path},
                             out);
}

Refusal read_list(const Json& json, const Place& place, Value& out) {
    if (json.items.size() > limits::list_items_max) {
        return refuse(DiagnosticCode::input_out_of_range, place.path,
                      in_path(place.path) + " has " + std::to_string(json.items.size()) +
                          " items; a list has at most " + std::to_string(limits::list_items_max));
    }
    std::vector<Value> items(json.items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string path = std::string(place.path) + "[" + std::to_string(i) + "]";
        Refusal refusal =
            value_from_tree(json.items[i], place.type.index, place.context, path, items[i]);
        if (refusal) return refusal;
    }
    out = Value::list(std::move(items));
    return std::nullopt;
}

Refusal read_record(const Json& json, const Place& place, Value& out) {
    const RecordType& record = place.context.program.schema.records[place.type.index];
    std::vector<Value> values(record.fields.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Field& field = record.fields[i];
        const std::string path = std::string(place.path) + "." + field.name;
        const Json* member = json.find(field.name);
        const bool absent = member == nullptr || member->kind == JsonKind::null;
        if (absent && field.default_value) {
            values[i] = *field.default_value;
            continue;
        }
        const Json null;
        Refusal refusal =
            value_from_tree(absent ? null : *member, field.type, place.context, path, values[i]);
        if (refusal) return refusal;
    }
    out = Value::record(place.type.index, std::move(values));
    return std::nullopt;
}

}  // namespace

std::string found_text(const ScalarView& scalar) {
    switch (scalar.kind) {
        case JsonKind::string: return "the text " + quote_for_message(scalar.text);
        case JsonKind::number: return "the number " + std::string(scalar.text.substr(0, 40));
        case JsonKind::boolean: return scalar.boolean ? "`true`" : "`false`";
        case JsonKind::array: return "a list";
        case JsonKind::object: return "an object";
        case JsonKind::null: break;
    }
    return "null";
}

ValueRefusal refuse_not_found(std::string_view id, TypeIndex type, const Program& program,
                              std::string_view path) {
    const Type& of = program.schema.type(type);
    return refuse(DiagnosticCode::input_record_not_found, path,
                  in_path(path) + " names the " + program.schema.entities[of.index].name + " " +
                      quote_for_message(id) + ", which is not there");
}

ValueRefusal refuse(DiagnosticCode code, std::string_view path, std::string message) {
    return {std::string(path), diagnostic_code_text(code), std::move(message)};
}

ValueRefusal refuse_missing(TypeIndex type, const Program& program, std::string_view path) {
    return refuse(DiagnosticCode::input_value_missing, path,
                  in_path(path) + " is not there; due here: " + due_text(type, program));
}

ValueRefusal refuse_kind(std::string_view found, TypeIndex type, const Program& program,
                         std::string_view path) {
    // What was meant to be secret is not repeated.
    const bool is_secret = program.schema.type(type).kind == TypeKind::secret;
    return refuse(DiagnosticCode::input_wrong_type, path,
                  in_path(path) + " is " + (is_secret ? "no text" : std::string(found)) +
                      "; due here: " + due_text(type, program));
}

std::string due_text(TypeIndex type_index, const Program& program) {
    const Type& type = program.schema.type(type_index);
    switch (type.kind) {
        case TypeKind::text: return "a text";
        case TypeKind::integer: return "a whole number";
        case TypeKind::number: return "a number";
        case TypeKind::boolean: return "`true` or `false`";
        case TypeKind::money:
            return "an amount: a number, or {\"amount\": \"5000.00\", \"currency\": \"KES\"}";
        case TypeKind::date: return "a date like \"2026-12-25\"";
        case TypeKind::time: return "a time of day like \"09:00\"";
        case TypeKind::datetime: return "an instant with its offset, like \"2026-03-02T07:15:04Z\"";
        case TypeKind::duration: return "a duration like \"3d\" or \"P3D\"";
        case TypeKind::email: return "an e-mail address";
        case TypeKind::phone:
            return "a phone number with its country's code, like \"+254700000000\"";
        case TypeKind::url: return "an address like \"https://example.com/\"";
        case TypeKind::file: return "a file's name";
        case TypeKind::secret: return "a secret text";
        case TypeKind::choice: return list_names(program.schema.choices[type.index].options);
        case TypeKind::reference:
            return "the id of a `" + program.schema.entities[type.index].name + "`, a text";
        case TypeKind::record:
            return "an object with the fields of `" + program.schema.records[type.index].name + "`";
        case TypeKind::list:
            return program.schema.type(type.index).kind == TypeKind::list
                       ? "a list of lists"
                       : "a list, of which each item is " + due_text(type.index, program);
        case TypeKind::group: return "a group: " + list_names(program.groups);
        case TypeKind::json:
        case TypeKind::event:
        case TypeKind::none: break;
    }
    return "a value";
}

Refusal value_from_scalar(const ScalarView& scalar, TypeIndex type_index,
                          const JsonContext& context, std::string_view path, Value& out) {
    const Type& type = context.program.schema.type(type_index);
    out = Value();
    if (scalar.kind == JsonKind::null) {
        if (type.optional) return std::nullopt;
        return refuse_missing(type_index, context.program, path);
    }
    return read_scalar({scalar, type_index, type, context, path}, out);
}

Refusal value_from_tree(const Json& json, TypeIndex type_index, const JsonContext& context,
                        std::string_view path, Value& out) {
    const ScalarView scalar{json.kind, json.boolean, json.text};
    if (json.kind != JsonKind::array && json.kind != JsonKind::object) {
        return value_from_scalar(scalar, type_index, context, path, out);
    }
    const Type& type = context.program.schema.type(type_index);
    const Place place{scalar, type_index, type, context, path};
    out = Value();
    if (type.kind == TypeKind::json) {
        out = Value::json(json);
        return std::nullopt;
    }
    if (json.kind == JsonKind::array && type.kind == TypeKind::list) {
        return read_list(json, place, out);
    }
    if (json.kind == JsonKind::object && type.kind == TypeKind::record) {
        return read_record(json, place, out);
    }
    if (json.kind == JsonKind::object && type.kind == TypeKind::money) {
        return read_money_object(json, place, out);
    }
    return wrong_kind(place);
}

}  // namespace internal

std::optional<ValueRefusal> value_from_json(const Json& json, TypeIndex type,
                                            const Program& program, ReferenceLookup& lookup,
                                            std::string_view path, Value& out) {
    return internal::value_from_tree(json, type, {program, lookup}, path, out);
}

namespace {

void append_money(JsonWriter& out, Money money, const Program& program) {
    if (money.currency == program.header.currency) {
        out.raw(format_amount(money));
        return;
    }
    out.begin_object();
    out.member("amount", format_amount(money));
    out.member("currency", money.currency.letters());
    out.end_object();
}

void append_reference(JsonWriter& out, Reference reference, Records& records) {
    const RecordPointer record = records.get(reference);
    if (record == nullptr || record->fields[field_id].kind() != Kind::text) {
        out.null();
        return;
    }
    out.string(record->fields[field_id].as_text());
}

void append_record(JsonWriter& out, const Value& value, const Program& program, Records& records) {
    // An event as a whole is no record type's.
    if (value.record_type() >= program.schema.records.size()) return out.null();
    const RecordType& type = program.schema.records[value.record_type()];
    const std::vector<Value>& values = value.as_record();
    out.begin_object();
    for (std::size_t i = 0; i < values.size() && i < type.fields.size(); ++i) {
        out.key(type.fields[i].name);
        append_value_json(out, values[i], program, records);
    }
    out.end_object();
}

}  // namespace

void append_value_json(JsonWriter& out, const Value& value, const Program& program,
                       Records& records) {
    switch (value.kind()) {
        case Kind::missing: return out.null();
        case Kind::boolean: return out.boolean(value.as_boolean());
        case Kind::integer: return out.integer(value.as_integer());
        case Kind::number: return out.number(value.as_number());
        case Kind::money: return append_money(out, value.as_money(), program);
        case Kind::text:
        case Kind::choice:
        case Kind::group: return out.string(value.as_text());
        case Kind::secret: return out.string("•••");
        case Kind::date: return out.string(format_date(value.as_date()));
        case Kind::time: return out.string(format_time(value.as_time()));
        case Kind::datetime: return out.string(format_instant(value.as_datetime()));
        case Kind::duration: return out.string(format_duration(value.as_duration()));
        case Kind::reference: return append_reference(out, value.as_reference(), records);
        case Kind::list:
            out.begin_array();
            for (const Value& item : value.as_list()) {
                append_value_json(out, item, program, records);
            }
            return out.end_array();
        case Kind::record: return append_record(out, value, program, records);
        case Kind::json: return out.json(value.as_json());
    }
}

}  // namespace pawl::rules
