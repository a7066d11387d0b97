#include <utility>

#include "base/diagnostic.h"
#include "engine/internal/journeys.h"
#include "engine/internal/waits.h"

// What ends a run that waits instead of its going on: what set it off is gone, its `unless` is true
// by now, its rule was edited, somebody cancelled it.

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;

bool Waits::is_cancelled(const Turn::Run& run) {
    if (!run.subject || turn_.layer().get(*run.subject) != nullptr) return false;
    const std::string what =
        run.entity.empty() ? context_.schema.entity_name(run.subject->entity) : run.entity;
    turn_.end_run(turn_.layer(), run, EndStatus::cancelled, "`" + what + "` was deleted");
    return true;
}

bool Waits::is_over(Advance& advance, Turn::Run& run) {
    if (is_cancelled(run)) return true;
    Layer& layer = turn_.layer();
    if (!run.step.empty()) {
        const auto outcome = Journeys(turn_, layer).read_unless(run.step, run.frames);
        if (outcome && outcome->failure) {
            turn_.fail(advance, run, *outcome);
            return true;
        }
        if (!outcome || !outcome->value.is_true()) return false;
        turn_.end_run(layer, run, EndStatus::stopped, "its `unless` is true by now");
        return true;
    }
    const rules::FormerText* former = context_.former_text(run.frames.front().unit);
    if (run.is_flow && (former == nullptr || !former->rule)) return false;
    const rules::Rule& rule = former ? *former->rule : context_.program.rules[run.use.rule];
    if (!rule.unless_entry) return false;
    std::vector<Value> locals = run.frames.front().locals;
    locals.resize(context_.program.units[rule.unit].local_count);
    Outcome outcome = context_.evaluator.evaluate(rule.unit, *rule.unless_entry, locals,
                                                  static_cast<rules::Records&>(advance),
                                                  advance.moment(), advance.budget());
    if (outcome.kind == OutcomeKind::failed) {
        turn_.fail(advance, run, outcome);
        return true;
    }
    if (outcome.kind != OutcomeKind::condition_failed) return false;
    turn_.end_run(layer, run, EndStatus::stopped,
                  "its `unless " + rule.clauses[outcome.clause].text + "` is true by now");
    return true;
}

void Waits::end(const StoredRun& stored, EndStatus status, const std::string& why,
                const std::string& code) {
    forget(turn_.layer(), stored);
    if (is_between_attempts(stored)) forget_call(stored);
    turn_.end_run(turn_.layer(), turn_.run_of(stored), status, why, code);
}

// It is not tried again.
void Waits::forget_call(const StoredRun& stored) {
    forget(turn_.layer(), stored);
    Rows(context_, turn_.layer(), turn_.now()).effect_status(stored.effect, "failed");
}

void Waits::end_stale(const StoredRun& stored) {
    end(stored, EndStatus::failed,
        stored.stale_unit +
            " was edited while this run waited, and it cannot go on with the text "
            "that it began with",
        diagnostic_code_text(DiagnosticCode::run_outdated));
}

void Waits::end_failed(RunNumber run, const std::string& why) {
    if (const auto stored = turn_.layer().run(run)) end(*stored, EndStatus::failed, why);
}

std::optional<std::string> Waits::cancel(std::string_view name, const std::string& why) {
    const auto number = run_number(name);
    if (!number) return not_a_run(name);
    const auto stored = turn_.layer().run(*number);
    if (stored == nullptr)
        return "run `" + std::string(name) + "` does not wait: " + text_of_end(std::string(name));
    end(*stored, EndStatus::cancelled, why);
    return std::nullopt;
}

std::optional<Failure> Waits::cancel_runs(Advance& advance, rules::RuleIndex rule,
                                          const std::optional<rules::Reference>& about) {
    std::string key;
    if (about) {
        // Of a record that was deleted, and set off the rule that says so, as well.
        const std::string id = id_of(advance.get(*about));
        if (id.empty()) return std::nullopt;
        key = context_.schema.entity_name(about->entity) + "/" + id;
    }
    const std::string by = std::string(
        advance.owner().rule.is_missing() ? std::string_view() : advance.owner().rule.as_text());
    const std::string name = std::string(cancel_waiter) + context_.program.rules[rule].id;
    for (const RunNumber run : advance.layer().waiters(name, key))
        advance.cancel({run, by.empty() ? "cancelled" : "cancelled by " + by});
    return std::nullopt;
}

void Waits::end_cancelled(const std::vector<CancelledRun>& runs) {
    for (const CancelledRun& each : runs) {
        const auto stored = turn_.layer().run(each.run);
        if (stored != nullptr) end(*stored, EndStatus::cancelled, each.why);
    }
}

}  // namespace pawl::engine
