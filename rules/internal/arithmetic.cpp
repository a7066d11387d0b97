#include <cmath>
#include <limits>
#include <optional>

#include "rules/internal/operators.h"
#include "rules/internal/value_numbers.h"

// The operators that make a value of two: add to negate.

namespace pawl::rules::internal {

namespace {

constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();

OperatorError give(double number, Value& out) {
    if (!std::isfinite(number)) return OperatorError::overflow;
    out = Value::number(number);
    return OperatorError::none;
}

template <class T>
OperatorError give(const std::optional<T>& result, Value (*make)(T), OperatorError error,
                   Value& out) {
    if (!result) return error;
    out = make(*result);
    return OperatorError::none;
}

std::optional<Duration> negative(Duration duration) { return scale(duration, -1); }

// A day has no hours: those of the duration count from its midnight, and the day they end on is
// the answer.
OperatorError add_to_date(Date date, Duration duration, Value& out) {
    const std::optional<Date> by_months = add_months(date, duration.months);
    if (!by_months) return OperatorError::calendar;
    const std::int64_t days = duration.days + floor_divide(duration.micros, micros_per_day);
    return give(add_days(*by_months, days), Value::date, OperatorError::calendar, out);
}

// A time of day goes round the clock; days and months leave it where it is.
Value add_to_time(TimeOfDay time, Duration duration) {
    const std::int64_t sum = time.micros + duration.micros % micros_per_day;
    return Value::time({floor_modulo(sum, micros_per_day)});
}

OperatorError add_duration(const Value& left, Duration duration, const Zone& zone, Value& out) {
    switch (left.kind()) {
        case Kind::duration:
            return give(pawl::add(left.as_duration(), duration), Value::duration,
                        OperatorError::overflow, out);
        case Kind::date: return add_to_date(left.as_date(), duration, out);
        case Kind::datetime:
            return give(zone.add(left.as_datetime(), duration), Value::datetime,
                        OperatorError::calendar, out);
        case Kind::time: out = add_to_time(left.as_time(), duration); return OperatorError::none;
        default: return OperatorError::kinds;
    }
}

OperatorError difference(std::int64_t left, std::int64_t right, Value& out) {
    std::int64_t micros = 0;
    if (__builtin_sub_overflow(left, right, &micros)) return OperatorError::overflow;
    out = Value::duration({0, 0, micros});
    return OperatorError::none;
}

OperatorError join_money(Money left, Money right, std::optional<Money> (*join)(Money, Money),
                         Value& out) {
    if (left.currency != right.currency) return OperatorError::currencies;
    return give(join(left, right), Value::money, OperatorError::overflow, out);
}

OperatorError multiply_money(Money money, const Value& factor, Value& out) {
    if (factor.kind() == Kind::integer) {
        std::int64_t minor = 0;
        if (__builtin_mul_overflow(money.minor, factor.as_integer(), &minor)) {
            return OperatorError::overflow;
        }
        out = Value::money({minor, money.currency});
        return OperatorError::none;
    }
    return give(pawl::multiply(money, factor.as_number()), Value::money, OperatorError::overflow,
                out);
}

OperatorError divide_money(Money money, const Value& divisor, Value& out) {
    if (divisor.kind() == Kind::integer) {
        const std::optional<std::int64_t> minor =
            divide_half_even(money.minor, divisor.as_integer());
        if (!minor) return OperatorError::overflow;
        out = Value::money({*minor, money.currency});
        return OperatorError::none;
    }
    return give(pawl::divide(money, divisor.as_number()), Value::money, OperatorError::overflow,
                out);
}

// How often one duration goes into another. Months have no length in days; a day is 24 hours here,
// since `(now - x) / 1d` asks for just that.
OperatorError divide_durations(Duration left, Duration right, Value& out) {
    if (right == Duration{}) {
        out = Value();
        return OperatorError::none;
    }
    const bool left_in_months = left.days == 0 && left.micros == 0;
    const bool right_in_months = right.days == 0 && right.micros == 0;
    if (left_in_months && right_in_months) {
        return give(static_cast<double>(left.months) / right.months, out);
    }
    if (left.months != 0 || right.months != 0) {
        out = Value();
        return OperatorError::none;
    }
    const auto length = [](Duration duration) {
        return static_cast<double>(duration.days) * static_cast<double>(micros_per_day) +
               static_cast<double>(duration.micros);
    };
    const double divisor = length(right);
    if (divisor == 0) {
        out = Value();
        return OperatorError::none;
    }
    return give(length(left) / divisor, out);
}

bool is_zero(const Value& number) {
    return number.kind() == Kind::integer ? number.as_integer() == 0 : number.as_number() == 0;
}

// Parts of outside JSON as what they stand for; what is plain already does not go together.
template <class Operate>
OperatorError operate_on_plain(const Value& left, const Value& right, Operate operate) {
    const Value plain_left = plain(left);
    const Value plain_right = plain(right);
    if (plain_left.kind() == left.kind() && plain_right.kind() == right.kind())
        return OperatorError::kinds;
    return operate(plain_left, plain_right);
}

}  // namespace

OperatorError add(const Value& left, const Value& right, const Zone& zone, Value& out) {
    if (left.kind() == Kind::integer && right.kind() == Kind::integer) {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(left.as_integer(), right.as_integer(), &sum)) {
            return OperatorError::overflow;
        }
        out = Value::integer(sum);
        return OperatorError::none;
    }
    if (left.is_missing() || right.is_missing()) {
        out = Value();
        return OperatorError::none;
    }
    if (is_number(left) && is_number(right)) return give(left.as_number() + right.as_number(), out);
    if (left.kind() == Kind::money && right.kind() == Kind::money) {
        return join_money(left.as_money(), right.as_money(), pawl::add, out);
    }
    if (right.kind() == Kind::duration) return add_duration(left, right.as_duration(), zone, out);
    if (left.kind() == Kind::duration) return add_duration(right, left.as_duration(), zone, out);
    if (left.kind() == Kind::json || right.kind() == Kind::json) {
        const Value plain_left = plain(left);
        const Value plain_right = plain(right);
        if (plain_left.kind() != Kind::json && plain_right.kind() != Kind::json) {
            return add(plain_left, plain_right, zone, out);
        }
    }
    return OperatorError::kinds;
}

