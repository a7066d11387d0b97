#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "dsl/compile.h"
#include "rules/evaluator.h"
#include "rules/internal/program_bytes.h"
#include "rules/program_file.h"

// Takes a program file, the body of one, or the text of a rulebook, whose program is then damaged
// in many ways. The loader of program files takes any bytes; what the verifier accepts must be safe
// to disassemble, to hash, and to run from every entry: over no records and a host that refuses
// nothing.

namespace pawl::rules {

namespace {

class NoRows : public RecordCursor {
 public:
    std::optional<RecordKey> next() override { return std::nullopt; }
};

class EmptyHost : public Host {
 public:
    RecordPointer get(Reference) override { return nullptr; }
    std::unique_ptr<RecordCursor> scan(const ScanRequest&) override {
        return std::make_unique<NoRows>();
    }
    std::optional<Failure> set_field(Reference, FieldIndex, Value, const Value&) override {
        return {};
    }
    std::optional<Failure> create(EntityIndex entity, std::vector<Assignment>,
                                  Reference& created) override {
        created = {entity, ++last_key_};
        return {};
    }
    std::optional<Failure> find_or_create(EntityIndex entity, std::vector<Assignment>, std::size_t,
                                          Reference& found) override {
        found = {entity, ++last_key_};
        return {};
    }
    std::optional<Failure> remove(Reference) override { return {}; }
    std::optional<Failure> emit(EventIndex, std::vector<Assignment>) override { return {}; }
    std::optional<Failure> send(std::uint32_t, const Value&, std::vector<Value>,
                                const std::optional<RetryPlan>&) override {
        return {};
    }
    std::optional<Failure> notify(std::uint32_t, const Value&, std::vector<Value>) override {
        return {};
    }
    std::optional<Failure> alert(const Value&, std::string) override { return {}; }
    void log(std::string) override {}
    std::optional<Failure> start_flow(UnitIndex, std::vector<Value>) override { return {}; }
    std::optional<Failure> cancel_runs(RuleIndex, const std::optional<Reference>&) override {
        return {};
    }
    std::optional<Failure> steer_journey(Steering) override { return {}; }
    void mark() override { ++marks_; }
    void undo_to_mark() override { drop_mark(); }
    void keep_mark() override { drop_mark(); }

 private:
    // The verifier promises that marks balance.
    void drop_mark() {
        PAWL_CHECK(marks_ > 0);
        --marks_;
    }

    RecordKey last_key_ = 0;
    std::size_t marks_ = 0;
};

class Runner {
 public:
    explicit Runner(const Program& program) : program_(program), evaluator_(program) {}

    void run() {
        for (const Rule& rule : program_.rules) this->rule(rule);
        for (const Flow& flow : program_.flows) enter(flow.unit, 0);
        for (const Template& text : program_.templates)
            for (const auto& [name, entry] : text.parts) enter(text.unit, entry);
        for (const Notification& notification : program_.notifications)
            for (const NotificationChannel& channel : notification.channels)
                enter(notification.unit, channel.entry);
        for (const Test& test : program_.tests)
            for (const TestStep& step : test.steps)
                if (step.kind != TestStepKind::when_answer) enter(test.unit, step.entry);
        for (const Journey& journey : program_.journeys) this->journey(journey);
        for (UnitIndex unit = 0; unit < program_.units.size(); ++unit) waits(unit);
        for (UnitIndex unit = 0; unit < program_.units.size(); ++unit)
            if (program_.units[unit].kind == UnitKind::define) enter(unit, 0);
    }

 private:
    void rule(const Rule& rule) {
        enter(rule.unit, rule.conditions_entry);
        enter(rule.unit, rule.body_entry);
        for (const auto& entry :
             {rule.once_entry, rule.rearm_entry, rule.unless_entry, rule.while_running.key_entry})
            enter(rule.unit, entry);
        if (rule.at_most) guard(rule.unit, rule.at_most->count, rule.at_most->key_entry);
        if (rule.debounce) guard(rule.unit, rule.debounce->period, rule.debounce->key_entry);
        if (rule.only_every) guard(rule.unit, rule.only_every->period, rule.only_every->key_entry);
        if (rule.only_between) {
            state(rule.unit, rule.only_between->from);
            guard(rule.unit, rule.only_between->to, rule.only_between->zone_entry);
        }
        state(rule.unit, rule.missed.within);
        if (rule.budget) state(rule.unit, rule.budget->count);
        for (const Trigger& trigger : rule.triggers) this->trigger(rule.unit, trigger);
    }

    void trigger(UnitIndex unit, const Trigger& trigger) {
        enter(unit, trigger.value_entry);
        enter(unit, trigger.whenever_entry);
        state(unit, trigger.within);
        if (trigger.anchor) {
            state(unit, trigger.anchor->offset);
            state(unit, trigger.anchor->at);
        }
        if (trigger.clock) {
            enter(unit, trigger.clock->at_entry);
            if (trigger.clock->sweep) {
                enter(unit, trigger.clock->sweep->key_entry);
                enter(unit, trigger.clock->sweep->where_entry);
            }
        }
        if (!trigger.pattern) return;
        state(unit, trigger.pattern->within);
        state(unit, trigger.pattern->count);
        part(unit, trigger.pattern->first);
        if (trigger.kind == TriggerKind::sequence) part(unit, trigger.pattern->second);
    }

