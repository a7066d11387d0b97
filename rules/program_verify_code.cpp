#include <algorithm>
#include <limits>
#include <span>

#include "rules/internal/program_operands.h"
#include "rules/internal/program_verify.h"
#include "rules/internal/program_verify_operands.h"
#include "rules/program_file.h"

// Follows every path through the code of a unit with the height of the stack and what is open
// (queries, texts, tries) instead of values. Each instruction is visited once: two paths that meet
// must bring the same, so the work is linear in the code whatever it looks like.

namespace pawl::rules {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

enum class OpenKind : std::uint8_t { query, text, try_ };

// One thing open, above `below`. Made where it is opened, so one instruction makes at most one.
struct Open {
    OpenKind kind = OpenKind::query;
    std::uint32_t index = 0;  // of the query, of the try range
    std::uint32_t below = none;
    std::uint32_t innermost_try = none;  // a TryRange
};

struct State {
    std::uint32_t height = 0;
    std::uint32_t open = none;
    Purpose purpose = Purpose::value;
    std::uint32_t list_size = 0;
    bool visited = false;

    bool agrees(const State& other) const {
        return height == other.height && open == other.open && purpose == other.purpose &&
               list_size == other.list_size;
    }
};

// Loops over a list change nothing: templates and plans have them too.
bool is_statement(Opcode op) {
    return op >= Opcode::set_field && op <= Opcode::return_value && op != Opcode::plan_step &&
           op != Opcode::iterate_begin && op != Opcode::iterate_next;
}

// The advance may end here, and the run go on behind it later.
bool ends_advance(Opcode op) {
    switch (op) {
        case Opcode::call_service:
        case Opcode::run_flow:
        case Opcode::wait:
        case Opcode::wait_until:
        case Opcode::wait_for:
        case Opcode::ask: return true;
        default: return false;
    }
}

// What comes back to this place, or goes on elsewhere from it, must find nothing half done.
bool needs_clear_ground(Opcode op) {
    if (ends_advance(op)) return true;
    switch (op) {
        case Opcode::try_begin:
        case Opcode::iterate_begin:
        case Opcode::iterate_next:
        case Opcode::stop:
        case Opcode::return_value:
        case Opcode::conditions_end: return true;
        default: return false;
    }
}

// Those that never fail may stand in a try's range after its mark is gone.
bool cannot_fail(Opcode op) {
    switch (op) {
        case Opcode::jump:
        case Opcode::try_end:
        case Opcode::stop:
        case Opcode::return_value:
        case Opcode::end: return true;
        default: return false;
    }
}

class UnitVerifier {
 public:
    UnitVerifier(const Program& program, UnitIndex index, std::span<const Clause> clauses,
                 const Journey* journey)
        : program_(program),
          unit_(program.units[index]),
          operands_(program, index, clauses, journey) {}

    std::string run(std::span<const Entry> entries, std::uint32_t& height) {
        if (prepare_tries() && check_all_operands()) follow(entries);
        height = highest_;
        if (failure_.empty()) return {};
        return "in `" + unit_.id + "`, instruction " + std::to_string(at_) + ": " + failure_;
    }

 private:
    bool fail(std::string_view what) {
        if (failure_.empty()) failure_ = what;
        return false;
    }
    const Instruction& instruction() const { return unit_.code[at_]; }

    bool prepare_tries();
    bool nest_tries(const std::vector<std::uint32_t>& order);

    bool check_all_operands();
    void check_operands();
    void follow(std::span<const Entry> entries);
    void reach(std::uint32_t target, State state);
    void visit(const State& state);
    Effect effect() const;
    Effect query_effect() const;
    std::uint32_t steering_values() const;
    bool is_allowed(const State& state);
    bool change_open(State& state);
    bool push_open(State& state, OpenKind kind, std::uint32_t index);
    bool pop_open(State& state, OpenKind kind, std::uint32_t index);
    void leave(const State& state);
    bool leaves_list(const State& state) const;

    const Program& program_;
    const Unit& unit_;
    OperandVerifier operands_;
    std::uint32_t at_ = 0;
    std::string failure_;
    std::uint32_t highest_ = 0;

