#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/text.h"
#include "rules/evaluator.h"
#include "rules/internal/evaluate_patterns.h"
#include "rules/internal/operators.h"
#include "rules/internal/queries.h"

// The machine that runs the code of units: one operand stack, the queries and texts that are open,
// and the frames, which are the caller's. What it runs has passed verify_program; what kinds its
// values have is known only here.

namespace pawl::rules::internal {

// Records of this advance that were read lately. Dropped by every statement.
class RecordCache {
 public:
    // Nothing when it is not kept; a kept null stands for a record that is not there.
    const RecordPointer* find(Reference reference) const {
        const Entry& entry = entries_[place(reference)];
        return entry.used && entry.reference == reference ? &entry.record : nullptr;
    }
    const RecordPointer& keep(Reference reference, RecordPointer record) {
        Entry& entry = entries_[place(reference)];
        entry = {reference, std::move(record), true};
        is_empty_ = false;
        return entry.record;
    }
    void clear() {
        if (is_empty_) return;
        for (Entry& entry : entries_) entry = {};
        is_empty_ = true;
    }

 private:
    struct Entry {
        Reference reference;
        RecordPointer record;
        bool used = false;
    };
    static std::size_t place(Reference reference) {
        return (static_cast<std::size_t>(reference.key) * 7 + reference.entity) % 16;
    }
    std::array<Entry, 16> entries_;
    bool is_empty_ = true;
};

struct OpenText {
    std::string text;
    bool escapes = false;
};

// Memory that one run after the other uses.
struct Workspace {
    std::vector<Value> stack;
    std::vector<RunningQuery> queries;
    std::vector<OpenText> texts;
    RecordCache cache;
};

// All that code can see.
struct Surroundings {
    const Program& program;
    const Zone& zone;
    const std::vector<Value>& settings;
    PatternCache& patterns;
    Records& records;
    Host* host;  // none where there are no statements
    const Moment& moment;
    Budget& budget;
};

Failure make_failure(DiagnosticCode code, std::string kind, std::string message);

class Machine {
 public:
    Machine(const Surroundings& around, Workspace& workspace);

    Outcome run(std::vector<Frame>& frames, const std::optional<Value>& answer);
    Outcome resume_failed(std::vector<Frame>& frames, Failure failure);

 private:
    enum class Step : std::uint8_t { next, failed, done };

    // One level of execution: the run itself, or a define within an expression.
    struct Level {
        std::vector<Frame>* frames = nullptr;
        Frame* frame = nullptr;
        const Unit* unit = nullptr;
        std::uint32_t at = 0;  // the next instruction
        std::size_t stack_base = 0;
        std::size_t query_base = 0;
        std::size_t text_base = 0;
        std::vector<std::uint32_t> marks;  // open tries, a frame
    };

    void begin_level(Level& level);
    void end_level(Level* outer);
    void drop_open();
    void enter_frame();
    void mark_open_tries();
    Step execute();
    Step go();
    Step step_value(const Instruction& now);
    Step step_operator(const Instruction& now);
    Step step_open(const Instruction& now);
    Step step_statement(const Instruction& now);
    Step step_change(const Instruction& now);

    Step fail(DiagnosticCode code, std::string_view kind, std::string message);
    Step fail(Failure failure);
    Step fail_operator(const Instruction& now, OperatorError error);
    Step fail_currencies(const Instruction& now, const Value& left, const Value& right);
    Step fail_query(const Query& query, OperatorError error);
    bool is_looped(const Query& query) const;
    Step fail_named(const std::string& name, OperatorError error);
    Step too_large(const std::string& what);
    Step too_deep();
    Step too_long(const std::string& what, const std::string& mend);
    Step too_far_a_range(std::int64_t first, std::int64_t last);
    Step out_of_bytes();
    Step out_of_work();
    Step out_of_rows();
    Step recover();
    std::optional<std::size_t> find_try(const TryRange*& range) const;
    void unwind(std::size_t depth);
    void go_to_handler(const TryRange& range);
    Step try_again(const TryRange& range);
    Outcome outcome_of_failure();

