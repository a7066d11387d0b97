#include "base/limits.h"
#include "engine/internal/edge_values.h"
#include "engine/internal/edges.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/value_window.h"

// Edges of values in a window (meaning 17): `falls by 10 within 7d`, `drops below 60 by at least 5
// within 1d`. What the field was during the window is kept in a mark of the record, which goes when
// nothing of it lies in a window any more.

namespace pawl::engine {

using rules::Failure;
using rules::Kind;
using rules::MovesDirection;
using rules::Trigger;
using rules::TriggerKind;
using rules::Value;

namespace {

std::string window_rest(TriggerUse use, rules::Reference record) {
    return "." + std::to_string(use.trigger) + "/" + std::to_string(record.key);
}

bool is_below(const Value& left, const Value& right) { return compare_values(left, right) < 0; }

// How a window shows that the field, which is `is` now, moved by so much.
bool shows_move(MovesDirection direction, const ValueWindow& window, const Value& is,
                const Value& by) {
    const auto fell = [&] {
        return is_below(is, window.highest()) && is_apart(window.highest(), is, by);
    };
    const auto rose = [&] {
        return is_below(window.lowest(), is) && is_apart(is, window.lowest(), by);
    };
    switch (direction) {
        case MovesDirection::falls: return fell();
        case MovesDirection::rises: return rose();
        case MovesDirection::moves: return fell() || rose();
    }
    return false;
}

}  // namespace

// What the trigger says; missing where it says nothing. `what` is the subject of the message of
// settings that do not say it.
std::optional<Failure> Edges::stated(TriggerUse use, const rules::Stated& stated,
                                     std::string_view what, Value& value) {
    if (!stated.is_said()) return std::nullopt;
    const rules::Rule& rule = context_.program.rules[use.rule];
    rules::Outcome outcome = context_.evaluator.evaluate(rule.unit, stated, advance_.layer(),
                                                         advance_.moment(), budget_);
    if (outcome.failure) return std::move(outcome.failure);
    if (outcome.value.is_missing())
        return make_failure(
            DiagnosticCode::value_missing, "missing",
            std::string(what) + " of rule `" + rule.id + "` is missing in the settings");
    value = std::move(outcome.value);
    return std::nullopt;
}

std::optional<Failure> Edges::window_length(TriggerUse use, Duration& length) {
    Value value;
    if (auto failure =
            stated(use, context_.triggers.trigger(use).within, "the length of the window", value))
        return failure;
    if (value.kind() == Kind::duration) length = value.as_duration();
    return std::nullopt;
}

std::optional<Failure> Edges::distance(TriggerUse use, Value& by) {
    return stated(use, context_.triggers.trigger(use).by_at_least, "how far it must move", by);
}

// The window before this change; the mark it comes from, for keep_window.
ValueWindow Edges::read_window(TriggerUse use, const Change& change, Duration length,
                               ValueWindow::Keeps keeps, RuleMark& mark) {
    ValueWindow window(keeps);
    const Instant now = advance_.moment().now;
    mark = read_rule_mark(advance_.layer(), now, "window", context_.program.rules[use.rule],
                          window_rest(use, change.record));
    if (mark.value) window.decode(*mark.value, context_.program.schema);
    window.move_on(now, length, context_.zone);
    return window;
}

void Edges::keep_window(const ValueWindow& window, const RuleMark& mark, Duration length) {
    write_rule_mark(advance_.layer(), mark, window.encode(context_.program.schema),
                    context_.zone.add(advance_.moment().now, length));
}

std::optional<Failure> Edges::is_moving(TriggerUse use, const Change& change, const Edge& edge,
                                        bool& fires) {
    if (edge.from.is_missing() || same_value(edge.from, edge.to)) return std::nullopt;
    const Trigger& trigger = context_.triggers.trigger(use);
    Duration length;
    if (auto failure = window_length(use, length)) return failure;
    Value by;
    if (auto failure = distance(use, by)) return failure;
    RuleMark mark;
    ValueWindow window = read_window(
        use, change, length,
        {trigger.direction != MovesDirection::rises, trigger.direction != MovesDirection::falls},
        mark);
    // The value that held until now was part of the window, and stays so for its length.
    const bool was_shown = shows_move(trigger.direction, window, edge.from, by);
    window.note(edge.from, advance_.moment().now);
    fires = !was_shown && shows_move(trigger.direction, window, edge.to, by);
    keep_window(window, mark, length);
    return std::nullopt;
}

// From the other side of the threshold, and by so much under the highest (over the lowest) value of
// the window; once a crossing, however often it comes to that.
std::optional<Failure> Edges::is_crossing_within(TriggerUse use, const Change& change,
                                                 const Edge& edge, bool& fires) {
    const Trigger& trigger = context_.triggers.trigger(use);
    const bool drops = trigger.kind == TriggerKind::drops_below;
    Value limit;
    if (auto failure = threshold(use, change.record, limit)) return failure;
    const auto lies_beyond = [&](const Value& value) {
        const auto order = compare_values(value, limit);
        return drops ? order < 0 : order > 0;
    };
    if (edge.from.is_missing()) {
        fires = trigger.including_first && !trigger.by_at_least.is_said() && lies_beyond(edge.to);
        return std::nullopt;
    }
    Duration length;
    if (auto failure = window_length(use, length)) return failure;
    Value by;
    if (auto failure = distance(use, by)) return failure;
    RuleMark mark;
    ValueWindow window = read_window(use, change, length, {drops, !drops}, mark);
    window.note(edge.from, advance_.moment().now);
    if (!lies_beyond(edge.to)) {
        window.has_fired = false;
    } else if (!window.has_fired) {
        const Value& furthest = drops ? window.highest() : window.lowest();
        fires = !lies_beyond(furthest) &&
                is_apart(drops ? furthest : edge.to, drops ? edge.to : furthest, by);
        window.has_fired = fires;
    }
    keep_window(window, mark, length);
    return std::nullopt;
}

void Edges::forget_window(TriggerUse use, rules::Reference record) {
    const RuleMark mark =
        read_rule_mark(advance_.layer(), advance_.moment().now, "window",
                       context_.program.rules[use.rule], window_rest(use, record));
    write_rule_mark(advance_.layer(), mark, std::nullopt);
}

}  // namespace pawl::engine
