#include "rules/internal/program_disassemble.h"
#include <algorithm>
#include <array>
#include <limits>
#include "base/text.h"
#include "rules/internal/program_operands.h"
#include "rules/program_file.h"

namespace pawl::rules {

namespace {

constexpr std::array<std::string_view, 8> kind_words = {
    "rule", "flow", "define", "action", "template", "notification", "journey", "test"};
constexpr std::array<std::string_view, 7> verb_words = {
    "start", "pause", "resume", "shift", "stop", "skip step of", "trigger step of"};
constexpr auto pause = static_cast<std::uint8_t>(JourneyVerb::pause);
constexpr std::array<std::string_view, 9> aggregate_words = {
    "first", "all", "count", "sum", "average", "minimum", "maximum", "percentile", "exists"};

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
    void line(std::string_view text) {
        out_.append(text);
        out_.push_back('\n');
    }
    void note_rows();
    void unit(UnitIndex index);
    void parameters(const Unit& unit);
    void row(const Unit& unit, std::uint32_t row, Headings& headings);
    void code(const Unit& unit, const Headings& headings);
    void tries(const Unit& unit, const std::vector<std::uint32_t>& labels);
    std::string operands(const Unit& unit, const Instruction& instruction,
                         const std::vector<std::uint32_t>& labels) const;
    std::string operand(const Unit& unit, const Instruction& instruction, Operand kind,
                        std::uint32_t operand, const std::vector<std::uint32_t>& labels) const;
    std::string shape(const Unit& unit, const Instruction& instruction) const;
    std::string query(const Unit& unit, const Query& query) const;
    std::string planned(const Unit& unit, std::uint32_t step) const;
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
    note(program_.journeys);
    note(program_.tests);
}

void Disassembler::parameters(const Unit& unit) {
    if (unit.local_count == 0) return;
    std::string text = "  locals";
    for (std::size_t at = 0; at < unit.local_count; ++at) {
        text += at == 0 ? " " : ", ";
        text += show_local(unit, at);
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
    TableListing(program_, out_, headings).waits(unit);
    code(unit, headings);
}

void Disassembler::row(const Unit& unit, std::uint32_t row, Headings& headings) {
    switch (unit.kind) {
        case UnitKind::rule:
            return TableListing(program_, out_, headings).rule(program_.rules[row]);
        case UnitKind::journey:
            return TableListing(program_, out_, headings).journey(program_.journeys[row]);
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
                if (step.kind != TestStepKind::when_answer) headings.emplace(step.entry, step.text);
            return;
        default: return;
    }
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
        if (range.error_local != 0xffff) text += " as " + show_local(unit, range.error_local);
        if (range.retry) text += ", tried again as retry " + std::to_string(*range.retry);
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
    const bool is_first = is_function || kinds.a == Operand::verb;
    if (is_first) append(kinds.a, instruction.a);
    append(kinds.b, instruction.b);
    if (!is_first) append(kinds.a, instruction.a);
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
        case Opcode::cancel_runs: return "about a record, of";
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
        case Operand::local_pair: return show_local(unit, operand);
        case Operand::member_type: {
            const Type& type = program_.schema.types[operand];
            return type.kind == TypeKind::event ? program_.schema.events[type.index].name
                                                : program_.schema.records[type.index].name;
        }
        case Operand::type: return program_.schema.type_text(static_cast<TypeIndex>(operand));
        case Operand::query:
            return instruction.op == Opcode::query_begin
                       ? query(unit, unit.queries[operand])
                       : show_local(unit, unit.queries[operand].local);
        case Operand::shape: return shape(unit, instruction);
        case Operand::wait_for:
            return std::to_string(operand) + " " +
                   program_.schema.events[unit.waits[operand].event].name;
        case Operand::verb: return std::string(word(verb_words, operand));
        case Operand::steering:
            if (steers_step(static_cast<JourneyVerb>(instruction.a)))
                return program_.journeys[instruction.b].steps[operand].name;
            return operand == 0 ? "" : instruction.a == pause ? "until" : "by";
        case Operand::planned: return planned(unit, operand);
        case Operand::jump: return "→ L" + std::to_string(labels[operand]);
        default: break;
    }
    std::string name(operand_name(program_, instruction, kind, operand));
    if (kind == Operand::action) return program_.actions[operand].integration + "." + name;
    return name;
}

// A plan is of the journey's own unit.
std::string Disassembler::planned(const Unit& unit, std::uint32_t step) const {
    const auto index = static_cast<std::size_t>(&unit - program_.units.data());
    return program_.journeys[rows_[index]].steps[step].name;
}

std::string Disassembler::query(const Unit& unit, const Query& query) const {
    std::string text(word(aggregate_words, query.aggregate));
    if (query.limit > 0) text += " " + std::to_string(query.limit);
    if (query.limit_on_stack) text += " so many";
    if (query.aggregate == Aggregate::percentile) text += " " + show_number(query.percent);
    text += " " + show_local(unit, query.local) + " in ";
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
