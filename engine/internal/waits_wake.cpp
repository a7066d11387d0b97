#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "engine/internal/journeys.h"
#include "engine/internal/messages.h"
#include "engine/internal/waits.h"

// What wakes a run, how it goes on, and what ends it instead: what set it off is gone, its `unless`
// is true by now, its rule was edited, somebody cancelled it.

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;
using rules::WaitKind;

namespace {

// "r7"
std::optional<RunNumber> parse_run_name(std::string_view name) {
    RunNumber number = 0;
    if (!name.starts_with('r')) return std::nullopt;
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size() || number <= 0)
        return std::nullopt;
    return number;
}

std::string not_a_run(std::string_view name) {
    return quote_for_message(name) + " is no run; one such as `r7` is due";
}

std::vector<OvertakingEvent>::iterator find_kept(std::vector<OvertakingEvent>& kept,
                                                 const Value& fields) {
    return std::find_if(kept.begin(), kept.end(), [&](const OvertakingEvent& each) {
        return !fields.is_missing() && each.fields == fields;
    });
}

bool is_between_attempts(const StoredRun& stored) {
    return stored.state == RunState::calling && stored.timer.has_value();
}

}  // namespace

// ---- Going on ---------------------------------------------------------------------------------

void Waits::wake_by_timer(RunNumber number) {
    const auto stored = turn_.layer().run(number);
    PAWL_CHECK(stored != nullptr && stored->timer);
    Pending pending;
    pending.kind = PendingKind::wake;
    pending.run = number;
    pending.wait = stored->timer->number;
    if (!stored->is_stale() && stored->state == RunState::waiting) {
        // An event is kept for one that goes on a turn late.
        if (stored->wait.kind == WaitKind::event)
            pending.answer = answer_of_kept(*stored, pending.failure).value_or(Value());
        if (stored->wait.kind == WaitKind::answer) pending.answer = Value();
        if (pending.answer) pending.bound = *pending.answer;
    }
    turn_.enqueue(std::move(pending));
}

std::optional<Value> Waits::answer_of_kept(const StoredRun& stored,
                                           std::optional<Failure>& failure) {
    for (const OvertakingEvent& each : stored.overtaking)
        if (matches(stored, each.fields, turn_.layer(), failure)) return each.fields;
    return std::nullopt;
}

void Waits::wake(Pending& pending) {
    const auto stored = turn_.layer().run(pending.run);
    // Its wait may have ended by what stood before in the queue.
    if (stored == nullptr || !stored->timer || stored->timer->number != pending.wait) return;
    if (stored->is_stale()) return end_stale(*stored);
    if (!turn_.take_advance() && stored->wait.kind != WaitKind::answer) return postpone(pending);
    Turn::Run run = turn_.run_of(*stored);
    Advance advance(context_, turn_.layer(), turn_.options(run, nullptr));
    const rules::Frame& frame = run.frames.back();
    const bool calls = is_between_attempts(*stored);
    if (!calls) forget(turn_.layer(), *stored);
    if (pending.failure)
        return turn_.fail(
            advance, run,
            failed_outcome(std::move(*pending.failure), frame.unit,
                           context_.program.line_of(frame.unit, frame.instruction - 1)));
    if (calls) {
        if (is_over(advance, run)) return forget_call(*stored);
        return call_again(*stored);
    }
    // What it takes is not kept for another `wait for`.
    if (const auto taken = find_kept(run.overtaking, pending.bound); taken != run.overtaking.end())
        run.overtaking.erase(taken);
    if (is_over(advance, run)) return;
    turn_.go_on(advance, run, pending.answer);
}

void Waits::postpone(const Pending& pending) {
    Layer& layer = turn_.layer();
    const auto stored = layer.run(pending.run);
    if (stored == nullptr || !stored->timer || stored->timer->number != pending.wait) return;
    forget(layer, *stored);
    StoredRun copy = *stored;
    const bool is_event = copy.state == RunState::waiting && copy.wait.kind == WaitKind::event;
    if (is_event) {
        // No other event wakes it now; it may still be cancelled.
        std::erase_if(copy.waits_for,
                      [](const auto& key) { return !key.first.starts_with(cancel_waiter); });
        const rules::Unit& unit = context_.program.units[copy.frames.back().unit];
        if (!pending.bound.is_missing() &&
            find_kept(copy.overtaking, pending.bound) == copy.overtaking.end())
            copy.overtaking.push_back({unit.waits[copy.wait.wait_for].event, pending.bound});
    }
    for (const auto& [event, key] : copy.waits_for)
        layer.put_waiter({event, key, copy.number, false});
    copy.timer = turn_.set_timer(layer, turn_.now(), TimerKind::run, std::to_string(copy.number));
    layer.put_run(copy.number, std::make_shared<const StoredRun>(std::move(copy)));
}

