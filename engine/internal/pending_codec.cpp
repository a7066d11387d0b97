#include "engine/internal/pending_codec.h"

#include <algorithm>
#include <utility>

#include "engine/internal/rule_mark.h"
#include "engine/internal/state_json.h"
#include "engine/store/record_names.h"

namespace pawl::engine {

using rules::Value;

namespace {

Value reference_value(const std::optional<rules::Reference>& reference) {
    return reference ? Value::reference(*reference) : Value();
}

std::optional<rules::Reference> as_reference(const Value& value) {
    if (value.kind() != rules::Kind::reference) return std::nullopt;
    return value.as_reference();
}

// Places of locals move when a rule is edited; their names tell.
std::string local_name(const rules::Unit& unit, std::uint16_t local) {
    return local < unit.local_names.size() ? unit.local_names[local] : std::string();
}

std::optional<std::uint16_t> find_local(const rules::Unit& unit, std::string_view name) {
    const auto found = std::find(unit.local_names.begin(), unit.local_names.end(), name);
    if (found == unit.local_names.end()) return std::nullopt;
    return static_cast<std::uint16_t>(found - unit.local_names.begin());
}

rules::Type type_of(const rules::Unit& unit, std::optional<std::uint16_t> local,
                    const rules::Schema& schema) {
    if (!local || *local >= unit.local_types.size()) return {};
    return schema.type(unit.local_types[*local]);
}

}  // namespace

std::string encode_pending(const Pending& pending, const rules::Program& program) {
    const rules::Rule& rule = program.rules[pending.use.rule];
    const rules::Unit& unit = program.units[rule.unit];
    const SetOff& by = *pending.by;
    StateWriter out(program.schema);
    out.text("rule", rule.id);
    out.number("trigger_index", pending.use.trigger);
    out.number("cause_kind", static_cast<int>(by.cause.kind));
    out.text("cause", by.cause.text);
    out.text("trigger", by.trigger);
    out.text("entity", by.entity);
    out.text("id", by.id);
    out.value("subject", reference_value(by.subject));
    out.number("depth", by.depth);
    out.flag("is_person", by.requester.is_person);
    out.flag("overrides", by.requester.overrides);
    out.value("person", reference_value(by.requester.person));
    out.text("requester", by.requester.name);
    if (by.deleted_record != nullptr) {
        out.value("deleted", Value::reference(by.deleted));
        out.values("deleted_fields", by.deleted_record->fields);
    }
    out.record("bound", pending.bound,
               type_of(unit, rule.triggers[pending.use.trigger].record_local, program.schema));
    out.value("change", pending.change);
    out.values("arguments", pending.arguments);
    std::vector<Value> also, names;
    for (const auto& [local, value] : pending.also_bound) {
        also.push_back(Value::text(local_name(unit, local)));
        also.push_back(value);
        names.push_back(
            Value::text(field_names(type_of(unit, local, program.schema), program.schema)));
    }
    out.values("also_bound", also);
    out.values("also_names", names);
    return out.take();
}

std::optional<Pending> decode_pending(std::string_view text, const rules::Program& program) {
    StateReader in(text, program.schema);
    const auto index = find_live_rule(program, in.text("rule"));
    if (!index) return std::nullopt;
    const rules::Rule& rule = program.rules[*index];
    const rules::Unit& unit = program.units[rule.unit];
    const std::int64_t trigger = in.number("trigger_index");
    if (trigger < 0 || trigger >= static_cast<std::int64_t>(rule.triggers.size()))
        return std::nullopt;
    auto by = std::make_shared<SetOff>();
    by->cause.kind = static_cast<CauseKind>(
        std::clamp<std::int64_t>(in.number("cause_kind"), 0, static_cast<int>(CauseKind::timer)));
    by->cause.text = in.text("cause");
    by->trigger = in.text("trigger");
    by->entity = in.text("entity");
    by->id = in.text("id");
    by->subject = as_reference(in.value("subject"));
    by->depth = static_cast<std::uint32_t>(std::clamp<std::int64_t>(in.number("depth"), 1, 1'000));
    by->requester.is_person = in.flag("is_person");
    by->requester.overrides = in.flag("overrides");
    by->requester.person = as_reference(in.value("person"));
    by->requester.name = in.text("requester");
    if (const auto deleted = as_reference(in.value("deleted"))) {
        auto record = std::make_shared<rules::Record>();
        record->fields = in.values("deleted_fields");
        record->fields.resize(program.schema.entities[deleted->entity].fields.size());
        by->deleted = *deleted;
        by->deleted_record = std::move(record);
    }
    Pending pending;
    pending.use = {*index, static_cast<std::uint16_t>(trigger)};
    pending.bound = in.record(
        "bound", type_of(unit, rule.triggers[pending.use.trigger].record_local, program.schema));
    pending.change = in.value("change");
    pending.arguments = in.values("arguments");
    if (pending.arguments.size() > rule.triggers[pending.use.trigger].asked.size())
        return std::nullopt;
    const std::vector<Value> also = in.values("also_bound"), names = in.values("also_names");
    for (std::size_t i = 0; i + 1 < also.size(); i += 2) {
        if (also[i].kind() != rules::Kind::text) return std::nullopt;
        const auto local = find_local(unit, also[i].as_text());
        if (!local || *local >= unit.local_count) continue;
        const bool is_named = i / 2 < names.size() && names[i / 2].kind() == rules::Kind::text;
        pending.also_bound.emplace_back(
            *local, is_named ? with_places(also[i + 1], names[i / 2].as_text(),
                                           type_of(unit, local, program.schema), program.schema)
                             : also[i + 1]);
    }
    if (!in.is_good()) return std::nullopt;
    pending.by = std::move(by);
    return pending;
}

}  // namespace pawl::engine
