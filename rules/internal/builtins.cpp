#include "rules/internal/builtins.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "rules/evaluator.h"
#include "rules/internal/value_numbers.h"

namespace pawl::rules::internal {

namespace {

constexpr int decimals_max = 15;  // a double holds no more

OperatorError give_text(std::string text, Value& out) {
    if (text.size() > limits::text_bytes_max) return OperatorError::too_large;
    out = Value::text(text);
    return OperatorError::none;
}

Money round_money(Money money, int decimals) {
    std::int64_t unit = 1;
    for (int i = decimals; i < money.currency.decimals(); ++i) unit *= 10;
    const std::optional<std::int64_t> units = divide_half_even(money.minor, unit);
    std::int64_t minor = money.minor;
    if (units && !__builtin_mul_overflow(*units, unit, &minor)) money.minor = minor;
    return money;
}

std::int64_t round_integer(std::int64_t number, int decimals) {
    if (decimals >= 0) return number;
    std::int64_t unit = 1;
    for (int i = decimals; i < 0; ++i) unit *= 10;
    std::int64_t rounded = number;
    if (__builtin_mul_overflow(divide_half_even(number, unit).value_or(0), unit, &rounded)) {
        return number;
    }
    return rounded;
}

OperatorError round(std::span<const Value> arguments, Value& out) {
    const Value& value = arguments[0];
    int decimals = 0;
    if (arguments.size() > 1) {
        if (arguments[1].kind() != Kind::integer) return OperatorError::kinds;
        decimals = static_cast<int>(
            std::clamp<std::int64_t>(arguments[1].as_integer(), -decimals_max, decimals_max));
    }
    switch (value.kind()) {
        case Kind::integer:
            out = Value::integer(round_integer(value.as_integer(), decimals));
            return OperatorError::none;
        case Kind::number:
            out = Value::number(round_number(value.as_number(), decimals));
            return OperatorError::none;
        case Kind::money:
            out = Value::money(round_money(value.as_money(), decimals));
            return OperatorError::none;
        default: return OperatorError::kinds;
    }
}

// A money's whole units, an integer for a number.
OperatorError round_down(const Value& value, Value& out) {
    switch (value.kind()) {
        case Kind::integer: out = value; return OperatorError::none;
        case Kind::number: {
            const std::optional<std::int64_t> whole = whole_number(std::floor(value.as_number()));
            if (!whole) return OperatorError::overflow;
            out = Value::integer(*whole);
            return OperatorError::none;
        }
        case Kind::money: {
            const Money money = value.as_money();
            std::int64_t unit = 1;
            for (int i = 0; i < money.currency.decimals(); ++i) unit *= 10;
            std::int64_t minor = 0;
            if (__builtin_mul_overflow(floor_divide(money.minor, unit), unit, &minor)) {
                return OperatorError::overflow;
            }
            out = Value::money({minor, money.currency});
            return OperatorError::none;
        }
        default: return OperatorError::kinds;
    }
}

OperatorError round_up(const Value& value, Value& out) {
    Value negative;
    OperatorError error = negate(value, negative);
    if (error == OperatorError::none) error = round_down(negative, negative);
    return error == OperatorError::none ? negate(negative, out) : error;
}

OperatorError absolute(const Value& value, Value& out) {
    Value zero;
    switch (value.kind()) {
        case Kind::integer:
        case Kind::number: zero = Value::integer(0); break;
        case Kind::money: zero = Value::money({0, value.as_money().currency}); break;
        case Kind::duration: zero = Value::duration({}); break;
        default: return OperatorError::kinds;
    }
    if (total_order(value, zero) < 0) return negate(value, out);
    out = value;
    return OperatorError::none;
}

OperatorError extreme(std::span<const Value> arguments, bool greatest, Value& out) {
    const Value* best = &arguments[0];
    for (const Value& argument : arguments.subspan(1)) {
        std::partial_ordering order = std::partial_ordering::unordered;
        const OperatorError error = compare(argument, *best, order);
        if (error != OperatorError::none) return error;
        if (order == std::partial_ordering::unordered && argument.kind() == Kind::money) {
            return OperatorError::currencies;
        }
        const std::strong_ordering total = total_order(argument, *best);
        if (greatest ? total > 0 : total < 0) best = &argument;
    }
    out = *best;
    return OperatorError::none;
}

// Capital letters of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic.
char32_t to_upper(char32_t point) {
    if (point >= 'a' && point <= 'z') return point - 32;
    if (point == 0xB5 || point == 0xF7) return point;
    if (point == 0xFF) return 0x178;
    if (point >= 0xE0 && point <= 0xFE) return point - 32;
    if ((point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17E)) {
        return point % 2 == 0 ? point - 1 : point;
    }
    if (point >= 0x100 && point <= 0x177 && point != 0x131 && point != 0x138) {
        return point % 2 == 1 ? point - 1 : point;
    }
    if (point == 0x3C2) return 0x3A3;
    if (point >= 0x3B1 && point <= 0x3CB) return point - 32;
    if (point >= 0x430 && point <= 0x44F) return point - 32;
    if (point >= 0x450 && point <= 0x45F) return point - 80;
    return point;
}

std::string upper(std::string_view text, std::size_t characters_max) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty() && characters_max-- > 0) {
        const CodePoint point = first_code_point(text);
        append_code_point(out, to_upper(point.value));
        text.remove_prefix(point.bytes);
    }
    return out.append(text);
}

