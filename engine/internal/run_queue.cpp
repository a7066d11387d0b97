#include "engine/internal/run_queue.h"

#include <utility>

#include "engine/internal/pending_codec.h"
#include "engine/internal/state_json.h"

namespace pawl::engine {

namespace {

// "queue/rule/key" → "/rule/key"
std::string behind_word(const std::string& mark) { return mark.substr(mark.find('/')); }

}  // namespace

std::string queue_of(const std::string& running) { return "queue" + behind_word(running); }
std::string running_of(const std::string& queue) { return "running" + behind_word(queue); }

RunQueue::RunQueue(Context& context, Layer& layer, std::string mark)
    : context_(context), layer_(layer), mark_(std::move(mark)) {
    const auto text = layer_.mark(mark_, context_.counters.now);
    if (!text) return;
    StateReader in(*text, context_.program.schema);
    const std::int64_t first = in.number("first");
    const std::int64_t next = in.number("next");
    const std::int64_t begins_in_turn = in.number("begins_in_turn");
    if (!in.is_good() || first > next) return;
    first_ = first;
    next_ = next;
    begins_in_turn_ = begins_in_turn;
}

// "queued/rule/key/3"
std::string RunQueue::place_mark(const std::string& queue, std::int64_t place) const {
    return "queued" + behind_word(queue) + "/" + std::to_string(place);
}

void RunQueue::push(const Pending& pending) {
    layer_.put_mark(
        {place_mark(mark_, next_++), encode_pending(pending, context_.program), std::nullopt, {}});
}

std::optional<Pending> RunQueue::first() {
    const auto text = layer_.mark(place_mark(mark_, first_), context_.counters.now);
    return text ? decode_pending(*text, context_.program) : std::nullopt;
}

void RunQueue::drop_first() {
    layer_.put_mark({place_mark(mark_, first_++), std::nullopt, std::nullopt, {}});
    begins_in_turn_ = 0;
}

void RunQueue::move_from(const std::string& former) {
    RunQueue from(context_, layer_, former);
    first_ = from.first_;
    next_ = from.next_;
    begins_in_turn_ = from.begins_in_turn_;
    for (std::int64_t place = first_; place < next_; ++place) {
        const std::string was = place_mark(former, place);
        layer_.put_mark(
            {place_mark(mark_, place), layer_.mark(was, context_.counters.now), std::nullopt, {}});
        layer_.put_mark({was, std::nullopt, std::nullopt, {}});
    }
    layer_.put_mark({former, std::nullopt, std::nullopt, {}});
}

void RunQueue::keep() {
    MarkWrite write{mark_, std::nullopt, std::nullopt, {}};
    if (!is_empty()) {
        StateWriter out(context_.program.schema);
        out.number("first", first_);
        out.number("next", next_);
        out.number("begins_in_turn", begins_in_turn_);
        write.value = out.take();
    }
    layer_.put_mark(std::move(write));
}

}  // namespace pawl::engine
