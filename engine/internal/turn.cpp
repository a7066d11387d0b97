#include "engine/internal/turn.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "engine/internal/edges.h"
#include "engine/internal/messages.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;

namespace {

// Reads of the rules that a deletion set off: the record as it was.
class RecordsWithDeleted final : public rules::Records {
 public:
    RecordsWithDeleted(Layer& layer, const SetOff& by) : layer_(layer), by_(by) {}

    rules::RecordPointer get(rules::Reference reference) override {
        rules::RecordPointer record = layer_.get(reference);
        if (record == nullptr && by_.deleted == reference) return by_.deleted_record;
        return record;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return layer_.scan(request);
    }

 private:
    Layer& layer_;
    const SetOff& by_;
};

Outcome failed_outcome(Failure failure, rules::UnitIndex unit, std::uint32_t line) {
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.failure = std::move(failure);
    outcome.unit = unit;
    outcome.line = line;
    return outcome;
}

// "a → b → c"; of a long chain the beginning and the end.
std::string chain_text(const Chain* last) {
    std::vector<std::string_view> names;
    for (const Chain* link = last; link != nullptr; link = link->before.get())
        names.push_back(link->rule);
    std::reverse(names.begin(), names.end());
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.size() > 8 && i == 4) {
            text += " → …";
            i = names.size() - 4;
        }
        text += (text.empty() ? "`" : " → `") + std::string(names[i]) + "`";
    }
    return text;
}

}  // namespace

Turn::Turn(Context& context, Instant arrival, InputNumber input)
    : context_(context),
      input_(input),
      now_(std::max(arrival, context.counters.now)),
      layer_(context.program, context.store) {
    context_.counters.now = now_;
    ++context_.counters.turn;
}

void Turn::tell(HappeningForm form) { result_.happenings.push_back({now_, 0, std::move(form)}); }

void Turn::refuse(Refused refused) {
    result_.refused = true;
    tell(std::move(refused));
}

void Turn::keep_setting(std::string name, std::string json) {
    batch_.settings.emplace_back(std::move(name), std::move(json));
}

namespace {

// Shows the id of what is gone, which nobody could look up any more.
void name_deleted(Value& value, const std::map<rules::Reference, std::string>& deleted) {
    if (value.kind() == rules::Kind::reference) {
        const auto gone = deleted.find(value.as_reference());
        if (gone != deleted.end()) value = Value::text(gone->second);
    } else if (value.kind() == rules::Kind::list) {
        std::vector<Value> items = value.as_list();
        for (Value& item : items) name_deleted(item, deleted);
        value = Value::list(std::move(items));
    }
}

void name_deleted(HappeningForm& form, const std::map<rules::Reference, std::string>& deleted) {
    const auto each = [&deleted](std::vector<NamedValue>& values) {
        for (NamedValue& named : values) name_deleted(named.value, deleted);
    };
    if (auto* set = std::get_if<FieldSet>(&form)) {
        name_deleted(set->from, deleted);
        name_deleted(set->to, deleted);
    } else if (auto* created = std::get_if<Created>(&form)) {
        each(created->values);
    } else if (auto* gone = std::get_if<Deleted>(&form)) {
        each(gone->values);
    } else if (auto* emitted = std::get_if<Emitted>(&form)) {
        each(emitted->data);
    }
}

}  // namespace

// Takes over what a succeeded advance did.
void Turn::merge(Advance& advance) {
    advance.layer().merge_down();
    for (const auto& [reference, id] : advance.deleted_ids())
        if (layer_.get(reference) == nullptr) deleted_ids_.emplace(reference, id);
    for (Happening& each : advance.happenings()) result_.happenings.push_back(std::move(each));
}

