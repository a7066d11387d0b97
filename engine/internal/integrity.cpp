#include "engine/internal/integrity.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/advance.h"

namespace pawl::engine {

using rules::Failure;
using rules::TypeKind;
using rules::Value;

std::optional<std::string> id_problem(std::string_view id) {
    if (id.empty()) return "an id needs at least one character";
    if (id.size() > limits::record_id_bytes_max)
        return "an id of " + std::to_string(id.size()) + " bytes is longer than the " +
               std::to_string(limits::record_id_bytes_max) +
               " that an id may have: " + quote_for_message(id, 30);
    // Ids stand in addresses, file names and messages.
    const auto bad = std::find_if(id.begin(), id.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == '"';
    });
    if (bad != id.end())
        return "the id " + quote_for_message(id) +
               " has a character that an id may not have: white space, quotes, `/` or `\\`";
    if (find_malformed_utf8(id)) return "the id " + quote_for_message(id) + " is not UTF-8";
    return std::nullopt;
}

rules::Record initial_record(const Context& context, rules::EntityIndex entity) {
    const rules::Schema& schema = context.program.schema;
    const auto& fields = schema.entities[entity].fields;
    rules::Record record;
    record.fields.resize(fields.size());
    for (std::size_t i = rules::system_field_count; i < fields.size(); ++i) {
        const rules::Type& type = schema.type(fields[i].type);
        const auto* states = context.schema.field(entity, static_cast<rules::FieldIndex>(i)).states;
        if (fields[i].default_value)
            record.fields[i] = *fields[i].default_value;
        else if (states != nullptr && states->start)
            record.fields[i] = Value::choice(schema.choices[type.index].options[*states->start]);
        else if (type.kind == TypeKind::list && !type.optional)
            record.fields[i] = Value::list({});
    }
    return record;
}

namespace {

bool holds(const std::vector<std::uint16_t>& options, std::uint16_t option) {
    return std::binary_search(options.begin(), options.end(), option);
}

bool may_take(const rules::Transition& transition, bool is_person, const std::string& role) {
    return !is_person ||
           std::find(transition.by.begin(), transition.by.end(), role) != transition.by.end();
}

}  // namespace

std::optional<Failure> transition_failure(const Context& context, const rules::StateMachine& states,
                                          const Step& step, bool is_person,
                                          const std::string& role) {
    const rules::Schema& schema = context.program.schema;
    const auto& field = schema.entities[step.entity].fields[step.field];
    const auto& options = schema.choices[schema.type(field.type).index].options;
    std::set<std::uint16_t> next;
    std::set<std::string> roles;
    bool is_listed = false;
    for (const rules::Transition& transition : states.transitions) {
        if (!holds(transition.from, step.from)) continue;
        if (holds(transition.to, step.to)) {
            if (may_take(transition, is_person, role)) return std::nullopt;
            is_listed = true;
            roles.insert(transition.by.begin(), transition.by.end());
        } else if (may_take(transition, is_person, role)) {
            next.insert(transition.to.begin(), transition.to.end());
        }
    }
    next.erase(step.from);
    std::string message = "`" + schema.entities[step.entity].name + "." + field.name +
                          "` may not go from `" + options[step.from] + "` to `" + options[step.to] +
                          "`";
    if (is_listed && roles.empty()) {
        message += " by a person: only rules take that step";
    } else if (is_listed) {
        const std::vector<std::string> names(roles.begin(), roles.end());
        message += role.empty() ? " by a person without a role" : " by role `" + role + "`";
        message += ", only by " + list_names(names);
    } else if (next.empty()) {
        message += is_person ? ": a person of that role takes no step from there"
                             : ": nothing leads on from there";
    } else {
        std::vector<std::string> names;
        for (const std::uint16_t option : next) names.push_back(options[option]);
        message += ", only to " + list_names(names);
    }
    return make_failure(DiagnosticCode::transition_refused, "transition", std::move(message), true);
}

}  // namespace pawl::engine
