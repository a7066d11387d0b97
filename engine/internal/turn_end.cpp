#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "engine/internal/edges.h"
#include "engine/internal/messages.h"
#include "engine/internal/turn.h"

// How an advance ends: it succeeded, waits for the answer to a call, or failed; and how it goes on
// when the answer comes.

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
    failure = Edges(advance, layer_, depth, chain, fan_out_).collect(pending);
    if (failure) return false;
    for (Pending& each : pending) enqueue(std::move(each));
    for (EmittedEvent& event : advance.emitted()) {
        // The subject may be a record that the advance made.
        const rules::EventType& type = context_.program.schema.events[event.event];
        auto by = std::make_shared<SetOff>(
            *set_off_of_event(event.event, event.fields, event.id, depth, chain));
        if (type.about && event.fields[*type.about].kind() == rules::Kind::reference)
            by->id = id_of(advance.layer().get(event.fields[*type.about].as_reference()));
        set_off(event.event, Value::record(event_record, std::move(event.fields)), by);
    }
    for (StartedFlow& flow : advance.started()) {
        auto by = std::make_shared<SetOff>();
        by->cause = {CauseKind::run, run_name(advance.owner().number)};
        by->trigger = "start";
        by->depth = depth;
        by->chain = chain;
        Pending each;
        each.by = std::move(by);
        each.is_flow = true;
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
    const bool is_calling = outcome.kind == OutcomeKind::calling;
    if (outcome.kind == OutcomeKind::stopped_and_forgot && !run.once_key.empty())
        advance.layer().put_mark({run.once_key, std::nullopt, std::nullopt});
    std::optional<Failure> failure;
    if (!collect(advance, run.depth + 1, run.chain, failure))
        return fail(advance, run,
                    failed_outcome(std::move(*failure),
                                   run.frames.empty() ? outcome.unit : run.frames.front().unit, 0));
    if (is_calling) {
        store_waiting(advance, run, std::move(*outcome.call));
    } else {
        const bool is_stopped = outcome.kind != OutcomeKind::finished;
        write_run_row(advance, run, is_stopped ? "stopped" : "success", true);
        if (run.was_stored) batch_.runs.push_back({run.number, std::nullopt});
        Ended ended;
        ended.status = is_stopped ? EndStatus::stopped : EndStatus::success;
        ended.rule = run.rule;
        advance.tell(std::move(ended));
    }
    merge(advance);
}

void Turn::write_run_row(Advance& advance, const Run& run, std::string_view status,
                         bool has_ended) {
    Rows::Run row;
    row.status = status;
    row.started_at = run.firing;
    row.has_ended = has_ended;
    if (!run.frames.empty()) {
        const rules::Unit& unit = context_.program.units[run.frames.front().unit];
        row.file = unit.file;
        row.line = unit.line;
    }
    advance.rows().run(advance.owner(), row);
}

namespace {

Json call_payload(const OutgoingCall& call, const rules::Program& program,
                  rules::Records& records) {
    JsonWriter json;
    json.begin_object();
    json.member("key", call.key);
    json.key("arguments");
    json.begin_object();
    for (const NamedValue& argument : call.arguments) {
        json.key(argument.name);
        rules::append_value_json(json, argument.value, program, records);
    }
    json.end_object();
    json.end_object();
    // A value of the language may be as deep as JSON may be; the payload stands around it.
    return parse_json(json.text(), {.bytes_max = 2 * limits::advance_bytes_max,
                                    .depth_max = 2 * limits::json_depth_max})
        .value();
}

}  // namespace

