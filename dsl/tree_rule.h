#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "dsl/tree_expression.h"

// Triggers and guards of the syntax tree (tree.h), as written.

namespace pawl::dsl {

enum class AnchorRelation : std::uint8_t { at, before, after };
// Which change of a field: becomes, changes, drops below, …
struct EventTrigger {  // when contact_form as lead
    Name event;
};
struct RecordTrigger {  // when project is created
    Name entity;
    Name verb;  // created, updated, deleted
};
struct BecomesTrigger {  // when project.status becomes queued
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex value = ExpressionIndex::none;
};
struct ChangesTrigger {
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex from = ExpressionIndex::none;
    ExpressionIndex to = ExpressionIndex::none;
};
struct CrossesTrigger {  // drops below 60 by at least 5 within 1d
    ExpressionIndex field = ExpressionIndex::none;
    bool rises = false;
    ExpressionIndex threshold = ExpressionIndex::none;
    ExpressionIndex by_at_least = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
enum class MovesVerb : std::uint8_t { falls, rises, moves };
struct MovesTrigger {  // falls by 10 within 7d
    ExpressionIndex field = ExpressionIndex::none;
    MovesVerb verb = MovesVerb::falls;
    ExpressionIndex by = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
struct WheneverTrigger {
    ExpressionIndex condition = ExpressionIndex::none;
};
struct AnchorTrigger {  // 24h before session.starts_at [at 09:00]
    AnchorRelation relation = AnchorRelation::at;
    ExpressionIndex offset = ExpressionIndex::none;
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex at_time = ExpressionIndex::none;
};
struct EveryTrigger {  // every … [at …] [in Zone] [for each v in E where …], or cron "…"
    ExpressionIndex interval = ExpressionIndex::none;  // every 10min; every 3 months: count
    Name unit;                                         // day, weekday, month, months, …; or empty
    std::vector<Name> weekdays;
    ExpressionIndex on_day = ExpressionIndex::none;  // on day 1
    std::vector<ExpressionIndex> at;
    Name zone;
    bool is_cron = false;
    std::string cron;  // cron "0 9 * * 1"
    Span cron_span;
    ExpressionIndex for_each = ExpressionIndex::none;  // a QueryExpression of kind all
};
struct AbsenceTrigger {  // no engagement as e where … per account for 7d [including never]
    Name subject;
    Name as;
    ExpressionIndex where = ExpressionIndex::none;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex duration = ExpressionIndex::none;
    bool including_never = false;
};
// The events of a count or a sequence: an event's name, or a change of a field.
struct PatternPart {
    Name event;  // empty: field and becomes
    // `payment.status`, or the bare name of an entity: the field that can become so.
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex becomes = ExpressionIndex::none;
};
struct CountTrigger {  // 3 payment_failed per client within 1h
    ExpressionIndex count = ExpressionIndex::none;
    PatternPart part;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
    bool all_as = false;
    Name all_name;
};
struct SequenceTrigger {  // a [not] followed by b per client within 3d
    PatternPart first, second;
    bool negated = false;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
struct RequestTrigger {  // requested by admin asking project: project, reason: text
    std::vector<Name> roles;
    struct Asked {
        Name name;
        TypeForm type;
    };
    std::vector<Asked> asked;
};
struct Trigger {
    Span span;
    Name as;  // as lead, as change
    bool including_first = false;
    std::variant<EventTrigger, RecordTrigger, BecomesTrigger, ChangesTrigger, CrossesTrigger,
                 MovesTrigger, WheneverTrigger, AnchorTrigger, EveryTrigger, AbsenceTrigger,
                 CountTrigger, SequenceTrigger, RequestTrigger>
        form;
};

enum class GuardKind : std::uint8_t {
    once_per,       // value; period: for 30d
    at_most,        // count, per (list), word: day
    while_running,  // word: skip restart queue parallel; per
    only_between,   // from to, days (word), calendar, zone, word2: hold or skip
    debounce,       // period
    only_every,     // period
    rearm,          // value; word: above below
    missed,         // word: once skips all; period
    on_change,      // word: finish move cancel
    budget          // count, word: day
};
struct Guard {
    GuardKind kind = GuardKind::once_per;
    Span span;
    std::vector<ExpressionIndex> per;
    ExpressionIndex value = ExpressionIndex::none;   // the key, the count, the limit
    ExpressionIndex period = ExpressionIndex::none;  // for 30d, within 2h
    ExpressionIndex from = ExpressionIndex::none;
    ExpressionIndex to = ExpressionIndex::none;
    Name word;
    std::vector<Name> days;                        // on weekdays; on monday, friday
    Name calendar;                                 // except kenya_holidays
    ExpressionIndex zone = ExpressionIndex::none;  // a zone's own name (Africa/Nairobi) is a Text
    Name otherwise;                                // else hold, else skip
};

}  // namespace pawl::dsl