    std::vector<std::uint32_t> range_at_begin_;   // by instruction: the range that begins there
    std::vector<std::uint32_t> innermost_range_;  // by instruction
    std::vector<std::uint32_t> parent_range_;     // by range
    std::vector<State> states_;
    std::vector<Open> opens_;
    std::vector<std::uint32_t> open_made_at_;  // by instruction
    std::vector<std::uint32_t> work_;
    std::vector<bool> is_target_;
};

// Ranges must nest, inner ones first, each from behind a try_begin to a try_end.
bool UnitVerifier::prepare_tries() {
    const std::size_t size = unit_.code.size();
    range_at_begin_.assign(size, none);
    innermost_range_.assign(size, none);
    parent_range_.assign(unit_.tries.size(), none);
    for (std::uint32_t index = 0; index < unit_.tries.size(); ++index) {
        const TryRange& range = unit_.tries[index];
        if (range.begin == 0 || range.begin > range.end || range.end >= size ||
            range.handler >= size || unit_.code[range.begin - 1].op != Opcode::try_begin ||
            unit_.code[range.end].op != Opcode::try_end)
            return fail("a try's range is astray");
        if (range.error_local != 0xffff && range.error_local >= unit_.local_count)
            return fail("a try's error has no place");
        if (range_at_begin_[range.begin] != none) return fail("a try has two ranges");
        if (range.retry && (*range.retry >= unit_.retries.size() ||
                            unit_.retries[*range.retry].instruction + 1 != range.begin))
            return fail("a try is tried again as another instruction says");
        range_at_begin_[range.begin] = index;
    }
    std::vector<std::uint32_t> order;
    for (std::uint32_t at = 0; at < size; ++at)
        if (range_at_begin_[at] != none) order.push_back(range_at_begin_[at]);
    return nest_tries(order);
}

// `order`: the ranges by their begin.
bool UnitVerifier::nest_tries(const std::vector<std::uint32_t>& order) {
    std::vector<std::uint32_t> open;
    std::size_t next = 0;
    for (std::uint32_t at = 0; at < unit_.code.size(); ++at) {
        while (!open.empty() && unit_.tries[open.back()].end <= at) open.pop_back();
        if (next < order.size() && unit_.tries[order[next]].begin == at) {
            const std::uint32_t range = order[next++];
            const std::uint32_t parent = open.empty() ? none : open.back();
            if (parent != none &&
                (unit_.tries[range].end >= unit_.tries[parent].end || range >= parent))
                return fail("the ranges of tries do not nest");
            parent_range_[range] = parent;
            if (unit_.tries[range].end > at) open.push_back(range);
        }
        innermost_range_[at] = open.empty() ? none : open.back();
    }
    return true;
}

bool UnitVerifier::check_all_operands() {
    for (at_ = 0; at_ < unit_.code.size(); ++at_) {
        check_operands();
        if (!failure_.empty()) return false;
    }
    return true;
}

void UnitVerifier::check_operands() {
    fail(operands_.check(at_));
    if (instruction().op == Opcode::try_begin &&
        (at_ + 1 >= unit_.code.size() || range_at_begin_[at_ + 1] == none))
        fail("a try has no range");
}

void UnitVerifier::follow(std::span<const Entry> entries) {
    const std::size_t size = unit_.code.size();
    states_.assign(size, State{});
    open_made_at_.assign(size, none);
    is_target_.assign(size, false);
    for (const Instruction& now : unit_.code)
        if (operands_of(now.op).c == Operand::jump)
            is_target_[static_cast<std::size_t>(now.c)] = true;
    for (const Entry& entry : entries) {
        at_ = entry.instruction;
        if (entry.instruction < size) is_target_[entry.instruction] = true;
        reach(entry.instruction, {.purpose = entry.purpose, .list_size = entry.list_size});
        if (!failure_.empty()) return;
    }
    while (!work_.empty() && failure_.empty()) {
        at_ = work_.back();
        work_.pop_back();
        visit(states_[at_]);
    }
}

void UnitVerifier::reach(std::uint32_t target, State state) {
    if (target >= unit_.code.size()) {
        fail("the code runs out of its unit");
        return;
    }
    State& known = states_[target];
    if (known.visited) {
        if (!known.agrees(state)) fail("two ways that meet leave the stack uneven");
        return;
    }
    state.visited = true;
    known = state;
    work_.push_back(target);
}

Effect UnitVerifier::query_effect() const {
    const Instruction& now = instruction();
    const Query& query = unit_.queries[now.b];
    const auto of = [](bool has) { return has ? 1u : 0u; };
    if (now.op == Opcode::query_take)
        return {of(query.selects) + static_cast<std::uint32_t>(query.descending.size()), 0};
    return {of(query.limit_on_stack) + of(query.access == Access::equal) +
                of(query.access == Access::list) + of(query.has_low) + of(query.has_high),
            0};
}

std::uint32_t UnitVerifier::steering_values() const {
    const Instruction& now = instruction();
    const auto operand = static_cast<std::uint32_t>(now.c);
    if (!steers_step(static_cast<JourneyVerb>(now.a))) return operand;
    const JourneyStep& step = program_.journeys[now.b].steps[operand];
    return static_cast<std::uint32_t>(step.parameters.size());
}

Effect UnitVerifier::effect() const {
    const Instruction& now = instruction();
    const auto shape = [&] {
        const Shape& taken = unit_.shapes[static_cast<std::size_t>(now.c)];
        return static_cast<std::uint32_t>(taken.fields.size() + taken.names.size());
    };
    switch (now.op) {
        case Opcode::call_builtin:
        case Opcode::call_define:
        case Opcode::call_action:
        case Opcode::run_flow: return {now.b, 1};
        case Opcode::start_flow: return {now.b, 0};
        case Opcode::make_list:
        case Opcode::make_record:
        case Opcode::join_text: return {static_cast<std::uint32_t>(now.c), 1};
        case Opcode::query_begin:
        case Opcode::query_take: return query_effect();
        case Opcode::set_field: return {2u + now.a, 0};
        case Opcode::make_object:
        case Opcode::create:
        case Opcode::find_or_create: return {shape(), 1};
        case Opcode::emit: return {shape(), 0};
        case Opcode::cancel_runs: return {now.a, 0};
        case Opcode::steer_journey: return {1 + steering_values(), 0};
        case Opcode::plan_step: return {now.b + 2u, 0};
        case Opcode::send:
        case Opcode::notify: return {1 + shape(), 0};
        case Opcode::call_service: return {now.a + shape(), 1};
        case Opcode::iterate_next:  // pushes only where it goes on
        case Opcode::end: return {};
        default: return fixed_effects[static_cast<std::size_t>(now.op)];
    }
}

bool UnitVerifier::is_allowed(const State& state) {
    const Opcode op = instruction().op;
    const Purpose purpose = state.purpose;
    const bool is_condition =
        op == Opcode::require || op == Opcode::exclude || op == Opcode::conditions_end;
    if (is_condition && purpose != Purpose::conditions)
        return fail("a condition stands outside the conditions");
    if (op == Opcode::end && purpose == Purpose::conditions)
        return fail("the conditions do not end as conditions");
    if (is_statement(op)) {
        const bool may =
            purpose == Purpose::body || purpose == Purpose::flow || purpose == Purpose::step;
        if (!may) return fail("a statement stands among expressions");
        const bool leaves = ends_advance(op) || op == Opcode::stop || op == Opcode::return_value;
        if (leaves && purpose == Purpose::step) return fail("a test's step waits or stops");
        if (op == Opcode::return_value && purpose != Purpose::flow)
            return fail("a value is returned to nobody");
    }
    if (op == Opcode::plan_step && purpose != Purpose::plan)
        return fail("a step is planned outside a journey's plan");
    const std::uint32_t innermost = state.open == none ? none : opens_[state.open].innermost_try;
    if (!cannot_fail(op) && innermost != innermost_range_[at_])
        return fail("the mark of a try and its range differ");
    return true;
}

bool UnitVerifier::push_open(State& state, OpenKind kind, std::uint32_t index) {
    // This instruction was not visited before, so what it opens is new.
    const std::uint32_t outer = state.open == none ? none : opens_[state.open].innermost_try;
    opens_.push_back({.kind = kind,
                      .index = index,
                      .below = state.open,
                      .innermost_try = kind == OpenKind::try_ ? index : outer});
    state.open = static_cast<std::uint32_t>(opens_.size() - 1);
    return true;
}

bool UnitVerifier::pop_open(State& state, OpenKind kind, std::uint32_t index) {
    if (state.open == none || opens_[state.open].kind != kind || opens_[state.open].index != index)
        return fail("something ends that is not the innermost open");
    state.open = opens_[state.open].below;
    return true;
}

bool UnitVerifier::change_open(State& state) {
    const Instruction& now = instruction();
    switch (now.op) {
        case Opcode::query_begin: return push_open(state, OpenKind::query, now.b);
        case Opcode::query_end: return pop_open(state, OpenKind::query, now.b);
        case Opcode::query_next:
        case Opcode::query_take:
            if (state.open == none || opens_[state.open].kind != OpenKind::query ||
                opens_[state.open].index != now.b)
                return fail("a row is taken of a query that is not the innermost");
            return true;
        case Opcode::text_begin: return push_open(state, OpenKind::text, 0);
        case Opcode::text_end: return pop_open(state, OpenKind::text, 0);
        case Opcode::text_append:
            if (state.open == none || opens_[state.open].kind != OpenKind::text)
                return fail("a piece is appended to no text");
            return true;
        case Opcode::try_begin: return push_open(state, OpenKind::try_, range_at_begin_[at_ + 1]);
        case Opcode::try_end:
            if (state.open == none || opens_[state.open].kind != OpenKind::try_)
                return fail("a try ends that did not begin");
            state.open = opens_[state.open].below;
            return true;
        default: return true;
    }
}

bool UnitVerifier::leaves_list(const State& state) const {
    if (at_ == 0 || is_target_[at_]) return false;
    const Instruction& before = unit_.code[at_ - 1];
    return before.op == Opcode::make_list && before.c == static_cast<std::int64_t>(state.list_size);
}

void UnitVerifier::leave(const State& state) {
    if (state.open != none) fail("it ends with something open");
    const bool gives = state.purpose == Purpose::value || state.purpose == Purpose::list;
    if (instruction().op == Opcode::end && state.height != (gives ? 1u : 0u))
        fail("it ends with too little or much on the stack");
    if (state.purpose == Purpose::list && !leaves_list(state))
        fail("it does not end with its list");
}

void UnitVerifier::visit(const State& before) {
    if (!is_allowed(before)) return;
    State state = before;
    const Instruction& now = instruction();
    const Effect change = effect();
    if (state.height < change.pops) {
        fail("the stack is too low");
        return;
    }
    state.height -= change.pops;
    const bool keeps_try = ends_advance(now.op) || now.op == Opcode::iterate_begin ||
                           now.op == Opcode::iterate_next || now.op == Opcode::try_begin;
    const bool is_clear =
        state.open == none || (keeps_try && opens_[state.open].kind == OpenKind::try_);
    const bool in_text = state.open != none && opens_[state.open].kind == OpenKind::text;
    const bool loops_in_text =
        in_text && (now.op == Opcode::iterate_begin || now.op == Opcode::iterate_next);
    if (needs_clear_ground(now.op) && (state.height != 0 || !(is_clear || loops_in_text))) {
        fail("something is left half done");
        return;
    }
    if (now.op == Opcode::try_begin) {
        const TryRange& range = unit_.tries[range_at_begin_[at_ + 1]];
        reach(range.handler, state);
    }
    if (now.op == Opcode::iterate_next) {
        reach(static_cast<std::uint32_t>(now.c), state);
        ++state.height;
        highest_ = std::max(highest_, state.height);
        return reach(at_ + 1, state);
    }
    if (!change_open(state)) return;
    state.height += change.pushes;
    highest_ = std::max(highest_, state.height);
    if (operands_of(now.op).c == Operand::jump) reach(static_cast<std::uint32_t>(now.c), state);
    const bool ends = now.op == Opcode::end || now.op == Opcode::stop ||
                      now.op == Opcode::return_value || now.op == Opcode::conditions_end;
    if (ends) return leave(state);
    if (now.op != Opcode::jump) reach(at_ + 1, state);
}

// Defines call one another, never in a circle: an expression always ends.
std::string find_circle(const Program& program) {
    enum class Mark : std::uint8_t { fresh, open, done };
    std::vector<Mark> marks(program.units.size(), Mark::fresh);
    struct Place {
        UnitIndex unit = 0;
        std::size_t at = 0;
    };
    for (UnitIndex first = 0; first < program.units.size(); ++first) {
        if (program.units[first].kind != UnitKind::define || marks[first] != Mark::fresh) continue;
        std::vector<Place> path{{first, 0}};
        marks[first] = Mark::open;
        while (!path.empty()) {
            Place& place = path.back();
            const auto& code = program.units[place.unit].code;
            if (place.at == code.size()) {
                marks[place.unit] = Mark::done;
                path.pop_back();
                continue;
            }
            const Instruction& now = code[place.at++];
            if (now.op != Opcode::call_define) continue;
            const auto callee = static_cast<UnitIndex>(now.c);
            if (marks[callee] == Mark::open)
                return "`" + program.units[callee].id + "` calls itself";
            if (marks[callee] == Mark::done) continue;
            marks[callee] = Mark::open;
            path.push_back({callee, 0});
        }
    }
    return {};
}

}  // namespace

std::string verify_code(const Program& program, const std::vector<Entry>& entries,
                        std::vector<std::uint32_t>& heights) {
    std::vector<std::span<const Clause>> clauses(program.units.size());
    for (const Rule& rule : program.rules) clauses[rule.unit] = rule.clauses;
    std::vector<const Journey*> journeys(program.units.size(), nullptr);
    for (const Journey& journey : program.journeys) journeys[journey.unit] = &journey;
    heights.assign(program.units.size(), 0);
    auto from = entries.begin();
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit) {
        const auto to = std::find_if(from, entries.end(),
                                     [&](const Entry& entry) { return entry.unit != unit; });
        UnitVerifier verifier(program, unit, clauses[unit], journeys[unit]);
        std::string failure = verifier.run({from, to}, heights[unit]);
        if (!failure.empty()) return failure;
        from = to;
    }
    return find_circle(program);
}

}  // namespace pawl::rules
