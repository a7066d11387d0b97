#include <bit>
#include <limits>

#include "rules/internal/program_meaning.h"
#include "rules/internal/program_operands.h"

namespace pawl::rules {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// A unit without what it calls, which it names by kind and id.
class UnitMeaning {
 public:
    UnitMeaning(const Program& program, UnitIndex index, std::uint32_t row)
        : program_(program),
          unit_(program.units[index]),
          row_(row),
          out_(program.schema),
          said_(unit_.constants.size(), none) {}

    std::string run() {
        out_.kind(unit_.kind);
        out_.text(unit_.id);
        out_.number(unit_.parameter_count);
        for (std::size_t at = 0; at < unit_.parameter_count; ++at) out_.type(unit_.local_types[at]);
        row();
        out_.number(unit_.code.size());
        for (const Instruction& instruction : unit_.code) one(instruction);
        out_.number(unit_.tries.size());
        for (const TryRange& range : unit_.tries) {
            out_.number(range.begin);
            out_.number(range.end);
            out_.number(range.handler);
            out_.number(range.error_local);
            optional_number(range.retry);
        }
        waits();
        return out_.take();
    }

 private:
    void row() {
        switch (unit_.kind) {
            case UnitKind::rule: return rule(program_.rules[row_]);
            case UnitKind::flow: return out_.type(program_.flows[row_].result);
            case UnitKind::template_: return text(program_.templates[row_]);
            case UnitKind::notification: return notification(program_.notifications[row_]);
            case UnitKind::journey: return journey(program_.journeys[row_]);
            default: return;
        }
    }
    void rule(const Rule& rule);
    void trigger(const Trigger& trigger);
    void text(const Template& text);
    void notification(const Notification& notification);
    void journey(const Journey& journey);
    void watched(EntityIndex entity, const std::vector<FieldIndex>& watched,
                 const std::vector<std::pair<FieldIndex, FieldIndex>>& watched_through);
    void stated(const Stated& stated);
    void cadence(const Cadence& cadence);
    void clock(const Clock& clock);
    void part(const PatternPart& part);
    void pattern(const Pattern& pattern, bool is_sequence);
    void guards(const Rule& rule);
    void pace(const std::optional<Pace>& pace);
    void waits();
    void one(const Instruction& instruction);
    void operand(Operand kind, const Instruction& instruction, std::uint32_t operand);
    void constant(std::uint32_t index);
    void query(const Query& query);
    void shape(const Instruction& instruction);
    template <class T>
    void optional_number(const std::optional<T>& number) {
        out_.flag(number.has_value());
        if (number) out_.number(*number);
    }

