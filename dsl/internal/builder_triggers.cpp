#include "dsl/internal/builder_triggers.h"

#include "dsl/internal/builder_expressions.h"

namespace pawl::dsl {

namespace {

using Names = std::vector<Name>;
using TriggerForm = decltype(Trigger::form);

void push_form(Builder& b, Parts& parts, TriggerForm form) {
    b.push(parts.span(), std::move(form));
}

ExpressionIndex subject(Builder& b, Parts& parts) {
    return add_path(b, parts.one<Names>(Tag::none));
}

}  // namespace

void build_names(Builder& b, Parts& parts) {
    Names names = parts.names(Tag::none);
    if (names.size() == 1) b.suspect_if_keyword(names.front(), "value");
    b.push(parts.span(), std::move(names));
}

void build_trigger(Builder& b, Parts& parts) {
    Trigger trigger;
    trigger.span = parts.span();
    trigger.as = parts.name(Tag::as);
    trigger.including_first = parts.has(Tag::including);
    trigger.form = parts.one<TriggerForm>(Tag::none);
    b.push(parts.span(), std::move(trigger));
}

void build_event_trigger(Builder& b, Parts& parts) {
    push_form(b, parts, EventTrigger{dotted(b, parts.one<Names>(Tag::none))});
}

void build_record_trigger(Builder& b, Parts& parts) {
    push_form(b, parts,
              RecordTrigger{dotted(b, parts.one<Names>(Tag::none)), parts.name(Tag::verb)});
}

void build_becomes_trigger(Builder& b, Parts& parts) {
    push_form(b, parts, BecomesTrigger{subject(b, parts), parts.value(Tag::value)});
}

void build_changes_trigger(Builder& b, Parts& parts) {
    push_form(b, parts,
              ChangesTrigger{subject(b, parts), parts.value(Tag::from), parts.value(Tag::to)});
}

void build_crosses_trigger(Builder& b, Parts& parts) {
    CrossesTrigger crosses;
    crosses.field = subject(b, parts);
    crosses.rises = parts.name(Tag::verb).text == "rises";
    crosses.threshold = parts.value(Tag::threshold);
    crosses.by_at_least = parts.value(Tag::by);
    crosses.within = parts.value(Tag::within);
    push_form(b, parts, crosses);
}

void build_moves_trigger(Builder& b, Parts& parts) {
    MovesTrigger moves;
    moves.field = subject(b, parts);
    const std::string verb = parts.name(Tag::verb).text;
    moves.verb = verb == "falls"   ? MovesVerb::falls
                 : verb == "rises" ? MovesVerb::rises
                                   : MovesVerb::moves;
    moves.by = parts.value(Tag::by);
    moves.within = parts.value(Tag::within);
    push_form(b, parts, moves);
}

void build_whenever_trigger(Builder& b, Parts& parts) {
    push_form(b, parts, WheneverTrigger{parts.value(Tag::value)});
}

void build_anchor_trigger(Builder& b, Parts& parts) {
    AnchorTrigger anchor;
    anchor.offset = parts.value(Tag::interval);
    if (parts.has_one<Names>(Tag::none)) anchor.offset = subject(b, parts);
    const std::string word = parts.name(Tag::word).text;
    anchor.relation = word == "before"  ? AnchorRelation::before
                      : word == "after" ? AnchorRelation::after
                                        : AnchorRelation::at;
    anchor.field = parts.value(Tag::target);
    anchor.at_time = parts.value(Tag::at);
    push_form(b, parts, anchor);
}

void build_every_record(Builder& b, Parts& parts) {
    QueryExpression query;
    query.kind = QueryKind::all;
    query.variable = parts.name(Tag::variable);
    query.source = parts.value(Tag::source);
    if (is_none(query.source)) query.source = b.add(query.variable.span, NameUse{query.variable});
    query.where = parts.value(Tag::where);
    query.order = parts.every<OrderKey>(Tag::key);
    b.push_expression(parts.span(), std::move(query));
}

void build_every_trigger(Builder& b, Parts& parts) {
    EveryTrigger every;
    every.interval = parts.value(Tag::interval);
    every.unit = parts.name(Tag::unit);
    every.weekdays = parts.names(Tag::weekdays);
    every.on_day = parts.value(Tag::on_day);
    every.at = parts.values(Tag::at);
    every.zone = parts.name(Tag::zone);
    every.is_cron = parts.has(Tag::title);
    if (every.is_cron) every.cron_span = parts.span_of(Tag::title);
    every.cron = parts.text(Tag::title);
    every.for_each = parts.value(Tag::for_);
    push_form(b, parts, std::move(every));
}

void build_absence_trigger(Builder& b, Parts& parts) {
    AbsenceTrigger absence;
    absence.subject = parts.name(Tag::subject);
    absence.as = parts.name(Tag::named);
    absence.where = parts.value(Tag::where);
    absence.per = parts.value(Tag::per);
    absence.duration = parts.value(Tag::period);
    absence.including_never = parts.has(Tag::count);
    push_form(b, parts, std::move(absence));
}

void build_pattern_part(Builder& b, Parts& parts) {
    PatternPart part;
    part.becomes = parts.value(Tag::value);
    if (is_none(part.becomes)) {
        part.event = dotted(b, parts.one<Names>(Tag::none));
    } else {
        part.field = subject(b, parts);
    }
    b.push(parts.span(), std::move(part));
}

void build_count_trigger(Builder& b, Parts& parts) {
    CountTrigger count;
    count.count = parts.value(Tag::count);
    count.part = parts.one<PatternPart>(Tag::none);
    count.per = parts.value(Tag::per);
    count.within = parts.value(Tag::within);
    count.all_name = parts.name(Tag::all);
    count.all_as = !count.all_name.empty();
    push_form(b, parts, std::move(count));
}

void build_sequence_trigger(Builder& b, Parts& parts) {
    SequenceTrigger sequence;
    sequence.first.becomes = parts.value(Tag::value);
    if (is_none(sequence.first.becomes)) {
        sequence.first.event = dotted(b, parts.one<Names>(Tag::none));
    } else {
        sequence.first.field = subject(b, parts);
    }
    sequence.second = parts.one<PatternPart>(Tag::none);
    sequence.negated = parts.has(Tag::not_);
    sequence.per = parts.value(Tag::per);
    sequence.within = parts.value(Tag::within);
    push_form(b, parts, std::move(sequence));
}

void build_request_trigger(Builder& b, Parts& parts) {
    RequestTrigger request;
    request.roles = parts.names(Tag::roles);
    for (ParameterForm& asked : parts.every<ParameterForm>(Tag::parameters))
        request.asked.push_back({std::move(asked.name), std::move(asked.type)});
    push_form(b, parts, std::move(request));
}

void push_guard(Builder& b, Parts& parts, GuardKind kind) {
    Guard guard;
    guard.kind = kind;
    guard.span = parts.span();
    guard.per = parts.values(Tag::per);
    guard.value = parts.value(Tag::value);
    guard.period = parts.value(Tag::period);
    guard.from = parts.value(Tag::from);
    guard.to = parts.value(Tag::to);
    guard.word = parts.name(Tag::word);
    guard.days = parts.names(Tag::days);
    guard.calendar = parts.name(Tag::calendar);
    guard.zone = parts.value(Tag::zone);
    guard.otherwise = parts.name(Tag::otherwise);
    b.push(parts.span(), std::move(guard));
}

}  // namespace pawl::dsl
