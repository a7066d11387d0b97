#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/suggest.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_stated.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/internal/check_watched.h"

// Journeys: first what they hang on and what tells their steps apart, which statements that steer
// them need; then the steps' statements.

namespace pawl::dsl::internal {

namespace {

bool is_moment(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

const JourneyDeclaration& form_of(const Context& context, std::uint32_t unit) {
    const auto declaration = context.checked.units[unit].declaration;
    return std::get<JourneyDeclaration>(context.tree.declarations[declaration].form);
}

// A step's value is part of its name in the timetable.
bool tells_apart(TypeKind kind) {
    constexpr std::array<TypeKind, 10> kinds = {
        TypeKind::none,  TypeKind::text,     TypeKind::integer, TypeKind::boolean,
        TypeKind::date,  TypeKind::time,     TypeKind::choice,  TypeKind::datetime,
        TypeKind::email, TypeKind::reference};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

class TimetableChecker {
 public:
    TimetableChecker(Context& context, Expressions& expressions, rules::Journey& journey)
        : context_(context),
          expressions_(expressions),
          scope_(expressions.scope()),
          journey_(journey) {}

    void check(const JourneyDeclaration& form) {
        record_ = form.of.text;
        bind_record(form.of);
        // The engine puts the record first and its start behind it.
        const std::uint32_t start = scope_.add_slot("start", {});
        Type starts = simple(TypeKind::datetime);
        if (!is_none(form.starts)) starts = moment(form.starts, "`starts`");
        if (!is_none(form.pauses_while)) pauses(form);
        // No step is planned before the date is there.
        const Type known = plain(starts);
        scope_.unit().local_types[start] = context_.type_index(known);
        scope_.show({"start", known, start, form.name.span, LocalOrigin::trigger});
        items(form.items);
        if (known.kind == TypeKind::date) warn_of_midnight(form);
    }

 private:
    // A date is its midnight, and so is what is counted from it in days. Mostly nobody wants a
    // message then.
    void warn_of_midnight(const JourneyDeclaration& form) {
        if (at_midnight_.empty()) return;
        constexpr std::size_t named_max = 5;
        std::string names;
        std::vector<Label> labels;
        for (const Name* name : at_midnight_) {
            if (labels.size() == named_max) break;
            names += (names.empty() ? "" : ", ") + quoted(name->text);
            labels.push_back({name->span, "at 00:00"});
        }
        if (at_midnight_.size() > named_max) names += " …";
        const bool is_one = at_midnight_.size() == 1;
        const Span starts = context_.tree.at(form.starts).span;
        context_.report(DiagnosticCode::steps_at_midnight, starts,
                        "the journey " + quoted(form.name.text) + " starts on a date, so its " +
                            (is_one ? "step " : "steps ") + names + (is_one ? " comes" : " come") +
                            " at 00:00",
                        "write `starts " + context_.source_text(starts) +
                            " at 09:00` for a time of day, or give each step its own",
                        std::move(labels));
    }

    void bind_record(const Name& of) {
        Type record;
        if (const Named* entity = context_.lookup(Space::entity, of)) {
            context_.bind(of, BindingKind::entity, entity->index);
            journey_.entity = static_cast<EntityIndex>(entity->index);
            record = {TypeKind::reference, false, journey_.entity};
            if (context_.schema().entities[journey_.entity].read_only)
                context_.report(DiagnosticCode::read_only, of.span,
                                quoted(of.text) + " is kept by the engine, and has no journeys",
                                "name an entity of your own");
        }
        scope_.show(
            {of.text, record, scope_.add_slot(of.text, record), of.span, LocalOrigin::trigger});
    }

    Watched watched(const std::string& what) const {
        return {what, record_,
                "read fields of " + quoted(record_) + ", as in `starts " + record_ +
                    ".starts_on`, and let a rule keep them right",
                DiagnosticCode::journey_reads_beyond};
    }

    // Read again whenever a field of the record changes, so it may hang on nothing else.
    template <class Check>
    void follow(ExpressionIndex index, const std::string& what, const Check& check) {
        const Watched words = watched(what);
        ReadWatch watch;
        watch.on_query = [&](Span place, std::string_view read) {
            report_unwatched(context_, words, place, read);
        };
        expressions_.watch = &watch;
        check();
        expressions_.watch = nullptr;
        collect_watched(context_, words, index, journey_.watched, journey_.watched_through);
    }

    Type moment(ExpressionIndex index, const std::string& what) {
        Type type;
        follow(index, what, [&] { type = check_moment(expressions_, index, what + " is"); });
        return type;
    }

    void pauses(const JourneyDeclaration& form) {
        follow(form.pauses_while, "`pauses while`",
               [&] { expressions_.condition(form.pauses_while, Expressions::Unknown::quiet); });
        if (!is_none(form.pauses_until)) moment(form.pauses_until, "`until`");
    }

    void items(const std::vector<JourneyItem>& list) {
        for (const JourneyItem& item : list)
            std::visit([&](const auto& form) { one(form); }, item.form);
    }

    void one(const JourneyLoop& loop) {
        const Scope::Mark mark = scope_.enter();
        expressions_.loop(loop.variable, loop.source);
        loops_.push_back(&loop.variable);
        items(loop.items);
        loops_.pop_back();
        scope_.leave(mark);
    }

    void one(const StepForm& step) {
        const auto [earlier, is_new] = steps_.emplace(step.name.text, step.name.span);
        if (!is_new)
            context_.report(DiagnosticCode::name_taken, step.name.span,
                            "this journey already has a step " + quoted(step.name.text),
                            "give one of them another name",
                            {{earlier->second, "it is first declared here"}});
        rules::JourneyStep made;
        made.name = step.name.text;
        made.line = context_.sources.file(step.span.file).position(step.span.begin).line;
        parameters(step, made);
        if (!is_none(step.title)) check_shown_text(expressions_, step.title, "a step's title");
        planned(step);
        if (!is_none(step.catch_up))
            made.catch_up =
                check_length(expressions_, step.catch_up, Months::taken, "`catch up within`");
        if (!is_none(step.unless)) expressions_.condition(step.unless, Expressions::Unknown::warn);
        context_.bind(step.name, BindingKind::step,
                      static_cast<std::uint32_t>(journey_.steps.size()));
        journey_.steps.push_back(std::move(made));
    }

    // The timetable is made anew when its start moves: a time that is another one each time would
    // never come.
    void planned(const StepForm& step) {
        ReadWatch watch;
        watch.on_query = [&](Span place, std::string_view read) {
            if (read == "a query") return;
            context_.report(DiagnosticCode::journey_reads_beyond, place,
                            "the time of a step is worked out anew when its journey moves, and " +
                                std::string(read) + " is another one then",
                            "count from `start`, as in `start + 3d`");
        };
        expressions_.watch = &watch;
        Local* start = scope_.find("start");
        const bool was_used = start != nullptr && std::exchange(start->used, false);
        const Type at = check_moment(expressions_, step.at, "the time of a step is");
        start = scope_.find("start");
        if (start != nullptr) {
            if (at.kind == TypeKind::date && start->used) at_midnight_.push_back(&step.name);
            start->used = start->used || was_used;
        }
        expressions_.watch = nullptr;
    }

    // What tells the steps of a `for each` apart.
    void parameters(const StepForm& step, rules::JourneyStep& made) {
        bool are_known = true;
        std::vector<std::string> given;
        for (const Name& parameter : step.parameters) {
            if (std::find(given.begin(), given.end(), parameter.text) != given.end())
                context_.report(DiagnosticCode::set_twice, parameter.span,
                                quoted(parameter.text) + " stands there twice",
                                "remove one of them");
            given.push_back(parameter.text);
            const bool is_loop = std::any_of(loops_.begin(), loops_.end(), [&](const Name* name) {
                return name->text == parameter.text;
            });
            are_known = are_known && is_loop;
            if (is_loop)
                loop_value(parameter, made);
            else
                no_loop_value(parameter);
        }
        std::vector<std::string> absent;
        for (const Name* name : loops_)
            if (std::find(given.begin(), given.end(), name->text) == given.end())
                absent.push_back(name->text);
        if (absent.empty() || !are_known) return;
        std::string all;
        for (const Name* name : loops_) all += (all.empty() ? "" : ", ") + name->text;
        const bool is_one = absent.size() == 1;
        context_.report(DiagnosticCode::steps_alike, step.name.span,
                        "there is a step " + quoted(step.name.text) + " for each " +
                            list_names(absent) + ", and its name does not tell which",
                        "write `step " + step.name.text + "(" + all + ")`",
                        {{loops_.front()->span, is_one ? "the `for each` around it is here"
                                                       : "the outermost `for each` is here"}});
    }

    void loop_value(const Name& parameter, rules::JourneyStep& made) {
        Local* local = scope_.find(parameter.text);
        local->used = true;
        context_.bind(parameter, BindingKind::local, local->slot);
        made.parameters.push_back(static_cast<std::uint16_t>(local->slot));
        if (tells_apart(local->type.kind) && !local->type.optional) return;
        context_.report(DiagnosticCode::steps_alike, parameter.span,
                        "a step is found again by its values, and " + quoted(parameter.text) +
                            " is " + describe(context_, local->type),
                        "go through whole numbers, texts, dates, values or records");
    }

    void no_loop_value(const Name& parameter) {
        std::vector<std::string> names;
        for (const Name* name : loops_) names.push_back(name->text);
        std::string hint = did_you_mean(parameter.text, names);
        if (hint.empty())
            hint = names.empty() ? "write the step without brackets"
                                 : "the brackets hold " + list_names(names);
        context_.report(DiagnosticCode::unknown_name, parameter.span,
                        "no `for each` around this step has the name " + quoted(parameter.text),
                        std::move(hint));
    }

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
    rules::Journey& journey_;
    std::string record_;
    std::vector<const Name*> loops_;
    std::vector<const Name*> at_midnight_;  // steps that hang on a start without a time of day
    std::unordered_map<std::string, Span> steps_;
};

// The statements of every step, with the names that the timetable bound.
class StepChecker {
 public:
    StepChecker(Context& context, Expressions& expressions, std::uint32_t unit)
        : context_(context), expressions_(expressions), scope_(expressions.scope()), unit_(unit) {}

    void check(const JourneyDeclaration& form) {
        show(form.of.text, 0, form.of.span);
        show("start", 1, form.name.span);
        items(form.items);
    }

 private:
    void show(const std::string& name, std::uint32_t slot, Span span) {
        const Type type = context_.type(scope_.unit().local_types[slot]);
        scope_.show({name, type, slot, span, LocalOrigin::trigger});
    }

    void items(const std::vector<JourneyItem>& list) {
        for (const JourneyItem& item : list)
            std::visit([&](const auto& form) { one(form); }, item.form);
    }

    void one(const JourneyLoop& loop) {
        const auto found = context_.checked.names.find(loop.variable.span);
        if (found == context_.checked.names.end()) return;
        const Scope::Mark mark = scope_.enter();
        show(loop.variable.text, found->second.index, loop.variable.span);
        items(loop.items);
        scope_.leave(mark);
    }

    void one(const StepForm& step) {
        BlockRules block_rules;
        block_rules.what = "journey";
        const Scope::Mark mark = scope_.enter();
        if (!is_none(step.unless)) scope_.prove(expressions_.proof(step.unless).when_not_true);
        Statements(context_, expressions_, unit_, block_rules).block(step.body);
        scope_.leave(mark);
    }

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
    std::uint32_t unit_;
};

}  // namespace

Type check_moment(Expressions& expressions, ExpressionIndex index, const std::string& what) {
    const Type type = expressions.check(index);
    if (is_unknown(type) || is_moment(type.kind)) return type;
    Context& context = expressions.context();
    context.report(DiagnosticCode::type_mismatch, context.tree.at(index).span,
                   what + " a date or a datetime, and this is " + describe(context, type),
                   hint_for_time(context, index, simple(TypeKind::datetime), what));
    return {};
}

void check_timetable(Context& context, std::uint32_t unit) {
    CheckedUnit& checked = context.checked.units[unit];
    const JourneyDeclaration& form = form_of(context, unit);
    rules::Journey& journey = context.program().journeys[checked.table_index];
    journey.name = form.name.text;
    journey.title = form.title;
    journey.unit = unit;
    journey.renamed_from = form.renamed_from.text;
    if (!form.renamed_from.empty())
        if (const Named* old = context.space(Space::journey).find(form.renamed_from.text))
            context.report(DiagnosticCode::name_taken, form.renamed_from.span,
                           "the journey " + quoted(form.renamed_from.text) + " is still there",
                           "rename it in its own place, or remove `renamed from`",
                           {{old->span, "it is declared here"}});
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    TimetableChecker(context, expressions, journey).check(form);
}

void check_journey(Context& context, std::uint32_t unit) {
    Scope scope(context, context.checked.units[unit]);
    Expressions expressions(context, scope);
    StepChecker(context, expressions, unit).check(form_of(context, unit));
}

}  // namespace pawl::dsl::internal
