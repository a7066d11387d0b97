#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/internal/run_queue.h"
#include "engine/internal/turn.h"

// The guards of time (meaning.md 23, 24): whether a rule that was set off may run now, is put off,
// or is passed over. What they count is kept in marks, written with the first advance of the run,
// so that it is given back if that fails.

namespace pawl::engine {

enum class Admittance : std::uint8_t { runs, held, passed_over };

// How a guard looks at a trigger: its names, what it may still use, and how it failed.
struct Guarded {
    const Pending& pending;
    std::vector<rules::Value>& locals;
    rules::Budget& budget;
    std::optional<rules::Outcome>& failed;
};

class Guards {
 public:
    explicit Guards(Turn& turn);

    // Before the conditions are read: debounce (the newest is kept and put off), a budget that is
    // used up. Tells what it holds or passes over.
    Admittance before_conditions(const Pending& pending, std::vector<rules::Value>& locals,
                                 rules::Budget& budget, std::optional<rules::Outcome>& failed);
    // After them: only between, only every, at most, while running. The marks of what runs are
    // added to `marks`, for the layer of its advance; `running` are the keys of the run.
    Admittance after_conditions(const Pending& pending, std::vector<rules::Value>& locals,
                                rules::Budget& budget, std::vector<MarkWrite>& marks,
                                std::vector<std::string>& running,
                                std::optional<rules::Outcome>& failed);
    // The timer of what was held is due: queues it again.
    void release(const std::string& mark);
    // A run has ended, however: the next of its queue begins.
    void run_ended(Layer& layer, RunNumber run, const std::vector<std::string>& running);
    // The first of a queue begins, unless a run is under way that it waits for.
    void begin_next(Layer& layer, const std::string& queue);
    // The turn has had its last advance: the first of the queue begins in the next one.
    void postpone(const std::string& queue);
    // The first of a queue had its turn.
    void leave_queue(const std::string& queue);
    // What leaves a run (a message to each of its recipients, a call) counts for its rule's budget;
    // where that is used up the rule is paused, and the admins are told, in the advance.
    void spend(Advance& advance, rules::RuleIndex rule);

 private:
    // What a guard counts by; `shown` is empty where it is the rule as a whole.
    struct Key {
        std::string part, shown;
    };
    // What an `only between` comes to.
    struct Hours;

    const rules::Rule& rule_of(const Pending& pending) const;
    void pass_over(const Guarded& guarded, std::string guard, std::string reason);
    std::optional<rules::Value> evaluate(const Guarded& guarded, std::uint32_t entry);
    std::optional<rules::Value> stated(const Guarded& guarded, const rules::Stated& stated,
                                       rules::Kind kind, std::string_view guard);
    // Nothing: the run failed, or was passed over since its key is missing.
    std::optional<Key> key(const Guarded& guarded, std::optional<std::uint32_t> entry,
                           std::string_view guard);

    bool is_paused(const Guarded& guarded);
    Admittance debounce(const Guarded& guarded);
    Admittance only_between(const Guarded& guarded);
    std::optional<Hours> hours(const Guarded& guarded);
    Admittance only_every(const Guarded& guarded, std::vector<MarkWrite>& marks);
    Admittance at_most(const Guarded& guarded, std::vector<MarkWrite>& marks);
    Admittance while_running(const Guarded& guarded, std::vector<MarkWrite>& marks,
                             std::vector<std::string>& running);
    std::vector<RunNumber> running_runs(Layer& layer, const std::string& mark);
    void restart(const std::vector<RunNumber>& runs);

    // Of what is released at one instant: the newest behind the others, or where it is.
    enum class Place : std::uint8_t { last, any };
    Admittance hold(const Guarded& guarded, std::string guard, const std::string& rest, Instant due,
                    Place place);
    void tell_held(const Pending& pending, std::string guard, std::optional<Instant> until);
    RunQueue open_queue(const Guarded& guarded, const std::string& rest);
    bool must_queue(const Guarded& guarded, const std::string& rest,
                    const std::vector<RunNumber>& runs);
    Admittance join_queue(const Guarded& guarded, const std::string& rest);

    Turn& turn_;
    Context& context_;
};

}  // namespace pawl::engine
