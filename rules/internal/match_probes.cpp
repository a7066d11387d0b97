#include "rules/internal/match_probes.h"

#include <bit>
#include <limits>

#include "rules/internal/value_numbers.h"
#include "rules/internal/value_types.h"

namespace pawl::rules::internal {

namespace {

constexpr std::int64_t key_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t key_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t key_missing = key_min;

bool is_text_type(TypeKind type) {
    switch (type) {
        case TypeKind::text:
        case TypeKind::choice:
        case TypeKind::email:
        case TypeKind::phone: return true;
        default: return false;
    }
}

bool has_keys(TypeKind type) {
    switch (type) {
        case TypeKind::boolean:
        case TypeKind::integer:
        case TypeKind::number:
        case TypeKind::money:
        case TypeKind::date:
        case TypeKind::time:
        case TypeKind::datetime: return true;
        default: return false;
    }
}

// Doubles in their order, as whole numbers; both zeros are one.
std::int64_t key_of_number(double number) {
    const auto bits = std::bit_cast<std::int64_t>(number + 0.0);
    return bits >= 0 ? bits : bits ^ key_max;
}

std::optional<std::int64_t> key_of_money(const Slot& slot, Currency currency) {
    if (slot.kind == SlotKind::integer) {
        std::int64_t minor = slot.integer;
        for (int i = 0; i < currency.decimals(); ++i) {
            if (__builtin_mul_overflow(minor, std::int64_t{10}, &minor)) return std::nullopt;
        }
        return minor;
    }
    if (slot.kind == SlotKind::number) {
        const std::optional<Money> money = parse_money(slot.text, currency);
        return money ? std::optional(money->minor) : std::nullopt;
    }
    if (slot.kind != SlotKind::nested) return std::nullopt;
    const Result<Json> tree = parse_json(slot.text);
    const Json* const letters = tree ? tree->find("currency") : nullptr;
    const Json* const amount = tree ? tree->find("amount") : nullptr;
    if (letters == nullptr || amount == nullptr || letters->text != currency.letters()) {
        return std::nullopt;
    }
    const std::optional<Money> money = parse_money(amount->text, currency);
    return money ? std::optional(money->minor) : std::nullopt;
}

}  // namespace

std::optional<std::size_t> EventProbes::field(FieldIndex field) {
    if (field >= event_.fields.size() || event_.fields[field].default_value) return std::nullopt;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i].field == field) return i;
    }
    const TypeKind type = program_.schema.type(event_.fields[field].type).kind;
    if (!is_text_type(type) && !has_keys(type)) return std::nullopt;
    fields_.push_back({field, type, false, false});
    return fields_.size() - 1;
}

std::optional<Symbol> EventProbes::symbol(std::size_t field, const Value& value, TextSymbols& texts,
                                          NumberSymbols& numbers) {
    Probed& probed = fields_[field];
    if (is_text_type(probed.type)) {
        const bool fits = probed.type == TypeKind::choice ? value.kind() == Kind::choice
                                                          : value.kind() == Kind::text;
        if (!fits) return std::nullopt;
        probed.has_symbol = true;
        return texts.add(value.as_text());
    }
    const std::optional<std::int64_t> key = key_of(probed, value);
    if (!key) return std::nullopt;
    probed.has_symbol = true;
    return numbers.add(*key);
}

std::optional<Threshold> EventProbes::threshold(std::size_t field, MatchOperator op,
                                                const Value& value) {
    Probed& probed = fields_[field];
    const std::optional<std::int64_t> key =
        probed.type == TypeKind::boolean ? std::nullopt : key_of(probed, value);
    if (!key) return std::nullopt;
    Threshold threshold;
    switch (op) {
        case MatchOperator::less:
            if (*key == key_min) return Threshold{probe_always, 0, true};
            threshold = {probe_to(field), ~(*key - 1)};
            break;
        case MatchOperator::less_equal: threshold = {probe_to(field), ~*key}; break;
        case MatchOperator::greater:
            if (*key == key_max) return Threshold{probe_always, 0, true};
            threshold = {probe_from(field), *key + 1};
            break;
        case MatchOperator::greater_equal: threshold = {probe_from(field), *key}; break;
        default: return std::nullopt;
    }
    // The least key is taken by missing, so that the least value counts as the one above it; only
    // this threshold could tell the two apart.
    if (threshold.key == key_min + 1) return std::nullopt;
    if (threshold.key == key_min) threshold.key = key_min + 1;
    probed.has_key = true;
    return threshold;
}

