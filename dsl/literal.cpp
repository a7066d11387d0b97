#include "dsl/literal.h"

#include <charconv>
#include <cmath>

#include "base/money.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/time.h"
#include "base/zone.h"

namespace pawl::dsl {

namespace {

using rules::TypeKind;
using rules::Value;

Error mistake(std::string message) { return Error{"literal", std::move(message)}; }

// "5000 KES" is digits and a currency; "5000" has none.
struct Amount {
    std::string_view digits;
    std::string_view currency;
};

Amount split_amount(std::string_view text) {
    const std::size_t letters = text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (letters == std::string_view::npos) return {text, {}};
    return {trim(text.substr(0, letters)), text.substr(letters)};
}

// Underscores may group digits: 1_000_000.
std::string plain_digits(std::string_view text) {
    std::string digits;
    for (const char c : text)
        if (c != '_') digits += c;
    return digits;
}

Result<Value> money_value(const Literal& literal, const rules::Header& header) {
    const Amount amount = split_amount(literal.text);
    Currency currency = header.currency;
    if (!amount.currency.empty()) {
        const auto named = Currency::parse(amount.currency);
        if (!named) return mistake("`" + std::string(amount.currency) + "` is no currency");
        currency = *named;
    }
    if (currency.code == 0)
        return mistake("`" + literal.text +
                       "` is an amount of money, and the rulebook names no currency");
    const auto money = parse_money(plain_digits(amount.digits), currency);
    if (!money) {
        const auto whole = amount.digits.substr(0, amount.digits.find('.'));
        if (parse_money(plain_digits(whole), currency))
            return mistake("`" + literal.text + "` has more than the " +
                           std::to_string(currency.decimals()) + " decimals of " +
                           currency.letters());
        return mistake("`" + literal.text + "` is more money than can be held");
    }
    return Value::money(*money);
}

Result<Value> integer_value(const Literal& literal) {
    const std::string digits = plain_digits(literal.text);
    std::int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stopped != end)
        return mistake("`" + literal.text + "` is beyond the whole numbers that can be held");
    return Value::integer(value);
}

Result<Value> number_value(const Literal& literal) {
    const std::string digits = plain_digits(literal.text);
    double value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stopped != end || !std::isfinite(value))
        return mistake("`" + literal.text + "` is beyond the numbers that can be held");
    return Value::number(value);
}

// `2026-03-02T09:00Z`: what senders write always has seconds, what authors write need not.
std::string with_seconds(const std::string& text) {
    constexpr std::size_t minutes_end = std::string_view("T09:00").size();
    const std::size_t end = text.find('T') + minutes_end;
    if (end >= text.size() || text[end] == ':') return text;
    return text.substr(0, end) + ":00" + text.substr(end);
}

Result<Value> datetime_value(const Literal& literal, const rules::Header& header) {
    if (const auto instant = parse_instant(with_seconds(literal.text)))
        return Value::datetime(*instant);
    const std::size_t middle = literal.text.find('T');
    const auto date = parse_date(std::string_view(literal.text).substr(0, middle));
    if (!date || middle == std::string::npos)
        return mistake("`" + literal.text + "` is no moment of the calendar");
    const auto time = parse_time(std::string_view(literal.text).substr(middle + 1));
    if (!time) return mistake("`" + literal.text + "` is no moment of the calendar");
    const auto zone = Zone::find(header.timezone);
    if (header.timezone.empty() || !zone)
        return mistake("`" + literal.text + "` is a wall-clock time, and no time zone is in force");
    return Value::datetime(zone->instant(*date, *time));
}

bool is_digits(const Literal& literal) {
    return literal.kind == LiteralKind::integer || literal.kind == LiteralKind::number;
}

}  // namespace

rules::TypeKind literal_type(const Literal& literal) {
    switch (literal.kind) {
        case LiteralKind::integer: return TypeKind::integer;
        case LiteralKind::number: return TypeKind::number;
        case LiteralKind::money: return TypeKind::money;
        case LiteralKind::duration: return TypeKind::duration;
        case LiteralKind::date: return TypeKind::date;
        case LiteralKind::time: return TypeKind::time;
        case LiteralKind::datetime: return TypeKind::datetime;
        case LiteralKind::boolean: return TypeKind::boolean;
        case LiteralKind::missing: return TypeKind::none;
    }
    return TypeKind::none;
}

Result<rules::Value> literal_value(const Literal& literal, rules::TypeKind wanted,
                                   const rules::Header& header) {
    if (literal.kind == LiteralKind::missing) return Value();
    if (literal.kind == LiteralKind::money) return money_value(literal, header);
    if (is_digits(literal)) {
        if (wanted == TypeKind::money) return money_value(literal, header);
        if (wanted == TypeKind::number || literal.kind == LiteralKind::number)
            return number_value(literal);
        return integer_value(literal);
    }
    switch (literal.kind) {
        case LiteralKind::duration:
            if (const auto duration = parse_duration(literal.text))
                return Value::duration(*duration);
            return mistake("`" + literal.text + "` is longer than a duration can be");
        case LiteralKind::date:
            if (const auto date = parse_date(literal.text)) return Value::date(*date);
            return mistake("`" + literal.text + "` is no day of the calendar");
        case LiteralKind::time:
            if (const auto time = parse_time(literal.text)) return Value::time(*time);
            return mistake("`" + literal.text + "` is no time of day, which runs to 23:59" +
                           (literal.text == "24:00" ? "; midnight is `00:00`" : ""));
        case LiteralKind::datetime: return datetime_value(literal, header);
        default: return Value::boolean(literal.text == "true");
    }
}

Result<rules::Value> text_value(std::string_view text, const rules::Type& wanted,
                                const rules::Schema& schema) {
    switch (wanted.kind) {
        case TypeKind::email:
            if (const auto email = normalize_email(text)) return Value::text(*email);
            return mistake(quote_for_message(text) + " is no email address");
        case TypeKind::phone:
            if (const auto phone = normalize_phone(text, {})) return Value::text(*phone);
            return mistake(quote_for_message(text) +
                           " is no phone number with its country, as in \"+254700000000\"");
        case TypeKind::secret: return Value::secret(text);
        case TypeKind::choice: {
            const auto& options = schema.choices[wanted.index].options;
            for (const std::string& option : options)
                if (option == text) return Value::choice(option);
            const auto near = suggest(text, options);
            return mistake(quote_for_message(text) + " is not among its values, which are " +
                           list_names(near.empty() ? options : near));
        }
        default: return Value::text(text);
    }
}

std::optional<std::string> constant_text(const Text& text) {
    std::string joined;
    for (const TextPiece& piece : text.pieces) {
        if (!is_none(piece.expression)) return std::nullopt;
        joined += piece.text;
    }
    return joined;
}

}  // namespace pawl::dsl