    const Program& program_;
    const Unit& unit_;
    std::uint32_t row_;
    Meaning out_;
    std::vector<std::uint32_t> said_;  // by constant: in which turn its content was said
    std::uint32_t said_count_ = 0;
};

void UnitMeaning::rule(const Rule& rule) {
    out_.kind(rule.mode);
    out_.number(rule.triggers.size());
    for (const Trigger& trigger : rule.triggers) this->trigger(trigger);
    out_.number(rule.clauses.size());
    for (const Clause& clause : rule.clauses) out_.flag(clause.is_unless);
    out_.number(rule.conditions_entry);
    out_.number(rule.body_entry);
    optional_number(rule.once_entry);
    out_.flag(rule.once_for.has_value());
    if (rule.once_for) out_.duration(*rule.once_for);
    optional_number(rule.rearm_entry);
    out_.flag(rule.rearm_above);
    optional_number(rule.unless_entry);
    guards(rule);
}

void UnitMeaning::trigger(const Trigger& trigger) {
    out_.kind(trigger.kind);
    out_.flag(trigger.including_first);
    switch (trigger.kind) {
        case TriggerKind::event: out_.event(trigger.event); break;
        case TriggerKind::requested:
        case TriggerKind::clock:
        case TriggerKind::absence:
        case TriggerKind::count:
        case TriggerKind::sequence: break;
        case TriggerKind::anchor:
        case TriggerKind::moves:
        case TriggerKind::becomes:
        case TriggerKind::changes:
        case TriggerKind::drops_below:
        case TriggerKind::rises_above:
            out_.entity(trigger.entity);
            out_.field(trigger.entity, trigger.field);
            break;
        case TriggerKind::created:
        case TriggerKind::updated:
        case TriggerKind::deleted:
        case TriggerKind::whenever: out_.entity(trigger.entity); break;
    }
    out_.value(trigger.value);
    out_.value(trigger.from);
    stated(trigger.by_at_least);
    optional_number(trigger.value_entry);
    optional_number(trigger.record_local);
    optional_number(trigger.change_local);
    optional_number(trigger.whenever_entry);
    out_.texts(trigger.roles);
    out_.number(trigger.asked.size());
    for (std::size_t at = 0; at < trigger.asked.size(); ++at) {
        out_.text(trigger.asked[at].first);
        out_.number(trigger.asked[at].second);
        out_.type(trigger.asked_types[at]);
    }
    stated(trigger.within);
    out_.kind(trigger.direction);
    if (trigger.anchor) {
        stated(trigger.anchor->offset);
        out_.flag(trigger.anchor->is_before);
        stated(trigger.anchor->at);
    }
    if (trigger.clock) clock(*trigger.clock);
    if (trigger.pattern) pattern(*trigger.pattern, trigger.kind == TriggerKind::sequence);
    watched(trigger.entity, trigger.watched, trigger.watched_through);
}

void UnitMeaning::watched(EntityIndex entity, const std::vector<FieldIndex>& watched,
                          const std::vector<std::pair<FieldIndex, FieldIndex>>& watched_through) {
    const Schema& schema = program_.schema;
    out_.number(watched.size());
    for (const FieldIndex field : watched) out_.field(entity, field);
    out_.number(watched_through.size());
    for (const auto& [field, there] : watched_through) {
        out_.field(entity, field);
        const Type& type = schema.types[schema.entities[entity].fields[field].type];
        out_.field(type.index, there);
    }
}

void UnitMeaning::stated(const Stated& stated) {
    out_.value(stated.value);
    optional_number(stated.entry);
}

void UnitMeaning::cadence(const Cadence& cadence) {
    out_.kind(cadence.kind);
    out_.number(static_cast<std::uint64_t>(cadence.micros));
    out_.number(static_cast<std::uint64_t>(cadence.count));
    out_.number(cadence.weekdays);
    out_.number(static_cast<std::uint64_t>(cadence.on_day));
    out_.number(cadence.at.size());
    for (const TimeOfDay time : cadence.at) out_.number(static_cast<std::uint64_t>(time.micros));
    const Cron& cron = cadence.cron;
    for (const std::uint64_t set :
         {cron.minutes, std::uint64_t{cron.hours}, std::uint64_t{cron.days},
          std::uint64_t{cron.months}, std::uint64_t{cron.weekdays}})
        out_.number(set);
    for (const bool every : {cron.every_hour, cron.every_day, cron.every_weekday}) out_.flag(every);
}

void UnitMeaning::clock(const Clock& clock) {
    cadence(clock.cadence);
    optional_number(clock.at_entry);
    out_.text(clock.zone);
    out_.flag(clock.sweep.has_value());
    if (!clock.sweep) return;
    const Sweep& sweep = *clock.sweep;
    out_.entity(sweep.entity);
    out_.kind(sweep.access);
    if (sweep.access != Access::every_record) out_.field(sweep.entity, sweep.field);
    optional_number(sweep.key_entry);
    optional_number(sweep.where_entry);
}

void UnitMeaning::part(const PatternPart& part) {
    out_.kind(part.kind);
    if (part.kind == PatternPartKind::event)
        out_.event(part.event);
    else
        out_.entity(part.entity);
    if (part.kind == PatternPartKind::becomes) out_.field(part.entity, part.field);
    stated(part.value);
    out_.number(part.local);
    optional_number(part.where_entry);
    optional_number(part.key_entry);
}

// Only a sequence has a second part.
void UnitMeaning::pattern(const Pattern& pattern, bool is_sequence) {
    part(pattern.first);
    if (is_sequence) part(pattern.second);
    stated(pattern.within);
    stated(pattern.count);
    out_.flag(pattern.is_negated);
    optional_number(pattern.all_local);
    out_.text(pattern.never_entity ? program_.schema.entities[*pattern.never_entity].name : "");
}

void UnitMeaning::pace(const std::optional<Pace>& pace) {
    out_.flag(pace.has_value());
    if (!pace) return;
    stated(pace->period);
    optional_number(pace->key_entry);
}

void UnitMeaning::guards(const Rule& rule) {
    out_.flag(rule.at_most.has_value());
    if (rule.at_most) {
        stated(rule.at_most->count);
        optional_number(rule.at_most->key_entry);
        out_.kind(rule.at_most->unit);
    }
    out_.kind(rule.while_running.overlap);
    optional_number(rule.while_running.key_entry);
    out_.flag(rule.only_between.has_value());
    if (rule.only_between) {
        const OnlyBetween& hours = *rule.only_between;
        stated(hours.from);
        stated(hours.to);
        out_.number(hours.weekdays);
        out_.text(hours.calendar ? program_.calendars[*hours.calendar].name : "");
        optional_number(hours.zone_entry);
        out_.flag(hours.holds);
    }
    pace(rule.debounce);
    pace(rule.only_every);
    out_.kind(rule.missed.policy);
    stated(rule.missed.within);
    out_.kind(rule.on_change);
    out_.flag(rule.budget.has_value());
    if (rule.budget) {
        stated(rule.budget->count);
        out_.kind(rule.budget->unit);
    }
}

void UnitMeaning::waits() {
    out_.number(unit_.waits.size());
    for (const WaitFor& wait : unit_.waits) {
        out_.event(wait.event);
        out_.number(wait.local);
        out_.text(wait.key_field ? program_.schema.events[wait.event].fields[*wait.key_field].name
                                 : "");
        optional_number(wait.key_entry);
        optional_number(wait.where_entry);
        out_.number(wait.instruction);
    }
    out_.number(unit_.retries.size());
    for (const Retry& retry : unit_.retries) {
        out_.number(retry.instruction);
        for (const Stated* part : {&retry.times, &retry.first, &retry.limit}) stated(*part);
        out_.number(retry.attempt_local);
    }
}

void UnitMeaning::journey(const Journey& journey) {
    out_.entity(journey.entity);
    optional_number(journey.starts_entry);
    optional_number(journey.pauses_while_entry);
    optional_number(journey.pauses_until_entry);
    out_.number(journey.plan_entry);
    out_.number(journey.steps.size());
    for (const JourneyStep& step : journey.steps) {
        out_.text(step.name);
        out_.number(step.parameters.size());
        for (const std::uint16_t local : step.parameters) out_.number(local);
        optional_number(step.unless_entry);
        stated(step.catch_up);
        out_.number(step.find_entry);
        out_.number(step.body_entry);
    }
    watched(journey.entity, journey.watched, journey.watched_through);
}

void UnitMeaning::text(const Template& text) {
    out_.text(text.channel);
    out_.parameters(text.parameters);
    out_.kind(text.format);
    out_.number(text.parts.size());
    for (const auto& [name, entry] : text.parts) {
        out_.text(name);
        out_.number(entry);
    }
}

void UnitMeaning::notification(const Notification& notification) {
    out_.parameters(notification.parameters);
    out_.flag(notification.critical);
    out_.number(notification.channels.size());
    for (const NotificationChannel& channel : notification.channels) {
        out_.text(channel.channel);
        out_.text(channel.template_index ? program_.templates[*channel.template_index].name : "");
        out_.flag(channel.template_index.has_value());
        out_.number(channel.entry);
    }
}

void UnitMeaning::one(const Instruction& instruction) {
    const Operands operands = operands_of(instruction.op);
    out_.text(opcode_name(instruction.op));
    operand(operands.a, instruction, instruction.a);
    operand(operands.b, instruction, instruction.b);
    operand(operands.c, instruction, static_cast<std::uint32_t>(instruction.c));
}

void UnitMeaning::operand(Operand kind, const Instruction& instruction, std::uint32_t operand) {
    switch (kind) {
        case Operand::none: return;
        case Operand::constant:
        case Operand::text_constant: return constant(operand);
        case Operand::member_type:
        case Operand::type: return out_.type(static_cast<TypeIndex>(operand));
        case Operand::query:
            // Said once, where it is opened; the others only tell which.
            out_.number(operand);
            if (instruction.op == Opcode::query_begin) query(unit_.queries[operand]);
            return;
        case Operand::shape: return shape(instruction);
        case Operand::action: out_.text(program_.actions[operand].integration); break;
        case Operand::planned: return out_.text(program_.journeys[row_].steps[operand].name);
        case Operand::steering:
            if (!steers_step(static_cast<JourneyVerb>(instruction.a))) return out_.number(operand);
            return out_.text(program_.journeys[instruction.b].steps[operand].name);
        case Operand::flag:
        case Operand::verb:
        case Operand::wait_for:
        case Operand::count:
        case Operand::local:
        case Operand::local_pair:
        case Operand::pure_action:
        case Operand::clause:
        case Operand::jump: return out_.number(operand);
        default: break;
    }
    out_.text(operand_name(program_, instruction, kind, operand));
}

// Its content once, then the number of that saying: a long text costs its length once.
void UnitMeaning::constant(std::uint32_t index) {
    const bool is_new = said_[index] == none;
    if (is_new) said_[index] = said_count_++;
    out_.number(said_[index]);
    if (is_new) out_.value(unit_.constants[index]);
}

void UnitMeaning::query(const Query& query) {
    out_.kind(query.aggregate);
    out_.kind(query.access);
    if (query.access != Access::list) out_.entity(query.entity);
    if (query.access == Access::equal || query.access == Access::range)
        out_.field(query.entity, query.field);
    out_.flag(query.has_low);
    out_.flag(query.has_high);
    out_.number(query.local);
    out_.number(query.limit);
    out_.flag(query.limit_on_stack);
    out_.number(std::bit_cast<std::uint64_t>(query.percent));
    out_.flag(query.selects);
    out_.number(query.descending.size());
    for (const bool descending : query.descending) out_.flag(descending);
}

void UnitMeaning::shape(const Instruction& instruction) {
    const Shape& shape = unit_.shapes[static_cast<std::size_t>(instruction.c)];
    out_.texts(shape.names);
    out_.number(shape.fields.size());
    for (const FieldIndex field : shape.fields) out_.text(shape_name(program_, instruction, field));
}

}  // namespace

std::string write_unit_meaning(const Program& program, UnitIndex unit, std::uint32_t row) {
    return UnitMeaning(program, unit, row).run();
}

}  // namespace pawl::rules
