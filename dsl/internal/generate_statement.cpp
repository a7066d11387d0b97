#include "dsl/internal/generate_statement.h"

#include "base/check.h"
#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

void StatementGenerator::body(const Block& statements) {
    block(statements);
    code_.emit(Opcode::end);
    // An entry makes no other.
    for (const auto& entry : entries_) entry();
    entries_.clear();
}

void StatementGenerator::block(const Block& statements) {
    for (std::size_t place = 0; place < statements.size(); ++place)
        statement(statements[place], retry_at(statements, place + 1));
}

void StatementGenerator::statement(StatementIndex index, const RetryClause* retry) {
    const Statement& written = input_.tree.at(index);
    code_.at_line(input_.line(written.span));
    retry_ = retry;
    std::visit(
        [&](const auto& form) {
            using Form = std::decay_t<decltype(form)>;
            if constexpr (std::is_same_v<Form, WaitForStatement>)
                one(form, written.span);
            else if constexpr (!std::is_same_v<Form, RetryClause>)  // said with what is tried again
                one(form);
        },
        written.form);
}

// ---- Records ----------------------------------------------------------------------------------

StatementGenerator::Target StatementGenerator::target(ExpressionIndex member) {
    const auto* written = std::get_if<Member>(&input_.tree.at(member).form);
    PAWL_CHECK(written != nullptr);
    const Binding binding = input_.info(member).binding;
    PAWL_CHECK(binding.kind == BindingKind::field);
    expressions_.value(written->base);
    return {input_.type_left(written->base).index, static_cast<rules::FieldIndex>(binding.index)};
}

void StatementGenerator::set(ExpressionIndex member, ExpressionIndex value,
                             ExpressionIndex because) {
    const Target place = target(member);
    expressions_.value_or_missing(value);
    if (!is_none(because)) expressions_.value(because);
    code_.emit(Opcode::set_field, place.field, place.entity, is_none(because) ? 0 : 1);
}

void StatementGenerator::one(const SetStatement& statement) {
    for (const SetItem& item : statement.items) set(item.target, item.value, statement.because);
}

void StatementGenerator::one(const ClearStatement& clear) {
    for (const ExpressionIndex member : clear.targets)
        set(member, ExpressionIndex::none, clear.because);
}

void StatementGenerator::one(const AddStatement& add) {
    const Target place = target(add.target);
    expressions_.value(add.value);
    code_.emit(add.remove ? Opcode::remove_from_field : Opcode::add_to_field, place.field,
               place.entity);
}

void StatementGenerator::values(const std::vector<FieldValue>& fields, rules::Shape& shape) {
    for (const FieldValue& field : fields) {
        expressions_.value(field.value);
        shape.fields.push_back(static_cast<rules::FieldIndex>(input_.binding(field.name).index));
    }
}

void StatementGenerator::create(const CreateForm& form) {
    rules::Shape shape;
    values(form.fields, shape);
    code_.emit(Opcode::create, code_.add_shape(std::move(shape)),
               input_.binding(form.entity).index);
}

void StatementGenerator::find_or_create(const FindOrCreateForm& form) {
    rules::Shape shape;
    values(form.keys, shape);
    const std::size_t key_count = shape.fields.size();
    values(form.fields, shape);
    code_.emit(Opcode::find_or_create, code_.add_shape(std::move(shape)),
               input_.binding(form.entity).index, static_cast<std::uint32_t>(key_count));
}

void StatementGenerator::one(const CreateStatement& statement) {
    create(statement.form);
    code_.emit(Opcode::pop);
}

void StatementGenerator::one(const FindOrCreateStatement& statement) {
    find_or_create(statement.form);
    code_.emit(Opcode::pop);
}

void StatementGenerator::one(const DeleteStatement& statement) {
    expressions_.value(statement.target);
    code_.emit(Opcode::delete_record);
}

void StatementGenerator::one(const LetStatement& let) {
    std::visit([&](const auto& value) { form(value); }, let.value);
    code_.emit(Opcode::store_local, input_.binding(let.name).index);
}

// ---- What goes out ----------------------------------------------------------------------------

void StatementGenerator::emit_event(const Name& event, const std::vector<FieldValue>& fields) {
    rules::Shape shape;
    values(fields, shape);
    code_.emit(Opcode::emit, code_.add_shape(std::move(shape)), input_.binding(event).index);
}

void StatementGenerator::one(const EmitStatement& statement) {
    emit_event(statement.event, statement.fields);
}

void StatementGenerator::one(const SendStatement& send) {
    rules::Shape shape;
    expressions_.value(send.to);
    values(send.arguments, shape);
    retried(retry_);
    code_.emit(Opcode::send, code_.add_shape(std::move(shape)),
               input_.binding(send.template_name).index);
}

void StatementGenerator::one(const NotifyStatement& notify) {
    rules::Shape shape;
    expressions_.value(notify.to);
    values(notify.arguments, shape);
    code_.emit(Opcode::notify, code_.add_shape(std::move(shape)),
               input_.binding(notify.notification).index);
}

