#include "engine/internal/live_values.h"

#include <utility>

namespace pawl::engine {

using rules::Instruction;
using rules::Opcode;
using rules::Value;

// The instructions of a unit that may come after others; each is looked at once.
class LiveValues::Walk {
 public:
    Walk(const rules::Unit& unit, const Facts& facts)
        : unit_(unit), facts_(facts), seen_(unit.code.size()) {}

    void go_to(std::uint32_t at) {
        if (at >= seen_.size() || seen_[at]) return;
        seen_[at] = true;
        open_.push_back(at);
    }
    // What fails here goes on in the handlers around it, or its body is tried again.
    void may_fail(std::uint32_t at) {
        for (std::int32_t i = facts_.try_of[at]; i >= 0;
             i = facts_.outer[static_cast<std::size_t>(i)]) {
            const rules::TryRange& range = unit_.tries[static_cast<std::size_t>(i)];
            go_to(range.handler);
            if (range.retry) go_to(range.begin);
        }
    }
    std::vector<bool> finish() {
        while (!open_.empty()) {
            const std::uint32_t at = open_.back();
            open_.pop_back();
            step(at);
        }
        return std::move(seen_);
    }

 private:
    void step(std::uint32_t at) {
        may_fail(at);
        const Instruction& now = unit_.code[at];
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

    const rules::Unit& unit_;
    const Facts& facts_;
    std::vector<bool> seen_;
    std::vector<std::uint32_t> open_;
};

LiveValues::LiveValues(const rules::Program& program, const std::vector<rules::FormerText>& former)
    : program_(program), beginnings_(program.units.size()) {
    const auto add = [this](const rules::Rule& rule) {
        if (rule.on_change != rules::OnChange::move)
            beginnings_[rule.unit] = {rule.conditions_entry, rule.body_entry};
    };
    for (const rules::Rule& rule : program.rules) add(rule);
    for (const rules::FormerText& each : former)
        if (each.rule) add(*each.rule);
}

void LiveValues::keep_live(rules::Frame& frame) {
    if (beginnings_[frame.unit].empty() || facts_of(frame.unit).records.empty()) return;
    for (const Reads& reads : reads_behind(frame.unit, frame.instruction)) {
        if (reads.is_whole || reads.local >= frame.locals.size()) continue;
        Value& local = frame.locals[reads.local];
        if (local.kind() != rules::Kind::record) continue;
        if (reads.positions.empty()) {
            local = Value();
            continue;
        }
        std::vector<Value> fields(local.as_record().size());
        for (const std::size_t position : reads.positions)
            if (position < fields.size()) fields[position] = local.as_record()[position];
        if (fields != local.as_record())
            local = Value::record(local.record_type(), std::move(fields));
    }
}

const LiveValues::Facts& LiveValues::facts_of(rules::UnitIndex index) {
    const auto known = facts_.find(index);
    if (known != facts_.end()) return known->second;
    const rules::Unit& unit = program_.units[index];
    Facts& facts = facts_[index];
    for (std::size_t i = 0; i < unit.local_types.size() && i < unit.local_count; ++i) {
        const rules::TypeKind kind = program_.schema.type(unit.local_types[i]).kind;
        if (kind == rules::TypeKind::event || kind == rules::TypeKind::record)
            facts.records.push_back(i);
    }
    if (facts.records.empty()) return facts;
    facts.try_of.assign(unit.code.size(), -1);
    facts.outer.assign(unit.tries.size(), -1);
    for (std::size_t i = unit.tries.size(); i-- > 0;) {  // the innermost last
        const rules::TryRange& range = unit.tries[i];
        if (range.begin < facts.try_of.size()) facts.outer[i] = facts.try_of[range.begin];
        for (std::size_t at = range.begin; at < range.end && at < unit.code.size(); ++at)
            facts.try_of[at] = static_cast<std::int32_t>(i);
    }
    Walk before(unit, facts);
    for (const std::uint32_t beginning : beginnings_[index]) before.go_to(beginning);
    facts.before = before.finish();
    return facts;
}

const std::vector<LiveValues::Reads>& LiveValues::reads_behind(rules::UnitIndex unit,
                                                               std::uint32_t instruction) {
    const std::uint64_t place = (std::uint64_t{unit} << 32) | instruction;
    const auto known = found_.find(place);
    if (known != found_.end()) return known->second;
    return found_.emplace(place, find_reads(unit, instruction)).first->second;
}

std::vector<LiveValues::Reads> LiveValues::find_reads(rules::UnitIndex index,
                                                      std::uint32_t instruction) {
    const rules::Unit& unit = program_.units[index];
    const Facts& facts = facts_of(index);
    Walk walk(unit, facts);
    walk.go_to(instruction);
    // What it stands at may be done once more, or fail.
    if (instruction > 0 && instruction <= unit.code.size()) walk.may_fail(instruction - 1);
    const std::vector<bool> behind = walk.finish();

    std::vector<Reads> found;
    std::unordered_map<std::size_t, std::size_t> place_of;
    for (const std::size_t local : facts.records) {
        place_of[local] = found.size();
        found.push_back({local, false, {}});
    }
    for (std::size_t at = 0; at < unit.code.size(); ++at) {
        const Instruction& now = unit.code[at];
        if (now.op != Opcode::load_local || (facts.before[at] && !behind[at])) continue;
        const auto place = place_of.find(static_cast<std::size_t>(now.c));
        if (place == place_of.end()) continue;
        Reads& reads = found[place->second];
        const Instruction* const next = at + 1 < unit.code.size() ? &unit.code[at + 1] : nullptr;
        if (next != nullptr && next->op == Opcode::load_member)
            reads.positions.insert(static_cast<std::size_t>(next->c));
        else
            reads.is_whole = true;
    }
    return found;
}

}  // namespace pawl::engine
