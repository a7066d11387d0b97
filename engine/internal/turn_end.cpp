#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "engine/happening_json.h"
#include "engine/internal/edges.h"
#include "engine/internal/guards.h"
#include "engine/internal/journeys.h"
#include "engine/internal/messages.h"
#include "engine/internal/turn.h"
#include "engine/internal/waits.h"

// How an advance ends: it succeeded, stands still at a call or a wait, or failed.

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;

Outcome failed_outcome(Failure failure, rules::UnitIndex unit, std::uint32_t line) {
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.failure = std::move(failure);
    outcome.unit = unit;
    outcome.line = line;
    return outcome;
}

// What the advance set off, behind what waits already. False when that failed.
bool Turn::collect(Advance& advance, std::uint32_t depth, std::shared_ptr<const Chain> chain,
                   std::optional<Failure>& failure) {
    std::vector<Pending> pending;
    failure = Edges(*this, advance, layer_, depth, chain, fan_out_).collect(pending);
    if (failure) return false;
    for (Pending& each : pending) enqueue(std::move(each));
    for (EmittedEvent& event : advance.emitted()) {
        // The subject may be a record that the advance made, or deleted.
        const auto by =
            set_off_of_event(event.event, event.fields, event.id, depth, chain, advance.layer());
        set_off(event.event, Value::record(event_record, std::move(event.fields)), by,
                context_.triggers.event(event.event), advance.layer());
    }
    for (StartedFlow& flow : advance.started()) {
        auto by = std::make_shared<SetOff>();
        by->cause = {CauseKind::run, run_name(advance.owner().number)};
        by->trigger = "start";
        by->depth = depth;
        by->chain = chain;
        Pending each;
        each.by = std::move(by);
        each.kind = PendingKind::flow;
        each.flow = flow.unit;
        each.arguments = std::move(flow.arguments);
        enqueue(std::move(each));
    }
    return true;
}

std::optional<Failure> Turn::take_command(Advance& advance) {
    std::optional<Failure> failure;
    if (!collect(advance, 1, nullptr, failure)) {
        advance.roll_back();
        return failure;
    }
    merge(advance);
    return std::nullopt;
}

void Turn::end_advance(Advance& advance, Run& run, Outcome outcome) {
    if (outcome.kind == OutcomeKind::failed) return fail(advance, run, outcome);
    if (outcome.kind == OutcomeKind::stopped_and_forgot && !run.once_key.empty())
        advance.layer().put_mark({run.once_key, std::nullopt, std::nullopt});
    std::optional<Failure> failure;
    run.spoke_from = context_.counters.next_timer;
    const bool is_collected = collect(advance, run.depth + 1, run.chain, failure);
    run.spoke_until = context_.counters.next_timer;
    if (!is_collected)
        return fail(advance, run,
                    failed_outcome(std::move(*failure),
                                   run.frames.empty() ? outcome.unit : run.frames.front().unit, 0));
    if (outcome.kind == OutcomeKind::calling) {
        store_calling(advance, run, std::move(*outcome.call));
        return merge(advance);
    }
    if (outcome.kind == OutcomeKind::waiting) {
        Waits(*this).sleep(advance, run, std::move(*outcome.wait));
        return merge(advance);
    }
    const bool is_stopped = outcome.kind != OutcomeKind::finished;
    write_run_row(advance, run, is_stopped ? "stopped" : "success", true);
    if (run.was_stored) advance.layer().put_run(run.number, nullptr);
    Ended ended;
    ended.status = is_stopped ? EndStatus::stopped : EndStatus::success;
    ended.rule = run.rule;
    advance.tell(std::move(ended));
    merge(advance);
    run_ended(run, is_stopped ? EndStatus::stopped : EndStatus::success, {});
}

// Whoever waited for the end of a run.
void Turn::run_ended(const Run& run, EndStatus status, const std::string& error) {
    if (!run.running_keys.empty()) Guards(*this).run_ended(layer_, run.number, run.running_keys);
    if (!run.step.empty()) Journeys(*this, layer_).step_ended(run, status, error);
}

void Turn::end_run(Layer& layer, const Run& run, EndStatus status, const std::string& reason,
                   const std::string& code) {
    Rows rows(context_, layer, now_);
    const RowOwner owner = options(run, nullptr).owner;
    const bool has_failed = status == EndStatus::failed;
    Rows::Run row;
    row.status = end_status_text(status);
    row.started_at = run.firing;
    row.has_ended = true;
    row.error = reason;
    place_of(run, row);
    rows.run(owner, row);
    const bool says_more = !reason.empty() && reason != row.status;
    rows.action(owner, std::string(row.status) + (says_more ? ": " + reason : ""),
                has_failed ? ActionStatus::failed : ActionStatus::skipped);
    if (run.was_stored) layer.put_run(run.number, nullptr);
    Ended ended;
    ended.status = status;
    ended.error = reason;
    ended.code = code;
    ended.rule = run.rule;
    result_.happenings.push_back({now_, run.number, std::move(ended)});
    if (has_failed) alert_admins("Rule " + run.rule + " failed: " + reason);
    run_ended(run, status, reason);
}

