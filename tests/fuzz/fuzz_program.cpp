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
    std::optional<Failure> send(std::uint32_t, const Value&, std::vector<Value>) override {
        return {};
    }
    std::optional<Failure> notify(std::uint32_t, const Value&, std::vector<Value>) override {
        return {};
    }
    std::optional<Failure> alert(const Value&, std::string) override { return {}; }
    void log(std::string) override {}
    std::optional<Failure> start_flow(UnitIndex, std::vector<Value>) override { return {}; }
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
            for (const TestStep& step : test.steps) enter(test.unit, step.entry);
        for (UnitIndex unit = 0; unit < program_.units.size(); ++unit)
            if (program_.units[unit].kind == UnitKind::define) enter(unit, 0);
    }

 private:
    void rule(const Rule& rule) {
        enter(rule.unit, rule.conditions_entry);
        enter(rule.unit, rule.body_entry);
        for (const auto& entry : {rule.once_entry, rule.rearm_entry})
            if (entry) enter(rule.unit, *entry);
        for (const Trigger& trigger : rule.triggers)
            for (const auto& entry : {trigger.value_entry, trigger.whenever_entry})
                if (entry) enter(rule.unit, *entry);
    }

    void enter(UnitIndex unit, std::uint32_t entry) {
        // Enough to reach every kind of instruction, little enough for thousands of runs a second.
        Budget budget{.instructions = 2'000, .rows = 1'000, .bytes = 1u << 16};
        EmptyHost host;
        std::vector<Frame> frames{
            {unit, entry, std::vector<Value>(program_.units[unit].local_count)}};
        Outcome outcome = evaluator_.run(frames, host, Moment{}, budget);
        for (int answers = 0; outcome.kind == OutcomeKind::calling && answers < 3; ++answers) {
            EmptyHost next;
            outcome = answers == 1
                          ? evaluator_.resume_failed(frames, next, Moment{}, budget,
                                                     {.code = "PW0000",
                                                      .kind = "call",
                                                      .message = {},
                                                      .action = {},
                                                      .catchable = true,
                                                      .retry = false})
                          : evaluator_.run(frames, next, Moment{}, budget, Value::integer(1));
        }
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