// What the turn changed of each record, field by field, against what the store has.
void Turn::keep_changes() {
    const Value missing;
    for (const auto& [reference, after] : layer_.own()) {
        if (reference.entity < rules::builtin_entity_count) continue;
        const rules::RecordPointer before = context_.store.get(reference);
        if (before == nullptr && after == nullptr) continue;
        if (before == nullptr) {
            batch_.changes.push_back({input_, now_, reference, rules::field_id, missing,
                                      after->fields[rules::field_id]});
            continue;
        }
        for (std::size_t i = 0; i < before->fields.size(); ++i) {
            const Value& was = before->fields[i];
            const Value& is = after == nullptr ? missing : after->fields[i];
            if (!(was == is))
                batch_.changes.push_back(
                    {input_, now_, reference, static_cast<rules::FieldIndex>(i), was, is});
        }
    }
}

void Turn::park(const std::string& reason) {
    batch_.parked.push_back({input_, reason});
    alert_admins(reason);
}

TurnResult Turn::finish() {
    if (!deleted_ids_.empty())
        for (Happening& each : result_.happenings) name_deleted(each.form, deleted_ids_);
    if (context_.options.keeps_history) keep_changes();
    layer_.move_to(batch_);
    for (MarkWrite& mark : batch_.marks) mark.at = now_;
    if (input_ != 0) {
        context_.counters.position = input_;
        context_.counters.attempted = 0;
        context_.counters.stops = 0;
    }
    batch_.counters = context_.counters;
    Status status = context_.store.commit(std::move(batch_));
    if (!status) {
        result_ = TurnResult{};
        result_.store_failure = status.error();
    }
    return std::move(result_);
}

// ---- The queue --------------------------------------------------------------------------------

std::shared_ptr<const SetOff> Turn::set_off_of_event(rules::EventIndex event,
                                                     const std::vector<Value>& fields,
                                                     std::string_view id, std::uint32_t depth,
                                                     std::shared_ptr<const Chain> chain) {
    const rules::EventType& type = context_.program.schema.events[event];
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::event;
    by->cause.text = id;
    by->trigger = type.name;
    by->depth = depth;
    by->chain = std::move(chain);
    if (type.about && fields[*type.about].kind() == rules::Kind::reference) {
        const rules::Reference subject = fields[*type.about].as_reference();
        by->entity = context_.schema.entity_name(subject.entity);
        by->id = id_of(layer_.get(subject));
    }
    return by;
}

// Every rule of the event's type: its conditions decide.
void Turn::set_off(rules::EventIndex event, const Value& fields, std::shared_ptr<const SetOff> by) {
    std::optional<rules::RuleIndex> last;
    for (const TriggerUse use : context_.triggers.event(event)) {
        if (last == use.rule) continue;  // two `when` of one event are one cause
        last = use.rule;
        Pending pending;
        pending.by = by;
        pending.use = use;
        pending.bound = fields;
        enqueue(std::move(pending));
    }
}

void Turn::set_off_by_event(rules::EventIndex event, std::vector<Value> fields, std::string_view id,
                            const std::vector<rules::RuleIndex>* matched) {
    const auto by = set_off_of_event(event, fields, id, 1, nullptr);
    const Value bound = Value::record(event_record, std::move(fields));
    if (matched == nullptr) return set_off(event, bound, by);
    for (const rules::RuleIndex index : *matched) {
        const rules::Rule& rule = context_.program.rules[index];
        if (rule.mode != rules::RuleMode::live) continue;
        for (std::size_t i = 0; i < rule.triggers.size(); ++i) {
            if (rule.triggers[i].kind != rules::TriggerKind::event ||
                rule.triggers[i].event != event)
                continue;
            Pending pending;
            pending.by = by;
            pending.use = {index, static_cast<std::uint16_t>(i)};
            pending.bound = bound;
            enqueue(std::move(pending));
            break;
        }
    }
}

void Turn::run_queue() {
    while (!queue_.empty()) {
        Pending pending = std::move(queue_.front());
        queue_.pop_front();
        if (pending.is_flow)
            run_flow(pending);
        else
            run_rule(pending);
    }
}

// ---- A rule -----------------------------------------------------------------------------------