// ---- Ending instead ---------------------------------------------------------------------------

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
        if (!Journeys(turn_, layer).is_held_back(run.step, run.frames)) return false;
        turn_.end_run(layer, run, EndStatus::stopped, "its `unless` is true by now");
        return true;
    }
    if (run.is_flow) return false;
    const rules::Rule& rule = context_.program.rules[run.use.rule];
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

std::optional<std::string> Waits::cancel(std::string_view name, const std::string& why) {
    const auto number = parse_run_name(name);
    if (!number) return not_a_run(name);
    const auto stored = turn_.layer().run(*number);
    if (stored == nullptr)
        return "run `" + std::string(name) + "` does not wait: it has ended, or there is none";
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

// ---- Answers ----------------------------------------------------------------------------------

bool Waits::is_asked(const Value& recipient, const Actor& actor) {
    const rules::People& people = context_.program.schema.people;
    switch (recipient.kind()) {
        case rules::Kind::reference:
            if (!actor.person)
                return id_of(turn_.layer().get(recipient.as_reference())) == actor.name;
            return *actor.person == recipient.as_reference();
        case rules::Kind::group: {
            const rules::Role* role = context_.program.schema.find_group(recipient.as_text());
            // Without people a group is whoever says so.
            if (!people.entity || !people.role || role == nullptr) return true;
            const auto person = actor.person ? turn_.layer().get(*actor.person) : nullptr;
            if (person == nullptr) return false;
            const Value& has = person->fields[*people.role];
            return !has.is_missing() && has.as_text() == role->name;
        }
        case rules::Kind::list:
            return std::any_of(recipient.as_list().begin(), recipient.as_list().end(),
                               [&](const Value& each) { return is_asked(each, actor); });
        default: return false;
    }
}

std::string Waits::names_of(const StoredRun& stored) {
    Advance advance(context_, turn_.layer(), turn_.options(turn_.run_of(stored), nullptr));
    return Messenger(advance).names(stored.wait.recipient);
}

std::shared_ptr<const StoredRun> Waits::find_question(const ReplyCommand& command,
                                                      const Actor& actor, std::string& refusal) {
    Layer& layer = turn_.layer();
    const auto is_open = [](const StoredRun* stored) {
        return stored != nullptr && !stored->is_stale() && stored->state == RunState::waiting &&
               stored->wait.kind == WaitKind::answer && stored->timer;
    };
    if (command.run.empty()) {
        std::shared_ptr<const StoredRun> newest;
        for (const RunNumber run : layer.waiters(question_waiter, "")) {
            auto stored = layer.run(run);
            if (!is_open(stored.get()) || !is_asked(stored->wait.recipient, actor)) continue;
            // Timers are numbered as questions are asked.
            if (newest == nullptr || newest->timer->number < stored->timer->number)
                newest = std::move(stored);
        }
        if (newest == nullptr)
            refusal = "no question to " + quote_for_message(actor.name) + " is open";
        return newest;
    }
    const auto number = parse_run_name(command.run);
    auto stored = number ? layer.run(*number) : nullptr;
    if (!number) {
        refusal = not_a_run(command.run);
    } else if (!is_open(stored.get())) {
        refusal = "run `" + command.run + "` has no open question" +
                  (stored != nullptr && stored->state == RunState::waiting && !stored->is_stale()
                       ? ": it waits for " + text_of_wait(*stored)
                       : "");
    } else if (!is_asked(stored->wait.recipient, actor)) {
        refusal = "the question of run `" + command.run + "` is not put to " +
                  quote_for_message(actor.name) + " but to " + names_of(*stored);
    } else {
        return stored;
    }
    return nullptr;
}

std::optional<std::string> Waits::reply(const ReplyCommand& command, const Actor& actor) {
    if (actor.name.empty()) return "it is not said who answers";
    std::string refusal;
    const auto stored = find_question(command, actor, refusal);
    if (stored == nullptr) return refusal;
    const Turn::Run run = turn_.run_of(*stored);
    Rows(context_, turn_.layer(), turn_.now())
        .action(turn_.options(run, nullptr).owner,
                std::string("answered ") + (command.approves ? "approved" : "refused") + " by " +
                    actor.name,
                ActionStatus::success);
    Pending pending;
    pending.kind = PendingKind::wake;
    pending.run = stored->number;
    pending.wait = stored->timer->number;
    pending.answer = Value::boolean(command.approves);
    turn_.enqueue(std::move(pending));
    return std::nullopt;
}

}  // namespace pawl::engine
