#include "dsl/internal/builder_declarations.h"

#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/builder_statements.h"
#include "dsl/internal/text_template.h"

namespace pawl::dsl {

namespace {

template <class Form>
void declare(Builder& b, Parts& parts, Span name, Form form) {
    b.add_declaration(Declaration{parts.span(), name, std::move(form)});
}

// The declaration's first word stands for the name that it does not have.
Span keyword_span(const Builder& b, const Parts& parts) {
    const std::uint32_t begin = parts.span().begin;
    return b.span(begin, begin + static_cast<std::uint32_t>(b.word_at(begin).size()));
}

// What a declaration takes once. `what` is as the rulebook says it.
void refuse_second(Builder& b, const Parts& parts, Tag tag, std::string_view what) {
    const Part* first = nullptr;
    for (const Part& part : parts.all()) {
        if (part.tag != tag) continue;
        if (first == nullptr) {
            first = &part;
            continue;
        }
        b.report({DiagnosticCode::unexpected_text,
                  part.span,
                  std::string(what) + " stands here twice",
                  "leave one of them out",
                  {{first->span, "the first of them"}}});
    }
}

std::optional<TypeForm> result_type(Parts& parts) {
    if (!parts.has_one<TypeForm>(Tag::type)) return std::nullopt;
    return parts.one<TypeForm>(Tag::type);
}

}  // namespace

void build_option(Builder& b, Parts& parts) {
    OptionForm option;
    option.name = parts.name(Tag::name);
    option.words = parts.names(Tag::word);
    option.values = parts.values(Tag::value);
    option.span = parts.span();
    b.push(parts.span(), std::move(option));
}

void build_rulebook(Builder& b, Parts& parts) {
    RulebookDeclaration rulebook{parts.name(Tag::name), parts.every<OptionForm>(Tag::none)};
    const Span name = rulebook.name.span;
    declare(b, parts, name, std::move(rulebook));
}

void build_setting(Builder& b, Parts& parts) {
    SettingDeclaration setting{parts.name(Tag::name), parts.value(Tag::value),
                               parts.text(Tag::title)};
    const Span name = setting.name.span;
    declare(b, parts, name, std::move(setting));
}

void build_entity(Builder& b, Parts& parts) {
    EntityDeclaration entity;
    entity.name = parts.name(Tag::name);
    entity.fields = parts.every<FieldForm>(Tag::fields);
    entity.unique_sets = parts.every<EntityDeclaration::UniqueSet>(Tag::unique);
    const Span name = entity.name.span;
    declare(b, parts, name, std::move(entity));
}

void build_record(Builder& b, Parts& parts) {
    RecordDeclaration record{parts.name(Tag::name), parts.every<FieldForm>(Tag::fields)};
    const Span name = record.name.span;
    declare(b, parts, name, std::move(record));
}

namespace {

EventDeclaration event_of(Parts& parts) {
    return {parts.name(Tag::name), parts.name(Tag::about), parts.every<FieldForm>(Tag::fields)};
}

}  // namespace

void build_event(Builder& b, Parts& parts) {
    EventDeclaration event = event_of(parts);
    const Span name = event.name.span;
    declare(b, parts, name, std::move(event));
}

void build_event_form(Builder& b, Parts& parts) { b.push(parts.span(), event_of(parts)); }

void build_transition(Builder& b, Parts& parts) {
    TransitionForm transition{parts.names(Tag::from), parts.names(Tag::to), parts.names(Tag::by),
                              parts.span()};
    b.push(parts.span(), std::move(transition));
}

void build_states(Builder& b, Parts& parts) {
    StatesDeclaration states;
    states.entity = parts.name(Tag::entity);
    states.field = parts.name(Tag::entity_field);
    states.starts = parts.name(Tag::starts);
    states.transitions = parts.every<TransitionForm>(Tag::none);
    const Span name = cover(states.entity.span, states.field.span);
    declare(b, parts, name, std::move(states));
}

void build_define(Builder& b, Parts& parts) {
    DefineDeclaration define{parts.name(Tag::name), parts.every<ParameterForm>(Tag::parameters),
                             parts.value(Tag::value)};
    const Span name = define.name.span;
    declare(b, parts, name, std::move(define));
}

// ---- Rules, flows, journeys --------------------------------------------------------------------

void push_clause(Builder& b, Parts& parts, ClauseKind kind) {
    b.push(parts.span(),
           RuleClause{kind, parts.name(Tag::name), parts.value(Tag::value), parts.span()});
}

void build_rule(Builder& b, Parts& parts) {
    RuleDeclaration rule;
    rule.name = parts.name(Tag::name);
    rule.title = parts.text(Tag::title);
    rule.mode = parts.name(Tag::mode);
    rule.renamed_from = parts.name(Tag::renamed);
    rule.triggers = parts.every<Trigger>(Tag::none);
    rule.clauses = parts.every<RuleClause>(Tag::none);
    rule.body = parts.block(Tag::none);
    rule.guards = parts.every<Guard>(Tag::none);
    const Span name = rule.name.span;
    declare(b, parts, name, std::move(rule));
}

void build_flow(Builder& b, Parts& parts) {
    FlowDeclaration flow;
    flow.name = parts.name(Tag::name);
    flow.parameters = parts.every<ParameterForm>(Tag::parameters);
    flow.result = result_type(parts);
    flow.body = parts.block(Tag::none);
    const Span name = flow.name.span;
    declare(b, parts, name, std::move(flow));
}

void build_journey_step(Builder& b, Parts& parts) {
    StepForm step;
    step.name = parts.name(Tag::name);
    step.parameters = parts.names(Tag::parameters);
    step.title = parts.value(Tag::title);
    step.at = parts.value(Tag::at);
    step.catch_up = parts.value(Tag::catch_up);
    step.unless = parts.value(Tag::unless);
    step.body = parts.block(Tag::none);
    step.span = parts.span();
    b.push(parts.span(), JourneyItem{std::move(step)});
}

void build_journey_loop(Builder& b, Parts& parts) {
    JourneyLoop loop;
    loop.variable = parts.name(Tag::variable);
    loop.source = parts.value(Tag::source);
    loop.items = parts.every<JourneyItem>(Tag::none);
    loop.span = parts.span();
    b.push(parts.span(), JourneyItem{std::move(loop)});
}

void build_journey(Builder& b, Parts& parts) {
    refuse_second(b, parts, Tag::start, "`starts`");
    refuse_second(b, parts, Tag::while_, "`pauses while`");
    JourneyDeclaration journey;
    journey.name = parts.name(Tag::name);
    journey.title = parts.text(Tag::title);
    journey.of = parts.name(Tag::of);
    journey.starts = parts.value(Tag::start);
    journey.pauses_while = parts.value(Tag::while_);
    journey.pauses_until = parts.value(Tag::until);
    journey.renamed_from = parts.name(Tag::renamed);
    journey.items = parts.every<JourneyItem>(Tag::none);
    const Span name = journey.name.span;
    declare(b, parts, name, std::move(journey));
}

// ---- What goes out -----------------------------------------------------------------------------

void build_template_part(Builder& b, Parts& parts) {
    TemplatePart part;
    part.name = parts.name(Tag::name);
    part.span = parts.span();
    if (parts.has(Tag::title)) {
        part.file_span = parts.span_of(Tag::title);
        part.file = parts.text(Tag::title);
        if (b.reads_template_files) {
            part.nodes = read_template_file(b, part.file, part.file_span);
            part.versions = read_template_versions(b, part.file, part.file_span);
        }
    } else {
        part.nodes = parts.one<std::vector<TemplateNode>>(Tag::none);
    }
    b.push(parts.span(), std::move(part));
}

void build_template(Builder& b, Parts& parts) {
    TemplateDeclaration form;
    form.channel = parts.name(Tag::channel);
    form.name = parts.name(Tag::name);
    form.parameters = parts.every<ParameterForm>(Tag::parameters);
    form.parts = parts.every<TemplatePart>(Tag::none);
    const Span name = form.name.span;
    declare(b, parts, name, std::move(form));
}

void build_notification_channel(Builder& b, Parts& parts) {
    NotificationChannelForm channel{parts.name(Tag::channel), parts.name(Tag::template_),
                                    parts.value(Tag::value), parts.span()};
    b.push(parts.span(), std::move(channel));
}

void build_notification(Builder& b, Parts& parts) {
    refuse_second(b, parts, Tag::kind, "`critical`");
    NotificationDeclaration form;
    form.name = parts.name(Tag::name);
    form.parameters = parts.every<ParameterForm>(Tag::parameters);
    form.channels = parts.every<NotificationChannelForm>(Tag::none);
    form.critical = parts.has(Tag::kind);
    if (form.critical) form.critical_span = parts.span_of(Tag::kind);
    const Span name = form.name.span;
    declare(b, parts, name, std::move(form));
}

void build_channel(Builder& b, Parts& parts) {
    refuse_second(b, parts, Tag::otherwise, "`fall back to`");
    refuse_second(b, parts, Tag::from, "`quiet from`");
    refuse_second(b, parts, Tag::times, "`retry`");
    ChannelDeclaration channel;
    channel.name = parts.name(Tag::name);
    channel.options = parts.every<OptionForm>(Tag::none);
    if (parts.has(Tag::times)) channel.retry = parts.one<RetryClause>(Tag::times);
    channel.fall_back_to = parts.name(Tag::otherwise);
    channel.quiet_from = parts.value(Tag::from);
    channel.quiet_to = parts.value(Tag::to);
    channel.quiet_zone = parts.value(Tag::zone);
    const Span name = channel.name.span;
    declare(b, parts, name, std::move(channel));
}

void build_integration(Builder& b, Parts& parts) {
    IntegrationDeclaration form{parts.name(Tag::name), parts.every<OptionForm>(Tag::none)};
    const Span name = form.name.span;
    declare(b, parts, name, std::move(form));
}

void build_service_action(Builder& b, Parts& parts) {
    ServiceAction action;
    action.name = parts.name(Tag::name);
    action.parameters = parts.every<ParameterForm>(Tag::parameters);
    action.answers = parts.every<FieldForm>(Tag::fields);
    action.sample = parts.fields(Tag::sample);
    action.costs_money = parts.has(Tag::costs);
    action.span = parts.span();
    b.push(parts.span(), std::move(action));
}

void build_service(Builder& b, Parts& parts) {
    ServiceDeclaration service;
    service.name = parts.name(Tag::name);
    service.needs = parts.every<ParameterForm>(Tag::parameters);
    service.events = parts.every<EventDeclaration>(Tag::none);
    service.actions = parts.every<ServiceAction>(Tag::none);
    const Span name = service.name.span;
    declare(b, parts, name, std::move(service));
}

// ---- Who may do what ---------------------------------------------------------------------------

void build_role(Builder& b, Parts& parts) {
    b.push(parts.span(), RolesDeclaration::RoleForm{parts.name(Tag::name), parts.name(Tag::group)});
}

void build_roles(Builder& b, Parts& parts) {
    RolesDeclaration roles;
    roles.roles = parts.every<RolesDeclaration::RoleForm>(Tag::none);
    roles.entity = parts.name(Tag::entity);
    roles.field = parts.name(Tag::entity_field);
    const Span name = keyword_span(b, parts);
    declare(b, parts, name, std::move(roles));
}

void build_person(Builder& b, Parts& parts) {
    PersonDeclaration person{parts.name(Tag::name), parts.every<OptionForm>(Tag::none)};
    const Span name = person.entity.span;
    declare(b, parts, name, std::move(person));
}

void build_allow(Builder& b, Parts& parts) {
    AllowDeclaration allow;
    allow.roles = parts.names(Tag::roles);
    allow.everything = parts.has(Tag::everything);
    allow.verbs = parts.names(Tag::verbs);
    allow.fields = parts.names(Tag::fields);
    allow.entity = parts.name(Tag::entity);
    allow.where = parts.value(Tag::where);
    const Span name = keyword_span(b, parts);
    declare(b, parts, name, std::move(allow));
}

void build_action(Builder& b, Parts& parts) {
    refuse_second(b, parts, Tag::title, "`lua`");
    refuse_second(b, parts, Tag::pure, "`pure`");
    ActionDeclaration action;
    action.name = parts.name(Tag::name);
    action.parameters = parts.every<ParameterForm>(Tag::parameters);
    action.result = result_type(parts);
    action.pure = parts.has(Tag::pure);
    if (action.pure) action.pure_span = parts.span_of(Tag::pure);
    if (parts.has(Tag::title)) action.lua_span = parts.span_of(Tag::title);
    action.lua_file = parts.text(Tag::title);
    action.options = parts.every<OptionForm>(Tag::none);
    const Span name = action.name.span;
    declare(b, parts, name, std::move(action));
}

void build_calendar_day(Builder& b, Parts& parts) {
    CalendarDeclaration::Days days{parts.value(Tag::none), parts.text(Tag::title), parts.span()};
    b.push(parts.span(), std::move(days));
}

void build_calendar(Builder& b, Parts& parts) {
    CalendarDeclaration calendar{parts.name(Tag::name),
                                 parts.every<CalendarDeclaration::Days>(Tag::none)};
    const Span name = calendar.name.span;
    declare(b, parts, name, std::move(calendar));
}

// ---- Tests -------------------------------------------------------------------------------------

namespace {

void push_step(Builder& b, Parts& parts, decltype(TestStep::form) form) {
    b.push(parts.span(), TestStep{parts.span(), std::move(form)});
}

// The statement that a person's change is, without its actor.
template <class Form>
StatementIndex change(Builder& b, const Parts& parts, Form form) {
    b.push_statement(parts.span(), std::move(form));
    return b.take_last<StatementIndex>();
}

}  // namespace

namespace {

// What a person does to a journey, by the verb of it.
std::optional<JourneyVerb> steering(std::string_view verb) {
    if (verb == "starts") return JourneyVerb::start;
    if (verb == "pauses") return JourneyVerb::pause;
    if (verb == "resumes") return JourneyVerb::resume;
    if (verb == "shifts") return JourneyVerb::shift;
    if (verb == "stops") return JourneyVerb::stop;
    if (verb == "skips") return JourneyVerb::skip_step;
    if (verb == "triggers") return JourneyVerb::trigger_step;
    return std::nullopt;
}

}  // namespace

void build_test(Builder& b, Parts& parts) {
    TestDeclaration test;
    test.title_span = parts.span_of(Tag::title);
    test.title = parts.text(Tag::title);
    test.steps = parts.every<TestStep>(Tag::none);
    const Span name = test.title_span;
    declare(b, parts, name, std::move(test));
}

void build_given_now(Builder& b, Parts& parts) {
    push_step(b, parts, GivenNow{parts.value(Tag::value)});
}

void build_given_setting(Builder& b, Parts& parts) {
    push_step(b, parts, GivenSetting{parts.name(Tag::name), parts.value(Tag::value)});
}

void build_given_record(Builder& b, Parts& parts) {
    push_step(b, parts,
              GivenRecord{parts.name(Tag::name),
                          CreateForm{parts.name(Tag::entity), parts.fields(Tag::with)}});
}

void build_when(Builder& b, Parts& parts) {
    Name who = parts.name(Tag::subject);
    const std::string verb = parts.name(Tag::verb).text;
    if (verb.empty()) {
        push_step(b, parts, WhenEvent{std::move(who), parts.fields(Tag::with)});
    } else if (verb == "requests") {
        push_step(b, parts,
                  WhenRequest{std::move(who), parts.name(Tag::name), parts.fields(Tag::with)});
    } else if (verb == "answers") {
        push_step(b, parts, WhenAnswer{std::move(who), parts.name(Tag::name)});
    } else {
        StatementIndex what = StatementIndex::none;
        if (verb == "clears") {
            what = change(b, parts,
                          ClearStatement{parts.values(Tag::target), parts.value(Tag::because)});
        } else if (verb == "creates") {
            CreateForm form{parts.name(Tag::entity), parts.fields(Tag::with)};
            what = change(b, parts, CreateStatement{std::move(form)});
        } else if (verb == "deletes") {
            what = change(b, parts, DeleteStatement{parts.value(Tag::value)});
        } else if (const auto journey = steering(verb)) {
            what = change(b, parts, journey_statement(parts, *journey));
        } else {
            what =
                change(b, parts,
                       SetStatement{parts.every<SetItem>(Tag::target), parts.value(Tag::because)});
        }
        push_step(b, parts, WhenChange{std::move(who), what, verb == "overrides"});
    }
}

void build_after(Builder& b, Parts& parts) {
    push_step(b, parts, AfterStep{parts.value(Tag::value)});
}

void build_expect_condition(Builder& b, Parts& parts) {
    push_step(b, parts, ExpectCondition{parts.value(Tag::value)});
}

void build_expect_effect(Builder& b, Parts& parts) {
    ExpectEffect effect;
    effect.negated = parts.has(Tag::negated);
    effect.channel = parts.name(Tag::channel);
    effect.name = parts.name(Tag::name);
    effect.to = parts.value(Tag::to);
    effect.containing = parts.value(Tag::containing);
    effect.times = parts.value(Tag::times);
    push_step(b, parts, std::move(effect));
}

void build_answer(Builder& b, Parts& parts) {
    push_step(b, parts, AnswerStep{parts.name(Tag::name), parts.fields(Tag::with)});
}

void build_fail(Builder& b, Parts& parts) {
    push_step(b, parts,
              FailStep{parts.name(Tag::name), parts.value(Tag::code), parts.value(Tag::times)});
}

}  // namespace pawl::dsl
