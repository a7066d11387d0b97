#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "rules/program.h"

// What the operands a, b and c of each instruction name: the one table that the verifier, the hash
// and the disassembler read, so that they cannot disagree.

namespace pawl::rules {

enum class Operand : std::uint8_t {
    none,  // must be 0
    flag,  // 0 or 1
    count,
    constant,  // of the unit
    text_constant,
    local,
    local_pair,  // this local and the next
    setting,
    entity,
    field,  // of the entity in b
    record_type,
    member_type,  // a type that is a record or an event
    member,       // of the type in b
    type,
    builtin,
    define,  // a unit
    flow,    // a unit
    pure_action,
    query,
    shape,
    clause,
    event,
    template_,
    notification,
    action,
    wait_for,  // of the unit's waits
    rule,
    verb,  // a JourneyVerb
    journey,
    steering,  // a step of the journey in b where the verb takes one; else a flag
    planned,   // a step of the unit's own journey
    jump,
};

struct Operands {
    Operand a = Operand::none;
    Operand b = Operand::none;
    Operand c = Operand::none;
};

constexpr Operands operands_of(Opcode op) {
    switch (op) {
        case Opcode::push_constant: return {.c = Operand::constant};
        case Opcode::push_boolean: return {.c = Operand::flag};
        case Opcode::load_local:
        case Opcode::store_local: return {.c = Operand::local};
        case Opcode::load_setting: return {.c = Operand::setting};
        case Opcode::load_field:
        case Opcode::add_to_field:
        case Opcode::remove_from_field: return {.b = Operand::entity, .c = Operand::field};
        case Opcode::set_field:
            return {.a = Operand::flag, .b = Operand::entity, .c = Operand::field};
        case Opcode::load_member: return {.b = Operand::member_type, .c = Operand::member};
        case Opcode::load_key: return {.c = Operand::text_constant};
        case Opcode::equal:
        case Opcode::not_equal:
        case Opcode::in_list:
        case Opcode::contains:
        case Opcode::starts_with:
        case Opcode::ends_with:
        case Opcode::matches:
        case Opcode::text_begin:
        case Opcode::text_append:
        case Opcode::stop: return {.a = Operand::flag};
        case Opcode::convert:
        case Opcode::cast: return {.c = Operand::type};
        case Opcode::call_builtin: return {.a = Operand::builtin, .b = Operand::count};
        case Opcode::make_list:
        case Opcode::join_text: return {.c = Operand::count};
        case Opcode::make_record: return {.b = Operand::record_type, .c = Operand::count};
        case Opcode::make_object: return {.c = Operand::shape};
        case Opcode::call_define: return {.b = Operand::count, .c = Operand::define};
        case Opcode::call_action: return {.b = Operand::count, .c = Operand::pure_action};
        case Opcode::jump:
        case Opcode::jump_unless_true:
        case Opcode::jump_if_false_keep:
        case Opcode::jump_if_true_keep:
        case Opcode::jump_if_present_keep: return {.c = Operand::jump};
        case Opcode::query_begin:
        case Opcode::query_take:
        case Opcode::query_end: return {.b = Operand::query};
        case Opcode::query_next: return {.b = Operand::query, .c = Operand::jump};
        case Opcode::require:
        case Opcode::exclude: return {.c = Operand::clause};
        case Opcode::create: return {.b = Operand::entity, .c = Operand::shape};
        case Opcode::find_or_create:
            return {.a = Operand::count, .b = Operand::entity, .c = Operand::shape};
        case Opcode::emit: return {.b = Operand::event, .c = Operand::shape};
        case Opcode::send: return {.b = Operand::template_, .c = Operand::shape};
        case Opcode::notify: return {.b = Operand::notification, .c = Operand::shape};
        case Opcode::call_service:
            return {.a = Operand::flag, .b = Operand::action, .c = Operand::shape};
        case Opcode::run_flow:
        case Opcode::start_flow: return {.b = Operand::count, .c = Operand::flow};
        case Opcode::wait_for: return {.b = Operand::wait_for};
        case Opcode::cancel_runs: return {.a = Operand::flag, .c = Operand::rule};
        case Opcode::steer_journey:
            return {.a = Operand::verb, .b = Operand::journey, .c = Operand::steering};
        case Opcode::plan_step: return {.b = Operand::count, .c = Operand::planned};
        case Opcode::iterate_begin: return {.b = Operand::local_pair};
        case Opcode::iterate_next: return {.b = Operand::local_pair, .c = Operand::jump};
        default: return {};
    }
}

// Whether the verb is said to one step, not to the journey.
constexpr bool steers_step(JourneyVerb verb) {
    return verb == JourneyVerb::skip_step || verb == JourneyVerb::trigger_step;
}

// How many values an instruction takes from the stack and leaves there.
struct Effect {
    std::uint32_t pops = 0;
    std::uint32_t pushes = 0;
};

// Read from the stack picture of opcode.def: one word, one value. Right for instructions whose
// operands do not tell the number.
constexpr Effect read_effect(std::string_view picture) {
    Effect effect;
    bool is_after = false;
    while (!picture.empty()) {
        const std::size_t end = std::min(picture.find(' '), picture.size());
        const std::string_view word = picture.substr(0, end);
        picture.remove_prefix(std::min(end + 1, picture.size()));
        if (word == "--")
            is_after = true;
        else if (!word.empty())
            ++(is_after ? effect.pushes : effect.pops);
    }
    return effect;
}

inline constexpr std::array fixed_effects = {
#define PAWL_OPCODE(name, stack, sentence) read_effect(stack),
#include "rules/opcode.def"
#undef PAWL_OPCODE
};

struct BuiltinArity {
    std::uint8_t least = 0;
    std::uint8_t most = 0;
};
inline constexpr std::array builtin_arities = {
#define PAWL_BUILTIN(name, least, most, sentence) BuiltinArity{least, most},
#include "rules/builtin.def"
#undef PAWL_BUILTIN
};

// The name of what an operand names: a field, an entity, an event, a unit, …; empty for a kind of
// operand that names nothing of the program's tables.
std::string_view operand_name(const Program& program, const Instruction& instruction, Operand kind,
                              std::uint32_t operand);
// The name of one place of the shape that the instruction takes.
std::string_view shape_name(const Program& program, const Instruction& instruction,
                            FieldIndex place);

}  // namespace pawl::rules
