#include <array>

#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_stated.h"
#include "dsl/internal/check_zones.h"

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
            case GuardKind::at_most: return at_most(guard);
            case GuardKind::while_running: return while_running(guard);
            case GuardKind::only_between: return only_between(guard);
            case GuardKind::debounce: return pace(guard, Months::refused, rule_.debounce);
            case GuardKind::only_every: return pace(guard, Months::taken, rule_.only_every);
            case GuardKind::rearm: return rearm(guard);
            case GuardKind::missed: return missed(guard);
            case GuardKind::on_change: return on_change(guard);
            case GuardKind::budget: return budget(guard);
        }
    }

    void once_per(const Guard& guard) {
        for (const ExpressionIndex key : guard.per) check_key(key);
        if (!is_none(guard.value)) check_key(guard.value);
        if (is_none(guard.period)) return;
        if (const auto value = constant_value(context_, guard.period, simple(TypeKind::duration),
                                              "`once per … for`"))
            rule_.once_for = value->as_duration();
    }

    void check_key(ExpressionIndex key) {
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
        const auto crosses = [&](rules::TriggerKind kind) {
            return std::any_of(rule_.triggers.begin(), rule_.triggers.end(),
                               [&](const rules::Trigger& each) { return each.kind == kind; });
        };
        const bool rises = crosses(rules::TriggerKind::rises_above);
        if (rises && crosses(rules::TriggerKind::drops_below))
            context_.report(DiagnosticCode::misplaced, guard.span,
                            "`rearm` arms one crossing again, and this rule has two of them",
                            "divide it into a rule that rises and one that drops");
        else if (rises == rule_.rearm_above)
            context_.report(DiagnosticCode::misplaced, guard.span,
                            rises ? "a rule that fires when a value rises is armed again below"
                                  : "a rule that fires when a value drops is armed again above",
                            rises ? "write `rearm below …`" : "write `rearm above …`");
    }

    void keys(const Guard& guard) {
        for (const ExpressionIndex key : guard.per) check_key(key);
    }

    // Days and what is longer begin at midnight, somewhere.
    rules::CalendarUnit unit(const Guard& guard) {
        using rules::CalendarUnit;
        const std::string& word = guard.word.text;
        const CalendarUnit unit = word == "minute"  ? CalendarUnit::minute
                                  : word == "hour"  ? CalendarUnit::hour
                                  : word == "week"  ? CalendarUnit::week
                                  : word == "month" ? CalendarUnit::month
                                  : word == "year"  ? CalendarUnit::year
                                                    : CalendarUnit::day;
        if (unit >= CalendarUnit::day)
            require_zone(context_, guard.word.span, "a " + guard.word.text + " of the calendar");
        return unit;
    }

    void at_most(const Guard& guard) {
        keys(guard);
        rules::AtMost made;
        made.count = check_count(expressions_, guard.value, runs_max, "`at most`");
        made.unit = unit(guard);
        rule_.at_most = std::move(made);
    }

    void budget(const Guard& guard) {
        rules::MessageBudget made;
        made.count = check_count(expressions_, guard.value, runs_max, "`budget`");
        made.unit = unit(guard);
        rule_.budget = std::move(made);
    }

    void while_running(const Guard& guard) {
        using rules::Overlap;
        keys(guard);
        const std::string& word = guard.word.text;
        rule_.while_running.overlap = word == "skip"      ? Overlap::skip
                                      : word == "restart" ? Overlap::restart
                                      : word == "queue"   ? Overlap::queue
                                                          : Overlap::parallel;
        if (word != "parallel" || guard.per.empty()) return;
        context_.report(DiagnosticCode::misplaced, context_.tree.at(guard.per.front()).span,
                        "runs that go on side by side need no `per`", "remove it");
    }

    void only_between(const Guard& guard) {
        rules::OnlyBetween made;
        zone_of(guard);
        made.from = check_stated(expressions_, guard.from, simple(TypeKind::time), between);
        made.to = check_stated(expressions_, guard.to, simple(TypeKind::time), between);
        if (!made.from.value.is_missing() && made.from.value == made.to.value)
            context_.report(DiagnosticCode::value_out_of_range, context_.tree.at(guard.to).span,
                            "`only between` ends when it begins, and is never open",
                            "give it another end; `00:00` is the midnight after the day");
        if (!guard.days.empty()) made.weekdays = check_weekdays(context_, guard.days);
        if (!guard.calendar.empty())
            if (const Named* calendar = context_.lookup(Space::calendar, guard.calendar))
                made.calendar = calendar->index;
        made.holds = guard.otherwise.text == "hold";
        rule_.only_between = std::move(made);
    }

    // A zone that a record names may be missing there: then the rulebook's is in force.
    void zone_of(const Guard& guard) {
        if (is_none(guard.zone)) {
            require_zone(context_, context_.tree.at(guard.from).span, between);
            return;
        }
        const Span span = context_.tree.at(guard.zone).span;
        const Type type =
            expressions_.require(guard.zone, simple(TypeKind::text, true), "the zone after `in`");
        note_zone_source(context_, expressions_.scope(), guard.zone);
        const bool is_text = check_zone_text(context_, expressions_.scope(), guard.zone);
        if (!is_text && !is_unknown(type))
            require_zone(context_, span, "`only between` where the record names no zone");
    }

    void pace(const Guard& guard, Months months, std::optional<rules::Pace>& into) {
        keys(guard);
        into = rules::Pace{check_length(expressions_, guard.period, months,
                                        "`" + std::string(guard_word(guard.kind)) + "`"),
                           std::nullopt};
    }

    void missed(const Guard& guard) {
        using rules::MissedPolicy;
        const std::string& word = guard.word.text;
        rule_.missed.policy = word == "skips" ? MissedPolicy::skips
                              : word == "all" ? MissedPolicy::all
                                              : MissedPolicy::once;
        if (!is_none(guard.period))
            rule_.missed.within =
                check_length(expressions_, guard.period, Months::taken, "`missed … within`");
        const bool can_be_missed =
            std::any_of(rule_.triggers.begin(), rule_.triggers.end(), [](const auto& trigger) {
                return trigger.kind == rules::TriggerKind::anchor ||
                       trigger.kind == rules::TriggerKind::clock ||
                       trigger.kind == rules::TriggerKind::absence ||
                       (trigger.pattern && trigger.pattern->is_negated);
            });
        if (can_be_missed || expressions_.scope().has_lost_trigger) return;
        context_.report(DiagnosticCode::misplaced, guard.span,
                        "`missed` is of rules that a moment sets off: the clock, a date, what does "
                        "not come in time; this one waits for what happens, and nothing of that "
                        "is ever missed",
                        "remove it");
    }

    void on_change(const Guard& guard) {
        using rules::OnChange;
        const std::string& word = guard.word.text;
        rule_.on_change = word == "move"     ? OnChange::move
                          : word == "cancel" ? OnChange::cancel
                                             : OnChange::finish;
    }

    static constexpr std::int64_t runs_max = 1'000'000'000;
    static constexpr const char* between = "`only between`";

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
