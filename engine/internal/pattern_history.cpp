#include "engine/internal/pattern_history.h"

#include <algorithm>
#include <sstream>

#include "base/hash.h"
#include "engine/internal/patterns.h"
#include "engine/internal/turn.h"

namespace pawl::engine {

using rules::PatternPartKind;
using rules::TriggerKind;
using rules::Value;

namespace {

constexpr std::string_view mark_key = "patterns";
constexpr std::size_t inputs_a_turn = 4'096;
constexpr std::size_t records_a_turn = 4'096;

}  // namespace

// ---- What is new ------------------------------------------------------------------------------

// Where a pattern stands, and what it says.
std::string PatternHistory::name(const std::string& rule, TriggerUse use) const {
    return rule + "." + std::to_string(use.trigger) + " " +
           hash_bytes(context_.triggers.trigger(use).text).hex();
}

// A line a pattern.
std::string PatternHistory::names() const {
    std::string text;
    for (const TriggerUse use : context_.triggers.patterns())
        text += name(context_.program.rules[use.rule].id, use) + "\n";
    return text;
}

bool PatternHistory::is_emitted(rules::EventIndex event) const {
    const auto emits = [event](const rules::Instruction& each) {
        return each.op == rules::Opcode::emit && each.b == event;
    };
    return std::any_of(context_.program.units.begin(), context_.program.units.end(),
                       [&emits](const rules::Unit& unit) {
                           return std::any_of(unit.code.begin(), unit.code.end(), emits);
                       });
}

bool PatternHistory::has_history(TriggerUse use) const {
    const rules::Pattern& pattern = *context_.triggers.trigger(use).pattern;
    const auto is_from_outside = [this](const rules::PatternPart& part) {
        return part.kind == PatternPartKind::event && !is_emitted(part.event);
    };
    return is_from_outside(pattern.first) &&
           (context_.triggers.trigger(use).kind != TriggerKind::sequence ||
            is_from_outside(pattern.second));
}

bool PatternHistory::finds_new() {
    const auto mark = context_.store.mark(mark_key, context_.counters.now);
    if (mark.value_or("") == names()) return false;
    std::set<std::string, std::less<>> known;
    std::istringstream lines(mark.value_or(""));
    for (std::string line; std::getline(lines, line);) known.insert(line);
    for (const TriggerUse use : context_.triggers.patterns()) {
        const rules::Rule& rule = context_.program.rules[use.rule];
        const bool is_known =
            known.contains(name(rule.id, use)) ||
            (!rule.renamed_from.empty() && known.contains(name(rule.renamed_from, use)));
        if (is_known || !has_history(use)) continue;
        const Value within =
            context_.schedule.stated(use, context_.triggers.trigger(use).pattern->within);
        if (within.kind() == rules::Kind::duration) new_.push_back({use, within.as_duration()});
    }
    return true;
}

Status PatternHistory::catch_up(Instant now) {
    if (!finds_new()) return Done{};
    // Of a store that is empty there is nothing to recall, and it stays empty.
    if (!new_.empty() && context_.counters.turn != 0) {
        for (const Recalled& each : new_)
            if (Status recalled = recall_creations(each, now); !recalled) return recalled;
        if (Status recalled = recall_events(now); !recalled) return recalled;
    }
    WriteBatch batch;
    batch.marks.push_back({std::string(mark_key), names(), std::nullopt, now});
    batch.counters = context_.counters;
    return context_.store.commit(std::move(batch));
}

// ---- What was ---------------------------------------------------------------------------------

// The turn is one of time alone: it has no input, and nothing runs in it.
Status PatternHistory::recall_creations(const Recalled& pattern, Instant now) {
    const auto entity = context_.triggers.trigger(pattern.use).pattern->never_entity;
    if (!entity) return Done{};
    rules::ScanRequest every;
    every.entity = *entity;
    for (std::size_t taken = records_a_turn; taken == records_a_turn;) {
        Turn turn(context_, now);
        Patterns patterns(turn, turn.layer(), begun_anew_);
        const auto cursor = turn.layer().scan(every);
        for (taken = 0; taken < records_a_turn; ++taken) {
            const auto key = cursor->next();
            if (!key) break;
            every.after = *key;
            const rules::Reference record{*entity, *key};
            const Value& created = turn.layer().get(record)->fields[rules::field_created_at];
            if (is_in_window(pattern, created.as_datetime(), now))
                patterns.recall_creation(pattern.use, record, created.as_datetime());
        }
        const TurnResult result = turn.finish();
        if (result.store_failure) return *result.store_failure;
    }
    return Done{};
}

// What came then may still be in a window.
bool PatternHistory::is_in_window(const Recalled& pattern, Instant at, Instant now) const {
    const auto end = context_.zone.add(at, pattern.within);
    return !end || *end > now;
}

// The number before the first input that lies in a window: they ascend with the instants at which
// they came.
InputNumber PatternHistory::first_input(Instant now) {
    InputNumber low = 0, high = context_.counters.position;
    while (low < high) {
        const InputNumber middle = low + (high - low) / 2;
        const std::vector<StoredInput> found = context_.store.inputs(middle, 1);
        const bool is_in =
            found.empty() || std::any_of(new_.begin(), new_.end(), [&](const Recalled& each) {
                return is_in_window(each, found.front().arrival, now);
            });
        if (is_in)
            high = middle;
        else
            low = found.front().number;
    }
    return low;
}

Status PatternHistory::recall_events(Instant now) {
    InputNumber after = first_input(now);
    for (;;) {
        const std::vector<StoredInput> inputs = context_.store.inputs(after, inputs_a_turn);
        if (inputs.empty() || inputs.front().number > context_.counters.position) return Done{};
        Turn turn(context_, now);
        Patterns patterns(turn, turn.layer(), begun_anew_);
        LayerLookup lookup(turn.layer());
        for (const StoredInput& input : inputs) {
            // What was not processed yet has its turn still ahead.
            if (input.number > context_.counters.position) break;
            std::vector<TriggerUse> counting;
            for (const Recalled& each : new_)
                if (is_in_window(each, input.arrival, now)) counting.push_back(each.use);
            rules::EventView view;
            if (context_.reader.read(input.body, view)) continue;  // a command, or refused
            if (!context_.triggers.has_patterns(view.event)) continue;
            std::vector<Value> fields;
            if (context_.reader.values(view, lookup, fields)) continue;
            patterns.recall_event(counting, view.event,
                                  Value::record(event_record, std::move(fields)), input.arrival);
        }
        after = inputs.back().number;
        const TurnResult result = turn.finish();
        if (result.store_failure) return *result.store_failure;
    }
}

}  // namespace pawl::engine
