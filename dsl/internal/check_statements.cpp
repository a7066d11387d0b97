#include "dsl/internal/check_statements.h"

#include <utility>

#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

bool Statements::block(const Block& block) {
    const Scope::Mark mark = scope_.enter();
    const bool is_try = &block == try_body_;
    bool ended = false;
    bool told = false;
    for (std::size_t place = 0; place < block.size(); ++place) {
        const StatementIndex index = block[place];
        const bool is_retry = std::holds_alternative<RetryClause>(context_.tree.at(index).form);
        if (is_retry && !(is_try && place + 1 == block.size())) place_retry(block, place);
        if (ended && !told && !is_retry) {
            told = true;
            context_.report(DiagnosticCode::never_reached, context_.tree.at(index).span,
                            "this is never reached: what stands before it leaves",
                            "remove it, or move it up");
        }
        ended = statement(index) || ended;
    }
    scope_.leave(mark);
    return ended;
}

bool Statements::statement(StatementIndex index) {
    const Statement& node = context_.tree.at(index);
    return std::visit([&](const auto& inner) { return form(inner, node.span); }, node.form);
}

// A block that may or may not be reached, under what its condition proves. Statuses it changes are
// not known behind it.
bool Statements::nested(const Block& inner, const Facts& facts, ExpressionIndex condition) {
    const Scope::Mark mark = scope_.enter();
    const Known outer = known_;
    // What another branch does, and where this one does not lead back, changes nothing here.
    std::optional<Scope::Knowledge> before;
    if (goes_away(context_.tree, inner)) before = scope_.knowledge();
    const bool forgets = std::exchange(forgets_behind_, false);
    scope_.prove(facts);
    if (!is_none(condition)) know_from(condition);
    ++depth_;
    const bool ends = block(inner);
    --depth_;
    scope_.forget_facts(mark);
    forgets_behind_ = forgets || (before && !ends);
    if (before) scope_.restore(std::move(*before));
    if (ends) {
        known_ = outer;
        return true;
    }
    Known kept;
    for (const auto& [path, value] : outer) {
        const auto now = known_.find(path);
        if (now != known_.end() && now->second == value) kept.emplace(path, value);
    }
    known_ = std::move(kept);
    return false;
}

void Statements::settle() {
    if (!std::exchange(forgets_behind_, false)) return;
    scope_.forget_records();
}

void Statements::forget_records() {
    known_.clear();
    scope_.forget_records();
}

void Statements::stand_still() {
    forget_records();
    has_waited_ = true;
}

// `project.status is queued` joined by `and`: the status is known where the condition holds.
void Statements::know_from(ExpressionIndex condition) {
    const auto* binary = std::get_if<Binary>(&context_.tree.at(condition).form);
    if (binary == nullptr) return;
    if (binary->op == BinaryOperator::and_) {
        know_from(binary->left);
        know_from(binary->right);
        return;
    }
    if (binary->op != BinaryOperator::is) return;
    const auto& value = context_.info(binary->right);
    if (value.binding.kind != BindingKind::option) return;
    const std::string path = expressions_.path(binary->left);
    const auto* name = std::get_if<NameUse>(&context_.tree.at(binary->right).form);
    if (!path.empty() && name != nullptr) known_[path] = name->name.text;
}

void note_alias(Expressions& expressions, std::uint32_t slot, ExpressionIndex value, Type type) {
    expressions.scope().stands_for(value, expressions.scope().written_text(value));
    if (type.kind != TypeKind::reference) return;
    std::string path = expressions.path(value);
    if (!path.empty()) expressions.scope().alias(slot, std::move(path));
}

bool Statements::form(const LetStatement& let, Span span) {
    Type type;
    if (const auto* value = std::get_if<ExpressionIndex>(&let.value)) {
        type = expressions_.check(*value);
        if (type.kind == TypeKind::group) {
            context_.report(DiagnosticCode::not_usable_here, context_.tree.at(*value).span,
                            "a group of people is named where it is written to");
            type = {};
        }
    } else if (const auto* made = std::get_if<CreateForm>(&let.value)) {
        type = create(*made, true);
    } else if (const auto* found = std::get_if<FindOrCreateForm>(&let.value)) {
        type = find_or_create(*found);
    } else if (const auto* called = std::get_if<CallForm>(&let.value)) {
        type = call(*called, span, true);
        if (is_unknown(type)) type = {};
    } else {
        type = run(std::get<RunForm>(let.value), span, true);
    }
    const std::uint32_t slot = scope_.declare(let.name, type, LocalOrigin::let);
    if (const auto* value = std::get_if<ExpressionIndex>(&let.value))
        note_alias(expressions_, slot, *value, type);
    return false;
}