// Where it is written.
void Turn::place_of(const Run& run, Rows::Run& row) const {
    if (run.frames.empty()) return;
    const rules::Unit& unit = context_.program.units[run.frames.front().unit];
    row.file = unit.file;
    row.line = unit.line;
}

void Turn::write_run_row(Advance& advance, const Run& run, std::string_view status, bool has_ended,
                         std::string_view waits_for, std::optional<Instant> due,
                         std::string_view question) {
    Rows::Run row;
    row.status = status;
    row.started_at = run.firing;
    row.has_ended = has_ended;
    row.waiting_for = waits_for;
    row.due_at = due;
    row.question = question;
    place_of(run, row);
    advance.rows().run(advance.owner(), row);
}

Turn::Run Turn::run_of(const StoredRun& stored) const {
    Run run;
    run.number = stored.number;
    run.use.rule = stored.rule;
    run.is_flow = stored.is_flow;
    run.was_stored = true;
    run.row = stored.row;
    run.firing = stored.firing;
    run.once_key = stored.once_key;
    run.depth = stored.depth;
    run.intents = stored.intents;
    run.frames = stored.frames;
    if (stored.is_stale()) {
        // Of places in the program nothing is known any more.
        run.frames.clear();
        run.is_flow = true;
        run.rule = stored.stale_unit.substr(stored.stale_unit.find(' ') + 1);
    } else {
        run.rule = context_.program.units[run.frames.front().unit].id;
    }
    if (!stored.step.empty()) run.rule = stored.trigger;
    run.entity = stored.entity;
    run.trigger = stored.trigger;
    run.subject = stored.subject;
    run.running_keys = stored.running_keys;
    run.step = stored.step;
    run.requester = {.person = stored.requester, .name = stored.requester_name};
    run.overtaking = stored.overtaking;
    run.stands_since = stored.stands_since;
    run.chain = std::make_shared<Chain>(Chain{run.rule, nullptr});
    return run;
}

StoredRun Turn::stored_of(const Run& run, const Advance& advance) const {
    StoredRun stored;
    stored.number = run.number;
    stored.rule = run.use.rule;
    stored.firing = run.firing;
    stored.intents = advance.intents();
    stored.depth = run.depth;
    stored.frames = run.frames;
    for (rules::Frame& frame : stored.frames) context_.live.keep_live(frame);
    stored.row = run.row;
    stored.entity = run.entity;
    stored.trigger = run.trigger;
    stored.subject = run.subject;
    stored.running_keys = run.running_keys;
    stored.step = run.step;
    stored.requester = run.requester.person;
    stored.requester_name = run.requester.name;
    stored.once_key = run.once_key;
    stored.is_flow = run.is_flow;
    stored.overtaking = run.overtaking;
    return stored;
}

void Turn::fail(Advance& advance, Run& run, const Outcome& outcome) {
    PAWL_CHECK(outcome.failure.has_value());
    advance.roll_back();
    const Failure& failure = *outcome.failure;
    const rules::Unit& unit = context_.program.units[outcome.unit];
    Ended ended;
    ended.status = EndStatus::failed;
    ended.error = failure.message;
    ended.code = failure.code;
    ended.rule = run.rule;
    ended.file = unit.file;
    ended.line = outcome.line != 0 ? outcome.line : unit.line;

    Rows rows(context_, layer_, now_);
    Rows::Run row;
    row.status = "failed";
    row.started_at = run.firing;
    row.has_ended = true;
    row.error = ended.error;
    row.file = ended.file;
    row.line = ended.line;
    rows.run(advance.owner(), row);
    Json where;
    where.kind = JsonKind::object;
    where.members.emplace_back("code", Json{JsonKind::string, false, failure.code, {}, {}});
    where.members.emplace_back("file", Json{JsonKind::string, false, ended.file, {}, {}});
    where.members.emplace_back("line",
                               Json{JsonKind::number, false, std::to_string(ended.line), {}, {}});
    rows.action(advance.owner(), "failed", ActionStatus::failed, failure.message,
                Value::json(std::move(where)));
    if (run.was_stored) layer_.put_run(run.number, nullptr);
    result_.happenings.push_back({now_, run.number, std::move(ended)});
    alert_admins("Rule " + run.rule + " failed: " + failure.message);
    run_ended(run, EndStatus::failed, failure.message);
}

// A row for each, not a happening: a failed advance tells its end alone.
void Turn::alert_admins(const std::string& text) {
    if (!has_admins(context_.program)) return;
    Advance::Options options;
    options.now = now_;
    options.firing = now_;
    Advance advance(context_, layer_, std::move(options));
    Messenger(advance).record_alert(Value::group("admins"), text);
    advance.layer().merge_down();
}

}  // namespace pawl::engine
