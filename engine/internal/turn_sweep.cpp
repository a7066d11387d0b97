#include <utility>

#include "base/limits.h"
#include "engine/internal/turn.h"

// The sweep of a clock over records (meaning.md 5): `every day at 10:00 for each payment where …`.
// One turn takes a part of them, in the order of their keys; a mark says how far it got, and inputs
// come in between.

namespace pawl::engine {

using rules::Reference;
using rules::Value;

// The records to look at, behind `after`; nothing: none fits.
std::optional<rules::ScanRequest> Turn::sweep_request(TriggerUse use, rules::RecordKey after) {
    const rules::Sweep& sweep = *context_.triggers.trigger(use).clock->sweep;
    rules::ScanRequest request;
    request.entity = sweep.entity;
    request.access = sweep.access;
    request.field = sweep.field;
    request.after = after;
    if (!sweep.key_entry) return request;
    const Value key = evaluate_sweep(use, *sweep.key_entry, Value()).value;
    const bool is_range = sweep.access == rules::Access::range && key.kind() == rules::Kind::list &&
                          key.as_list().size() == 2;
    if (is_range) {
        request.low = key.as_list()[0];
        request.high = key.as_list()[1];
        return request;
    }
    if (sweep.access == rules::Access::equal && key.is_missing()) return std::nullopt;
    request.low = key;
    return request;
}

// Code of the sweep, which reads the record, if any, and nothing else.
rules::Outcome Turn::evaluate_sweep(TriggerUse use, std::uint32_t entry, Value record) {
    const rules::UnitIndex unit = context_.program.rules[use.rule].unit;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    if (const auto local = context_.triggers.trigger(use).record_local)
        locals[*local] = std::move(record);
    rules::Budget budget;
    return context_.evaluator.evaluate(unit, entry, locals, static_cast<rules::Records&>(layer_),
                                       {now_, now_}, budget);
}

// Sets off the rule for one record, where its `where` is true; where that fails, the run does.
void Turn::sweep_record(TriggerUse use, Reference record) {
    const rules::Sweep& sweep = *context_.triggers.trigger(use).clock->sweep;
    Pending pending = clock_pending(use);
    pending.bound = Value::reference(record);
    if (sweep.where_entry) {
        rules::Outcome outcome = evaluate_sweep(use, *sweep.where_entry, pending.bound);
        if (!outcome.failure && !outcome.value.is_true()) return;
        pending.failure = std::move(outcome.failure);
    }
    auto by = std::make_shared<SetOff>(*pending.by);
    by->entity = context_.schema.entity_name(sweep.entity);
    by->id = id_of(layer_.get(record));
    by->subject = record;
    pending.by = std::move(by);
    enqueue(std::move(pending));
}

void Turn::take_sweep(TriggerUse use, SweepProgress progress) {
    const rules::EntityIndex entity = context_.triggers.trigger(use).clock->sweep->entity;
    std::size_t taken = 0;
    if (const auto request = sweep_request(use, progress.after)) {
        const auto cursor = layer_.scan(*request);
        while (taken < limits::sweep_records_max) {
            const auto key = cursor->next();
            if (!key) break;
            ++taken;
            progress.after = *key;
            sweep_record(use, {entity, *key});
        }
    }
    const bool goes_on = taken == limits::sweep_records_max;
    layer_.put_mark({context_.schedule.sweep_mark(use),
                     goes_on ? std::optional(progress.encode()) : std::nullopt, std::nullopt,
                     now_});
}

}  // namespace pawl::engine
