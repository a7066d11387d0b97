#include "engine/internal/guards.h"

#include <charconv>
#include <utility>

#include "engine/internal/calendar_time.h"
#include "engine/internal/messages.h"
#include "engine/internal/records_with_deleted.h"
#include "engine/internal/rule_mark.h"

namespace pawl::engine {

using rules::Kind;
using rules::Outcome;
using rules::Value;

Guards::Guards(Turn& turn) : turn_(turn), context_(turn.context()) {}

Admittance Guards::before_conditions(const Pending& pending, std::vector<Value>& locals,
                                     rules::Budget& budget, std::optional<Outcome>& failed) {
    const Guarded guarded{pending, locals, budget, failed};
    const rules::Rule& rule = rule_of(pending);
    if (!pending.queue.empty()) leave_queue(pending.queue);
    if (rule.budget && is_paused(guarded)) return Admittance::passed_over;
    if (rule.debounce && !pending.was_held) return debounce(guarded);
    return Admittance::runs;
}

Admittance Guards::after_conditions(const Pending& pending, std::vector<Value>& locals,
                                    rules::Budget& budget, std::vector<MarkWrite>& marks,
                                    std::vector<std::string>& running,
                                    std::optional<Outcome>& failed) {
    const Guarded guarded{pending, locals, budget, failed};
    const rules::Rule& rule = rule_of(pending);
    Admittance admittance = Admittance::runs;
    if (rule.only_between) admittance = only_between(guarded);
    if (rule.only_every && admittance == Admittance::runs) admittance = only_every(guarded, marks);
    if (rule.at_most && admittance == Admittance::runs) admittance = at_most(guarded, marks);
    // Last, since it may end the run that is under way.
    if (rule.while_running.overlap != rules::Overlap::parallel && admittance == Admittance::runs)
        admittance = while_running(guarded, marks, running);
    return admittance;
}

// ---- What they share --------------------------------------------------------------------------

const rules::Rule& Guards::rule_of(const Pending& pending) const {
    return context_.program.rules[pending.use.rule];
}

void Guards::pass_over(const Guarded& guarded, std::string guard, std::string reason) {
    turn_.skip(guarded.pending, std::move(guard), std::move(reason),
               context_.program.units[rule_of(guarded.pending).unit].line, false);
}

std::optional<Value> Guards::evaluate(const Guarded& guarded, std::uint32_t entry) {
    RecordsWithDeleted records(turn_.layer(), *guarded.pending.by);
    Outcome outcome = context_.evaluator.evaluate(
        rule_of(guarded.pending).unit, entry, guarded.locals, static_cast<rules::Records&>(records),
        {turn_.now(), turn_.now()}, guarded.budget);
    if (outcome.kind != rules::OutcomeKind::failed) return std::move(outcome.value);
    guarded.failed = std::move(outcome);
    return std::nullopt;
}

std::optional<Value> Guards::stated(const Guarded& guarded, const rules::Stated& stated, Kind kind,
                                    std::string_view guard) {
    const rules::Rule& rule = rule_of(guarded.pending);
    Outcome outcome = context_.evaluator.evaluate(rule.unit, stated, turn_.layer(),
                                                  {turn_.now(), turn_.now()}, guarded.budget);
    if (outcome.kind == rules::OutcomeKind::failed) {
        guarded.failed = std::move(outcome);
        return std::nullopt;
    }
    if (outcome.value.kind() == kind) return std::move(outcome.value);
    guarded.failed = failed_outcome(
        make_failure(DiagnosticCode::value_missing, "missing",
                     "what `" + std::string(guard) + "` goes by is missing in the settings"),
        rule.unit, 0);
    return std::nullopt;
}

std::optional<Guards::Key> Guards::key(const Guarded& guarded, std::optional<std::uint32_t> entry,
                                       std::string_view guard) {
    const rules::Schema& schema = context_.program.schema;
    if (!entry) {
        const SetOff& by = *guarded.pending.by;
        if (!by.subject) return Key{};
        return Key{mark_part(Value::reference(*by.subject), schema), by.entity + "/" + by.id};
    }
    const auto value = evaluate(guarded, *entry);
    if (!value) return std::nullopt;
    if (value->is_missing()) {
        pass_over(guarded, std::string(guard), "its key is missing");
        return std::nullopt;
    }
    return Key{mark_part(*value, schema),
               rules::display_text(*value, context_.program, turn_.layer(), context_.zone)};
}

namespace {

std::string of_key(const std::string& shown) { return shown.empty() ? "" : " for " + shown; }

std::int64_t read_count(const std::optional<std::string>& text) {
    std::int64_t count = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), count);
    return count;
}

}  // namespace

