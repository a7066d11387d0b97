#include "server/internal/body_pipe.h"

#include <utility>

namespace pawl::server::internal {

Status BodyPipe::write(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    const bool has_room = is_taken_.wait_for(
        lock, patience_, [&] { return bytes_.size() < bytes_max || is_cancelled_; });
    if (!has_room) return Error{"slow_reader", "the other side takes it too slowly"};
    if (is_cancelled_) return Error{"cancelled", "nobody reads any more"};
    bytes_ += bytes;
    tell(lock);
    return Done{};
}

void BodyPipe::end(End end) {
    std::unique_lock lock(mutex_);
    state_ = end == End::whole ? State::ended : State::broken;
    tell(lock);
}

void BodyPipe::tell(std::unique_lock<std::mutex>& lock) {
    if (is_told_) return;
    is_told_ = true;
    lock.unlock();
    on_ready_();
}

BodyPipe::State BodyPipe::take(std::string& out) {
    const std::lock_guard lock(mutex_);
    is_told_ = false;
    out.clear();
    std::swap(out, bytes_);
    is_taken_.notify_one();
    return state_;
}

void BodyPipe::cancel() {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    bytes_.clear();
    is_taken_.notify_one();
}

}  // namespace pawl::server::internal
