#include "dsl/internal/check_walk.h"

#include <vector>

namespace pawl::dsl::internal {

namespace {

using Visit = std::function<void(ExpressionIndex)>;

void visit_present(ExpressionIndex index, const Visit& visit) {
    if (!is_none(index)) visit(index);
}

void visit_arguments(const std::vector<Argument>& arguments, const Visit& visit) {
    for (const Argument& argument : arguments) visit_present(argument.value, visit);
}

void visit_fields(const std::vector<FieldValue>& fields, const Visit& visit) {
    for (const FieldValue& field : fields) visit_present(field.value, visit);
}

struct ChildVisitor {
    const Visit& visit;

    void operator()(const Literal&) const {}
    void operator()(const NameUse&) const {}
    void operator()(const Text& text) const {
        for (const TextPiece& piece : text.pieces) {
            visit_present(piece.expression, visit);
            for (const TextFilter& filter : piece.filters)
                for (const ExpressionIndex argument : filter.arguments)
                    visit_present(argument, visit);
        }
    }
    void operator()(const Member& form) const { visit_present(form.base, visit); }
    void operator()(const CallExpression& form) const { visit_arguments(form.arguments, visit); }
    void operator()(const Unary& form) const { visit_present(form.operand, visit); }
    void operator()(const Binary& form) const {
        visit_present(form.left, visit);
        visit_present(form.right, visit);
    }
    void operator()(const Between& form) const {
        visit_present(form.value, visit);
        visit_present(form.low, visit);
        visit_present(form.high, visit);
    }
    void operator()(const Presence& form) const { visit_present(form.value, visit); }
    void operator()(const OrDefault& form) const {
        visit_present(form.value, visit);
        visit_present(form.fallback, visit);
    }
    void operator()(const QueryExpression& form) const {
        visit_present(form.limit, visit);
        visit_present(form.percent, visit);
        visit_present(form.source, visit);
        visit_present(form.where, visit);
        visit_present(form.selected, visit);
        for (const OrderKey& key : form.order) visit_present(key.key, visit);
    }
    void operator()(const ListLiteral& form) const {
        for (const ExpressionIndex item : form.items) visit_present(item, visit);
    }
    void operator()(const ObjectLiteral& form) const {
        for (const ObjectMember& member : form.members) visit_present(member.value, visit);
    }
    void operator()(const RangeExpression& form) const {
        visit_present(form.first, visit);
        visit_present(form.last, visit);
    }
    void operator()(const AsType& form) const { visit_present(form.value, visit); }
};

struct StatementVisitor {
    const Visit& visit;

