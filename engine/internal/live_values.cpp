#include "engine/internal/live_values.h"

#include <algorithm>
#include <utility>

namespace pawl::engine {

using rules::Instruction;
using rules::Opcode;
using rules::Value;

// The instructions of a unit that may come after others; each is looked at once.
struct LiveValues::Walk {
    const rules::Unit& unit;
    std::vector<bool> seen = std::vector<bool>(unit.code.size());
    std::vector<std::uint32_t> open = {};

    void go_to(std::uint32_t at) {
        if (at >= unit.code.size() || seen[at]) return;
        seen[at] = true;
        open.push_back(at);
    }
    // What fails here goes on in the handlers around it, or its body is tried again.
    void may_fail(std::uint32_t at) {
        for (const rules::TryRange& range : unit.tries) {
            if (at < range.begin || range.end <= at) continue;
            go_to(range.handler);
            if (range.retry) go_to(range.begin);
        }
    }
    void step(std::uint32_t at) {
        may_fail(at);
        const Instruction& now = unit.code[at];
        switch (now.op) {
            case Opcode::jump: return go_to(static_cast<std::uint32_t>(now.c));
            case Opcode::jump_unless_true:
            case Opcode::jump_if_false_keep:
            case Opcode::jump_if_true_keep:
            case Opcode::jump_if_present_keep:
            case Opcode::query_next:
            case Opcode::iterate_next: go_to(static_cast<std::uint32_t>(now.c)); break;
            case Opcode::stop:
            case Opcode::return_value:
            case Opcode::conditions_end:
            case Opcode::end: return;
            default: break;
        }
        go_to(at + 1);
    }
    void finish() {
        while (!open.empty()) {
            const std::uint32_t at = open.back();
            open.pop_back();
            step(at);
        }
    }
};

LiveValues::LiveValues(const rules::Program& program, const std::vector<rules::FormerText>& former)
    : program_(program), beginnings_(program.units.size()) {
    const auto add = [this](const rules::Rule& rule) {
        // A run that moves to an edited text may come to anything there.
        if (rule.on_change != rules::OnChange::move)
            beginnings_[rule.unit] = {rule.conditions_entry, rule.body_entry};
    };
    std::for_each(program.rules.begin(), program.rules.end(), add);
    for (const rules::FormerText& each : former)
        if (each.rule) add(*each.rule);
}

void LiveValues::keep_live(rules::Frame& frame) {
    if (beginnings_[frame.unit].empty()) return;
    const std::vector<Reads>& reads = reads_behind(frame.unit, frame.instruction);
    for (std::size_t i = 0; i < std::min(frame.locals.size(), reads.size()); ++i) {
        Value& local = frame.locals[i];
        if (local.kind() != rules::Kind::record || reads[i].is_whole) continue;
        if (reads[i].positions.empty()) {
            local = Value();
            continue;
        }
        std::vector<Value> fields(local.as_record().size());
        for (const std::size_t position : reads[i].positions)
            if (position < fields.size()) fields[position] = local.as_record()[position];
        if (fields != local.as_record())
            local = Value::record(local.record_type(), std::move(fields));
    }
}

const std::vector<LiveValues::Reads>& LiveValues::reads_behind(rules::UnitIndex unit,
                                                               std::uint32_t instruction) {
    const std::uint64_t place = (std::uint64_t{unit} << 32) | instruction;
    const auto known = found_.find(place);
    if (known != found_.end()) return known->second;
    return found_.emplace(place, find_reads(unit, instruction)).first->second;
}

std::vector<LiveValues::Reads> LiveValues::find_reads(rules::UnitIndex index,
                                                      std::uint32_t instruction) const {
    const rules::Unit& unit = program_.units[index];
    Walk before{unit};
    for (const std::uint32_t beginning : beginnings_[index]) before.go_to(beginning);
    before.finish();
    Walk behind{unit};
    behind.go_to(instruction);
    // What it stands at may be done once more, or fail.
    if (instruction > 0) behind.may_fail(instruction - 1);
    behind.finish();

    std::vector<Reads> reads(unit.local_count);
    for (std::size_t at = 0; at < unit.code.size(); ++at) {
        if (before.seen[at] && !behind.seen[at]) continue;
        const Instruction& now = unit.code[at];
        const auto local = static_cast<std::size_t>(now.c);
        if (now.op == Opcode::iterate_next) {
            reads[now.b].is_whole = true;
            reads[now.b + 1u].is_whole = true;
        } else if (now.op == Opcode::load_local) {
            const bool is_field =
                at + 1 < unit.code.size() && unit.code[at + 1].op == Opcode::load_member;
            if (is_field)
                reads[local].positions.insert(static_cast<std::size_t>(unit.code[at + 1].c));
            else
                reads[local].is_whole = true;
        }
    }
    return reads;
}

}  // namespace pawl::engine
