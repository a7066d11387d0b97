#include "bench/turns/core_sender.h"

#include <thread>
#include <utility>

#include "bench/turns/workload.h"

namespace pawl::bench {

Status CoreSender::send(const EventRange& events, Latencies& acks) {
    PAWL_CHECK(events.count > 0);
    sent_.assign(events.count, {});
    acked_ = 0;
    const Clock::time_point begin = Clock::now();
    std::uint64_t submitted = 0;
    Status status = Done{};
    // The last one goes alone, so that all others are acknowledged before it.
    while (status && submitted + 1 < events.count) {
        if (pace_.per_second > 0) {
            sent_[submitted].begin = due_at(begin, submitted, pace_.per_second);
            std::this_thread::sleep_until(sent_[submitted].begin - awake_before(pace_.per_second));
            while (Clock::now() < sent_[submitted].begin) continue;
        } else {
            if (submitted >= pace_.in_flight) wait_for(submitted - pace_.in_flight + 1);
            sent_[submitted].begin = Clock::now();
        }
        status = submit(events, submitted, engine::WaitFor::append);
        if (status) ++submitted;
    }
    wait_for(submitted);  // also after an error: what is under way points at us
    if (!status) return status;
    sent_[submitted].begin = Clock::now();
    PAWL_TRY(const Done sent, submit(events, submitted, engine::WaitFor::turn));
    (void)sent;
    wait_for(events.count);

    for (std::uint64_t i = 0; i < submitted; ++i) acks.add(sent_[i].took);
    const std::lock_guard lock(problem_mutex_);
    if (!problem_.empty()) return Error{.code = "refused", .message = problem_};
    return Done{};
}

Status CoreSender::submit(const EventRange& events, std::uint64_t index, engine::WaitFor wait) {
    watch_.event_leaves(events.first + index, sent_[index].begin);
    for (;;) {
        const std::uint64_t acked = acked_;
        std::vector<std::string> inputs;
        inputs.push_back(event_text(events.first + index, events.accounts));
        const engine::Admission admission = runtime_.submit(
            std::move(inputs), wait, [this, index](const std::vector<engine::Receipt>& receipts) {
                acknowledge(index, receipts);
            });
        if (admission == engine::Admission::taken) return Done{};
        // A full queue: something is under way, and its end makes room.
        if (admission != engine::Admission::full || acked == index) {
            return Error{.code = "refused", .message = "the engine takes no event in"};
        }
        acked_.wait(acked);
    }
}

void CoreSender::acknowledge(std::uint64_t index, const std::vector<engine::Receipt>& receipts) {
    sent_[index].took = Clock::now() - sent_[index].begin;
    if (receipts.size() != 1 || receipts.front().status != engine::ReceiptStatus::accepted) {
        const std::lock_guard lock(problem_mutex_);
        if (problem_.empty()) {
            problem_ = "an event was not accepted";
            if (!receipts.empty()) problem_ += ": " + receipts.front().message;
        }
    }
    ++acked_;
    acked_.notify_one();
}

void CoreSender::wait_for(std::uint64_t acked) {
    for (std::uint64_t seen = acked_; seen < acked; seen = acked_) acked_.wait(seen);
}

}  // namespace pawl::bench