// ---- Counting ---------------------------------------------------------------------------------

// With the first; what comes within the period is passed over.
Admittance Guards::only_every(const Guarded& guarded, std::vector<MarkWrite>& marks) {
    const rules::Pace& pace = *rule_of(guarded.pending).only_every;
    const auto by = key(guarded, pace.key_entry, "only every");
    if (!by) return Admittance::passed_over;
    const auto period = stated(guarded, pace.period, Kind::duration, "only every");
    if (!period) return Admittance::passed_over;
    const RuleMark mark = read_rule_mark(turn_.layer(), turn_.now(), "pace",
                                         rule_of(guarded.pending), "/" + by->part);
    if (mark.value) {
        const auto until =
            context_.zone.add(Instant{read_count(mark.value)}, period->as_duration());
        // The period may be a setting that has become shorter meanwhile.
        if (!until || *until > turn_.now()) {
            pass_over(guarded, "only every",
                      "it ran" + of_key(by->shown) + " at " +
                          context_.zone.format(Instant{read_count(mark.value)}));
            return Admittance::passed_over;
        }
    }
    write_rule_mark(marks, mark, std::to_string(turn_.now().micros),
                    context_.zone.add(turn_.now(), period->as_duration()));
    return Admittance::runs;
}

Admittance Guards::at_most(const Guarded& guarded, std::vector<MarkWrite>& marks) {
    const rules::AtMost& at_most = *rule_of(guarded.pending).at_most;
    const auto by = key(guarded, at_most.key_entry, "at most");
    if (!by) return Admittance::passed_over;
    const auto most = stated(guarded, at_most.count, Kind::integer, "at most");
    if (!most) return Admittance::passed_over;
    const std::string unit(unit_name(at_most.unit));
    const RuleMark mark = read_rule_mark(turn_.layer(), turn_.now(), "most",
                                         rule_of(guarded.pending), "/" + unit + "/" + by->part);
    const std::int64_t count = read_count(mark.value);
    if (count >= most->as_integer()) {
        pass_over(guarded, "at most",
                  "it ran " + std::to_string(count) + (count == 1 ? " time" : " times") +
                      of_key(by->shown) + " this " + unit + " already");
        return Admittance::passed_over;
    }
    write_rule_mark(marks, mark, std::to_string(count + 1),
                    unit_end(at_most.unit, turn_.now(), context_.zone));
    return Admittance::runs;
}

// ---- What leaves ------------------------------------------------------------------------------

bool Guards::is_paused(const Guarded& guarded) {
    const rules::Rule& rule = rule_of(guarded.pending);
    const RuleMark mark = read_rule_mark(turn_.layer(), turn_.now(), "paused", rule, "");
    if (!mark.value) return false;
    const std::string unit(unit_name(rule.budget->unit));
    pass_over(guarded, "budget",
              "paused (budget): " + *mark.value + " messages and calls have left this " + unit);
    return true;
}

void Guards::spend(Advance& advance, rules::RuleIndex index) {
    const rules::Rule& rule = context_.program.rules[index];
    if (!rule.budget) return;
    Layer& layer = advance.layer();
    const Instant now = turn_.now();
    const Instant end = unit_end(rule.budget->unit, now, context_.zone);
    const std::string unit(unit_name(rule.budget->unit));
    const RuleMark mark = read_rule_mark(layer, now, "budget", rule, "/" + unit);
    const std::int64_t count = read_count(mark.value) + 1;
    write_rule_mark(layer, mark, std::to_string(count), end);
    rules::Budget budget;
    const Outcome most =
        context_.evaluator.evaluate(rule.unit, rule.budget->count, layer, {now, now}, budget);
    // A limit that cannot be read holds nothing back.
    if (most.value.kind() != Kind::integer || count < most.value.as_integer()) return;
    const RuleMark paused = read_rule_mark(layer, now, "paused", rule, "");
    write_rule_mark(layer, paused, std::to_string(count), end);
    if (paused.value) return;
    const std::string text = "Rule " + rule.id + " is paused until " + context_.zone.format(end) +
                             ": it has used its budget of " +
                             std::to_string(most.value.as_integer()) + " per " + unit;
    if (!has_admins(context_.program)) return;
    Messenger(advance).record_alert(Value::group("admins"), text);
    advance.tell(Alerted{"admins", text});
}

}  // namespace pawl::engine