void StatementGenerator::one(const AlertStatement& alert) {
    expressions_.value(alert.to);
    expressions_.value(alert.text);
    code_.emit(Opcode::alert);
}

void StatementGenerator::one(const LogStatement& log) {
    expressions_.value(log.text);
    code_.emit(Opcode::log);
}

void StatementGenerator::call(const CallForm& form) {
    if (!is_none(form.once_as)) expressions_.value(form.once_as);
    rules::Shape shape;
    for (std::size_t at = 0; at < form.arguments.size(); ++at) {
        const Argument& argument = form.arguments[at];
        expressions_.value(argument.value);
        const std::size_t place = argument.name.empty() ? at : input_.binding(argument.name).index;
        shape.fields.push_back(static_cast<rules::FieldIndex>(place));
    }
    const Binding action = input_.binding(form.action);
    PAWL_CHECK(action.kind == BindingKind::service_action);
    retried(retry_);
    code_.emit(Opcode::call_service, code_.add_shape(std::move(shape)), action.index,
               is_none(form.once_as) ? 0 : 1);
}

void StatementGenerator::run(const RunForm& form) {
    const rules::Flow& flow = input_.program.flows[input_.binding(form.flow).index];
    expressions_.arguments(form.arguments, flow.parameters.size());
    code_.emit(form.start ? Opcode::start_flow : Opcode::run_flow, flow.unit,
               static_cast<std::uint32_t>(flow.parameters.size()));
}

void StatementGenerator::one(const CallStatement& statement) {
    call(statement.form);
    code_.emit(Opcode::pop);
}

void StatementGenerator::one(const RunStatement& statement) {
    run(statement.form);
    if (!statement.form.start) code_.emit(Opcode::pop);
}

// ---- Where it goes on -------------------------------------------------------------------------

void StatementGenerator::one(const IfStatement& branches) {
    const CodeLabel done = code_.label();
    for (const ConditionalBranch& branch : branches.branches) {
        const bool is_last = &branch == &branches.branches.back() && !branches.otherwise;
        const CodeLabel otherwise = code_.label();
        expressions_.value(branch.condition);
        code_.jump(Opcode::jump_unless_true, otherwise);
        block(branch.body);
        if (!is_last) code_.jump(Opcode::jump, done);
        code_.place(otherwise);
    }
    if (branches.otherwise) block(*branches.otherwise);
    code_.place(done);
}

void StatementGenerator::one(const ForEachStatement& for_each) {
    const std::uint32_t variable = input_.binding(for_each.variable).index;
    const CodeLabel next = code_.label();
    const CodeLabel done = code_.label();
    expressions_.items(for_each.source, variable);
    code_.emit(Opcode::iterate_begin, 0, variable + 1);
    code_.place(next);
    code_.jump(Opcode::iterate_next, done, variable + 1);
    code_.emit(Opcode::store_local, variable);
    loops_.push_back({next, open_tries_});
    block(for_each.body);
    loops_.pop_back();
    code_.jump(Opcode::jump, next);
    code_.place(done);
}

// What leaves a try's body early has succeeded so far: its changes stay.
void StatementGenerator::leave_tries(std::size_t down_to) {
    for (std::size_t open = open_tries_; open > down_to; --open) code_.emit(Opcode::try_end);
}

void StatementGenerator::one(const NextStatement&) {
    PAWL_CHECK(!loops_.empty());
    leave_tries(loops_.back().open_tries);
    code_.jump(Opcode::jump, loops_.back().next);
}

void StatementGenerator::one(const TryStatement& attempt) {
    const CodeLabel done = code_.label();
    rules::TryRange range;
    range.error_local = attempt.error.empty()
                            ? std::uint16_t{0xffff}
                            : static_cast<std::uint16_t>(input_.binding(attempt.error).index);
    if (const RetryClause* retry = try_retry(input_.tree, attempt.body)) {
        const std::uint32_t attempts = code_.add_local();
        code_.emit(Opcode::push_missing);
        code_.emit(Opcode::store_local, attempts);
        range.retry = add_retry(*retry);
        code_.unit().retries.back().attempt_local = static_cast<std::uint16_t>(attempts);
    }
    code_.emit(Opcode::try_begin);
    ++open_tries_;
    range.begin = code_.here();
    block(attempt.body);
    range.end = code_.here();
    code_.emit(Opcode::try_end);
    --open_tries_;
    code_.jump(Opcode::jump, done);
    range.handler = code_.here();
    block(attempt.on_failure);
    code_.place(done);
    code_.unit().tries.push_back(range);
}

void StatementGenerator::one(const StopStatement& stop) {
    leave_tries(0);
    code_.emit(Opcode::stop, 0, 0, stop.forget ? 1 : 0);
}

void StatementGenerator::one(const ReturnStatement& give) {
    expressions_.value_or_missing(give.value);
    leave_tries(0);
    code_.emit(Opcode::return_value);
}

}  // namespace pawl::dsl::internal
