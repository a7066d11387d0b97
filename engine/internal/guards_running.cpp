#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/run_queue.h"
#include "engine/internal/waits.h"

// While running: what a rule does when it is set off while a run of it has not ended. A mark of
// each key lists the runs; those that are not in the store have ended, whatever it says.

namespace pawl::engine {

using rules::Overlap;

// ---- The runs of a key ------------------------------------------------------------------------

namespace {

std::string run_list(const std::vector<RunNumber>& runs) {
    std::string text;
    for (const RunNumber run : runs) text += (text.empty() ? "" : " ") + std::to_string(run);
    return text;
}

}  // namespace

std::vector<RunNumber> Guards::running_runs(Layer& layer, const std::string& mark) {
    std::vector<RunNumber> runs;
    const auto text = layer.mark(mark, turn_.now());
    if (!text) return runs;
    const char* at = text->data();
    const char* end = at + text->size();
    while (at != end) {
        RunNumber run = 0;
        const auto [next, error] = std::from_chars(at, end, run);
        if (error != std::errc()) break;
        if (layer.run(run) != nullptr) runs.push_back(run);
        at = next == end ? next : next + 1;
    }
    return runs;
}

// ---- A run is about to begin ------------------------------------------------------------------

Admittance Guards::while_running(const Guarded& guarded, std::vector<MarkWrite>& marks,
                                 std::vector<std::string>& running) {
    const rules::Rule& rule = rule_of(guarded.pending);
    const auto by = key(guarded, rule.while_running.key_entry, "while running");
    if (!by) return Admittance::passed_over;
    Layer& layer = turn_.layer();
    const std::string rest = "/" + by->part;
    const RuleMark mark = read_rule_mark(layer, turn_.now(), "running", rule, rest);
    std::vector<RunNumber> runs =
        running_runs(layer, mark.former_key.empty() ? mark.key : mark.former_key);
    switch (rule.while_running.overlap) {
        case Overlap::parallel: break;
        case Overlap::skip:
            if (runs.empty()) break;
            pass_over(guarded, "while running",
                      run_name(runs.front()) + (by->shown.empty() ? "" : " for " + by->shown) +
                          " has not ended yet");
            return Admittance::passed_over;
        case Overlap::restart:
            restart(runs);
            runs.clear();
            break;
        case Overlap::queue:
            if (must_queue(guarded, rest, runs)) return join_queue(guarded, rest);
    }
    // Its number is the next one to be given.
    runs.push_back(context_.counters.next_run);
    write_rule_mark(marks, mark, run_list(runs));
    running.push_back(mark.key);
    return Admittance::runs;
}

void Guards::restart(const std::vector<RunNumber>& runs) {
    Layer& layer = turn_.layer();
    for (const RunNumber number : runs) {
        const auto stored = layer.run(number);
        if (stored == nullptr) continue;
        Waits(turn_).forget(layer, *stored);
        turn_.end_run(layer, turn_.run_of(*stored), EndStatus::cancelled, "restarted");
    }
}

// ---- A run has ended --------------------------------------------------------------------------

void Guards::run_ended(Layer& layer, RunNumber run, const std::vector<std::string>& running) {
    for (const std::string& mark : running) {
        std::vector<RunNumber> runs = running_runs(layer, mark);
        runs.erase(std::remove(runs.begin(), runs.end(), run), runs.end());
        if (!runs.empty()) {
            layer.put_mark({mark, run_list(runs), std::nullopt, {}});
            continue;
        }
        if (layer.mark(mark, turn_.now())) layer.put_mark({mark, std::nullopt, std::nullopt, {}});
        begin_next(layer, queue_of(mark));
    }
}

// ---- The queue --------------------------------------------------------------------------------

// The queue of the rule; of one that was renamed, those that wait in its former one move with it.
RunQueue Guards::open_queue(const Guarded& guarded, const std::string& rest) {
    Layer& layer = turn_.layer();
    const RuleMark mark =
        read_rule_mark(layer, turn_.now(), "queue", rule_of(guarded.pending), rest);
    RunQueue queue(context_, layer, mark.key);
    if (!mark.former_key.empty()) {
        queue.move_from(mark.former_key);
        queue.keep();
    }
    return queue;
}

// Behind a run, and behind those that came before it. What has left the queue goes before them.
bool Guards::must_queue(const Guarded& guarded, const std::string& rest,
                        const std::vector<RunNumber>& runs) {
    if (!runs.empty()) return true;
    return guarded.pending.queue.empty() && !open_queue(guarded, rest).is_empty();
}

Admittance Guards::join_queue(const Guarded& guarded, const std::string& rest) {
    RunQueue queue = open_queue(guarded, rest);
    const bool is_full = queue.size() >= limits::queued_runs_max;
    if (is_full) {
        pass_over(guarded, "while running",
                  std::to_string(queue.size()) + " runs are queued already");
    } else {
        queue.push(guarded.pending);
        queue.keep();
        tell_held(guarded.pending, "while running", std::nullopt);
    }
    begin_next(turn_.layer(), queue.mark());
    return is_full ? Admittance::passed_over : Admittance::held;
}

void Guards::begin_next(Layer& layer, const std::string& mark) {
    RunQueue queue(context_, layer, mark);
    if (queue.is_empty() || queue.is_beginning() || !running_runs(layer, running_of(mark)).empty())
        return;
    for (; !queue.is_empty(); queue.drop_first()) {
        auto pending = queue.first();
        if (!pending) continue;
        if (!pending->by->subject || layer.get(*pending->by->subject) != nullptr) {
            queue.begin_first();
            pending->was_held = true;
            pending->queue = mark;
            turn_.enqueue(std::move(*pending));
            break;
        }
        const std::string what = "`" + pending->by->entity + "/" + pending->by->id + "`";
        turn_.skip(*pending, "while running", what + " was deleted meanwhile",
                   context_.program.units[rule_of(*pending).unit].line, false);
    }
    queue.keep();
}

void Guards::postpone(const std::string& mark) {
    turn_.set_timer(turn_.layer(), turn_.now(), TimerKind::held, mark);
}

// The first of the queue is about to begin, or to be passed over.
void Guards::leave_queue(const std::string& mark) {
    RunQueue queue(context_, turn_.layer(), mark);
    if (queue.is_empty()) return;
    queue.drop_first();
    queue.keep();
}

}  // namespace pawl::engine
