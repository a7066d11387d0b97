#include "engine/internal/patterns.h"

#include <utility>

#include "base/limits.h"
#include "engine/internal/edge_values.h"
#include "engine/internal/state_json.h"
#include "engine/store/record_names.h"

// What a pattern looks for comes: by whom it counts, and what it opens, closes or adds up to.

namespace pawl::engine {

using rules::Failure;
using rules::Kind;
using rules::PatternPartKind;
using rules::TriggerKind;
using rules::Value;

Patterns::Patterns(Turn& turn, Layer& layer)
    : turn_(turn), context_(turn.context()), layer_(layer) {}

Patterns::Patterns(Turn& turn, Layer& layer, std::set<std::string>& recalled)
    : turn_(turn), context_(turn.context()), layer_(layer), recalled_(&recalled) {}

void Patterns::event_came(rules::EventIndex event, const Value& fields,
                          const std::shared_ptr<const SetOff>& by, std::vector<Pending>& out) {
    look(context_.triggers.patterns(event), fields, by, out);
}

void Patterns::record_created(rules::Reference record, const std::shared_ptr<const SetOff>& by,
                              std::vector<Pending>& out) {
    const EntityTriggers& triggers = context_.triggers.entity(record.entity);
    const Value bound = Value::reference(record);
    // Absence that counts from the creation: as if it had come then, without anything to bind.
    const Value none;
    for (const PatternUse use : triggers.pattern_never) {
        Occurrence occurrence{use.use, trigger(use.use).pattern->first, none, by, out, bound};
        came_at(occurrence, now());
    }
    look(triggers.pattern_created, bound, by, out);
}

void Patterns::records_loaded() {
    if (context_.triggers.patterns().empty()) return;
    std::vector<Pending> failed;  // a length that cannot be read fails with the first event
    const Value none;
    const auto by = std::make_shared<const SetOff>();
    for (const auto& [record, fields] : layer_.own()) {
        if (fields == nullptr) continue;
        const Value key = Value::reference(record);
        const Value& created = fields->fields[rules::field_created_at];
        for (const PatternUse use : context_.triggers.entity(record.entity).pattern_never) {
            // A state that was exported says itself since when.
            if (read_mark(use.use, "absence", key).value) continue;
            Occurrence occurrence{use.use, trigger(use.use).pattern->first, none, by, failed, key};
            came_at(occurrence, created.as_datetime());
        }
    }
}

// Those that are not asked for were there when it came.
void Patterns::recall_event(const std::vector<TriggerUse>& uses, rules::EventIndex event,
                            const Value& fields, Instant at) {
    recalled_at_ = at;
    std::vector<PatternUse> recalling;
    for (const PatternUse each : context_.triggers.patterns(event))
        for (const TriggerUse use : uses)
            if (use.rule == each.use.rule && use.trigger == each.use.trigger)
                recalling.push_back(each);
    std::vector<Pending> set_off;
    look(recalling, fields, std::make_shared<const SetOff>(), set_off);
    overdue_.clear();
}

void Patterns::recall_creation(TriggerUse use, rules::Reference record, Instant at) {
    recalled_at_ = at;
    const Value none;
    std::vector<Pending> set_off;
    const auto by = std::make_shared<const SetOff>();
    Occurrence occurrence{use,     trigger(use).pattern->first, none, by,
                          set_off, Value::reference(record)};
    came_at(occurrence, at);
}

void Patterns::field_changed(rules::Reference record, rules::FieldIndex field, const Value& from,
                             const Value& to, const std::shared_ptr<const SetOff>& by,
                             std::vector<Pending>& out) {
    if (from.is_missing() || same_value(from, to)) return;
    std::vector<PatternUse> uses;
    const Value bound = Value::reference(record);
    for (const PatternUse use : context_.triggers.entity(record.entity).pattern_fields[field]) {
        const rules::Pattern& pattern = *trigger(use.use).pattern;
        const rules::PatternPart& part = use.is_second ? pattern.second : pattern.first;
        const Occurrence occurrence{use.use, part, bound, by, out};
        rules::Budget budget;
        rules::Outcome outcome = context_.evaluator.evaluate(rule(use.use).unit, part.value, layer_,
                                                             {now(), now()}, budget);
        if (outcome.failure)
            fail(occurrence, std::move(*outcome.failure));
        else if (same_value(to, outcome.value))
            uses.push_back(use);
    }
    look(uses, bound, by, out);
}

// A second one closes before a first one opens: nothing follows itself.
void Patterns::look(const std::vector<PatternUse>& uses, const Value& bound,
                    const std::shared_ptr<const SetOff>& by, std::vector<Pending>& out) {
    for (const bool is_second : {true, false})
        for (const PatternUse use : uses) {
            if (use.is_second != is_second) continue;
            const rules::Pattern& pattern = *trigger(use.use).pattern;
            Occurrence occurrence{use.use, is_second ? pattern.second : pattern.first, bound, by,
                                  out};
            look(use, occurrence);
        }
}

void Patterns::look(PatternUse use, Occurrence& occurrence) {
    if (!find_key(occurrence)) return;
    if (use.is_second) return close_sequence(occurrence);
    if (!fits(occurrence)) return;
    switch (trigger(use.use).kind) {
        case TriggerKind::absence: return came_at(occurrence, now());
        case TriggerKind::count: return count(occurrence);
        default: return open_sequence(occurrence);
    }
}

// ---- What counts, and by whom -----------------------------------------------------------------

std::optional<Value> Patterns::evaluate(Occurrence& occurrence, std::uint32_t entry,
                                        const Bindings& bindings) {
    const rules::UnitIndex unit = rule(occurrence.use).unit;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    for (const auto& [local, value] : bindings) locals[local] = value;
    rules::Budget budget;
    rules::Outcome outcome = context_.evaluator.evaluate(
        unit, entry, locals, static_cast<rules::Records&>(layer_), {now(), now()}, budget);
    if (!outcome.failure) return std::move(outcome.value);
    fail(occurrence, std::move(*outcome.failure));
    return std::nullopt;
}

bool Patterns::find_key(Occurrence& occurrence) {
    if (!occurrence.part.key_entry) return true;
    auto key = evaluate(occurrence, *occurrence.part.key_entry,
                        {{occurrence.part.local, occurrence.bound}});
    if (!key || key->is_missing()) return false;
    occurrence.key = std::move(*key);
    return true;
}

bool Patterns::fits(Occurrence& occurrence, const Value& first) {
    if (!occurrence.part.where_entry) return true;
    const auto holds = evaluate(occurrence, *occurrence.part.where_entry,
                                {{trigger(occurrence.use).pattern->first.local, first},
                                 {occurrence.part.local, occurrence.bound}});
    return holds && holds->is_true();
}

std::optional<Value> Patterns::stated(const Occurrence& occurrence, const rules::Stated& stated,
                                      Kind kind) {
    rules::Budget budget;
    rules::Outcome outcome = context_.evaluator.evaluate(rule(occurrence.use).unit, stated, layer_,
                                                         {now(), now()}, budget);
    if (outcome.failure) {
        fail(occurrence, std::move(*outcome.failure));
        return std::nullopt;
    }
    if (outcome.value.kind() == kind) return std::move(outcome.value);
    fail(occurrence, make_failure(DiagnosticCode::value_missing, "missing",
                                  "how long or how often is missing in the settings"));
    return std::nullopt;
}

// ---- What it sets off -------------------------------------------------------------------------

namespace {

// About the record that is counted by, where that is one.
void be_about(SetOff& by, const Value& key, const Context& context, Layer& layer) {
    if (key.kind() != Kind::reference) return;
    const rules::Reference record = key.as_reference();
    by.entity = context.schema.entity_name(record.entity);
    by.id = id_of(layer.get(record));
    by.subject = by.id.empty() ? std::nullopt : std::optional(record);
    if (by.id.empty()) by.entity.clear();
}

}  // namespace

void Patterns::fire(const Occurrence& occurrence, Bindings bindings) {
    auto by = std::make_shared<SetOff>(*occurrence.by);
    be_about(*by, occurrence.key, context_, layer_);
    Pending pending;
    pending.by = std::move(by);
    pending.use = occurrence.use;
    pending.also_bound = std::move(bindings);
    occurrence.out.push_back(std::move(pending));
}

void Patterns::fail(const Occurrence& occurrence, Failure failure) {
    fire(occurrence, {{occurrence.part.local, occurrence.bound}});
    occurrence.out.back().failure = std::move(failure);
}

// ---- Counts -----------------------------------------------------------------------------------

namespace {

// What came within the window, oldest first; the events only where the rule asks for them.
struct Counted {
    std::vector<Value> times, events;
};

rules::Type type_of_bound(const rules::PatternPart& part) {
    return part.kind == rules::PatternPartKind::event ? type_of_event(part.event) : rules::Type{};
}

Counted decode_counted(const std::optional<std::string>& text, const rules::Pattern& pattern,
                       const rules::Schema& schema) {
    Counted counted;
    if (!text) return counted;
    StateReader in(*text, schema);
    counted.times = in.values("times");
    counted.events = in.records("events", type_of_bound(pattern.first));
    bool is_good =
        in.is_good() && counted.events.size() == (pattern.all_local ? counted.times.size() : 0);
    for (const Value& time : counted.times) is_good = is_good && time.kind() == Kind::datetime;
    return is_good ? counted : Counted{};
}

std::string encode_counted(const Counted& counted, const rules::Pattern& pattern,
                           const rules::Schema& schema) {
    StateWriter out(schema);
    out.values("times", counted.times);
    out.records("events", counted.events, type_of_bound(pattern.first));
    return out.take();
}

void drop_oldest(Counted& counted, std::size_t count) {
    const auto end = static_cast<std::ptrdiff_t>(count);
    counted.times.erase(counted.times.begin(), counted.times.begin() + end);
    if (!counted.events.empty())
        counted.events.erase(counted.events.begin(), counted.events.begin() + end);
}

std::size_t event_bytes(const Counted& counted) {
    std::size_t bytes = 0;
    for (const Value& event : counted.events) bytes += event.size_bytes();
    return bytes;
}

}  // namespace

// It reaches N where it was under N just before. So no more than the last N need to be known.
void Patterns::count(Occurrence& occurrence) {
    const rules::Pattern& pattern = *trigger(occurrence.use).pattern;
    const auto within = stated(occurrence, pattern.within, Kind::duration);
    if (!within) return;
    const auto asked = stated(occurrence, pattern.count, Kind::integer);
    if (!asked) return;
    const std::int64_t most = asked->as_integer();
    if (most > static_cast<std::int64_t>(limits::pattern_events_max))
        return fail(occurrence,
                    make_failure(DiagnosticCode::value_too_large, "limit",
                                 "it counts " + std::to_string(most) + ", and " +
                                     std::to_string(limits::pattern_events_max) + " is the most"));
    const rules::Schema& schema = context_.program.schema;
    const RuleMark mark = read_mark(occurrence.use, "count", occurrence.key);
    Counted counted = decode_counted(mark.value, pattern, schema);
    std::size_t gone = 0;
    const auto leaves = [&](const Value& time) {
        return context_.zone.add(time.as_datetime(), within->as_duration());
    };
    while (gone < counted.times.size()) {
        const auto end = leaves(counted.times[gone]);
        if (!end || *end >= now()) break;
        ++gone;
    }
    drop_oldest(counted, gone);
    const bool was_under = static_cast<std::int64_t>(counted.times.size()) < most;
    counted.times.push_back(Value::datetime(now()));
    if (pattern.all_local) counted.events.push_back(occurrence.bound);
    if (static_cast<std::int64_t>(counted.times.size()) > std::max<std::int64_t>(most, 0))
        drop_oldest(counted, counted.times.size() -
                                 static_cast<std::size_t>(std::max<std::int64_t>(most, 0)));
    if (event_bytes(counted) > limits::pattern_bytes_max)
        return fail(occurrence, make_failure(DiagnosticCode::value_too_large, "limit",
                                             "the events it counts take more than " +
                                                 std::to_string(limits::pattern_bytes_max) +
                                                 " bytes together"));
    // A window's both ends are part of it.
    auto expires = leaves(Value::datetime(now()));
    if (expires) ++expires->micros;
    write_rule_mark(layer_, mark, encode_counted(counted, pattern, schema), expires);
    if (!was_under || static_cast<std::int64_t>(counted.times.size()) < most) return;
    Bindings bindings{{pattern.first.local, occurrence.bound}};
    if (pattern.all_local) bindings.emplace_back(*pattern.all_local, Value::list(counted.events));
    fire(occurrence, std::move(bindings));
}

}  // namespace pawl::engine