OperatorError text_function(Builtin builtin, const Value& value, Value& out) {
    if (!is_text(value.kind())) return OperatorError::kinds;
    const std::string_view text = value.as_text();
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    switch (builtin) {
        case Builtin::lower: return give_text(fold_case(text), out);
        case Builtin::upper: return give_text(upper(text, all), out);
        case Builtin::capitalize: return give_text(upper(text, 1), out);
        default: return give_text(std::string(trim(text)), out);
    }
}

OperatorError length(const Value& value, Value& out) {
    std::size_t count = 0;
    if (is_text(value.kind())) {
        count = count_code_points(value.as_text());
    } else if (value.kind() == Kind::list) {
        count = value.as_list().size();
    } else {
        return OperatorError::kinds;
    }
    out = Value::integer(static_cast<std::int64_t>(count));
    return OperatorError::none;
}

// The first shares take one minor unit more, so that all add up to the money.
OperatorError split_money(Money money, const Value& count, Value& out) {
    if (count.kind() != Kind::integer) return OperatorError::kinds;
    const std::int64_t shares = count.as_integer();
    if (shares <= 0) return OperatorError::none;
    if (shares > static_cast<std::int64_t>(limits::list_items_max)) return OperatorError::too_large;
    const std::int64_t least = floor_divide(money.minor, shares);
    const std::int64_t rest = floor_modulo(money.minor, shares);
    std::vector<Value> items;
    for (std::int64_t i = 0; i < shares; ++i) {
        items.push_back(Value::money({least + (i < rest ? 1 : 0), money.currency}));
    }
    out = Value::list(std::move(items));
    return OperatorError::none;
}

OperatorError split(const Value& value, const Value& by, Value& out) {
    if (value.kind() == Kind::money) return split_money(value.as_money(), by, out);
    if (!is_text(value.kind()) || !is_text(by.kind())) return OperatorError::kinds;
    std::string_view text = value.as_text();
    const std::string_view separator = by.as_text();
    std::vector<Value> items;
    while (!separator.empty()) {
        const std::size_t place = text.find(separator);
        if (place == std::string_view::npos) break;
        if (items.size() >= limits::list_items_max) return OperatorError::too_large;
        items.push_back(Value::text(text.substr(0, place)));
        text.remove_prefix(place + separator.size());
    }
    items.push_back(Value::text(text));
    out = Value::list(std::move(items));
    return OperatorError::none;
}

