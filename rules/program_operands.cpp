#include "rules/internal/program_operands.h"

namespace pawl::rules {

namespace {

std::string_view member_name(const Schema& schema, TypeIndex index, std::uint32_t member) {
    const Type& type = schema.types[index];
    const auto& fields = type.kind == TypeKind::record ? schema.records[type.index].fields
                                                       : schema.events[type.index].fields;
    return fields[member].name;
}

}  // namespace

std::string_view operand_name(const Program& program, const Instruction& instruction, Operand kind,
                              std::uint32_t operand) {
    const Schema& schema = program.schema;
    switch (kind) {
        case Operand::setting: return schema.settings[operand].name;
        case Operand::entity: return schema.entities[operand].name;
        case Operand::field: return schema.entities[instruction.b].fields[operand].name;
        case Operand::record_type: return schema.records[operand].name;
        case Operand::member: return member_name(schema, instruction.b, operand);
        case Operand::builtin: return builtin_name(static_cast<Builtin>(operand));
        case Operand::define:
        case Operand::flow: return program.units[operand].id;
        case Operand::event: return schema.events[operand].name;
        case Operand::template_: return program.units[program.templates[operand].unit].id;
        case Operand::notification: return program.notifications[operand].name;
        case Operand::action: return program.actions[operand].name;
        case Operand::rule: return program.rules[operand].id;
        case Operand::journey: return program.journeys[operand].name;
        default: return {};
    }
}

std::string_view shape_name(const Program& program, const Instruction& instruction,
                            FieldIndex place) {
    switch (instruction.op) {
        case Opcode::create:
        case Opcode::find_or_create:
            return program.schema.entities[instruction.b].fields[place].name;
        case Opcode::emit: return program.schema.events[instruction.b].fields[place].name;
        case Opcode::send: return program.templates[instruction.b].parameters[place].name;
        case Opcode::notify: return program.notifications[instruction.b].parameters[place].name;
        default: return program.actions[instruction.b].parameters[place].name;
    }
}

}  // namespace pawl::rules
