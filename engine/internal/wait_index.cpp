#include "engine/internal/wait_index.h"

#include <algorithm>
#include <set>
#include <utility>

namespace pawl::engine {

using rules::Instruction;
using rules::Opcode;

namespace {

// Here, or in the flow that it runs; a `try` that is tried again stands before its body.
bool may_stand(Opcode op) {
    switch (op) {
        case Opcode::call_service:
        case Opcode::wait:
        case Opcode::wait_until:
        case Opcode::wait_for:
        case Opcode::ask:
        case Opcode::run_flow:
        case Opcode::try_begin: return true;
        default: return false;
    }
}

}  // namespace

WaitIndex::WaitIndex(const rules::Program& program) : program_(program) {
    events_.resize(program.schema.events.size());
    cancelled_.resize(program.rules.size());
    for (const rules::Unit& unit : program.units) {
        for (const rules::WaitFor& wait : unit.waits) {
            has_waits_ = true;
            Event& event = events_[wait.event];
            event.is_waited_for = true;
            if (wait.key_field) event.key_fields.push_back(*wait.key_field);
        }
        for (const Instruction& each : unit.code)
            if (each.op == Opcode::cancel_runs) cancelled_[static_cast<std::size_t>(each.c)] = true;
    }
    find_kept();
    for (Event& event : events_)
        for (auto* fields : {&event.key_fields, &event.kept_by}) {
            std::sort(fields->begin(), fields->end());
            fields->erase(std::unique(fields->begin(), fields->end()), fields->end());
        }
}

// From every place at which a run may stand: which `wait for` it may come to without knowing, or
// for sure, their keys.
void WaitIndex::find_kept() {
    if (!has_waits_) return;
    for (std::size_t unit = 0; unit < program_.units.size(); ++unit) {
        const std::vector<Instruction>& code = program_.units[unit].code;
        for (std::size_t at = 0; at < code.size(); ++at) {
            if (!may_stand(code[at].op)) continue;
            const Reach& next =
                reach(static_cast<rules::UnitIndex>(unit), static_cast<std::uint32_t>(at + 1));
            for (const Next& each : next.waits) {
                const rules::WaitFor& wait = program_.units[each.unit].waits[each.wait];
                if (wait.key_field && (!each.has_key || each.may_change))
                    events_[wait.event].kept_by.push_back(*wait.key_field);
            }
        }
    }
}

// ---- What comes next --------------------------------------------------------------------------

// A way through the code of one unit: each instruction is looked at once.
struct WaitIndex::Walk {
    const rules::Unit& unit;
    rules::UnitIndex index = 0;
    std::vector<bool> seen;
    std::vector<std::uint32_t> open;
    std::set<std::uint32_t> written;  // locals that get a value on the way
    std::vector<std::uint32_t> waits;
    Reach reach;

    void go_to(std::uint32_t at) {
        if (at >= unit.code.size() || seen[at]) return;
        seen[at] = true;
        open.push_back(at);
    }
    // What fails here goes on in the handlers around it.
    void may_fail(std::uint32_t at) {
        for (const rules::TryRange& range : unit.tries)
            if (range.begin <= at && at < range.end) {
                written.insert(range.error_local);
                go_to(range.handler);
            }
    }
};

void WaitIndex::step(Walk& walk, std::uint32_t at) {
    const Instruction& now = walk.unit.code[at];
    walk.may_fail(at);
    switch (now.op) {
        case Opcode::jump: return walk.go_to(static_cast<std::uint32_t>(now.c));
        case Opcode::jump_unless_true:
        case Opcode::jump_if_false_keep:
        case Opcode::jump_if_true_keep:
        case Opcode::jump_if_present_keep:
        case Opcode::iterate_next: walk.go_to(static_cast<std::uint32_t>(now.c)); break;
        case Opcode::query_next:
            walk.written.insert(walk.unit.queries[now.b].local);
            walk.go_to(static_cast<std::uint32_t>(now.c));
            break;
        case Opcode::store_local: walk.written.insert(static_cast<std::uint32_t>(now.c)); break;
        case Opcode::iterate_begin: walk.written.insert({now.b, now.b + 1u}); break;
        case Opcode::wait_for: walk.waits.push_back(now.b); return;
        case Opcode::call_service:
        case Opcode::wait:
        case Opcode::wait_until:
        case Opcode::ask: return;
        case Opcode::run_flow: {
            const Reach& inside = reach(static_cast<rules::UnitIndex>(now.c), 0);
            for (Next next : inside.waits) {
                next.has_key = false;  // its locals are yet to come
                walk.reach.waits.push_back(next);
            }
            if (!inside.may_end) return;
            break;
        }
        case Opcode::stop: walk.reach.may_end = walk.reach.may_end || now.a == 0; return;
        case Opcode::return_value:
        case Opcode::conditions_end:
        case Opcode::end: walk.reach.may_end = true; return;
        default: break;
    }
    walk.go_to(at + 1);
}

void WaitIndex::look_at_key(const Walk& walk, Next& next) const {
    const rules::WaitFor& wait = walk.unit.waits[next.wait];
    if (!wait.key_entry) return;
    for (std::size_t at = *wait.key_entry; at < walk.unit.code.size(); ++at) {
        const Instruction& now = walk.unit.code[at];
        switch (now.op) {
            case Opcode::end: next.has_key = true; return;
            case Opcode::load_local:
                if (walk.written.count(static_cast<std::uint32_t>(now.c)) != 0) return;
                break;
            case Opcode::load_field:
            case Opcode::load_setting: next.may_change = true; break;
            // Another one when the wait begins; what is found in many records may be, too.
            case Opcode::push_now:
            case Opcode::push_today:
            case Opcode::call_define:
            case Opcode::call_action:
            case Opcode::query_begin: return;
            default: break;
        }
    }
}

WaitIndex::Reach WaitIndex::walk(rules::UnitIndex index, std::uint32_t instruction) {
    const rules::Unit& unit = program_.units[index];
    Walk walk{unit, index, std::vector<bool>(unit.code.size()), {}, {}, {}, {}};
    if (instruction > 0) walk.may_fail(instruction - 1);
    walk.go_to(instruction);
    while (!walk.open.empty()) {
        const std::uint32_t at = walk.open.back();
        walk.open.pop_back();
        step(walk, at);
    }
    for (const std::uint32_t wait : walk.waits) {
        Next& next = walk.reach.waits.emplace_back(Next{index, wait});
        look_at_key(walk, next);
    }
    return std::move(walk.reach);
}

const WaitIndex::Reach& WaitIndex::reach(rules::UnitIndex unit, std::uint32_t instruction) {
    static const Reach none;
    if (!has_waits_) return none;
    const std::uint64_t place = (std::uint64_t{unit} << 32) | instruction;
    const auto known = reaches_.find(place);
    if (known != reaches_.end()) return known->second;
    // A flow that runs itself is found here in the making, and adds nothing. What was found out
    // meanwhile may lack what it would have added, and is not kept.
    reaches_.emplace(place, Reach{});
    const bool is_outermost = in_making_.empty();
    in_making_.push_back(place);
    Reach found = walk(unit, instruction);
    Reach& kept = reaches_[place] = std::move(found);
    if (!is_outermost) return kept;
    for (const std::uint64_t inner : in_making_)
        if (inner != place) reaches_.erase(inner);
    in_making_.clear();
    return kept;
}

}  // namespace pawl::engine