OperatorError join(std::span<const Value> arguments, const BuiltinContext& context, Value& out) {
    if (arguments[0].kind() != Kind::list) return OperatorError::kinds;
    if (arguments.size() > 1 && !is_text(arguments[1].kind())) return OperatorError::kinds;
    const std::string_view separator = arguments.size() > 1 ? arguments[1].as_text() : ", ";
    std::string text;
    bool first = true;
    for (const Value& item : arguments[0].as_list()) {
        if (item.is_missing()) continue;
        if (!first) text += separator;
        first = false;
        text += display_text(item, context.program, context.records, context.zone);
        if (text.size() > limits::text_bytes_max) return OperatorError::too_large;
    }
    return give_text(std::move(text), out);
}

OperatorError replace(std::span<const Value> arguments, Value& out) {
    for (const Value& argument : arguments) {
        if (!is_text(argument.kind())) return OperatorError::kinds;
    }
    std::string_view text = arguments[0].as_text();
    const std::string_view from = arguments[1].as_text();
    const std::string_view to = arguments[2].as_text();
    std::string replaced;
    while (!from.empty()) {
        const std::size_t place = text.find(from);
        if (place == std::string_view::npos) break;
        replaced.append(text.substr(0, place)).append(to);
        if (replaced.size() > limits::text_bytes_max) return OperatorError::too_large;
        text.remove_prefix(place + from.size());
    }
    return give_text(replaced.append(text), out);
}

constexpr std::array<std::string_view, 7> weekday_names{
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

OperatorError calendar_function(Builtin builtin, const Value& value, const Zone& zone, Value& out) {
    Date date;
    if (value.kind() == Kind::date) {
        date = value.as_date();
    } else if (value.kind() == Kind::datetime) {
        date = zone.local(value.as_datetime()).date;
    } else {
        return OperatorError::kinds;
    }
    switch (builtin) {
        case Builtin::date: out = Value::date(date); break;
        case Builtin::year: out = Value::integer(civil(date).year); break;
        case Builtin::month: out = Value::integer(civil(date).month); break;
        case Builtin::day: out = Value::integer(civil(date).day); break;
        default:  // 1970-01-01 was a Thursday
            out = Value::text(weekday_names[static_cast<std::size_t>(
                floor_modulo(static_cast<std::int64_t>(date.days) + 3, 7))]);
    }
    return OperatorError::none;
}

OperatorError bare(const Value& value, Value& out) {
    switch (value.kind()) {
        case Kind::money: return give_text(format_amount(value.as_money()), out);
        case Kind::integer: return give_text(std::to_string(value.as_integer()), out);
        case Kind::number: return give_text(number_digits(value.as_number()), out);
        case Kind::text: out = value; return OperatorError::none;
        default: return OperatorError::kinds;
    }
}

}  // namespace

OperatorError call_builtin(Builtin builtin, std::span<const Value> given,
                           const BuiltinContext& context, Value& out) {
    std::vector<Value> arguments;
    arguments.reserve(given.size());
    for (const Value& argument : given) arguments.push_back(plain(argument));
    out = Value();
    for (const Value& argument : arguments) {
        if (argument.is_missing()) return OperatorError::none;
    }
    switch (builtin) {
        case Builtin::round: return round(arguments, out);
        case Builtin::floor: return round_down(arguments[0], out);
        case Builtin::ceiling: return round_up(arguments[0], out);
        case Builtin::absolute: return absolute(arguments[0], out);
        case Builtin::minimum:
        case Builtin::maximum: return extreme(arguments, builtin == Builtin::maximum, out);
        case Builtin::lower:
        case Builtin::upper:
        case Builtin::capitalize:
        case Builtin::trim: return text_function(builtin, arguments[0], out);
        case Builtin::length: return length(arguments[0], out);
        case Builtin::split: return split(arguments[0], arguments[1], out);
        case Builtin::join: return join(arguments, context, out);
        case Builtin::replace: return replace(arguments, out);
        case Builtin::date:
        case Builtin::year:
        case Builtin::month:
        case Builtin::day:
        case Builtin::weekday: return calendar_function(builtin, arguments[0], context.zone, out);
        case Builtin::plain: return bare(arguments[0], out);
    }
    return OperatorError::kinds;
}

}  // namespace pawl::rules::internal
