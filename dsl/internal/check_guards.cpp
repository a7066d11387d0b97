#include <array>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_rules.h"

namespace pawl::dsl::internal {

namespace {

std::string_view guard_word(GuardKind kind) {
    switch (kind) {
        case GuardKind::once_per: return "once per";
        case GuardKind::at_most: return "at most";
        case GuardKind::while_running: return "while running";
        case GuardKind::only_between: return "only between";
        case GuardKind::debounce: return "debounce for";
        case GuardKind::only_every: return "only every";
        case GuardKind::rearm: return "rearm";
        case GuardKind::missed: return "missed";
        case GuardKind::on_change: return "on change";
        case GuardKind::budget: return "budget";
    }
    return "";
}

class Guards {
 public:
    Guards(Context& context, Expressions& expressions, rules::Rule& rule, const Type* crossing_type)
        : context_(context),
          expressions_(expressions),
          rule_(rule),
          crossing_type_(crossing_type) {}

    void check(const RuleDeclaration& form) {
        std::array<const Guard*, 10> seen{};
        for (const Guard& guard : form.guards) {
            const Guard*& earlier = seen[static_cast<std::size_t>(guard.kind)];
            if (earlier != nullptr)
                context_.report(
                    DiagnosticCode::misplaced, guard.span,
                    "this rule has the guard `" + std::string(guard_word(guard.kind)) + "` twice",
                    "keep one of them", {{earlier->span, "the first one is here"}});
            earlier = &guard;
            check_guard(guard);
        }
    }

 private:
    void check_guard(const Guard& guard) {
        switch (guard.kind) {
            case GuardKind::once_per: return once_per(guard);
            case GuardKind::rearm: return rearm(guard);
            case GuardKind::only_between: return only_between(guard);
            default: return check_rest(guard);
        }
    }

    void once_per(const Guard& guard) {
        for (const ExpressionIndex key : guard.per) once_key(key);
        if (!is_none(guard.value)) once_key(guard.value);
        if (is_none(guard.period)) return;
        if (const auto value = constant_value(context_, guard.period, simple(TypeKind::duration),
                                              "`once per … for`"))
            rule_.once_for = value->as_duration();
    }

    void once_key(ExpressionIndex key) {
        const Type type = expressions_.check(key);
        const bool is_whole = type.kind == TypeKind::event || type.kind == TypeKind::list ||
                              type.kind == TypeKind::record || type.kind == TypeKind::json;
        if (!is_whole) return;
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(key).span,
                        "a key is one value or one record, and this is " + describe(context_, type),
                        "name one of its fields");
    }

    void rearm(const Guard& guard) {
        rule_.rearm_above = guard.word.text == "above";
        if (crossing_type_ == nullptr) {
            expressions_.check(guard.value);
            context_.report(DiagnosticCode::misplaced, guard.span,
                            "`rearm` belongs to `drops below` or `rises above`", "remove it");
            return;
        }
        expressions_.require(guard.value, maybe(*crossing_type_), "`rearm`");
        const bool rises = rule_.triggers.front().kind == rules::TriggerKind::rises_above;
        if (rises == rule_.rearm_above)
            context_.report(DiagnosticCode::misplaced, guard.span,
                            rises ? "a rule that fires when a value rises is armed again below"
                                  : "a rule that fires when a value drops is armed again above",
                            rises ? "write `rearm below …`" : "write `rearm above …`");
    }

    void only_between(const Guard& guard) {
        for (const ExpressionIndex time : {guard.from, guard.to}) {
            if (is_none(time)) continue;
            if (is_none(guard.zone))
                require_zone(context_, context_.tree.at(time).span, "`only between`");
            expressions_.require(time, simple(TypeKind::time), "`only between`");
        }
        if (!guard.calendar.empty()) context_.lookup(Space::calendar, guard.calendar);
        if (!is_none(guard.zone)) expressions_.require(guard.zone, simple(TypeKind::text), "`in`");
        refuse(guard);
    }

    void check_rest(const Guard& guard) {
        for (const ExpressionIndex key : guard.per) expressions_.check(key);
        const bool counts = guard.kind == GuardKind::at_most || guard.kind == GuardKind::budget;
        if (!is_none(guard.value)) {
            if (counts)
                expressions_.require(guard.value, simple(TypeKind::integer), "a count");
            else
                expressions_.check(guard.value);
        }
        if (!is_none(guard.period))
            expressions_.require(guard.period, simple(TypeKind::duration),
                                 "`" + std::string(guard_word(guard.kind)) + "`");
        refuse(guard);
    }

    void refuse(const Guard& guard) {
        context_.report(DiagnosticCode::guard_not_yet, guard.span,
                        "the guard `" + std::string(guard_word(guard.kind)) +
                            "` waits or counts over time, which this version cannot do yet",
                        "`once per` and `rearm` are kept");
    }

    Context& context_;
    Expressions& expressions_;
    rules::Rule& rule_;
    const Type* crossing_type_;
};

}  // namespace

void check_guards(Context& context, Expressions& expressions, const RuleDeclaration& form,
                  rules::Rule& rule, const Type* crossing_type) {
    Guards(context, expressions, rule, crossing_type).check(form);
}

}  // namespace pawl::dsl::internal
