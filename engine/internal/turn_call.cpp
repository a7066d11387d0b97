#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/kept_events.h"
#include "engine/internal/turn.h"
#include "engine/internal/waits.h"

// Calls of services: how one leaves, and how the run goes on when the answer comes.

namespace pawl::engine {

using rules::Failure;
using rules::Value;

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

OutgoingCall Turn::outgoing(const StoredRun& stored, rules::Records& records) const {
    const rules::ServiceAction& action = context_.program.actions[stored.call.action];
    OutgoingCall out;
    out.run = stored.number;
    out.intent = stored.calling;
    out.integration = action.integration;
    out.action = action.name;
    out.action_index = stored.call.action;
    out.key = stored.call.idempotency_key.is_missing()
                  ? run_name(stored.number) + "/" + std::to_string(stored.calling)
                  : rules::display_text(stored.call.idempotency_key, context_.program, records,
                                        context_.zone);
    for (std::size_t i = 0; i < stored.call.arguments.size(); ++i)
        if (!stored.call.arguments[i].is_missing())
            out.arguments.push_back({action.parameters[i].name, stored.call.arguments[i]});
    return out;
}

// What stands before a call is committed before it leaves (meaning 26): the turn's end does that,
// and only then the caller sees the call.
void Turn::store_calling(Advance& advance, Run& run, rules::ServiceCall call) {
    const rules::ServiceAction& action = context_.program.actions[call.action];
    const std::string name = action.integration + "." + action.name;
    const std::uint32_t intent = advance.next_intent();
    if (advance.rule()) Guards(*this).spend(advance, *advance.rule());
    advance.rows().action(advance.owner(), "called " + name, ActionStatus::success);
    write_run_row(advance, run, "waiting", false, name);
    StoredRun stored = stored_of(run, advance);
    stored.state = RunState::calling;
    stored.calling = intent;
    stored.call = std::move(call);
    OutgoingCall out = outgoing(stored, advance);
    stored.effect = advance.rows().effect(
        advance.owner(),
        {action.integration, name, {}, "waiting", call_payload(out, context_.program, advance)});
    stored.overtaking.clear();
    stored.stands_since = KeptEvents(context_, advance.layer(), now_).place();
    Waits(*this).register_keys(advance, stored);
    result_.calls.push_back(std::move(out));
    advance.layer().put_run(run.number, std::make_shared<const StoredRun>(std::move(stored)));
}

// What became of a call, as its effect says it.
std::string_view Turn::call_status(bool has_failed, bool is_simulated) const {
    if (has_failed) return "failed";
    return is_simulated || context_.options.simulates ? "simulated" : "sent";
}

// The value of an answer, or why it is none.
std::optional<Failure> Turn::read_answer(const rules::ServiceAction& action,
                                         const AnswerInput& answer, Value& value) {
    const std::string name = action.integration + "." + action.name;
    std::optional<Failure> failure = answer.failure;
    if (!failure && action.result != 0) {
        LayerLookup lookup(layer_);
        const Json none;
        const auto refusal =
            rules::value_from_json(answer.answer ? *answer.answer : none, action.result,
                                   context_.program, lookup, "answer", value);
        if (refusal)
            failure = make_failure(
                DiagnosticCode::answer_unusable, "call",
                "`" + name + "` answered otherwise than it promises: " + refusal->message);
    }
    if (!failure) return std::nullopt;
    failure->catchable = true;
    failure->action = name;
    if (failure->kind.empty()) failure->kind = "call";
    return failure;
}

void Turn::resume(const StoredRun& stored, const AnswerInput& answer) {
    if (stored.is_stale()) return Waits(*this).end_stale(stored);
    Run run = run_of(stored);
    const rules::ServiceAction& action = context_.program.actions[stored.call.action];
    Value value;
    std::optional<Failure> failure = read_answer(action, answer, value);
    Called called;
    called.integration = action.integration;
    called.action = action.name;
    called.arguments = outgoing(stored, layer_).arguments;
    called.answer = answer.answer;
    called.failure = failure;
    called.simulated = answer.simulated;
    // Told whatever becomes of the run: the call itself was made.
    result_.happenings.push_back({now_, run.number, std::move(called)});
    if (failure)
        Rows(context_, layer_, now_)
            .action(options(run, nullptr).owner, "call of " + failure->action + " failed",
                    ActionStatus::failed, failure->message);
    Waits waits(*this);
    if (failure && waits.retry_call(stored, *failure)) return;
    Rows(context_, layer_, now_)
        .effect_status(stored.effect, call_status(failure.has_value(), answer.simulated));
    waits.forget(layer_, stored);
    Advance advance(context_, layer_, options(run, nullptr));
    ++advances_;
    if (waits.is_cancelled(run)) return;
    if (failure)
        go_on_failed(advance, run, std::move(*failure));
    else
        go_on(advance, run, value);
}

}  // namespace pawl::engine
