#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/internal/context.h"
#include "rules/evaluator.h"

// What every record must keep to, whoever writes it: a rule, a person, a state file.

namespace pawl::engine {

// Why a text cannot be an id; nothing for one that can.
std::optional<std::string> id_problem(std::string_view id);

// A record of which nothing is said: defaults, the start of its state machines, empty lists.
rules::Record initial_record(const Context& context, rules::EntityIndex entity);

// Why a rule (no role, `is_person` false) or a person of that role may not take the step; nothing
// where the machine lists it.
struct Step {
    rules::EntityIndex entity = 0;
    rules::FieldIndex field = 0;
    std::uint16_t from = 0, to = 0;  // options
};
std::optional<rules::Failure> transition_failure(const Context& context,
                                                 const rules::StateMachine& states,
                                                 const Step& step, bool is_person,
                                                 const std::string& role);

}  // namespace pawl::engine
