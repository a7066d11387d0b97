#include <algorithm>
#include <unordered_map>

#include "base/suggest.h"
#include "dsl/internal/check_rules.h"

// Journeys are checked inside like all else, and then refused: this version cannot run them yet.

namespace pawl::dsl::internal {

namespace {

bool is_moment(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

// A date or a datetime is due; gives its type, none where something else stands.
Type check_moment(Expressions& expressions, ExpressionIndex index, const std::string& what) {
    const Type type = expressions.check(index);
    if (is_unknown(type) || is_moment(type.kind)) return type;
    Context& context = expressions.context();
    context.report(DiagnosticCode::type_mismatch, context.tree.at(index).span,
                   what + " is a date or a datetime, and this is " + describe(context, type));
    return {};
}

class JourneyChecker {
 public:
    JourneyChecker(Context& context, Expressions& expressions, Statements& statements)
        : context_(context),
          expressions_(expressions),
          scope_(expressions.scope()),
          statements_(statements) {}

    void check(const JourneyDeclaration& form) {
        bind_record(form.of);
        Type start = simple(TypeKind::datetime);
        if (!is_none(form.starts)) start = check_moment(expressions_, form.starts, "`starts`");
        if (!is_none(form.pauses_while))
            expressions_.condition(form.pauses_while, Expressions::Unknown::quiet);
        if (!is_none(form.pauses_until)) check_moment(expressions_, form.pauses_until, "`until`");
        // No journey starts before its date is there.
        scope_.show({"start", plain(start), scope_.add_slot("start", plain(start)), form.name.span,
                     LocalOrigin::trigger});
        items(form.items);
    }

 private:
    void bind_record(const Name& of) {
        Type record;
        if (const Named* entity = context_.lookup(Space::entity, of)) {
            context_.bind(of, BindingKind::entity, entity->index);
            record = {TypeKind::reference, false, static_cast<std::uint16_t>(entity->index)};
        }
        scope_.show(
            {of.text, record, scope_.add_slot(of.text, record), of.span, LocalOrigin::trigger});
    }

    void items(const std::vector<JourneyItem>& list) {
        for (const JourneyItem& item : list)
            std::visit([&](const auto& form) { one(form); }, item.form);
    }

    void one(const JourneyLoop& loop) {
        const Scope::Mark mark = scope_.enter();
        expressions_.loop(loop.variable, loop.source);
        items(loop.items);
        scope_.leave(mark);
    }

    void one(const StepForm& step) {
        const auto [earlier, is_new] = steps_.emplace(step.name.text, step.name.span);
        if (!is_new)
            context_.report(DiagnosticCode::name_taken, step.name.span,
                            "this journey already has a step " + quoted(step.name.text),
                            "give one of them another name",
                            {{earlier->second, "it is first declared here"}});
        for (const Name& parameter : step.parameters) use_loop_value(parameter);
        if (!is_none(step.title)) check_shown_text(expressions_, step.title, "a step's title");
        check_moment(expressions_, step.at, "the time of a step");
        if (!is_none(step.catch_up))
            expressions_.require(step.catch_up, simple(TypeKind::duration), "`catch up within`");
        if (!is_none(step.unless)) expressions_.condition(step.unless, Expressions::Unknown::warn);
        statements_.block(step.body);
    }

    // What tells the steps of a `for each` apart.
    void use_loop_value(const Name& parameter) {
        if (Local* local = scope_.find(parameter.text)) {
            local->used = true;
            return;
        }
        context_.report(DiagnosticCode::unknown_name, parameter.span,
                        "no `for each` around this step has the name " + quoted(parameter.text),
                        did_you_mean(parameter.text, scope_.visible_names()));
    }

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
    Statements& statements_;
    std::unordered_map<std::string, Span> steps_;
};

void collect_steps(const std::vector<JourneyItem>& items, std::vector<const StepForm*>& steps) {
    for (const JourneyItem& item : items) {
        if (const auto* step = std::get_if<StepForm>(&item.form)) steps.push_back(step);
        if (const auto* loop = std::get_if<JourneyLoop>(&item.form))
            collect_steps(loop->items, steps);
    }
}

void check_step_named(Context& context, const JourneyDeclaration& journey,
                      const JourneyStatement& form) {
    std::vector<const StepForm*> steps;
    collect_steps(journey.items, steps);
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const StepForm* step) {
        return step->name.text == form.step.text;
    });
    if (found == steps.end()) {
        std::vector<std::string> names;
        for (const StepForm* step : steps) names.push_back(step->name.text);
        std::string hint = did_you_mean(form.step.text, names);
        if (hint.empty() && !names.empty()) hint = "its steps are " + list_names(names);
        context.report(DiagnosticCode::unknown_name, form.step.span,
                       quoted(journey.name.text) + " has no step " + quoted(form.step.text),
                       std::move(hint));
        return;
    }
    const std::size_t wanted = (*found)->parameters.size();
    if (wanted == form.step_arguments.size()) return;
    const auto count = [](std::size_t values) {
        return values == 1 ? std::string("1 value") : std::to_string(values) + " values";
    };
    context.report(DiagnosticCode::wrong_arguments, form.step.span,
                   "the step " + quoted(form.step.text) + " takes " + count(wanted) +
                       ", and here stand " + count(form.step_arguments.size()),
                   {}, {{(*found)->name.span, "the step is declared here"}});
}

}  // namespace

void check_journey(Context& context, std::uint32_t unit) {
    CheckedUnit& checked = context.checked.units[unit];
    const auto& form =
        std::get<JourneyDeclaration>(context.tree.declarations[checked.declaration].form);
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    BlockRules block_rules;
    block_rules.what = "journey";
    Statements statements(context, expressions, unit, block_rules);
    JourneyChecker(context, expressions, statements).check(form);
    context.report(DiagnosticCode::journey_not_yet, form.name.span,
                   "the journey " + quoted(form.name.text) +
                       " is a timetable, which this version cannot run yet");
}

void check_steering(Expressions& expressions, const JourneyStatement& form) {
    Context& context = expressions.context();
    const Named* named = context.lookup(Space::journey, form.journey);
    for (const ExpressionIndex argument : form.step_arguments) expressions.check(argument);
    const bool shifts = form.verb == JourneyVerb::shift;
    if (!is_none(form.by_or_until) && shifts)
        expressions.require(form.by_or_until, simple(TypeKind::duration), "`by`");
    else if (!is_none(form.by_or_until))
        check_moment(expressions, form.by_or_until, "`until`");
    if (named == nullptr) {
        if (!is_none(form.of)) expressions.check_forgiving(form.of);
        return;
    }
    // That it cannot run yet is told at the journey.
    const auto& journey =
        std::get<JourneyDeclaration>(context.tree.declarations[named->declaration].form);
    if (!form.step.empty()) check_step_named(context, journey, form);
    if (is_none(form.of)) return;
    const Named* entity = context.space(Space::entity).find(journey.of.text);
    Type record;
    if (entity != nullptr && !entity->lost)
        record = {TypeKind::reference, false, static_cast<std::uint16_t>(entity->index)};
    expressions.require(form.of, record, "the journey " + quoted(journey.name.text));
}

}  // namespace pawl::dsl::internal
