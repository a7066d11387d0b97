#include "dsl/internal/print_statement.h"

namespace pawl::dsl {

std::string StatementPrinter::with(const std::vector<FieldValue>& fields) const {
    return fields.empty() ? std::string() : soft_break(2) + " with " + p_.fields(fields);
}

std::string StatementPrinter::form(const CreateForm& form) const {
    return "create " + p_.name(form.entity) + with(form.fields);
}

std::string StatementPrinter::form(const FindOrCreateForm& form) const {
    return "find or create " + p_.name(form.entity) + " by " + p_.fields(form.keys) +
           with(form.fields);
}

std::string StatementPrinter::form(const CallForm& form) const {
    std::string out = "call " + p_.name(form.action) + "(" + p_.arguments(form.arguments) + ")";
    if (!is_none(form.once_as)) out += soft_break(1) + " once as " + p_.operand(form.once_as);
    return out;
}

std::string StatementPrinter::form(const RunForm& form) const {
    return (form.start ? "start " : "run ") + p_.name(form.flow) + "(" +
           p_.arguments(form.arguments) + ")";
}

namespace {

std::string because(const ExpressionPrinter& p, ExpressionIndex reason) {
    return is_none(reason) ? std::string() : soft_break(0) + " because " + p.whole(reason);
}

}  // namespace

std::string StatementPrinter::set_items(const SetStatement& set) const {
    std::string out;
    for (std::size_t i = 0; i < set.items.size(); ++i) {
        if (i != 0) out += "," + soft_break(1) + " ";
        out += p_.operand(set.items[i].target) + " to " + p_.whole(set.items[i].value);
    }
    return out + because(p_, set.because);
}

std::string StatementPrinter::clear_items(const ClearStatement& clear) const {
    std::string out;
    for (std::size_t i = 0; i < clear.targets.size(); ++i) {
        if (i != 0) out += "," + soft_break(1) + " ";
        out += p_.operand(clear.targets[i]);
    }
    return out + because(p_, clear.because);
}

std::string StatementPrinter::retry(const RetryClause& retry) const {
    std::string out = "retry " + p_.operand(retry.times) + " times";
    if (!is_none(retry.first)) out += " from " + p_.operand(retry.first);
    if (!is_none(retry.limit)) out += " up to " + p_.operand(retry.limit);
    return out;
}

std::string StatementPrinter::steering(const JourneyStatement& form, const char* ending) const {
    const auto value = [&](const char* before, ExpressionIndex index) {
        return is_none(index) ? std::string() : before + p_.operand(index);
    };
    const auto verb = [&](const char* word) { return std::string(word) + ending; };
    const std::string journey = p_.name(form.journey) + value(" for ", form.of);
    std::string step = " step " + p_.name(form.step);
    for (std::size_t i = 0; i < form.step_arguments.size(); ++i)
        step += (i == 0 ? "(" : ", ") + p_.whole(form.step_arguments[i]);
    step += std::string(form.step_arguments.empty() ? "" : ")") + " of " + journey;
    switch (form.verb) {
        case JourneyVerb::start: return verb("start") + " journey " + journey;
        case JourneyVerb::stop: return verb("stop") + " journey " + journey;
        case JourneyVerb::resume: return verb("resume") + " " + journey;
        case JourneyVerb::pause:
            return verb("pause") + " " + journey + value(" until ", form.by_or_until);
        case JourneyVerb::shift:
            return verb("shift") + " " + journey + value(" by ", form.by_or_until);
        case JourneyVerb::skip_step: return verb("skip") + step;
        case JourneyVerb::trigger_step: return verb("trigger") + step;
    }
    return {};
}

void StatementPrinter::end() {
    lines_.begin(lines_.next_block_word(), Lines::Place::closer);
    lines_.write("end");
}

void StatementPrinter::block(const Block& block) {
    lines_.indent();
    Lines::Place place = Lines::Place::first;
    for (const StatementIndex index : block) {
        statement(index, place);
        place = Lines::Place::item;
    }
    lines_.dedent();
}

void StatementPrinter::branches(const std::vector<Branch>& branches) {
    lines_.indent();
    Lines::Place place = Lines::Place::first;
    for (const Branch& branch : branches) {
        lines_.begin(branch.span.begin, place);
        lines_.write(p_.name(branch.name) + (branch.as.empty() ? "" : " as " + p_.name(branch.as)));
        block(branch.body);
        place = Lines::Place::item;
    }
    lines_.dedent();
}

// Writes a statement behind the beginning of its first line.
struct StatementForms {
    StatementPrinter& s;

    const ExpressionPrinter& p() const { return s.p_; }
    void write(const std::string& text) const { s.lines_.write(text); }
    // A word that divides a block: `else`, `on failure`.
    void divide(const std::string& text) const {
        s.lines_.begin(s.lines_.next_block_word(), Lines::Place::closer);
        write(text);
    }
    std::string value(const char* before, ExpressionIndex index) const {
        return is_none(index) ? std::string() : before + p().operand(index);
    }

