#include "simulation/observed.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "base/zone.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"
#include "rules/program_file.h"

namespace pawl::simulation {

namespace {

using rules::Instruction;
using rules::Opcode;

// One past the last instruction of the code that begins at `entry`.
std::size_t end_of(const std::vector<Instruction>& code, std::size_t entry) {
    while (entry < code.size() && code[entry].op != Opcode::end &&
           code[entry].op != Opcode::return_value) {
        ++entry;
    }
    return entry;
}

bool is_comparison(Opcode op) {
    switch (op) {
        case Opcode::equal:
        case Opcode::not_equal:
        case Opcode::less:
        case Opcode::less_equal:
        case Opcode::greater:
        case Opcode::greater_equal:
        case Opcode::contains:
        case Opcode::starts_with:
        case Opcode::ends_with:
        case Opcode::matches:
        case Opcode::in_list: return true;
        default: return false;
    }
}

bool jumps(Opcode op) {
    switch (op) {
        case Opcode::jump:
        case Opcode::jump_unless_true:
        case Opcode::jump_if_false_keep:
        case Opcode::jump_if_true_keep:
        case Opcode::jump_if_present_keep:
        case Opcode::query_next:
        case Opcode::iterate_next: return true;
        default: return false;
    }
}

// Reads a path such as p.client.name from its code, and its value from the records.
class Paths {
 public:
    Paths(const rules::Program& program, rules::Records& records, const rules::Unit& unit,
          const std::vector<rules::Value>& locals)
        : program_(program), records_(records), unit_(unit), locals_(locals) {}

    std::vector<std::string> read(std::size_t begin, std::size_t end) {
        for (std::size_t at = begin; at < end; ++at) {
            if (unit_.code[at].op == Opcode::load_local) at = take(at, end) - 1;
        }
        return std::move(lines_);
    }

 private:
    // The path that begins at `at`; answers where it ends.
    std::size_t take(std::size_t at, std::size_t end) {
        const auto local = static_cast<std::size_t>(unit_.code[at].c);
        rules::Value value = local < locals_.size() ? locals_[local] : rules::Value();
        std::string name = local < unit_.local_names.size() ? unit_.local_names[local] : "";
        const bool is_given = !name.empty() && value.kind() == rules::Kind::reference;
        std::size_t next = at + 1;
        for (; next < end && unit_.code[next].op == Opcode::load_field; ++next) {
            if (!is_given || value.kind() != rules::Kind::reference) continue;
            const auto field = static_cast<std::size_t>(unit_.code[next].c);
            const rules::Reference reference = value.as_reference();
            name += "." + program_.schema.entities[reference.entity].fields[field].name;
            const rules::RecordPointer record = records_.get(reference);
            value = record == nullptr ? rules::Value() : record->fields[field];
        }
        if (is_given && next > at + 1) {
            std::string line = name + " is " + report_text(value, program_, records_);
            if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) {
                lines_.push_back(std::move(line));
            }
        }
        return next;
    }

    const rules::Program& program_;
    rules::Records& records_;
    const rules::Unit& unit_;
    const std::vector<rules::Value>& locals_;
    std::vector<std::string> lines_;
};

// The program with the code [begin, end) once more behind the unit's own, as an expression of its
// own; nothing when that is not a whole expression, which the verifier knows.
std::optional<rules::Program> with_slice(const rules::Program& program, rules::UnitIndex unit,
                                         std::size_t begin, std::size_t end) {
    rules::Program copy = program;
    std::vector<Instruction>& code = copy.units[unit].code;
    const std::size_t entry = code.size();
    for (std::size_t at = begin; at < end; ++at) {
        Instruction instruction = program.units[unit].code[at];
        if (jumps(instruction.op)) {
            const auto target = static_cast<std::size_t>(instruction.c);
            if (target < begin || target > end) return std::nullopt;
            instruction.c += static_cast<std::int32_t>(entry) - static_cast<std::int32_t>(begin);
        }
        code.push_back(instruction);
    }
    code.push_back({.op = Opcode::end});
    for (rules::Test& test : copy.tests) {
        if (test.unit != unit) continue;
        rules::TestStep step;
        step.kind = rules::TestStepKind::expect;
        step.entry = static_cast<std::uint32_t>(entry);
        test.steps.push_back(step);
    }
    if (!rules::verify_program(copy)) return std::nullopt;
    return copy;
}

// The value left of the comparison that ends the code, when it is more than a path.
std::optional<rules::Value> left_side(const rules::Program& program, engine::Engine& engine,
                                      rules::UnitIndex unit, std::size_t begin, std::size_t end,
                                      std::vector<rules::Value> locals) {
    const std::vector<Instruction>& code = program.units[unit].code;
    if (end < begin + 2 || !is_comparison(code[end - 1].op)) return std::nullopt;
    for (std::size_t cut = end - 2; cut > begin; --cut) {
        const std::optional<rules::Program> sliced = with_slice(program, unit, begin, cut);
        if (!sliced) continue;
        const auto is_step = [](const Instruction& each) {
            return each.op == Opcode::load_local || each.op == Opcode::load_field;
        };
        const auto first = code.begin() + static_cast<std::ptrdiff_t>(begin);
        if (std::all_of(first, first + static_cast<std::ptrdiff_t>(cut - begin), is_step)) {
            return std::nullopt;
        }
        rules::Evaluator evaluator(*sliced);
        rules::Budget budget;
        const rules::Outcome outcome = evaluator.evaluate(
            unit, static_cast<std::uint32_t>(code.size()), locals, engine.records(),
            {.now = engine.now(), .firing = engine.now()}, budget);
        if (outcome.failure) return std::nullopt;
        return outcome.value;
    }
    return std::nullopt;
}

}  // namespace

std::string report_text(const rules::Value& value, const rules::Program& program,
                        rules::Records& records) {
    switch (value.kind()) {
        case rules::Kind::missing: return "missing";
        case rules::Kind::text: return quote_for_message(value.as_text(), 200);
        case rules::Kind::choice:
        case rules::Kind::date:
        case rules::Kind::time:
        case rules::Kind::datetime:
        case rules::Kind::duration:
        case rules::Kind::money: {
            const Zone zone = Zone::find(program.header.timezone).value_or(Zone::utc());
            return rules::display_text(value, program, records, zone);
        }
        default: break;
    }
    JsonWriter json;
    rules::append_value_json(json, value, program, records);
    if (value.kind() == rules::Kind::reference) {
        const Result<Json> id = parse_json(json.text());
        if (id) return id->text;
    }
    return json.take();
}

std::vector<std::string> observed_values(const rules::Program& program, engine::Engine& engine,
                                         rules::UnitIndex unit, std::uint32_t entry,
                                         const std::vector<rules::Value>& locals) {
    const rules::Unit& code = program.units[unit];
    const std::size_t end = end_of(code.code, entry);
    std::vector<std::string> lines =
        Paths(program, engine.records(), code, locals).read(entry, end);
    if (const auto left = left_side(program, engine, unit, entry, end, locals)) {
        lines.insert(lines.begin(),
                     "the left side is " + report_text(*left, program, engine.records()));
    }
    return lines;
}

}  // namespace pawl::simulation
