#include "dsl/internal/check_time_hints.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/zone_names.h"
#include "dsl/internal/check_types.h"
#include "dsl/internal/time_slip_words.h"
#include "dsl/literal.h"
#include "rules/program.h"

namespace pawl::dsl::internal {

namespace {

const Literal* literal_at(const Context& context, ExpressionIndex index, LiteralKind kind) {
    if (is_none(index)) return nullptr;
    const auto* literal = std::get_if<Literal>(&context.tree.at(index).form);
    return literal != nullptr && literal->kind == kind ? literal : nullptr;
}

bool is_moment(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

constexpr const char* hours_are_a_guard =
    "the hours in which a rule runs are a guard: `only between 09:00 and 17:00, else skip`";

std::string write_it(const std::string& text) { return "write `" + text + "`"; }

// `9` and `900` as `09:00`.
std::string time_of_digits(const std::string& digits) {
    std::string padded = digits.size() <= 2 ? digits + "00" : digits;
    if (padded.size() == 3) padded.insert(0, "0");
    if (padded.size() != 4) return {};
    return time_of_day_meant(padded.substr(0, 2) + ":" + padded.substr(2)).value_or("");
}

// `2026-12-25` in quotes.
std::string quoted_moment(const Context& context, ExpressionIndex index) {
    const auto* text = std::get_if<Text>(&context.tree.at(index).form);
    if (text == nullptr) return {};
    const auto whole = constant_text(*text);
    if (!whole || whole->empty()) return {};
    const bool is_known = parse_date(*whole) || parse_time(*whole) || parse_duration(*whole);
    return is_known ? "leave the quotes out: `" + *whole + "`" : "";
}

}  // namespace

std::string hint_for_time(const Context& context, ExpressionIndex index, Type wanted,
                          const std::string& what) {
    const Literal* number = literal_at(context, index, LiteralKind::integer);
    const Literal* time = literal_at(context, index, LiteralKind::time);
    const Literal* length = literal_at(context, index, LiteralKind::duration);
    const bool is_of_time = wanted.kind == TypeKind::duration || wanted.kind == TypeKind::time ||
                            is_moment(wanted.kind);
    if (wanted.kind == TypeKind::duration && number != nullptr)
        return "say the unit: `" + number->text + "min`, `" + number->text + "h` or `" +
               number->text + "d`";
    if (wanted.kind == TypeKind::duration && time != nullptr && what == "`every`")
        return write_it("day at " + time->text);
    if (wanted.kind == TypeKind::duration &&
        literal_at(context, index, LiteralKind::datetime) != nullptr)
        return "a length is written as in `24h`; `given now` says at which moment a test begins";
    if (wanted.kind == TypeKind::time && number != nullptr) {
        const std::string meant = time_of_digits(number->text);
        return meant.empty() ? "" : write_it(meant);
    }
    if (const Literal* decimal = literal_at(context, index, LiteralKind::number);
        wanted.kind == TypeKind::time && decimal != nullptr) {
        std::string written = decimal->text;
        std::replace(written.begin(), written.end(), '.', ':');
        const auto meant = time_of_day_meant(written);
        return meant ? write_it(*meant) : "";
    }
    if (is_moment(wanted.kind) && length != nullptr)
        return write_it((what.starts_with("the time of a step") ? "start + " : "now + ") +
                        length->text);
    if (is_moment(wanted.kind) && time != nullptr)
        return "a time of day has no date; a rule runs at one with `every day at " + time->text +
               "`";
    return is_of_time ? quoted_moment(context, index) : "";
}

std::string hint_for_compared_times(const Context& context, const Binary& binary, Type left,
                                    Type right) {
    const auto is_of_time = [](Type type) {
        return is_moment(type.kind) || type.kind == TypeKind::time ||
               type.kind == TypeKind::duration;
    };
    if (is_of_time(left) && right.kind == TypeKind::text)
        return quoted_moment(context, binary.right);
    if (is_of_time(right) && left.kind == TypeKind::text)
        return quoted_moment(context, binary.left);
    const auto* divided = std::get_if<Binary>(&context.tree.at(binary.right).form);
    if (left.kind == TypeKind::date && divided != nullptr && divided->op == BinaryOperator::divide)
        return "a date is year, month and day: `2026-12-25`";
    if ((left.kind == TypeKind::time) != (right.kind == TypeKind::time) &&
        (is_moment(left.kind) || is_moment(right.kind)))
        return hours_are_a_guard;
    const bool has_unit = left.kind == TypeKind::duration &&
                          literal_at(context, binary.right, LiteralKind::integer) != nullptr;
    if (has_unit) return hint_for_time(context, binary.right, simple(TypeKind::duration), "");
    return {};
}

std::string hint_for_between(Type value, Type bound) {
    const bool is_guard = bound.kind == TypeKind::time && value.kind != TypeKind::time;
    return is_guard ? hours_are_a_guard : "";
}

std::string hint_for_time_word(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> words[] = {{"noon", "12:00"},
                                                                       {"midday", "12:00"},
                                                                       {"midnight", "00:00"},
                                                                       {"tomorrow", "today + 1d"},
                                                                       {"yesterday", "today - 1d"}};
    for (const auto& [word, meant] : words)
        if (word == name) return write_it(std::string(meant));
    constexpr std::string_view units[] = {"minute", "hour", "day", "week", "month", "year"};
    if (std::find(std::begin(units), std::end(units), name) != std::end(units)) {
        const std::string unit(name);
        const std::string length = name == "minute"  ? "1min"
                                   : name == "month" ? "1mo"
                                                     : "1" + unit.substr(0, 1);
        return "a length is `" + length + "`; so many runs a " + unit + " are `at most 1 per " +
               unit + "`";
    }
    constexpr std::string_view days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                         "friday", "saturday", "sunday"};
    if (std::find(std::begin(days), std::end(days), name) != std::end(days))
        return "a day of the week is no date: `weekday(today) is " + std::string(name) +
               "` asks for it, and `every " + std::string(name) + " at 09:00` begins a rule on it";
    const SlipToken token{0, 0, name};
    if (const SlipPart number = read_slip_part("nword", {&token, 1}); number.count > 0)
        return write_it(number.meant);
    // `in Nairobi`
    if (!name.empty() && name.front() >= 'A' && name.front() <= 'Z') {
        const std::string zone = closest_zone(name);
        if (!zone.empty()) return "write `" + zone + "` if the time zone is meant";
    }
    return {};
}

std::string hint_for_length_call(const Context& context, const CallExpression& call) {
    const SlipToken token{0, 0, call.callee.text};
    const SlipPart unit = read_slip_part("unit", {&token, 1});
    if (unit.count == 0 || call.arguments.size() != 1) return {};
    const Literal* number = literal_at(context, call.arguments.front().value, LiteralKind::integer);
    return number == nullptr ? "" : write_it(number->text + unit.meant);
}

std::string hint_for_event(Context& context, std::string_view name) {
    const SlipToken token{0, 0, name};
    for (const std::string_view kind : {"rhythm", "day"}) {
        const SlipPart part = read_slip_part(kind, {&token, 1});
        if (part.count > 0) return write_it("every " + part.meant);
    }
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return {};
    const Named* named = context.space(Space::entity).find(name.substr(0, dot));
    if (named == nullptr || named->lost) return {};
    const auto& fields = context.schema().entities[named->index].fields;
    const auto found = rules::find_field(fields, name.substr(dot + 1));
    if (!found) return {};
    const TypeKind kind = context.type(fields[*found].type).kind;
    const std::string field(name);
    if (kind == TypeKind::date) return write_it("at " + field + " at 09:00");
    return write_it(kind == TypeKind::datetime ? "at " + field : field + " changes");
}

std::string hint_for_zone(std::string_view written) {
    const std::string closest = closest_zone(written);
    return closest.empty() ? "write a region and a city, as in `Africa/Nairobi`"
                           : "did you mean `" + closest + "`?";
}

}  // namespace pawl::dsl::internal