std::optional<std::int64_t> EventProbes::key_of(const Probed& probed, const Value& value) const {
    switch (probed.type) {
        case TypeKind::boolean:
            if (value.kind() == Kind::boolean) return value.as_boolean() ? 1 : 0;
            break;
        case TypeKind::integer:
            if (value.kind() == Kind::integer) return value.as_integer();
            break;
        case TypeKind::number:
            if (value.kind() == Kind::number) return key_of_number(value.as_number());
            break;
        case TypeKind::money:
            if (value.kind() == Kind::money &&
                value.as_money().currency == program_.header.currency) {
                return value.as_money().minor;
            }
            break;
        case TypeKind::date:
            if (value.kind() == Kind::date) return value.as_date().days;
            break;
        case TypeKind::time:
            if (value.kind() == Kind::time) return value.as_time().micros;
            break;
        case TypeKind::datetime:
            if (value.kind() == Kind::datetime) return value.as_datetime().micros;
            break;
        default: break;
    }
    return std::nullopt;
}

std::optional<std::int64_t> EventProbes::key_of(const Probed& probed, const Slot& slot) const {
    if (slot.kind == SlotKind::missing) return std::nullopt;
    switch (probed.type) {
        case TypeKind::boolean: return slot.integer;
        case TypeKind::integer:
            if (slot.kind == SlotKind::integer) return slot.integer;
            return whole_number(slot.number);
        case TypeKind::number:
            return key_of_number(slot.kind == SlotKind::integer ? static_cast<double>(slot.integer)
                                                                : slot.number);
        case TypeKind::money: return key_of_money(slot, program_.header.currency);
        case TypeKind::date: {
            const std::optional<Date> date = parse_date(slot.text);
            return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
        }
        case TypeKind::time: {
            const std::optional<TimeOfDay> time = parse_time(slot.text);
            return time ? std::optional(time->micros) : std::nullopt;
        }
        case TypeKind::datetime: {
            const std::optional<Instant> instant = parse_instant(slot.text);
            return instant ? std::optional(instant->micros) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

Symbol EventProbes::symbol_of_text(TypeKind type, const Slot& slot,
                                   const TextSymbols& texts) const {
    if (slot.kind != SlotKind::text) return no_symbol;
    if (type == TypeKind::text || type == TypeKind::choice) return texts.find(slot.text);
    const std::optional<std::string> normal = text_for_type(type, slot.text);
    return normal ? texts.find(*normal) : no_symbol;
}

void EventProbes::set_early(const std::vector<bool>& early) {
    for (std::size_t i = 0; i < fields_.size(); ++i) (early[i] ? early_ : late_).push_back(i);
}

void EventProbes::read_early(ProbedEvent& event, const TextSymbols& texts,
                             const NumberSymbols& numbers) const {
    event.keys[probe_always] = 0;
    for (const std::size_t field : early_) read(field, event, texts, numbers);
    event.is_whole = late_.empty();
}

void EventProbes::read_late(ProbedEvent& event, const TextSymbols& texts,
                            const NumberSymbols& numbers) const {
    for (const std::size_t field : late_) read(field, event, texts, numbers);
    event.is_whole = true;
}

void EventProbes::read(std::size_t field, const ProbedEvent& event, const TextSymbols& texts,
                       const NumberSymbols& numbers) const {
    const Probed& probed = fields_[field];
    const Slot& slot = event.view->slots[probed.field];
    if (is_text_type(probed.type)) {
        event.symbols[field] = symbol_of_text(probed.type, slot, texts);
        return;
    }
    const std::optional<std::int64_t> key = key_of(probed, slot);
    event.symbols[field] = key && probed.has_symbol ? numbers.find(*key) : no_symbol;
    if (!probed.has_key) return;
    // The least key belongs to missing.
    event.keys[probe_from(field)] = !key ? key_missing : *key == key_min ? key_min + 1 : *key;
    event.keys[probe_to(field)] = !key ? key_missing : *key == key_max ? key_min + 1 : ~*key;
}

}  // namespace pawl::rules::internal