    void part(UnitIndex unit, const PatternPart& part) {
        guard(unit, part.value, part.key_entry);
        enter(unit, part.where_entry);
    }

    void guard(UnitIndex unit, const Stated& stated, const std::optional<std::uint32_t>& entry) {
        state(unit, stated);
        enter(unit, entry);
    }

    void state(UnitIndex unit, const Stated& stated) {
        Budget budget{.instructions = 2'000, .rows = 1'000, .bytes = 1u << 16};
        EmptyHost host;
        evaluator_.evaluate(unit, stated, host, Moment{}, budget);
    }

    void journey(const Journey& journey) {
        for (const auto& entry :
             {journey.starts_entry, journey.pauses_while_entry, journey.pauses_until_entry})
            enter(journey.unit, entry);
        Budget budget{.instructions = 2'000, .rows = 1'000, .bytes = 1u << 16};
        std::vector<Value> locals;
        EmptyHost host;
        evaluator_.evaluate(journey.unit, journey.plan_entry, locals, static_cast<Records&>(host),
                            Moment{}, budget);
        for (const JourneyStep& step : journey.steps) {
            guard(journey.unit, step.catch_up, step.unless_entry);
            evaluator_.evaluate(journey.unit, step.find_entry, locals, static_cast<Records&>(host),
                                Moment{}, budget);
            enter(journey.unit, step.body_entry);
        }
    }

    void waits(UnitIndex unit) {
        for (const WaitFor& wait : program_.units[unit].waits) {
            enter(unit, wait.key_entry);
            enter(unit, wait.where_entry);
        }
        for (const Retry& retry : program_.units[unit].retries)
            for (const Stated* stated : {&retry.times, &retry.first, &retry.limit})
                state(unit, *stated);
    }

    void enter(UnitIndex unit, const std::optional<std::uint32_t>& entry) {
        if (entry) enter(unit, *entry);
    }

    void enter(UnitIndex unit, std::uint32_t entry) {
        // Enough to reach every kind of instruction, little enough for thousands of runs a second.
        Budget budget{.instructions = 2'000, .rows = 1'000, .bytes = 1u << 16};
        EmptyHost host;
        std::vector<Frame> frames{
            {unit, entry, std::vector<Value>(program_.units[unit].local_count)}};
        Outcome outcome = evaluator_.run(frames, host, Moment{}, budget);
        for (int times = 0; times < 4 && goes_on(outcome); ++times)
            outcome = go_on(frames, outcome, times, budget);
    }

    static bool goes_on(const Outcome& outcome) {
        return outcome.kind == OutcomeKind::calling || outcome.kind == OutcomeKind::waiting;
    }

    // A call is answered or fails in turn, so that what is tried again comes to its end.
    Outcome go_on(std::vector<Frame>& frames, const Outcome& before, int times, Budget& budget) {
        EmptyHost host;
        if (before.kind == OutcomeKind::calling && times % 2 == 0) {
            Failure failure{.code = "PW0000",
                            .kind = "call",
                            .message = {},
                            .action = {},
                            .catchable = true,
                            .retry = true};
            return evaluator_.resume_failed(frames, host, Moment{}, budget, std::move(failure));
        }
        const bool is_pushed = before.kind == OutcomeKind::calling ||
                               before.wait->kind == WaitKind::event ||
                               before.wait->kind == WaitKind::answer;
        return evaluator_.run(frames, host, Moment{}, budget,
                              is_pushed ? std::optional(Value::integer(1)) : std::nullopt);
    }

    const Program& program_;
    Evaluator evaluator_;
};

// What the verifier accepts must be as good as the compiler's own.
void try_body(std::string_view bytes) {
    Result<Program> program = read_program_body(bytes);
    if (!program || !verify_program(*program)) return;
    hash_program(*program);
    PAWL_CHECK(read_program(write_program(*program)).has_value());
    PAWL_CHECK(!disassemble(*program).empty());
    Runner(*program).run();
}

// One to four bytes changed, put in or taken out.
std::string damaged(std::string body, std::mt19937_64& random) {
    for (auto changes = random() % 4 + 1; changes > 0 && !body.empty(); --changes) {
        const std::size_t at = random() % body.size();
        const char byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 32);
        switch (random() % 4) {
            case 0: body.erase(at, 1); break;
            case 1: body.insert(at, 1, byte); break;
            default: body[at] = byte; break;
        }
    }
    return body;
}

void try_text(std::string_view text) {
    constexpr int trials = 100;
    SourceSet sources;
    sources.add("book.pawl", std::string(text));
    const dsl::Compilation compilation = dsl::compile(sources);
    if (!compilation.program) return;
    const std::string body = write_program_body(*compilation.program);
    try_body(body);
    std::mt19937_64 random(quick_hash(text));
    for (int trial = 0; trial < trials; ++trial) try_body(damaged(body, random));
}

}  // namespace

}  // namespace pawl::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.starts_with('#') || bytes.starts_with("rulebook")) {
        pawl::rules::try_text(bytes);
        return 0;
    }
    // As a file, frame and all; then as a body whose checksum is right, so that what lies behind it
    // is reached.
    static_cast<void>(pawl::rules::read_program(bytes).has_value());
    pawl::rules::try_body(bytes);
    return 0;
}