std::vector<Value> Turn::bind(const Pending& pending) const {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    const rules::Trigger& trigger = context_.triggers.trigger(pending.use);
    std::vector<Value> locals(context_.program.units[rule.unit].local_count);
    if (trigger.record_local) locals[*trigger.record_local] = pending.bound;
    if (trigger.change_local) locals[*trigger.change_local] = pending.change;
    for (std::size_t i = 0; i < pending.arguments.size(); ++i)
        locals[trigger.asked[i].second] = pending.arguments[i];
    return locals;
}

void Turn::skip(const Pending& pending, std::string guard, std::string reason, std::uint32_t line,
                bool is_condition) {
    // Who asked for a run is told why there is none.
    const bool was_asked_for = pending.by->cause.kind == CauseKind::request;
    if (is_condition && !was_asked_for && !context_.options.trace_false_conditions) return;
    Skipped skipped;
    skipped.rule = context_.program.rules[pending.use.rule].id;
    skipped.guard = std::move(guard);
    skipped.reason = std::move(reason);
    skipped.entity = pending.by->entity;
    skipped.id = pending.by->id;
    skipped.false_condition = is_condition;
    skipped.line = line;
    tell(std::move(skipped));
}

bool Turn::conditions_hold(const Pending& pending, std::vector<Value>& locals,
                           rules::Budget& budget, std::optional<Outcome>& failed) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    RecordsWithDeleted records(layer_, *pending.by);
    Outcome outcome =
        context_.evaluator.evaluate(rule.unit, rule.conditions_entry, locals,
                                    static_cast<rules::Records&>(records), {now_, now_}, budget);
    if (outcome.kind == OutcomeKind::failed) failed = std::move(outcome);
    if (failed) return false;
    if (outcome.kind != OutcomeKind::condition_failed) return true;
    const rules::Clause& clause = rule.clauses[outcome.clause];
    const std::string_view found = outcome.clause_value.is_missing() ? "unknown"
                                   : outcome.clause_value.is_true()  ? "true"
                                                                     : "false";
    skip(pending, clause.is_unless ? "unless" : "if",
         "`" + clause.text + "` is " + std::string(found), clause.line, true);
    return false;
}

bool Turn::take_once(const Pending& pending, std::vector<Value>& locals, rules::Budget& budget,
                     std::optional<MarkWrite>& mark, std::optional<Outcome>& failed) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    if (!rule.once_entry) return true;
    RecordsWithDeleted records(layer_, *pending.by);
    Outcome outcome =
        context_.evaluator.evaluate(rule.unit, *rule.once_entry, locals,
                                    static_cast<rules::Records&>(records), {now_, now_}, budget);
    if (outcome.kind == OutcomeKind::failed) failed = std::move(outcome);
    if (failed) return false;
    const std::uint32_t line = context_.program.units[rule.unit].line;
    if (outcome.value.is_missing()) {
        skip(pending, "once", "its key is missing", line, false);
        return false;
    }
    const std::string key = encode_value(outcome.value, context_.program.schema);
    // A long key would be kept once a run; its hash serves as well.
    const std::string short_key = key.size() <= 64 ? key : "#" + hash_bytes(key).hex();
    const auto is_taken = [&](const std::string& id) {
        return !id.empty() && layer_.mark("once/" + id + "/" + short_key, now_).has_value();
    };
    if (is_taken(rule.id) || is_taken(rule.renamed_from)) {
        skip(pending, "once",
             "it ran for " +
                 rules::display_text(outcome.value, context_.program, layer_, context_.zone) +
                 " already",
             line, false);
        return false;
    }
    mark = MarkWrite{"once/" + rule.id + "/" + short_key, "", std::nullopt};
    if (rule.once_for) mark->expires_at = context_.zone.add(now_, *rule.once_for);
    return true;
}

Turn::Run Turn::begin_run(const Pending& pending) {
    Run run;
    run.number = context_.counters.next_run++;
    run.row = context_.counters.next_key++;
    run.use = pending.use;
    run.is_flow = pending.is_flow;
    run.firing = now_;
    run.depth = pending.by->depth;
    run.rule = pending.is_flow ? context_.program.units[pending.flow].id
                               : context_.program.rules[pending.use.rule].id;
    run.trigger = pending.by->trigger;
    run.requester = pending.by->requester;
    if (!pending.by->entity.empty()) run.entity = pending.by->entity + "/" + pending.by->id;
    run.chain = std::make_shared<Chain>(Chain{run.rule, pending.by->chain});
    return run;
}

