#include "bench/turns/run_watch.h"

#include <algorithm>
#include <variant>

#include "bench/turns/workload.h"

namespace pawl::bench {

namespace {

constexpr auto wait_length = std::chrono::seconds(1);  // of the rulebook
constexpr auto settling = 2 * wait_length;
constexpr auto steady_least = std::chrono::seconds(1);
constexpr auto patience = std::chrono::seconds(60);

double in_seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// How many of the ascending times are from `begin` to `end`.
std::ptrdiff_t count_between(const std::vector<Clock::time_point>& times, Clock::time_point begin,
                             Clock::time_point end) {
    return std::upper_bound(times.begin(), times.end(), end) -
           std::lower_bound(times.begin(), times.end(), begin);
}

}  // namespace

std::int64_t wall_micros() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void RunWatch::event_leaves(std::uint64_t number, Clock::time_point at) {
    const std::lock_guard lock(mutex_);
    if (left_.size() <= number) left_.resize(number + 1);
    left_[number] = at;
}

RunWatch::Wait& RunWatch::wait_of(engine::RunNumber run) {
    if (first_run_ == 0) first_run_ = run;
    const auto index = static_cast<std::size_t>(run - first_run_);
    if (waits_.size() <= index) waits_.resize(index + 1);
    return waits_[index];
}

void RunWatch::hear(const engine::Happening& happening) {
    const std::lock_guard lock(mutex_);
    if (const auto* event = std::get_if<engine::EventHappened>(&happening.form)) {
        event_ = deposit_number(event->id);
    } else if (std::holds_alternative<engine::Fired>(happening.form)) {
        if (event_ && *event_ < left_.size()) first_steps_.add(Clock::now() - left_[*event_]);
        event_.reset();
    } else if (const auto* waited = std::get_if<engine::Waited>(&happening.form)) {
        if (!waited->until) return;
        wait_of(happening.run).due_micros = waited->until->micros;
        last_due_micros_ = std::max(last_due_micros_, waited->until->micros);
        ++waiting_count_;
        began_.push_back(Clock::now());
    } else if (const auto* end = std::get_if<engine::Ended>(&happening.form)) {
        if (end->status != engine::EndStatus::success) ++failed_count_;
        if (waiting_count_ == 0) return;
        const std::int64_t due = std::exchange(wait_of(happening.run).due_micros, 0);
        if (due == 0) return;
        lateness_.add(std::chrono::microseconds(wall_micros() - due));
        last_ended_ = Clock::now();
        ended_.push_back(last_ended_);
        ++ended_count_;
        run_ended_.notify_one();
    }
}

void RunWatch::begin_round(Clock::time_point begin) {
    const std::lock_guard lock(mutex_);
    begin_ = begin;
    began_.clear();
    ended_.clear();
}

bool RunWatch::wait_for_ended(std::uint64_t runs) {
    std::unique_lock lock(mutex_);
    while (ended_count_ < runs) {
        const std::uint64_t before = ended_count_;
        const auto left = std::chrono::microseconds(last_due_micros_ - wall_micros());
        run_ended_.wait_for(lock, patience + std::max(left, std::chrono::microseconds(0)),
                            [&] { return ended_count_ > before; });
        if (ended_count_ == before) return false;
    }
    return true;
}

std::optional<Steady> RunWatch::steady() const {
    const std::lock_guard lock(mutex_);
    if (began_.empty()) return std::nullopt;
    const Clock::time_point begin = begin_ + settling;
    const Clock::time_point end = began_.back();
    if (end - begin < steady_least) return std::nullopt;
    return Steady{in_seconds(end - begin),
                  static_cast<double>(std::min(count_between(began_, begin, end),
                                               count_between(ended_, begin, end)))};
}

double RunWatch::busy_seconds() const {
    const std::lock_guard lock(mutex_);
    if (began_.empty() || ended_.empty()) return 0;
    const Clock::time_point first_due = begin_ + wait_length;
    const Clock::duration idle = std::max(first_due - began_.back(), Clock::duration(0));
    return in_seconds(ended_.back() - begin_ - idle);
}

std::uint64_t RunWatch::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_count_;
}

std::uint64_t RunWatch::ended() const {
    const std::lock_guard lock(mutex_);
    return ended_count_;
}

std::uint64_t RunWatch::failed() const {
    const std::lock_guard lock(mutex_);
    return failed_count_;
}

Clock::time_point RunWatch::last_ended() const {
    const std::lock_guard lock(mutex_);
    return last_ended_;
}

}  // namespace pawl::bench