    void operator()(const ExpressionIndex& index) const { visit_present(index, visit); }
    void operator()(const CreateForm& form) const { visit_fields(form.fields, visit); }
    void operator()(const FindOrCreateForm& form) const {
        visit_fields(form.keys, visit);
        visit_fields(form.fields, visit);
    }
    void operator()(const CallForm& form) const {
        visit_arguments(form.arguments, visit);
        visit_present(form.once_as, visit);
    }
    void operator()(const RunForm& form) const { visit_arguments(form.arguments, visit); }
    void operator()(const LetStatement& form) const { std::visit(*this, form.value); }
    void operator()(const SetStatement& form) const {
        for (const SetItem& item : form.items) {
            visit_present(item.target, visit);
            visit_present(item.value, visit);
        }
        visit_present(form.because, visit);
    }
    void operator()(const ClearStatement& form) const {
        for (const ExpressionIndex target : form.targets) visit_present(target, visit);
        visit_present(form.because, visit);
    }
    void operator()(const AddStatement& form) const {
        visit_present(form.value, visit);
        visit_present(form.target, visit);
    }
    void operator()(const CreateStatement& form) const { (*this)(form.form); }
    void operator()(const FindOrCreateStatement& form) const { (*this)(form.form); }
    void operator()(const CallStatement& form) const { (*this)(form.form); }
    void operator()(const RunStatement& form) const { (*this)(form.form); }
    void operator()(const DeleteStatement& form) const { visit_present(form.target, visit); }
    void operator()(const EmitStatement& form) const { visit_fields(form.fields, visit); }
    void operator()(const SendStatement& form) const {
        visit_present(form.to, visit);
        visit_fields(form.arguments, visit);
        for (const ExpressionIndex file : form.attachments) visit_present(file, visit);
    }
    void operator()(const NotifyStatement& form) const {
        visit_present(form.to, visit);
        visit_fields(form.arguments, visit);
    }
    void operator()(const AlertStatement& form) const {
        visit_present(form.to, visit);
        visit_present(form.text, visit);
    }
    void operator()(const LogStatement& form) const { visit_present(form.text, visit); }
    void operator()(const WaitStatement& form) const { visit_present(form.value, visit); }
    void operator()(const WaitForStatement& form) const {
        visit_present(form.where, visit);
        visit_present(form.up_to, visit);
    }
    void operator()(const AskStatement& form) const {
        visit_present(form.who, visit);
        visit_present(form.question, visit);
        visit_present(form.up_to, visit);
    }
    void operator()(const CancelRunsStatement& form) const { visit_present(form.of, visit); }
    void operator()(const JourneyStatement& form) const {
        for (const ExpressionIndex argument : form.step_arguments) visit_present(argument, visit);
        visit_present(form.of, visit);
        visit_present(form.by_or_until, visit);
    }
    void operator()(const ForEachStatement& form) const { visit_present(form.source, visit); }
    void operator()(const NextStatement&) const {}
    void operator()(const IfStatement& form) const {
        for (const ConditionalBranch& branch : form.branches)
            visit_present(branch.condition, visit);
    }
    void operator()(const TryStatement&) const {}
    void operator()(const RetryClause& form) const {
        visit_present(form.times, visit);
        visit_present(form.first, visit);
        visit_present(form.limit, visit);
    }
    void operator()(const StopStatement&) const {}
    void operator()(const ReturnStatement& form) const { visit_present(form.value, visit); }
};

}  // namespace

void for_each_child(const Tree& tree, ExpressionIndex index, const Visit& visit) {
    std::visit(ChildVisitor{visit}, tree.at(index).form);
}

void for_each_expression(const Statement& statement, const Visit& visit) {
    std::visit(StatementVisitor{visit}, statement.form);
}

void for_each_block(const Statement& statement, const std::function<void(const Block&)>& visit) {
    if (const auto* form = std::get_if<IfStatement>(&statement.form)) {
        for (const ConditionalBranch& branch : form->branches) visit(branch.body);
        if (form->otherwise) visit(*form->otherwise);
    }
    if (const auto* form = std::get_if<ForEachStatement>(&statement.form)) visit(form->body);
    if (const auto* form = std::get_if<TryStatement>(&statement.form)) {
        visit(form->body);
        visit(form->on_failure);
    }
    if (const auto* form = std::get_if<WaitForStatement>(&statement.form))
        for (const Branch& branch : form->branches) visit(branch.body);
    if (const auto* form = std::get_if<AskStatement>(&statement.form))
        for (const Branch& branch : form->branches) visit(branch.body);
}

void for_each_statement(const Tree& tree, const Block& block,
                        const std::function<void(StatementIndex)>& visit) {
    for (const StatementIndex index : block) {
        visit(index);
        for_each_block(tree.at(index),
                       [&](const Block& inner) { for_each_statement(tree, inner, visit); });
    }
}

const CallForm* call_of(const Statement& statement) {
    if (const auto* call = std::get_if<CallStatement>(&statement.form)) return &call->form;
    const auto* let = std::get_if<LetStatement>(&statement.form);
    return let == nullptr ? nullptr : std::get_if<CallForm>(&let->value);
}

const RunForm* run_of(const Statement& statement) {
    const RunForm* run = nullptr;
    if (const auto* form = std::get_if<RunStatement>(&statement.form)) run = &form->form;
    if (const auto* let = std::get_if<LetStatement>(&statement.form))
        run = std::get_if<RunForm>(&let->value);
    return run == nullptr || run->start ? nullptr : run;
}

bool is_wait(const Statement& statement) {
    return std::holds_alternative<WaitStatement>(statement.form) ||
           std::holds_alternative<WaitForStatement>(statement.form) ||
           std::holds_alternative<AskStatement>(statement.form);
}

bool goes_away(const Tree& tree, const Block& block) {
    bool does = false;
    for_each_statement(tree, block, [&](StatementIndex index) {
        const Statement& statement = tree.at(index);
        does = does || is_wait(statement) || call_of(statement) != nullptr ||
               run_of(statement) != nullptr || std::holds_alternative<RetryClause>(statement.form);
    });
    return does;
}

bool takes_retry(const Statement& statement) {
    return std::holds_alternative<SendStatement>(statement.form) || call_of(statement) != nullptr;
}

const RetryClause* try_retry(const Tree& tree, const Block& body) {
    if (body.empty()) return nullptr;
    // That of a call or a send that stands last is of that alone.
    if (body.size() > 1 && takes_retry(tree.at(body[body.size() - 2]))) return nullptr;
    return std::get_if<RetryClause>(&tree.at(body.back()).form);
}

bool uses_name(const Tree& tree, ExpressionIndex root, std::string_view name) {
    std::vector<ExpressionIndex> open{root};
    bool found = false;
    while (!open.empty() && !found) {
        const ExpressionIndex index = open.back();
        open.pop_back();
        if (const auto* use = std::get_if<NameUse>(&tree.at(index).form))
            found = use->name.text == name;
        for_each_child(tree, index, [&](ExpressionIndex child) { open.push_back(child); });
    }
    return found;
}

}  // namespace pawl::dsl::internal