Advance::Options Turn::options(const Run& run, const SetOff* by) const {
    Advance::Options options;
    options.now = now_;
    options.firing = run.firing;
    options.owner.number = run.number;
    options.owner.row = run.row;
    options.owner.rule = Value::text(run.rule);
    options.owner.trigger = Value::text(run.trigger);
    if (!run.entity.empty()) options.owner.entity = Value::text(run.entity);
    options.actor = run.requester;
    options.by = by;
    return options;
}

std::optional<Failure> Turn::limit_failure(const Run& run) {
    ++advances_;
    if (run.depth > limits::cascade_depth_max)
        return make_failure(DiagnosticCode::cascade_too_deep, "limit",
                            "it would be number " + std::to_string(run.depth) +
                                " in a row of runs, each set off by the one before, and " +
                                std::to_string(limits::cascade_depth_max) +
                                " is the most: " + chain_text(run.chain.get()));
    if (advances_ <= limits::turn_advances_max) return std::nullopt;
    std::string message = "one input set off more than " +
                          std::to_string(limits::turn_advances_max) + " runs, this one by way of " +
                          chain_text(run.chain.get());
    if (!queue_.empty())
        message += "; " + std::to_string(queue_.size()) + " more rules were not looked at";
    queue_.clear();
    return make_failure(DiagnosticCode::cascade_too_deep, "limit", std::move(message));
}

void Turn::run_rule(Pending& pending) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    std::vector<Value> locals = bind(pending);
    rules::Budget budget;
    std::optional<Outcome> failed;
    std::optional<MarkWrite> once;
    if (pending.failure) {
        failed = failed_outcome(std::move(*pending.failure), rule.unit, 0);
    } else if (!conditions_hold(pending, locals, budget, failed) && !failed) {
        return;
    }
    if (!failed && !take_once(pending, locals, budget, once, failed) && !failed) return;

    Run run = begin_run(pending);
    Advance advance(context_, layer_, options(run, pending.by.get()));
    advance.budget() = budget;
    if (!failed)
        if (auto failure = limit_failure(run))
            failed = failed_outcome(std::move(*failure), rule.unit, 0);
    if (failed) return fail(advance, run, *failed);
    if (once) {
        run.once_key = once->key;
        advance.layer().put_mark(std::move(*once));
    }
    advance.tell(Fired{rule.id, pending.by->entity, pending.by->id, pending.by->cause});
    advance.rows().action(advance.owner(), "fired", ActionStatus::success);
    run.frames.push_back({rule.unit, rule.body_entry, std::move(locals)});
    Outcome outcome =
        context_.evaluator.run(run.frames, advance, advance.moment(), advance.budget());
    end_advance(advance, run, std::move(outcome));
}

void Turn::run_flow(Pending& pending) {
    Run run = begin_run(pending);
    run.use = {};
    Advance advance(context_, layer_, options(run, nullptr));
    if (auto failure = limit_failure(run))
        return fail(advance, run, failed_outcome(std::move(*failure), pending.flow, 0));
    advance.tell(Fired{run.rule, pending.by->entity, pending.by->id, pending.by->cause});
    advance.rows().action(advance.owner(), "fired", ActionStatus::success);
    std::vector<Value> locals = std::move(pending.arguments);
    locals.resize(context_.program.units[pending.flow].local_count);
    run.frames.push_back({pending.flow, 0, std::move(locals)});
    Outcome outcome =
        context_.evaluator.run(run.frames, advance, advance.moment(), advance.budget());
    end_advance(advance, run, std::move(outcome));
}

// ---- The end of an advance --------------------------------------------------------------------

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
        .effect_status(stored.effect, failure            ? "failed"
                                      : answer.simulated ? "simulated"
                                                         : "sent");
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
