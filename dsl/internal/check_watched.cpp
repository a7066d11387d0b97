#include "dsl/internal/check_watched.h"

#include <algorithm>

#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

namespace {

class Watcher {
 public:
    Watcher(Context& context, const Watched& watched, std::vector<FieldIndex>& fields,
            std::vector<std::pair<FieldIndex, FieldIndex>>& through)
        : context_(context), watched_(watched), fields_(fields), through_(through) {}

    void collect(ExpressionIndex root) {
        std::vector<ExpressionIndex> open{root};
        while (!open.empty()) {
            const ExpressionIndex index = open.back();
            open.pop_back();
            const auto& form = context_.tree.at(index).form;
            if (std::holds_alternative<Member>(form)) {
                path(index);
                continue;
            }
            if (const auto* call = std::get_if<CallExpression>(&form)) define(index, *call);
            if (std::holds_alternative<QueryExpression>(form)) continue;
            for_each_child(context_.tree, index,
                           [&](ExpressionIndex child) { open.push_back(child); });
        }
        const auto tidy = [](auto& list) {
            std::sort(list.begin(), list.end());
            list.erase(std::unique(list.begin(), list.end()), list.end());
        };
        tidy(fields_);
        tidy(through_);
    }

 private:
    void path(ExpressionIndex index) {
        std::vector<const Member*> members;
        ExpressionIndex at = index;
        while (const auto* member = std::get_if<Member>(&context_.tree.at(at).form)) {
            members.push_back(member);
            at = member->base;
        }
        const auto* use = std::get_if<NameUse>(&context_.tree.at(at).form);
        if (use == nullptr || use->name.text != watched_.record) return;
        // Parts of a value that a field holds change with the field.
        std::vector<FieldIndex> steps;
        for (auto member = members.rbegin(); member != members.rend(); ++member) {
            const auto found = context_.checked.names.find((*member)->name.span);
            if (found == context_.checked.names.end()) break;
            if (found->second.kind != BindingKind::field) break;
            steps.push_back(static_cast<FieldIndex>(found->second.index));
        }
        if (steps.empty()) return;
        if (steps.size() > 2) {
            context_.report(watched_.code, context_.tree.at(index).span,
                            watched_.what + " watches the fields of " + quoted(watched_.record) +
                                " and of what it refers to directly, and this goes further",
                            watched_.mend);
            return;
        }
        fields_.push_back(steps.front());
        if (steps.size() == 2) through_.emplace_back(steps.front(), steps.back());
    }

    void define(ExpressionIndex index, const CallExpression& call) {
        const Binding binding = context_.info(index).binding;
        if (binding.kind != BindingKind::define) return;
        const DefineInfo& define = context_.defines[binding.index];
        const bool takes_record = std::any_of(
            define.parameters.begin(), define.parameters.end(), [&](const auto& parameter) {
                return context_.type(parameter.type).kind == TypeKind::reference;
            });
        if (!define.reads_beyond && !takes_record) return;
        context_.report(
            watched_.code, call.callee.span,
            quoted(call.callee.text) + " reads more than the fields of " + quoted(watched_.record),
            watched_.mend);
    }

    Context& context_;
    const Watched& watched_;
    std::vector<FieldIndex>& fields_;
    std::vector<std::pair<FieldIndex, FieldIndex>>& through_;
};

}  // namespace

void report_unwatched(Context& context, const Watched& watched, Span span, std::string_view what) {
    context.report(watched.code, span,
                   watched.what + " looks again when a field of " + quoted(watched.record) +
                       " changes, and " + std::string(what) + " changes without one",
                   watched.mend);
}

void collect_watched(Context& context, const Watched& watched, ExpressionIndex root,
                     std::vector<FieldIndex>& fields,
                     std::vector<std::pair<FieldIndex, FieldIndex>>& through) {
    Watcher(context, watched, fields, through).collect(root);
}

}  // namespace pawl::dsl::internal
