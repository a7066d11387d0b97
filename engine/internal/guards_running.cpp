#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/pending_codec.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/state_json.h"
#include "engine/internal/waits.h"

// While running: what a rule does when it is set off while a run of it has not ended. A mark of
// each key lists the runs; those that are not in the store have ended, whatever it says. A queue is
// a mark that says where it begins and ends, and one for each that waits, so that a long one is not
// written anew each time.

namespace pawl::engine {

using rules::Overlap;
using rules::Value;

namespace {

struct QueueState {
    std::int64_t first = 0, next = 0;
    // The turn in which its first was put into the turn's own queue: it is about to begin.
    std::int64_t begins_in_turn = 0;
    bool is_empty() const { return first == next; }
};

QueueState decode_queue(const std::optional<std::string>& text, const rules::Schema& schema) {
    QueueState queue;
    if (!text) return queue;
    StateReader in(*text, schema);
    queue.first = in.number("first");
    queue.next = in.number("next");
    queue.begins_in_turn = in.number("begins_in_turn");
    return in.is_good() && queue.first <= queue.next ? queue : QueueState{};
}

std::optional<std::string> encode_queue(const QueueState& queue, const rules::Schema& schema) {
    if (queue.is_empty()) return std::nullopt;
    StateWriter out(schema);
    out.number("first", queue.first);
    out.number("next", queue.next);
    out.number("begins_in_turn", queue.begins_in_turn);
    return out.take();
}

// "queue/rule/key" and a place: "queued/rule/key/3".
std::string place_mark(const std::string& queue, std::int64_t place) {
    return "queued" + queue.substr(queue.find('/')) + "/" + std::to_string(place);
}

// "running/rule/key" and "queue/rule/key".
std::string queue_of(const std::string& running) {
    return "queue" + running.substr(running.find('/'));
}

std::string running_of(const std::string& queue) {
    return "running" + queue.substr(queue.find('/'));
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

namespace {

std::string run_list(const std::vector<RunNumber>& runs) {
    std::string text;
    for (const RunNumber run : runs) text += (text.empty() ? "" : " ") + std::to_string(run);
    return text;
}

}  // namespace

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
    const RuleMark queue_mark = read_rule_mark(layer, turn_.now(), "queue", rule, rest);
    const QueueState queue = decode_queue(queue_mark.value, context_.program.schema);
    // The first of the queue has left it, and goes before the others.
    const bool is_queued = rule.while_running.overlap == Overlap::queue && !queue.is_empty() &&
                           guarded.pending.queue.empty();
    if (!runs.empty() || is_queued) {
        switch (rule.while_running.overlap) {
            case Overlap::skip:
                pass_over(guarded, "while running",
                          run_name(runs.front()) + (by->shown.empty() ? "" : " for " + by->shown) +
                              " has not ended yet");
                return Admittance::passed_over;
            case Overlap::restart: restart(runs); break;
            case Overlap::queue: {
                const Admittance joined = join_queue(guarded, rest);
                begin_next(layer, queue_mark.key);
                return joined;
            }
            case Overlap::parallel: break;
        }
        runs.clear();
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

Admittance Guards::join_queue(const Guarded& guarded, const std::string& rest) {
    const rules::Rule& rule = rule_of(guarded.pending);
    const rules::Schema& schema = context_.program.schema;
    Layer& layer = turn_.layer();
    const RuleMark mark = read_rule_mark(layer, turn_.now(), "queue", rule, rest);
    QueueState queue = decode_queue(mark.value, schema);
    const auto waiting = static_cast<std::uint64_t>(queue.next - queue.first);
    if (waiting >= limits::queued_runs_max) {
        pass_over(guarded, "while running", std::to_string(waiting) + " runs are queued already");
        return Admittance::passed_over;
    }
    // Of a rule that was renamed they move with it.
    if (!mark.former_key.empty())
        for (std::int64_t place = queue.first; place < queue.next; ++place) {
            const std::string former = place_mark(mark.former_key, place);
            layer.put_mark(
                {place_mark(mark.key, place), layer.mark(former, turn_.now()), std::nullopt, {}});
            layer.put_mark({former, std::nullopt, std::nullopt, {}});
        }
    layer.put_mark({place_mark(mark.key, queue.next++),
                    encode_pending(guarded.pending, context_.program),
                    std::nullopt,
                    {}});
    write_rule_mark(layer, mark, encode_queue(queue, schema));
    tell_held(guarded.pending, "while running", std::nullopt);
    return Admittance::held;
}

void Guards::begin_next(Layer& layer, const std::string& mark) {
    const rules::Schema& schema = context_.program.schema;
    QueueState queue = decode_queue(layer.mark(mark, turn_.now()), schema);
    if (queue.is_empty() || queue.begins_in_turn == context_.counters.turn ||
        !running_runs(layer, running_of(mark)).empty())
        return;
    while (!queue.is_empty()) {
        const auto text = layer.mark(place_mark(mark, queue.first), turn_.now());
        auto pending = text ? decode_pending(*text, context_.program) : std::nullopt;
        const bool is_gone =
            pending && pending->by->subject && layer.get(*pending->by->subject) == nullptr;
        if (pending && !is_gone) {
            queue.begins_in_turn = context_.counters.turn;
            pending->was_held = true;
            pending->queue = mark;
            turn_.enqueue(std::move(*pending));
            break;
        }
        if (is_gone)
            turn_.skip(
                *pending, "while running",
                "`" + pending->by->entity + "/" + pending->by->id + "` was deleted meanwhile",
                context_.program.units[rule_of(*pending).unit].line, false);
        layer.put_mark({place_mark(mark, queue.first++), std::nullopt, std::nullopt, {}});
    }
    layer.put_mark({mark, encode_queue(queue, schema), std::nullopt, {}});
}

// The first of the queue is about to begin, or to be passed over.
void Guards::leave_queue(const std::string& mark) {
    const rules::Schema& schema = context_.program.schema;
    Layer& layer = turn_.layer();
    QueueState queue = decode_queue(layer.mark(mark, turn_.now()), schema);
    if (queue.is_empty()) return;
    layer.put_mark({place_mark(mark, queue.first++), std::nullopt, std::nullopt, {}});
    queue.begins_in_turn = 0;
    layer.put_mark({mark, encode_queue(queue, schema), std::nullopt, {}});
}

}  // namespace pawl::engine