// What stands before a call is committed before it leaves (meaning 26): the turn's end does that,
// and only then the caller sees the call.
void Turn::store_waiting(Advance& advance, Run& run, rules::ServiceCall call) {
    const rules::ServiceAction& action = context_.program.actions[call.action];
    const std::uint32_t intent = advance.next_intent();
    const std::string own_key = run_name(run.number) + "/" + std::to_string(intent);
    const std::string name = action.integration + "." + action.name;
    advance.rows().action(advance.owner(), "called " + name, ActionStatus::success);
    write_run_row(advance, run, "waiting", false);

    OutgoingCall out;
    out.run = run.number;
    out.intent = intent;
    out.integration = action.integration;
    out.action = action.name;
    out.key =
        call.idempotency_key.is_missing()
            ? own_key
            : rules::display_text(call.idempotency_key, context_.program, advance, context_.zone);
    out.action_index = call.action;
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
        if (!call.arguments[i].is_missing())
            out.arguments.push_back({action.parameters[i].name, call.arguments[i]});
    StoredRun stored;
    stored.effect = advance.rows().effect(
        advance.owner(),
        {action.integration, name, {}, "waiting", call_payload(out, context_.program, advance)});
    result_.calls.push_back(std::move(out));
    stored.number = run.number;
    stored.rule = run.use.rule;
    stored.firing = run.firing;
    stored.intents = advance.intents();
    stored.depth = run.depth;
    stored.frames = std::move(run.frames);
    stored.row = run.row;
    stored.calling = intent;
    stored.call = std::move(call);
    stored.entity = run.entity;
    stored.trigger = run.trigger;
    stored.requester = run.requester.person;
    stored.requester_name = run.requester.name;
    stored.once_key = run.once_key;
    stored.is_flow = run.is_flow;
    batch_.runs.push_back({run.number, std::move(stored)});
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
    if (run.was_stored) batch_.runs.push_back({run.number, std::nullopt});
    result_.happenings.push_back({now_, run.number, std::move(ended)});
    alert_admins("Rule " + run.rule + " failed: " + failure.message);
}

// A row for each, not a happening: a failed advance tells its end alone.
void Turn::alert_admins(const std::string& text) {
    const auto& groups = context_.program.groups;
    if (std::find(groups.begin(), groups.end(), "admins") == groups.end() &&
        context_.program.schema.find_group("admins") == nullptr)
        return;
    Advance::Options options;
    options.now = now_;
    options.firing = now_;
    Advance advance(context_, layer_, std::move(options));
    Messenger(advance).record_alert(Value::group("admins"), text);
    advance.layer().merge_down();
}

// ---- Answers ----------------------------------------------------------------------------------

// What became of a call, as its effect says it.
std::string_view Turn::call_status(bool has_failed, bool is_simulated) const {
    if (has_failed) return "failed";
    return is_simulated || context_.options.simulates ? "simulated" : "sent";
}

void Turn::resume(StoredRun stored, const AnswerInput& answer) {
    Run run;
    run.number = stored.number;
    run.use.rule = stored.rule;
    run.is_flow = stored.is_flow;
    run.was_stored = true;
    run.row = stored.row;
    run.firing = stored.firing;
    run.once_key = stored.once_key;
    run.depth = stored.depth;
    run.frames = std::move(stored.frames);
    run.rule = context_.program.units[run.frames.front().unit].id;
    run.entity = stored.entity;
    run.trigger = stored.trigger;
    run.requester = {.person = stored.requester, .name = stored.requester_name};
    run.chain = std::make_shared<Chain>(Chain{run.rule, nullptr});

    const rules::ServiceAction& action = context_.program.actions[stored.call.action];
    Called called;
    called.integration = action.integration;
    called.action = action.name;
    for (std::size_t i = 0; i < stored.call.arguments.size(); ++i)
        if (!stored.call.arguments[i].is_missing())
            called.arguments.push_back({action.parameters[i].name, stored.call.arguments[i]});
    called.answer = answer.answer;
    called.failure = answer.failure;
    called.simulated = answer.simulated;

    std::optional<Failure> failure = answer.failure;
    Value value;
    if (!failure) {
        LayerLookup lookup(layer_);
        const Json none;
        if (action.result != 0) {
            const auto refusal =
                rules::value_from_json(answer.answer ? *answer.answer : none, action.result,
                                       context_.program, lookup, "answer", value);
            if (refusal)
                failure =
                    make_failure(DiagnosticCode::answer_unusable, "call",
                                 "`" + action.integration + "." + action.name +
                                     "` answered otherwise than it promises: " + refusal->message,
                                 true);
        }
    } else {
        failure->catchable = true;
    }
    if (failure) {
        failure->action = action.integration + "." + action.name;
        if (failure->kind.empty()) failure->kind = "call";
        called.failure = failure;
    }
    Rows(context_, layer_, now_)
        .effect_status(stored.effect, call_status(failure.has_value(), answer.simulated));
    // Told whatever becomes of the run: the call itself was made.
    result_.happenings.push_back({now_, run.number, std::move(called)});

    Advance::Options with = options(run, nullptr);
    with.intents = stored.intents;
    Advance advance(context_, layer_, std::move(with));
    ++advances_;
    Outcome outcome = failure
                          ? context_.evaluator.resume_failed(run.frames, advance, advance.moment(),
                                                             advance.budget(), std::move(*failure))
                          : context_.evaluator.run(run.frames, advance, advance.moment(),
                                                   advance.budget(), value);
    end_advance(advance, run, std::move(outcome));
}

}  // namespace pawl::engine