    Step load_field(const Instruction& now);
    Step load_member(const Instruction& now);
    Step load_key(const Instruction& now);
    using Binary = OperatorError (*)(const Value&, const Value&, Value&);
    using ZonedBinary = OperatorError (*)(const Value&, const Value&, const Zone&, Value&);
    using TextTest = OperatorError (*)(const Value&, const Value&, Case, Truth&);
    Step give(const Instruction& now, OperatorError error, Value out);
    Step binary(const Instruction& now, Binary operation);
    Step zoned_binary(const Instruction& now, ZonedBinary operation);
    Step comparison(const Instruction& now);
    Step equality(const Instruction& now);
    Step connective(const Instruction& now);
    Step text_test(const Instruction& now, TextTest test);
    Step match_pattern(const Instruction& now);
    Step between_bounds(const Instruction& now);
    Step convert(const Instruction& now);
    Step builtin(const Instruction& now);
    Step make_list(std::size_t count);
    Step make_range();
    Step make_record(const Instruction& now);
    Step make_object(const Instruction& now);
    Step join_text(std::size_t count);
    Step call_define(const Instruction& now);
    Step evaluate_unit(UnitIndex unit, std::uint32_t entry, std::vector<Value> locals, Value& out);
    Step read_stated(const Stated& stated, Value& out);
    Step read_plan(const Retry& retry, RetryPlan& plan);
    Step read_plan_here(std::optional<RetryPlan>& plan);
    Step append_text(const Instruction& now);
    Step begin_query(const Instruction& now);
    Step next_row(const Instruction& now);
    Step take_row();
    Step end_query();
    Step clause(const Instruction& now);

    Step target(const Value& value, const Instruction& now, Reference& out);
    Step set_field(const Instruction& now);
    Step change_list_field(const Instruction& now);
    Step create(const Instruction& now);
    Step delete_record();
    Step hand_over(const Instruction& now);  // send, notify
    Step call_service(const Instruction& now);
    Step run_flow(const Instruction& now);
    Step wait_on(Wait wait);
    Step wait_for_time();
    Step wait_until();
    Step wait_for_event(const Instruction& now);
    Step ask();
    Step end_of_wait(const Value& value, Instant& out);
    Step moment_missing(std::string_view what);
    Step beyond_calendar(std::string_view what);
    Step cancel_runs(const Instruction& now);
    Step steer_journey(const Instruction& now);
    Step plan_step(const Instruction& now);
    Step begin_loop(const Instruction& now);
    Step next_item(const Instruction& now);
    Step leave(Value value);
    Step stop(bool forgets);
    void keep_mark();
    void keep_all_marks();

    void push(Value value) { space_.stack.push_back(std::move(value)); }
    Value pop();
    Value& top() { return space_.stack.back(); }
    std::size_t height() const { return space_.stack.size() - level_->stack_base; }
    std::vector<Value> pop_many(std::size_t count);
    std::vector<Assignment> pop_assignments(const Shape& shape);
    std::vector<Value> pop_arguments(const Shape& shape, std::size_t parameter_count);
    const Shape& shape(const Instruction& now) const;
    Step push_checked(Value value);  // counts its bytes, refuses what is too large
    bool spend_bytes(std::size_t bytes);
    bool spend_work(std::size_t bytes);  // as instructions
    static std::size_t index(const Instruction& now) { return static_cast<std::size_t>(now.c); }
    static Truth truth_of(const Value& value) {
        return value.kind() == Kind::boolean ? truth(value.as_boolean()) : Truth::unknown;
    }
    const RecordPointer* read(Reference reference);  // null when the rows are used up
    Step done(OutcomeKind kind);
    Step check(std::optional<Failure> failure);  // of the host
    std::string display(const Value& value);

    const Surroundings& around_;
    Workspace& space_;
    Level* level_ = nullptr;
    std::uint32_t call_depth_ = 0;
    std::optional<Reference> row_;  // read for a query, so it is counted already
    Outcome outcome_;
    std::optional<Failure> failure_;
    UnitIndex failure_unit_ = 0;
    std::uint32_t failure_line_ = 0;
};

}  // namespace pawl::rules::internal