    void operator()(const LetStatement& form) const {
        const std::string head = "let " + p().name(form.name) + " = ";
        std::visit(
            [&](const auto& of) {
                if constexpr (std::is_same_v<std::decay_t<decltype(of)>, ExpressionIndex>) {
                    write(head + p().whole(of));
                } else {
                    write(head + s.form(of));
                }
            },
            form.value);
    }
    void operator()(const SetStatement& form) const { write("set " + s.set_items(form)); }
    void operator()(const ClearStatement& form) const { write("clear " + s.clear_items(form)); }
    void operator()(const AddStatement& form) const {
        write((form.remove ? "remove " : "add ") + p().whole(form.value) +
              (form.remove ? " from " : " to ") + p().operand(form.target));
    }
    void operator()(const CreateStatement& form) const { write(s.form(form.form)); }
    void operator()(const FindOrCreateStatement& form) const { write(s.form(form.form)); }
    void operator()(const CallStatement& form) const { write(s.form(form.form)); }
    void operator()(const RunStatement& form) const { write(s.form(form.form)); }
    void operator()(const DeleteStatement& form) const {
        write("delete " + p().operand(form.target));
    }
    void operator()(const EmitStatement& form) const {
        write("emit " + p().name(form.event) + s.with(form.fields));
    }
    void operator()(const SendStatement& form) const {
        std::string out = "send " + p().name(form.channel) + " " + p().name(form.template_name) +
                          " to " + p().operand(form.to) + s.with(form.arguments);
        for (std::size_t i = 0; i < form.attachments.size(); ++i) {
            out += i == 0 ? soft_break(1) + " attaching " : "," + soft_break(2) + " ";
            out += p().operand(form.attachments[i]);
        }
        write(out);
    }
    void operator()(const NotifyStatement& form) const {
        write("notify " + p().operand(form.to) + " of " + p().name(form.notification) +
              s.with(form.arguments));
    }
    void operator()(const AlertStatement& form) const {
        write("alert " + p().operand(form.to) + soft_break(1) + " " + p().whole(form.text));
    }
    void operator()(const LogStatement& form) const { write("log " + p().whole(form.text)); }
    void operator()(const WaitStatement& form) const {
        write((form.until ? "wait until " : "wait ") + p().operand(form.value));
    }
    void operator()(const WaitForStatement& form) const {
        std::string out = "wait for " + p().name(form.event);
        if (!form.as.empty()) out += " as " + p().name(form.as);
        if (!is_none(form.where)) out += soft_break(1) + " where " + p().whole(form.where);
        if (!is_none(form.up_to)) out += soft_break(1) + " up to " + p().operand(form.up_to);
        write(out);
        s.branches(form.branches);
        s.end();
    }
    void operator()(const AskStatement& form) const {
        std::string out =
            "ask " + p().operand(form.who) + soft_break(1) + " " + p().whole(form.question);
        if (!is_none(form.up_to)) out += soft_break(1) + " up to " + p().operand(form.up_to);
        write(out);
        s.branches(form.branches);
        s.end();
    }
    void operator()(const CancelRunsStatement& form) const {
        write("cancel runs of " + p().name(form.rule) + value(" for ", form.of));
    }
    void operator()(const JourneyStatement& form) const { write(s.steering(form, "")); }
    void operator()(const ForEachStatement& form) const {
        s.lines_.next_block_word();  // `do`
        write("for each " + p().loop_head(form.variable, form.source) + " do");
        s.block(form.body);
        s.end();
    }
    void operator()(const NextStatement&) const { write("next"); }
    void operator()(const IfStatement& form) const {
        for (std::size_t i = 0; i < form.branches.size(); ++i) {
            const ConditionalBranch& branch = form.branches[i];
            const std::string text = "if " + p().whole(branch.condition) + " then";
            if (i == 0) {
                write(text);
            } else {
                divide("else " + text);
            }
            s.lines_.next_block_word();  // `then`
            s.block(branch.body);
        }
        if (form.otherwise) {
            divide("else");
            s.block(*form.otherwise);
        }
        s.end();
    }
    void operator()(const TryStatement& form) const {
        write("try");
        s.block(form.body);
        divide("on failure" + (form.error.empty() ? "" : " as " + p().name(form.error)));
        s.block(form.on_failure);
        s.end();
    }
    void operator()(const RetryClause& form) const { write(s.retry(form)); }
    void operator()(const StopStatement& form) const {
        write(form.forget ? "stop and forget" : "stop");
    }
    void operator()(const ReturnStatement& form) const { write("return " + p().whole(form.value)); }
};

void StatementPrinter::statement(StatementIndex index, Lines::Place place) {
    const Statement& statement = tree_.at(index);
    lines_.begin(statement.span.begin, place);
    std::visit(StatementForms{*this}, statement.form);
}

}  // namespace pawl::dsl