OperatorError subtract(const Value& left, const Value& right, const Zone& zone, Value& out) {
    if (left.kind() == Kind::integer && right.kind() == Kind::integer) {
        std::int64_t result = 0;
        if (__builtin_sub_overflow(left.as_integer(), right.as_integer(), &result)) {
            return OperatorError::overflow;
        }
        out = Value::integer(result);
        return OperatorError::none;
    }
    if (left.is_missing() || right.is_missing()) {
        out = Value();
        return OperatorError::none;
    }
    if (right.kind() == Kind::duration) {
        const std::optional<Duration> minus = negative(right.as_duration());
        return minus ? add_duration(left, *minus, zone, out) : OperatorError::overflow;
    }
    if (is_number(left) && is_number(right)) return give(left.as_number() - right.as_number(), out);
    if (left.kind() == Kind::money && right.kind() == Kind::money) {
        return join_money(left.as_money(), right.as_money(), pawl::subtract, out);
    }
    if (left.kind() == Kind::date && right.kind() == Kind::date) {
        out = Value::duration({0, left.as_date().days - right.as_date().days, 0});
        return OperatorError::none;
    }
    if (left.kind() == Kind::datetime && right.kind() == Kind::datetime) {
        return difference(left.as_datetime().micros, right.as_datetime().micros, out);
    }
    if (left.kind() == Kind::time && right.kind() == Kind::time) {
        return difference(left.as_time().micros, right.as_time().micros, out);
    }
    return operate_on_plain(left, right, [&](const Value& plain_left, const Value& plain_right) {
        return subtract(plain_left, plain_right, zone, out);
    });
}

OperatorError multiply(const Value& left, const Value& right, Value& out) {
    if (left.is_missing() || right.is_missing()) {
        out = Value();
        return OperatorError::none;
    }
    if (left.kind() == Kind::integer && right.kind() == Kind::integer) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(left.as_integer(), right.as_integer(), &product)) {
            return OperatorError::overflow;
        }
        out = Value::integer(product);
        return OperatorError::none;
    }
    if (is_number(left) && is_number(right)) return give(left.as_number() * right.as_number(), out);
    if (left.kind() == Kind::money && is_number(right)) {
        return multiply_money(left.as_money(), right, out);
    }
    if (right.kind() == Kind::money && is_number(left)) {
        return multiply_money(right.as_money(), left, out);
    }
    if (left.kind() == Kind::duration && right.kind() == Kind::integer) {
        return give(scale(left.as_duration(), right.as_integer()), Value::duration,
                    OperatorError::overflow, out);
    }
    if (left.kind() == Kind::integer && right.kind() == Kind::duration) {
        return multiply(right, left, out);
    }
    return operate_on_plain(left, right, [&](const Value& plain_left, const Value& plain_right) {
        return multiply(plain_left, plain_right, out);
    });
}

