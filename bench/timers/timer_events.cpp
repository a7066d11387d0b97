#include "bench/timers/timer_events.h"

#include <chrono>
#include <utility>

namespace pawl::bench {

namespace {

// Of now, since an event of long ago could have been forgotten (meaning.md 7).
std::string envelope(const std::string& type, std::uint64_t number) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now);
    return R"({"specversion":"1.0","id":")" + type + "-" + std::to_string(number) +
           R"(","source":"/bench/timers","type":")" + type + R"(","time":")" +
           format_instant({micros.count()}) + R"(","data":)";
}

}  // namespace

std::string reminders_text(std::uint64_t number, const std::vector<Instant>& due) {
    std::string text = envelope("reminders_due", number) + R"({"due":[)";
    const char* between = "\"";
    for (const Instant& each : due) {
        text += between + format_instant(each) + "\"";
        between = ",\"";
    }
    return text + "]}}";
}

std::string note_text(std::uint64_t number) {
    return envelope("note", number) + R"({"number":)" + std::to_string(number) + "}}";
}

Status EventFeeder::send(const std::string& event, engine::WaitFor wait, Clock::time_point begin) {
    for (;;) {
        if (Status so_far = problem(); !so_far) return so_far;
        const std::uint64_t answered = answered_;
        std::vector<std::string> inputs = {event};
        const engine::Admission admission = runtime_.submit(
            std::move(inputs), wait, [this, begin](const std::vector<engine::Receipt>& receipts) {
                answer(begin, receipts);
            });
        if (admission == engine::Admission::taken) break;
        // A full queue: something is under way, and its end makes room.
        if (admission != engine::Admission::full || answered == sent_)
            return Error{.code = "refused", .message = "the engine takes no event in"};
        answered_.wait(answered);
    }
    ++sent_;
    return Done{};
}

void EventFeeder::wait_for_room(std::uint64_t in_flight) {
    for (std::uint64_t seen = answered_; sent_ - seen >= in_flight; seen = answered_)
        answered_.wait(seen);
}

Status EventFeeder::finish() {
    wait_for_room(1);
    return problem();
}

void EventFeeder::forget_latencies() {
    const std::lock_guard lock(mutex_);
    latencies_ = {};
}

Status EventFeeder::problem() {
    const std::lock_guard lock(mutex_);
    if (problem_.empty()) return Done{};
    return Error{.code = "refused", .message = problem_};
}

void EventFeeder::answer(Clock::time_point begin, const std::vector<engine::Receipt>& receipts) {
    {
        const std::lock_guard lock(mutex_);
        latencies_.add(Clock::now() - begin);
        const bool is_accepted =
            receipts.size() == 1 && receipts.front().status == engine::ReceiptStatus::accepted;
        if (!is_accepted && problem_.empty()) {
            problem_ = "an event was not accepted";
            if (!receipts.empty()) problem_ += ": " + receipts.front().message;
        }
    }
    ++answered_;
    answered_.notify_one();
}

}  // namespace pawl::bench
