#include "dsl/internal/print_statement.h"

namespace pawl::dsl {

// The text of a trigger behind its first word, which some forms do not have.
struct TriggerForms {
    const ExpressionPrinter& p;

    std::string value(const char* before, ExpressionIndex index) const {
        return is_none(index) ? std::string() : before + p.operand(index);
    }
    std::string part(const PatternPart& part) const {
        if (!part.event.empty()) return p.name(part.event);
        return p.operand(part.field) + " becomes " + p.operand(part.becomes);
    }

    std::string operator()(const EventTrigger& form) const { return "when " + p.name(form.event); }
    std::string operator()(const RecordTrigger& form) const {
        return "when " + p.name(form.entity) + " is " + p.name(form.verb);
    }
    std::string operator()(const BecomesTrigger& form) const {
        return "when " + p.operand(form.field) + " becomes " + p.operand(form.value);
    }
    std::string operator()(const ChangesTrigger& form) const {
        return "when " + p.operand(form.field) + " changes" + value(" from ", form.from) +
               value(" to ", form.to);
    }
    std::string operator()(const CrossesTrigger& form) const {
        return "when " + p.operand(form.field) + (form.rises ? " rises above " : " drops below ") +
               p.operand(form.threshold) + value(" by at least ", form.by_at_least) +
               value(" within ", form.within);
    }
    std::string operator()(const MovesTrigger& form) const {
        const char* const verb = form.verb == MovesVerb::falls   ? " falls by "
                                 : form.verb == MovesVerb::rises ? " rises by "
                                                                 : " moves by ";
        return "when " + p.operand(form.field) + verb + p.operand(form.by) +
               value(" within ", form.within);
    }
    std::string operator()(const WheneverTrigger& form) const {
        return "whenever " + p.whole(form.condition);
    }
    std::string operator()(const AnchorTrigger& form) const {
        std::string out = "when ";
        if (form.relation == AnchorRelation::at) {
            out += "at ";
        } else {
            out += offset(form.offset);
            out += form.relation == AnchorRelation::before ? " before " : " after ";
        }
        return out + p.operand(form.field) + value(" at ", form.at_time);
    }
    // The grammar takes a duration, a name or what stands in parentheses.
    std::string offset(ExpressionIndex index) const {
        const Expression& expression = p.tree().at(index);
        const bool is_plain = std::holds_alternative<Literal>(expression.form) ||
                              std::holds_alternative<NameUse>(expression.form) ||
                              std::holds_alternative<Member>(expression.form);
        const std::string text = p.operand(index);
        return is_plain || text.starts_with("(") ? text : "(" + text + ")";
    }
    std::string operator()(const EveryTrigger& form) const {
        std::string out;
        if (form.is_cron) {
            out = "cron " + quote_plain(form.cron);
        } else {
            out = "every" + value(" ", form.interval);
            if (!form.unit.empty()) out += " " + p.name(form.unit);
            const bool is_first = is_none(form.interval) && form.unit.empty();
            if (!form.weekdays.empty()) {
                out += is_first ? " " : " on ";
                out += p.names(form.weekdays);
            }
            out += value(" on day ", form.on_day);
            for (std::size_t i = 0; i < form.at.size(); ++i)
                out += (i == 0 ? " at " : ", ") + p.operand(form.at[i]);
        }
        if (!form.zone.empty()) out += " in " + p.name(form.zone);
        if (!is_none(form.for_each)) out += each(form.for_each);
        return out;
    }
    std::string each(ExpressionIndex index) const {
        const auto& query = std::get<QueryExpression>(p.tree().at(index).form);
        std::string out = soft_break(0) + " for each " + p.name(query.variable);
        // `for each payment where …` names the variable after the entity.
        if (p.tree().at(query.source).span != query.variable.span)
            out += " in " + p.operand(query.source);
        return out + p.query_tail(query, 1);
    }
    std::string operator()(const AbsenceTrigger& form) const {
        std::string out = "when no " + p.name(form.subject);
        if (!form.as.empty()) out += " as " + p.name(form.as);
        if (!is_none(form.where)) out += soft_break(1) + " where " + p.whole(form.where);
        out += value(" per ", form.per) + value(" for ", form.duration);
        return form.including_never ? out + " including never" : out;
    }
    std::string operator()(const CountTrigger& form) const {
        std::string out = "when " + p.operand(form.count) + " " + part(form.part) +
                          value(" per ", form.per) + value(" within ", form.within);
        return form.all_as ? out + " all as " + p.name(form.all_name) : out;
    }
    std::string operator()(const SequenceTrigger& form) const {
        return "when " + part(form.first) + (form.negated ? " not" : "") + " followed by " +
               part(form.second) + value(" per ", form.per) + value(" within ", form.within);
    }
    std::string operator()(const RequestTrigger& form) const {
        std::string out = "when requested by " + p.names(form.roles);
        for (std::size_t i = 0; i < form.asked.size(); ++i) {
            out += i == 0 ? soft_break(1) + " asking " : "," + soft_break(2) + " ";
            out += p.name(form.asked[i].name) + ": " + p.type(form.asked[i].type);
        }
        return out;
    }
};

void StatementPrinter::trigger(const Trigger& trigger, Lines::Place place) {
    lines_.begin(trigger.span.begin, place);
    std::string out = std::visit(TriggerForms{p_}, trigger.form);
    if (!trigger.as.empty()) out += " as " + p_.name(trigger.as);
    if (trigger.including_first) out += " including first";
    lines_.write(out);
}

std::string StatementPrinter::guard_text(const Guard& guard) const {
    const auto value = [&](const char* before, ExpressionIndex index) {
        return is_none(index) ? std::string() : before + p_.operand(index);
    };
    std::string per;
    for (const ExpressionIndex key : guard.per) per += " per " + p_.operand(key);
    const std::string word = p_.name(guard.word);
    switch (guard.kind) {
        case GuardKind::once_per:
            return "once per " + p_.operand(guard.value) + value(" for ", guard.period);
        case GuardKind::at_most: return "at most " + p_.operand(guard.value) + per + " per " + word;
        case GuardKind::while_running: return "while running " + word + per;
        case GuardKind::only_between: {
            std::string out =
                "only between " + p_.operand(guard.from) + " and " + p_.operand(guard.to);
            if (!guard.days.empty()) out += " on " + p_.names(guard.days);
            if (!guard.calendar.empty()) out += " except " + p_.name(guard.calendar);
            if (!is_none(guard.zone)) out += " in " + p_.zone(guard.zone);
            if (!guard.otherwise.empty()) out += ", else " + p_.name(guard.otherwise);
            return out;
        }
        case GuardKind::debounce: return "debounce" + value(" for ", guard.period) + per;
        case GuardKind::only_every: return "only every " + p_.operand(guard.period) + per;
        case GuardKind::rearm: return "rearm " + word + " " + p_.operand(guard.value);
        case GuardKind::missed:
            if (word == "skips") return "missed skips";
            return "missed runs " + word + value(" within ", guard.period);
        case GuardKind::on_change: return "on change " + word + (word == "finish" ? " old" : "");
        case GuardKind::budget:
            return "budget " + p_.operand(guard.value) + " per " + word + ", then pause";
    }
    return {};
}

void StatementPrinter::guard(const Guard& guard) {
    lines_.begin(guard.span.begin);
    lines_.write(guard_text(guard));
}

}  // namespace pawl::dsl