OperatorError divide(const Value& left, const Value& right, Value& out) {
    out = Value();
    if (left.is_missing() || right.is_missing()) return OperatorError::none;
    if (is_number(right) && is_zero(right) &&
        (is_number(left) || left.kind() == Kind::money || left.kind() == Kind::duration)) {
        return OperatorError::none;
    }
    if (is_number(left) && is_number(right)) return give(left.as_number() / right.as_number(), out);
    if (left.kind() == Kind::money && is_number(right)) {
        return divide_money(left.as_money(), right, out);
    }
    if (left.kind() == Kind::money && right.kind() == Kind::money) {
        if (left.as_money().currency != right.as_money().currency) {
            return OperatorError::currencies;
        }
        if (right.as_money().minor == 0) return OperatorError::none;
        return give(static_cast<double>(left.as_money().minor) /
                        static_cast<double>(right.as_money().minor),
                    out);
    }
    if (left.kind() == Kind::duration && right.kind() == Kind::duration) {
        return divide_durations(left.as_duration(), right.as_duration(), out);
    }
    return operate_on_plain(left, right, [&](const Value& plain_left, const Value& plain_right) {
        return divide(plain_left, plain_right, out);
    });
}

OperatorError whole_divide(const Value& left, const Value& right, Value& out) {
    const Value l = plain(left);
    const Value r = plain(right);
    out = Value();
    if (l.is_missing() || r.is_missing()) return OperatorError::none;
    if (!is_number(l) || !is_number(r)) return OperatorError::kinds;
    if (is_zero(r)) return OperatorError::none;
    if (l.kind() == Kind::integer && r.kind() == Kind::integer) {
        if (l.as_integer() == int_min && r.as_integer() == -1) return OperatorError::overflow;
        out = Value::integer(floor_divide(l.as_integer(), r.as_integer()));
        return OperatorError::none;
    }
    const std::optional<std::int64_t> whole =
        whole_number(std::floor(l.as_number() / r.as_number()));
    return give(whole, Value::integer, OperatorError::overflow, out);
}

OperatorError modulo(const Value& left, const Value& right, Value& out) {
    const Value l = plain(left);
    const Value r = plain(right);
    out = Value();
    if (l.is_missing() || r.is_missing()) return OperatorError::none;
    if (!is_number(l) || !is_number(r)) return OperatorError::kinds;
    if (is_zero(r)) return OperatorError::none;
    if (l.kind() == Kind::integer && r.kind() == Kind::integer) {
        out =
            Value::integer(r.as_integer() == -1 ? 0 : floor_modulo(l.as_integer(), r.as_integer()));
        return OperatorError::none;
    }
    const double divisor = r.as_number();
    double rest = std::fmod(l.as_number(), divisor);
    if (rest != 0 && (rest < 0) != (divisor < 0)) rest += divisor;
    return give(rest, out);
}

OperatorError at(const Value& left, const Value& right, const Zone& zone, Value& out) {
    const Value day = plain(left);
    const Value time = plain(right);
    out = Value();
    if (day.is_missing() || time.is_missing()) return OperatorError::none;
    const bool is_instant = day.kind() == Kind::datetime;
    if ((!is_instant && day.kind() != Kind::date) || time.kind() != Kind::time)
        return OperatorError::kinds;
    const Date date = is_instant ? zone.local(day.as_datetime()).date : day.as_date();
    const Instant instant = zone.instant(date, time.as_time());
    if (!is_in_calendar(instant)) return OperatorError::calendar;
    out = Value::datetime(instant);
    return OperatorError::none;
}

OperatorError negate(const Value& value, Value& out) {
    const Value v = plain(value);
    switch (v.kind()) {
        case Kind::missing: out = Value(); return OperatorError::none;
        case Kind::integer:
            if (v.as_integer() == int_min) return OperatorError::overflow;
            out = Value::integer(-v.as_integer());
            return OperatorError::none;
        case Kind::number: return give(-v.as_number(), out);
        case Kind::money:
            if (v.as_money().minor == int_min) return OperatorError::overflow;
            out = Value::money({-v.as_money().minor, v.as_money().currency});
            return OperatorError::none;
        case Kind::duration:
            return give(negative(v.as_duration()), Value::duration, OperatorError::overflow, out);
        default: return OperatorError::kinds;
    }
}

}  // namespace pawl::rules::internal