bool Statements::form(const ForEachStatement& loop, Span) {
    const Scope::Mark mark = scope_.enter();
    expressions_.loop(loop.variable, loop.source);
    // The second time round, the run has stood still.
    if (goes_away(context_.tree, loop.body)) forget_records();
    ++loops_;
    nested(loop.body, {}, ExpressionIndex::none);
    --loops_;
    scope_.leave(mark);
    settle();
    return false;
}

bool Statements::form(const NextStatement&, Span span) {
    if (loops_ == 0)
        context_.report(DiagnosticCode::misplaced, span,
                        "`next` goes on to the next one of a `for each`, and here is none",
                        "`stop` ends the run");
    return true;
}

bool Statements::form(const IfStatement& condition, Span) {
    const Scope::Mark mark = scope_.enter();
    bool all_end = condition.otherwise.has_value();
    // What holds behind it: of every branch that leaves, its condition was not true.
    Facts behind;
    bool counts = true;
    for (const ConditionalBranch& branch : condition.branches) {
        const Proof proof = expressions_.condition(branch.condition, Expressions::Unknown::warn);
        const bool ends = nested(branch.body, proof.when_true, branch.condition);
        all_end = all_end && ends;
        counts = counts && ends;
        if (counts)
            behind.insert(behind.end(), proof.when_not_true.begin(), proof.when_not_true.end());
        scope_.prove(proof.when_not_true);
    }
    if (condition.otherwise) {
        const bool ends = nested(*condition.otherwise, {}, ExpressionIndex::none);
        all_end = all_end && ends;
        // `if x is present … else stop end`: the condition held.
        if (ends && condition.branches.size() == 1 && !all_end) {
            const Proof proof = expressions_.proof(condition.branches.front().condition);
            behind.insert(behind.end(), proof.when_true.begin(), proof.when_true.end());
        }
    }
    scope_.forget_facts(mark);
    scope_.prove(behind);
    settle();
    return all_end;
}

bool Statements::form(const TryStatement& attempt, Span) {
    // The second time, the run has stood still.
    if (try_retry(context_.tree, attempt.body) != nullptr) forget_records();
    try_body_ = &attempt.body;
    nested(attempt.body, {}, ExpressionIndex::none);
    settle();
    const Scope::Mark mark = scope_.enter();
    if (!attempt.error.empty())
        scope_.declare(attempt.error, {TypeKind::record, false, rules::record_error},
                       LocalOrigin::error);
    nested(attempt.on_failure, {}, ExpressionIndex::none);
    scope_.leave(mark);
    settle();
    return false;
}

bool Statements::form(const StopStatement& stop, Span span) {
    if (stop.forget && !rules_.may_forget)
        context_.report(
            DiagnosticCode::misplaced, span,
            "`stop and forget` gives a once-key back, and this " + std::string(rules_.what) +
                " takes none",
            rules_.what == "rule" ? "write `stop`, or add the guard `once per …`" : "write `stop`");
    return true;
}

bool Statements::form(const ReturnStatement& back, Span span) {
    if (!rules_.may_return) {
        expressions_.check(back.value);
        context_.report(DiagnosticCode::misplaced, span,
                        "`return` gives a value to who runs a flow, and this is no flow",
                        "`stop` ends the run");
        return true;
    }
    const bool gives = !is_none(back.value);
    if (!gives && rules_.gives_value) {
        context_.report(
            DiagnosticCode::required_not_set, span,
            "this flow gives " + describe(context_, rules_.result) + ", and here is no value",
            "write `return …`");
    } else if (gives && !rules_.gives_value) {
        expressions_.check(back.value);
        context_.report(DiagnosticCode::misplaced, span, "this flow does not say what it gives",
                        "write `-> type` after its parameters");
    } else if (gives) {
        expressions_.require(back.value, rules_.result, "what the flow gives");
    }
    return true;
}

bool Statements::form(const LogStatement& log, Span) {
    check_shown_text(expressions_, log.text, "`log`");
    return false;
}

void check_shown_text(Expressions& expressions, ExpressionIndex index, const std::string& what) {
    const Type type = expressions.check(index);
    if (is_unknown(type) || is_textual(type.kind)) return;
    Context& context = expressions.context();
    const std::string text = context.source_text(context.tree.at(index).span);
    context.report(DiagnosticCode::type_mismatch, context.tree.at(index).span,
                   what + " takes text, and this is " + describe(context, type),
                   "write \"{{" + text + "}}\"");
}

}  // namespace pawl::dsl::internal
