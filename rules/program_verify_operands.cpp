#include "rules/internal/program_verify_operands.h"

#include <algorithm>

namespace pawl::rules {

OperandVerifier::OperandVerifier(const Program& program, UnitIndex index,
                                 std::span<const Clause> clauses, const Journey* journey)
    : program_(program), unit_(program.units[index]), clauses_(clauses), journey_(journey) {
    for (const Shape& shape : unit_.shapes) {
        std::int64_t highest = -1;
        for (const FieldIndex field : shape.fields)
            highest = std::max(highest, static_cast<std::int64_t>(field));
        shape_highest_.push_back(highest);
    }
    shape_used_.assign(unit_.shapes.size(), false);
}

std::string OperandVerifier::check(std::uint32_t at) {
    at_ = at;
    failure_.clear();
    const Instruction& now = instruction();
    const Operands operands = operands_of(now.op);
    if (!operand_fits(operands.a, now.a) || !operand_fits(operands.b, now.b) ||
        !operand_fits(operands.c, now.c)) {
        return "an operand of " + std::string(opcode_name(now.op)) + " is out of range";
    }
    check_special();
    return failure_;
}

bool OperandVerifier::member_fits(std::int64_t member) const {
    const Type& type = program_.schema.types[instruction().b];
    const std::size_t count = type.kind == TypeKind::record
                                  ? program_.schema.records[type.index].fields.size()
                                  : program_.schema.events[type.index].fields.size();
    return static_cast<std::size_t>(member) < count;
}

// A verb of a step names it; of the others, a pause may say until when and a shift must say by how
// much.
bool OperandVerifier::steering_fits(std::size_t operand) const {
    const auto verb = static_cast<JourneyVerb>(instruction().a);
    if (steers_step(verb)) return operand < program_.journeys[instruction().b].steps.size();
    if (verb == JourneyVerb::pause) return operand <= 1;
    return operand == (verb == JourneyVerb::shift ? 1u : 0u);
}

bool OperandVerifier::operand_fits(Operand kind, std::int64_t operand) const {
    if (operand < 0) return false;
    const auto index = static_cast<std::size_t>(operand);
    const Schema& schema = program_.schema;
    const auto is_unit = [&](UnitKind wanted) {
        return index < program_.units.size() && program_.units[index].kind == wanted;
    };
    switch (kind) {
        case Operand::none: return operand == 0;
        case Operand::flag: return operand <= 1;
        case Operand::count: return true;
        case Operand::constant: return index < unit_.constants.size();
        case Operand::text_constant:
            return index < unit_.constants.size() && unit_.constants[index].kind() == Kind::text;
        case Operand::local: return index < unit_.local_count;
        case Operand::local_pair: return index + 1 < unit_.local_count;
        case Operand::setting: return index < schema.settings.size();
        case Operand::entity: return index < schema.entities.size();
        case Operand::field: return index < schema.entities[instruction().b].fields.size();
        case Operand::record_type: return index < schema.records.size();
        case Operand::member_type:
            return index < schema.types.size() && (schema.types[index].kind == TypeKind::record ||
                                                   schema.types[index].kind == TypeKind::event);
        case Operand::member: return member_fits(operand);
        case Operand::type: return index < schema.types.size();
        case Operand::builtin: return index < builtin_arities.size();
        case Operand::define: return is_unit(UnitKind::define);
        case Operand::flow: return is_unit(UnitKind::flow);
        case Operand::pure_action: return false;
        case Operand::query: return index < unit_.queries.size();
        case Operand::shape: return index < unit_.shapes.size();
        case Operand::clause: return index < clauses_.size();
        case Operand::event: return index < schema.events.size();
        case Operand::template_: return index < program_.templates.size();
        case Operand::notification: return index < program_.notifications.size();
        case Operand::action: return index < program_.actions.size();
        case Operand::wait_for: return index < unit_.waits.size();
        case Operand::rule: return index < program_.rules.size();
        case Operand::verb: return operand <= static_cast<int>(JourneyVerb::trigger_step);
        case Operand::journey: return index < program_.journeys.size();
        case Operand::steering: return steering_fits(index);
        case Operand::planned: return journey_ != nullptr && index < journey_->steps.size();
        case Operand::jump: return index < unit_.code.size();
    }
    return false;
}

void OperandVerifier::check_special() {
    const Instruction& now = instruction();
    const Schema& schema = program_.schema;
    switch (now.op) {
        case Opcode::set_field:
        case Opcode::add_to_field:
        case Opcode::remove_from_field:
        case Opcode::create:
        case Opcode::find_or_create: {
            const Entity& entity = schema.entities[now.b];
            if (entity.read_only) fail("it writes what only the engine writes");
            const bool is_list =
                now.op == Opcode::add_to_field || now.op == Opcode::remove_from_field;
            if (is_list && schema.types[entity.fields[static_cast<std::size_t>(now.c)].type].kind !=
                               TypeKind::list)
                fail("it adds to what is no list");
            break;
        }
        case Opcode::call_builtin:
        case Opcode::call_define:
        case Opcode::run_flow:
        case Opcode::start_flow: check_call(); break;
        case Opcode::make_record:
            if (static_cast<std::size_t>(now.c) != schema.records[now.b].fields.size())
                fail("a record has another number of fields");
            break;
        case Opcode::require:
        case Opcode::exclude:
            if (clauses_[static_cast<std::size_t>(now.c)].is_unless != (now.op == Opcode::exclude))
                fail("a clause is of the other kind");
            break;
        case Opcode::wait_for: check_wait(); break;
        case Opcode::plan_step: check_plan(); break;
        default: break;
    }
    if (operands_of(now.op).c == Operand::shape) check_shape();
}

// The engine finds the instruction by its description, too.
void OperandVerifier::check_wait() {
    if (unit_.waits[instruction().b].instruction != at_)
        fail("a wait is described for another instruction");
}

void OperandVerifier::check_plan() {
    const auto step = static_cast<std::size_t>(instruction().c);
    if (instruction().b != journey_->steps[step].parameters.size())
        fail("a step is planned with another number of values");
}

void OperandVerifier::check_call() {
    const Instruction& now = instruction();
    if (now.op == Opcode::call_builtin) {
        const BuiltinArity arity = builtin_arities[now.a];
        if (now.b < arity.least || now.b > arity.most)
            fail("a function has too few or many arguments");
        return;
    }
    if (now.b != program_.units[static_cast<std::size_t>(now.c)].parameter_count)
        fail("a call passes another number of arguments");
}

void OperandVerifier::check_shape() {
    const Instruction& now = instruction();
    const auto index = static_cast<std::size_t>(now.c);
    const Shape& shape = unit_.shapes[index];
    // So whoever walks the code and its shapes does no more work than their size.
    if (shape_used_[index]) fail("two instructions have one shape");
    shape_used_[index] = true;
    std::size_t count = 0;
    switch (now.op) {
        case Opcode::create:
        case Opcode::find_or_create: count = program_.schema.entities[now.b].fields.size(); break;
        case Opcode::emit: count = program_.schema.events[now.b].fields.size(); break;
        case Opcode::send: count = program_.templates[now.b].parameters.size(); break;
        case Opcode::notify: count = program_.notifications[now.b].parameters.size(); break;
        case Opcode::call_service: count = program_.actions[now.b].parameters.size(); break;
        default: break;
    }
    const bool is_object = now.op == Opcode::make_object;
    if (is_object ? !shape.fields.empty() : !shape.names.empty())
        fail("a shape is of the other kind");
    if (shape_highest_[index] >= static_cast<std::int64_t>(count))
        fail("a shape names what is not there");
    if (now.op == Opcode::find_or_create && (now.a == 0 || now.a > shape.fields.size()))
        fail("a key has too few or many fields");
    if (now.op == Opcode::find_or_create && !is_unique_key(now.b, shape, now.a))
        fail("a record is looked for by fields that are not unique");
}

// The store finds one record by a unique set, and by nothing else.
bool OperandVerifier::is_unique_key(EntityIndex entity, const Shape& shape,
                                    std::size_t count) const {
    if (count > shape.fields.size()) return false;
    const auto sorted = [](std::vector<FieldIndex> fields) {
        std::sort(fields.begin(), fields.end());
        return fields;
    };
    const auto end = shape.fields.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<FieldIndex> key = sorted({shape.fields.begin(), end});
    const auto& sets = program_.schema.entities[entity].unique_sets;
    return std::any_of(sets.begin(), sets.end(),
                       [&](const auto& set) { return sorted(set) == key; });
}

}  // namespace pawl::rules
