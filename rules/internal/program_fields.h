#pragma once

#include <type_traits>

#include "rules/program.h"

// Every part of a program, field by field, once: the writer and the reader of program files walk
// the same list, so what one writes the other reads. ORDER program: a change here raises
// program_format_version.

namespace pawl::rules {

template <class T, class Bare>
concept Is = std::is_same_v<std::remove_const_t<T>, Bare>;

// The last enumerator of each stored enum: a larger number is no member of it.
template <class E>
constexpr E last_of = E{};
template <>
constexpr Opcode last_of<Opcode> = Opcode::end;
template <>
constexpr Aggregate last_of<Aggregate> = Aggregate::exists;
template <>
constexpr Access last_of<Access> = Access::list;
template <>
constexpr UnitKind last_of<UnitKind> = UnitKind::test;
template <>
constexpr TriggerKind last_of<TriggerKind> = TriggerKind::sequence;
template <>
constexpr MatchOperator last_of<MatchOperator> = MatchOperator::greater_equal;
template <>
constexpr RuleMode last_of<RuleMode> = RuleMode::draft;
template <>
constexpr TemplateFormat last_of<TemplateFormat> = TemplateFormat::html;
template <>
constexpr TestStepKind last_of<TestStepKind> = TestStepKind::fail;
template <>
constexpr CadenceKind last_of<CadenceKind> = CadenceKind::cron;
template <>
constexpr PatternPartKind last_of<PatternPartKind> = PatternPartKind::becomes;
template <>
constexpr MovesDirection last_of<MovesDirection> = MovesDirection::moves;
template <>
constexpr CalendarUnit last_of<CalendarUnit> = CalendarUnit::year;
template <>
constexpr Overlap last_of<Overlap> = Overlap::queue;
template <>
constexpr MissedPolicy last_of<MissedPolicy> = MissedPolicy::all;
template <>
constexpr OnChange last_of<OnChange> = OnChange::cancel;
template <>
constexpr TypeKind last_of<TypeKind> = TypeKind::event;
template <>
constexpr Kind last_of<Kind> = Kind::json;

// Schema

template <class A, Is<Type> T>
void fields(A& a, T& type) {
    a(type.kind, type.optional, type.index);
}
template <class A, Is<ChoiceType> T>
void fields(A& a, T& choice) {
    a(choice.name, choice.options);
}
template <class A, Is<Field> T>
void fields(A& a, T& field) {
    a(field.name, field.type, field.unique, field.required, field.deleted_with_it,
      field.default_value);
}
template <class A, Is<RecordType> T>
void fields(A& a, T& record) {
    a(record.name, record.fields);
}
template <class A, Is<Entity> T>
void fields(A& a, T& entity) {
    a(entity.name, entity.fields, entity.unique_sets, entity.read_only);
}
template <class A, Is<EventType> T>
void fields(A& a, T& event) {
    a(event.name, event.fields, event.about);
}
template <class A, Is<Transition> T>
void fields(A& a, T& transition) {
    a(transition.from, transition.to, transition.by);
}
template <class A, Is<StateMachine> T>
void fields(A& a, T& states) {
    a(states.entity, states.field, states.start, states.transitions);
}
template <class A, Is<Role> T>
void fields(A& a, T& role) {
    a(role.name, role.group);
}
template <class A, Is<People> T>
void fields(A& a, T& people) {
    a(people.entity, people.role, people.name, people.email, people.whatsapp, people.phone,
      people.timezone, people.language, people.roles);
}
template <class A, Is<Setting> T>
void fields(A& a, T& setting) {
    a(setting.name, setting.type, setting.value, setting.title);
}
template <class A, Is<Schema> T>
void fields(A& a, T& schema) {
    a(schema.types, schema.choices, schema.records, schema.entities, schema.events, schema.states,
      schema.settings, schema.people);
}

// Units

template <class A, Is<Instruction> T>
void fields(A& a, T& instruction) {
    a(instruction.op, instruction.a, instruction.b, instruction.c);
}
template <class A, Is<Query> T>
void fields(A& a, T& query) {
    a(query.aggregate, query.access, query.entity, query.field, query.has_low, query.has_high,
      query.local, query.limit, query.limit_on_stack, query.percent, query.selects,
      query.descending);
}
template <class A, Is<Shape> T>
void fields(A& a, T& shape) {
    a(shape.fields, shape.names);
}
template <class A, Is<TryRange> T>
void fields(A& a, T& range) {
    a(range.begin, range.end, range.handler, range.error_local, range.retry);
}
template <class A, Is<LinePosition> T>
void fields(A& a, T& position) {
    a(position.instruction, position.line);
}
template <class A, Is<Unit> T>
void fields(A& a, T& unit) {
    a(unit.kind, unit.id, unit.file, unit.line, unit.hash, unit.parameter_count, unit.local_count,
      unit.stack_max, unit.local_names, unit.local_types, unit.code, unit.constants, unit.queries,
      unit.shapes, unit.tries, unit.waits, unit.retries, unit.lines);
}

// Time

template <class A, Is<Stated> T>
void fields(A& a, T& stated) {
    a(stated.value, stated.entry);
}
template <class A, Is<Cron> T>
void fields(A& a, T& cron) {
    a(cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays, cron.every_hour,
      cron.every_day, cron.every_weekday);
}
template <class A, Is<Cadence> T>
void fields(A& a, T& cadence) {
    a(cadence.kind, cadence.micros, cadence.count, cadence.weekdays, cadence.on_day, cadence.at,
      cadence.cron);
}
template <class A, Is<Anchor> T>
void fields(A& a, T& anchor) {
    a(anchor.offset, anchor.is_before, anchor.at);
}
template <class A, Is<Sweep> T>
void fields(A& a, T& sweep) {
    a(sweep.entity, sweep.access, sweep.field, sweep.key_entry, sweep.where_entry);
}
template <class A, Is<Clock> T>
void fields(A& a, T& clock) {
    a(clock.cadence, clock.at_entry, clock.zone, clock.sweep);
}
template <class A, Is<PatternPart> T>
void fields(A& a, T& part) {
    a(part.kind, part.event, part.entity, part.field, part.value, part.local, part.where_entry,
      part.key_entry);
}
template <class A, Is<Pattern> T>
void fields(A& a, T& pattern) {
    a(pattern.first, pattern.second, pattern.within, pattern.count, pattern.is_negated,
      pattern.all_local, pattern.key_entity, pattern.never_entity);
}
template <class A, Is<AtMost> T>
void fields(A& a, T& guard) {
    a(guard.count, guard.key_entry, guard.unit);
}
template <class A, Is<WhileRunning> T>
void fields(A& a, T& guard) {
    a(guard.overlap, guard.key_entry);
}
template <class A, Is<OnlyBetween> T>
void fields(A& a, T& guard) {
    a(guard.from, guard.to, guard.weekdays, guard.calendar, guard.zone_entry, guard.holds);
}
template <class A, Is<Pace> T>
void fields(A& a, T& guard) {
    a(guard.period, guard.key_entry);
}
template <class A, Is<Missed> T>
void fields(A& a, T& guard) {
    a(guard.policy, guard.within);
}
template <class A, Is<MessageBudget> T>
void fields(A& a, T& guard) {
    a(guard.count, guard.unit);
}
template <class A, Is<WaitFor> T>
void fields(A& a, T& wait) {
    a(wait.event, wait.local, wait.key_field, wait.key_entry, wait.where_entry, wait.instruction);
}
template <class A, Is<Retry> T>
void fields(A& a, T& retry) {
    a(retry.instruction, retry.times, retry.first, retry.limit, retry.attempt_local);
}
template <class A, Is<JourneyStep> T>
void fields(A& a, T& step) {
    a(step.name, step.parameters, step.unless_entry, step.catch_up, step.find_entry,
      step.body_entry, step.line);
}
template <class A, Is<Journey> T>
void fields(A& a, T& journey) {
    a(journey.name, journey.title, journey.entity, journey.unit, journey.starts_entry,
      journey.pauses_while_entry, journey.pauses_until_entry, journey.plan_entry, journey.steps,
      journey.watched, journey.watched_through, journey.renamed_from);
}

// Tables

template <class A, Is<Trigger> T>
void fields(A& a, T& trigger) {
    a(trigger.kind, trigger.event, trigger.entity, trigger.field, trigger.including_first,
      trigger.value, trigger.from, trigger.by_at_least, trigger.within, trigger.direction,
      trigger.anchor, trigger.clock, trigger.pattern, trigger.value_entry, trigger.record_local,
      trigger.change_local, trigger.whenever_entry, trigger.roles, trigger.asked,
      trigger.asked_types, trigger.watched, trigger.watched_through);
}
template <class A, Is<MatchAtom> T>
void fields(A& a, T& atom) {
    a(atom.field, atom.op, atom.values);
}
template <class A, Is<MatchAnyOf> T>
void fields(A& a, T& any_of) {
    a(any_of.alternatives);
}
template <class A, Is<RuleMatch> T>
void fields(A& a, T& match) {
    a(match.atoms, match.any_of, match.exact);
}
template <class A, Is<Clause> T>
void fields(A& a, T& clause) {
    a(clause.is_unless, clause.text, clause.line);
}
template <class A, Is<Rule> T>
void fields(A& a, T& rule) {
    a(rule.id, rule.title, rule.mode, rule.unit, rule.triggers, rule.match, rule.clauses,
      rule.conditions_entry, rule.body_entry, rule.once_entry, rule.once_for, rule.rearm_entry,
      rule.rearm_above, rule.unless_entry, rule.at_most, rule.while_running, rule.only_between,
      rule.debounce, rule.only_every, rule.missed, rule.on_change, rule.budget, rule.renamed_from);
}
template <class A, Is<Parameter> T>
void fields(A& a, T& parameter) {
    a(parameter.name, parameter.type);
}
template <class A, Is<Template> T>
void fields(A& a, T& text) {
    a(text.name, text.channel, text.parameters, text.unit, text.parts, text.format);
}
template <class A, Is<NotificationChannel> T>
void fields(A& a, T& channel) {
    a(channel.channel, channel.template_index, channel.entry);
}
template <class A, Is<Notification> T>
void fields(A& a, T& notification) {
    a(notification.name, notification.parameters, notification.unit, notification.channels,
      notification.critical);
}
template <class A, Is<Flow> T>
void fields(A& a, T& flow) {
    a(flow.name, flow.parameters, flow.result, flow.unit);
}
template <class A, Is<ServiceAction> T>
void fields(A& a, T& action) {
    a(action.integration, action.name, action.parameters, action.result, action.sample,
      action.costs_money);
}
template <class A, Is<Integration> T>
void fields(A& a, T& integration) {
    a(integration.name, integration.options);
}
template <class A, Is<Channel> T>
void fields(A& a, T& channel) {
    a(channel.name, channel.retry_count, channel.retry_first, channel.retry_limit,
      channel.fall_back_to, channel.quiet_from, channel.quiet_to, channel.quiet_zone);
}
template <class A, Is<Calendar> T>
void fields(A& a, T& calendar) {
    a(calendar.name, calendar.days);
}
template <class A, Is<Header> T>
void fields(A& a, T& header) {
    a(header.name, header.language_version, header.timezone, header.currency, header.keep);
}
template <class A, Is<TestStep> T>
void fields(A& a, T& step) {
    a(step.kind, step.line, step.entry, step.index, step.local, step.negated, step.has_recipient,
      step.has_containing, step.overrides, step.times, step.channel, step.name, step.actor_local,
      step.text);
}
template <class A, Is<Test> T>
void fields(A& a, T& test) {
    a(test.title, test.file, test.line, test.unit, test.steps);
}
template <class A, Is<Program> T>
void fields(A& a, T& program) {
    a(program.header, program.schema, program.units, program.rules, program.flows,
      program.templates, program.notifications, program.integrations, program.actions,
      program.channels, program.calendars, program.journeys, program.groups, program.tests,
      program.hash);
}

// Words of base

template <class A, Is<Currency> T>
void fields(A& a, T& currency) {
    a(currency.code);
}
template <class A, Is<Money> T>
void fields(A& a, T& money) {
    a(money.minor, money.currency);
}
template <class A, Is<Date> T>
void fields(A& a, T& date) {
    a(date.days);
}
template <class A, Is<TimeOfDay> T>
void fields(A& a, T& time) {
    a(time.micros);
}
template <class A, Is<Instant> T>
void fields(A& a, T& instant) {
    a(instant.micros);
}
template <class A, Is<Duration> T>
void fields(A& a, T& duration) {
    a(duration.months, duration.days, duration.micros);
}

}  // namespace pawl::rules
