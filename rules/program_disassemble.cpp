#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "base/text.h"
#include "rules/internal/program_operands.h"
#include "rules/program_file.h"

namespace pawl::rules {

namespace {

constexpr std::array<std::string_view, 8> kind_words = {
    "rule", "flow", "define", "action", "template", "notification", "journey", "test"};
constexpr std::array<std::string_view, 10> trigger_words = {
    "event",   "created",     "updated",     "deleted",  "becomes",
    "changes", "drops below", "rises above", "whenever", "requested"};
constexpr std::array<std::string_view, 6> match_words = {"is", "in", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 9> aggregate_words = {
    "first", "all", "count", "sum", "average", "minimum", "maximum", "percentile", "exists"};

template <class Words, class E>
std::string_view word(const Words& words, E value) {
    return words[static_cast<std::size_t>(value)];
}

std::string show_number(double number) {
    std::string text;
    append_json_number(text, number);
    return text;
}

std::string show(const Value& value);

std::string show_all(const std::vector<Value>& items) {
    constexpr std::size_t shown_max = 8;
    std::string text = "[";
    for (std::size_t at = 0; at < items.size(); ++at) {
        if (at > 0) text += ", ";
        if (at == shown_max) return text + "… " + std::to_string(items.size()) + " items]";
        text += show(items[at]);
    }
    return text + "]";
}

// As it would be written in a rule.
std::string show(const Value& value) {
    switch (value.kind()) {
        case Kind::missing: return "missing";
        case Kind::boolean: return value.as_boolean() ? "true" : "false";
        case Kind::integer: return std::to_string(value.as_integer());
        case Kind::number: return show_number(value.as_number());
        case Kind::money:
            return format_amount(value.as_money()) + " " + value.as_money().currency.letters();
        case Kind::text: return quote_for_message(value.as_text());
        case Kind::secret: return "•••";
        case Kind::date: return format_date(value.as_date());
        case Kind::time: return format_time(value.as_time());
        case Kind::datetime: return format_instant(value.as_datetime());
        case Kind::duration: return format_duration(value.as_duration());
        case Kind::choice:
        case Kind::group: return std::string(value.as_text());
        case Kind::reference: return "a record";
        case Kind::list: return show_all(value.as_list());
        case Kind::record: return "record " + show_all(value.as_record());
        case Kind::json: return quote_for_message(write_json(value.as_json()));
    }
    return {};
}

class Disassembler {
 public:
    explicit Disassembler(const Program& program) : program_(program) { note_rows(); }

    std::string run() {
        const Header& header = program_.header;
        line("rulebook " + (header.name.empty() ? "without a name" : header.name) + "  " +
             program_.hash.hex());
        if (!header.timezone.empty()) line("  timezone " + header.timezone);
        if (header.currency.code != 0) line("  currency " + header.currency.letters());
        for (UnitIndex unit = 0; unit < program_.units.size(); ++unit) this->unit(unit);
        return std::move(out_);
    }

 private:
    using Headings = std::multimap<std::uint32_t, std::string>;

    void line(std::string_view text) {
        out_.append(text);
        out_.push_back('\n');
    }
    void note_rows();
    void unit(UnitIndex index);
    void parameters(const Unit& unit);
    void rule(const Rule& rule, Headings& headings);
    void trigger(const Rule& rule, const Trigger& trigger, std::size_t number, Headings& headings);
    void match(const Rule& rule);
    std::string atom(const Rule& rule, const MatchAtom& atom) const;
    void row(const Unit& unit, std::uint32_t row, Headings& headings);
    void code(const Unit& unit, const Headings& headings);
    void tries(const Unit& unit, const std::vector<std::uint32_t>& labels);
    std::string operands(const Unit& unit, const Instruction& instruction,
                         const std::vector<std::uint32_t>& labels) const;
    std::string operand(const Unit& unit, const Instruction& instruction, Operand kind,
                        std::uint32_t operand, const std::vector<std::uint32_t>& labels) const;
    std::string shape(const Unit& unit, const Instruction& instruction) const;
    std::string query(const Unit& unit, const Query& query) const;
    std::string local(const Unit& unit, std::size_t local) const;
    std::string field(EntityIndex entity, FieldIndex field) const {
        return program_.schema.entities[entity].fields[field].name;
    }

    const Program& program_;
    std::vector<std::uint32_t> rows_;  // by unit
    std::string out_;
};

void Disassembler::note_rows() {
    rows_.assign(program_.units.size(), 0);
    const auto note = [&](const auto& table) {
        for (std::uint32_t at = 0; at < table.size(); ++at) rows_[table[at].unit] = at;
    };
    note(program_.rules);
    note(program_.flows);
    note(program_.templates);
    note(program_.notifications);
    note(program_.tests);
}

// Hidden locals (a loop's list and place) have no name of the author's.
std::string Disassembler::local(const Unit& unit, std::size_t local) const {
    const std::string& name = unit.local_names[local];
    return name.empty() ? "#" + std::to_string(local) : name;
}

void Disassembler::parameters(const Unit& unit) {
    if (unit.local_count == 0) return;
    std::string text = "  locals";
    for (std::size_t at = 0; at < unit.local_count; ++at) {
        text += at == 0 ? " " : ", ";
        text += local(unit, at);
        if (at < unit.parameter_count)
            text += ": " + program_.schema.type_text(unit.local_types[at]);
    }
    line(text);
}

void Disassembler::unit(UnitIndex index) {
    const Unit& unit = program_.units[index];
    Headings headings;
    line("");
    line(std::string(word(kind_words, unit.kind)) + " " + unit.id + "  " + unit.file + ":" +
         std::to_string(unit.line) + "  " + unit.hash.hex());
    parameters(unit);
    row(unit, rows_[index], headings);
    code(unit, headings);
}

void Disassembler::row(const Unit& unit, std::uint32_t row, Headings& headings) {
    switch (unit.kind) {
        case UnitKind::rule: return rule(program_.rules[row], headings);
        case UnitKind::template_:
            for (const auto& [name, entry] : program_.templates[row].parts)
                headings.emplace(entry, name);
            return;
        case UnitKind::notification:
            for (const NotificationChannel& channel : program_.notifications[row].channels)
                headings.emplace(
                    channel.entry,
                    channel.template_index
                        ? channel.channel + " " + program_.templates[*channel.template_index].name
                        : channel.channel);
            return;
        case UnitKind::test:
            for (const TestStep& step : program_.tests[row].steps)
                headings.emplace(step.entry, step.text);
            return;
        default: return;
    }
}

void Disassembler::rule(const Rule& rule, Headings& headings) {
    if (rule.mode != RuleMode::live) line(rule.mode == RuleMode::draft ? "  draft" : "  paused");
    for (std::size_t at = 0; at < rule.triggers.size(); ++at)
        trigger(rule, rule.triggers[at], at + 1, headings);
    match(rule);
    for (std::size_t at = 0; at < rule.clauses.size(); ++at)
        line("  clause " + std::to_string(at) + (rule.clauses[at].is_unless ? " unless " : " if ") +
             rule.clauses[at].text);
    headings.emplace(rule.conditions_entry, "conditions");
    headings.emplace(rule.body_entry, "body");
    if (rule.once_entry)
        headings.emplace(*rule.once_entry, rule.once_for
                                               ? "once per, for " + format_duration(*rule.once_for)
                                               : "once per");
    if (rule.rearm_entry)
        headings.emplace(*rule.rearm_entry, rule.rearm_above ? "rearm above" : "rearm below");
}

void Disassembler::trigger(const Rule& rule, const Trigger& trigger, std::size_t number,
                           Headings& headings) {
    const Unit& unit = program_.units[rule.unit];
    std::string text = "  when ";
    text += word(trigger_words, trigger.kind);
    switch (trigger.kind) {
        case TriggerKind::event: text += " " + program_.schema.events[trigger.event].name; break;
        case TriggerKind::requested: break;
        case TriggerKind::becomes:
        case TriggerKind::changes:
        case TriggerKind::drops_below:
        case TriggerKind::rises_above:
            text += " " + program_.schema.entities[trigger.entity].name + "." +
                    field(trigger.entity, trigger.field);
            break;
        default: text += " " + program_.schema.entities[trigger.entity].name;
    }
    if (!trigger.from.is_missing()) text += " from " + show(trigger.from);
    if (!trigger.value.is_missing()) text += " " + show(trigger.value);
    if (!trigger.by_at_least.is_missing()) text += " by at least " + show(trigger.by_at_least);
    for (std::size_t at = 0; at < trigger.roles.size(); ++at)
        text += (at == 0 ? " by " : ", ") + trigger.roles[at];
    for (std::size_t at = 0; at < trigger.asked.size(); ++at)
        text += (at == 0 ? " asking " : ", ") + trigger.asked[at].first;
    if (trigger.record_local) text += " as " + local(unit, *trigger.record_local);
    if (trigger.change_local) text += ", change as " + local(unit, *trigger.change_local);
    if (trigger.including_first) text += " including first";
    line(text);
    if (trigger.value_entry)
        headings.emplace(*trigger.value_entry, "value of trigger " + std::to_string(number));
    if (trigger.whenever_entry)
        headings.emplace(*trigger.whenever_entry, "whenever of trigger " + std::to_string(number));
}

std::string Disassembler::atom(const Rule& rule, const MatchAtom& atom) const {
    const EventType& event = program_.schema.events[rule.triggers.front().event];
    std::string text = event.fields[atom.field].name + " ";
    text += word(match_words, atom.op);
    text += " ";
    return text +
           (atom.op == MatchOperator::in_set ? show_all(atom.values) : show(atom.values.front()));
}

void Disassembler::match(const Rule& rule) {
    std::string text;
    const auto join = [&](std::string& to, std::string_view joint, const std::string& part) {
        if (!to.empty()) to += joint;
        to += part;
    };
    for (const MatchAtom& part : rule.match.atoms) join(text, " and ", atom(rule, part));
    for (const MatchAnyOf& any_of : rule.match.any_of) {
        std::string either;
        for (const auto& atoms : any_of.alternatives) {
            std::string all;
            for (const MatchAtom& part : atoms) join(all, " and ", atom(rule, part));
            join(either, " or ", all);
        }
        join(text, " and ", "(" + either + ")");
    }
    if (text.empty() && !rule.match.exact) return;
    line("  match " + (text.empty() ? "every event" : text) +
         (rule.match.exact ? ", which decides" : ", then the conditions"));
}

void Disassembler::code(const Unit& unit, const Headings& headings) {
    // Labels in the order of their places, from 1; 0: none.
    std::vector<std::uint32_t> labels(unit.code.size() + 1, 0);
    for (const Instruction& instruction : unit.code)
        if (operands_of(instruction.op).c == Operand::jump)
            labels[static_cast<std::size_t>(instruction.c)] = 1;
    for (const TryRange& range : unit.tries) labels[range.handler] = 1;
    std::uint32_t count = 0;
    for (std::uint32_t& label : labels)
        if (label != 0) label = ++count;

    std::uint32_t last_line = std::numeric_limits<std::uint32_t>::max();
    std::size_t next_line = 0;
    std::uint32_t source_line = unit.line;
    for (std::uint32_t at = 0; at < unit.code.size(); ++at) {
        const auto [first, last] = headings.equal_range(at);
        for (auto heading = first; heading != last; ++heading) line("  " + heading->second + ":");
        if (labels[at] != 0) line("  L" + std::to_string(labels[at]) + ":");
        while (next_line < unit.lines.size() && unit.lines[next_line].instruction <= at)
            source_line = unit.lines[next_line++].line;
        std::string number = std::to_string(at);
        std::string text = "    " + std::string(number.size() < 4 ? 4 - number.size() : 0, ' ');
        text += number + "  ";
        const std::string shown = source_line == last_line ? "" : std::to_string(source_line);
        last_line = source_line;
        text += std::string(shown.size() < 5 ? 5 - shown.size() : 0, ' ') + shown + "  ";
        text += opcode_name(unit.code[at].op);
        const std::string rest = operands(unit, unit.code[at], labels);
        if (!rest.empty()) {
            constexpr std::size_t name_width = 22;
            const std::size_t name = opcode_name(unit.code[at].op).size();
            text += std::string(name < name_width ? name_width - name : 1, ' ') + rest;
        }
        line(text);
    }
    tries(unit, labels);
}

void Disassembler::tries(const Unit& unit, const std::vector<std::uint32_t>& labels) {
    for (const TryRange& range : unit.tries) {
        std::string text = "  try " + std::to_string(range.begin) + " to " +
                           std::to_string(range.end) + ", on failure L" +
                           std::to_string(labels[range.handler]);
        if (range.error_local != 0xffff) text += " as " + local(unit, range.error_local);
        line(text);
    }
}

std::string Disassembler::operands(const Unit& unit, const Instruction& instruction,
                                   const std::vector<std::uint32_t>& labels) const {
    const Operands kinds = operands_of(instruction.op);
    std::string text;
    const auto append = [&](Operand kind, std::uint32_t value) {
        const std::string part = operand(unit, instruction, kind, value, labels);
        const bool is_part = kind == Operand::field || kind == Operand::member;
        if (!text.empty() && !part.empty()) text += is_part ? "." : " ";
        text += part;
    };
    const bool is_function = kinds.a == Operand::builtin;
    if (is_function) append(kinds.a, instruction.a);
    append(kinds.b, instruction.b);
    if (!is_function) append(kinds.a, instruction.a);
    append(kinds.c, static_cast<std::uint32_t>(instruction.c));
    return text;
}

std::string flag_word(Opcode op) {
    switch (op) {
        case Opcode::push_boolean: return "true";
        case Opcode::set_field: return "with its reason";
        case Opcode::text_begin: return "as HTML";
        case Opcode::text_append: return "as it is";
        case Opcode::call_service: return "with its key";
        case Opcode::stop: return "and forget";
        default: return "ignoring case";
    }
}

std::string Disassembler::operand(const Unit& unit, const Instruction& instruction, Operand kind,
                                  std::uint32_t operand,
                                  const std::vector<std::uint32_t>& labels) const {
    switch (kind) {
        case Operand::none: return {};
        case Operand::flag:
            if (operand != 0) return flag_word(instruction.op);
            return instruction.op == Opcode::push_boolean ? "false" : "";
        case Operand::count:
        case Operand::clause:
        case Operand::pure_action: return std::to_string(operand);
        case Operand::constant:
        case Operand::text_constant: return show(unit.constants[operand]);
        case Operand::local:
        case Operand::local_pair: return local(unit, operand);
        case Operand::member_type: {
            const Type& type = program_.schema.types[operand];
            return type.kind == TypeKind::event ? program_.schema.events[type.index].name
                                                : program_.schema.records[type.index].name;
        }
        case Operand::type: return program_.schema.type_text(static_cast<TypeIndex>(operand));
        case Operand::query:
            return instruction.op == Opcode::query_begin ? query(unit, unit.queries[operand])
                                                         : local(unit, unit.queries[operand].local);
        case Operand::shape: return shape(unit, instruction);
        case Operand::jump: return "→ L" + std::to_string(labels[operand]);
        default: break;
    }
    std::string name(operand_name(program_, instruction, kind, operand));
    if (kind == Operand::action) return program_.actions[operand].integration + "." + name;
    return name;
}

std::string Disassembler::query(const Unit& unit, const Query& query) const {
    std::string text(word(aggregate_words, query.aggregate));
    if (query.limit > 0) text += " " + std::to_string(query.limit);
    if (query.limit_on_stack) text += " so many";
    if (query.aggregate == Aggregate::percentile) text += " " + show_number(query.percent);
    text += " " + local(unit, query.local) + " in ";
    text += query.access == Access::list ? "the list" : program_.schema.entities[query.entity].name;
    const auto name = [&] { return field(query.entity, query.field); };
    if (query.access == Access::equal) text += " by " + name();
    if (query.access == Access::range)
        text += " by " + name() +
                (query.has_low && query.has_high ? " from and to"
                 : query.has_low                 ? " from"
                                                 : " to");
    for (const bool descending : query.descending)
        text += descending ? " descending" : " ascending";
    return text;
}

std::string Disassembler::shape(const Unit& unit, const Instruction& instruction) const {
    const Shape& shape = unit.shapes[static_cast<std::size_t>(instruction.c)];
    std::vector<std::string> names = shape.names;
    for (const FieldIndex place : shape.fields)
        names.emplace_back(shape_name(program_, instruction, place));
    std::string text = "(";
    for (std::size_t at = 0; at < names.size(); ++at) text += (at == 0 ? "" : ", ") + names[at];
    return text + ")";
}

}  // namespace

std::string disassemble(const Program& program) { return Disassembler(program).run(); }

}  // namespace pawl::rules
