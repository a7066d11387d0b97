#include "bench/turns/http_sender.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "bench/turns/http_text.h"
#include "bench/turns/workload.h"

namespace pawl::bench {

namespace {

constexpr std::uint64_t timer_mark = ~0ull;

Error system_error(std::string_view doing) {
    return {.code = "connect", .message = std::string(doing) + ": " + std::strerror(errno)};
}

timespec to_timespec(Clock::time_point at) {
    const std::int64_t nanoseconds = at.time_since_epoch().count();
    return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

}  // namespace

Result<std::unique_ptr<HttpSender>> HttpSender::connect(std::uint16_t port, Pace pace,
                                                        RunWatch* watch) {
    std::unique_ptr<HttpSender> sender(new HttpSender(pace, watch));
    PAWL_TRY(const Done opened, sender->open(port));
    (void)opened;
    return sender;
}

HttpSender::~HttpSender() {
    for (const Connection& connection : connections_) ::close(connection.descriptor);
    if (timer_ >= 0) ::close(timer_);
    if (epoll_ >= 0) ::close(epoll_);
}

Status HttpSender::open(std::uint16_t port) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    // steady_clock is CLOCK_MONOTONIC: a timer's instant can be told in its terms.
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (epoll_ < 0 || timer_ < 0) return system_error("epoll");
    epoll_event watched{.events = EPOLLIN, .data = {.u64 = timer_mark}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &watched) != 0) return system_error("epoll");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < pace_.in_flight; ++i) {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) return system_error("socket");
        connections_.push_back({.descriptor = descriptor, .begin = {}, .received = {}});
        if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return system_error("connecting to 127.0.0.1:" + std::to_string(port));
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watched.data.u64 = i;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &watched) != 0)
            return system_error("epoll");
        idle_.push_back(i);
    }
    return Done{};
}

Status HttpSender::send(const EventRange& events, Latencies& acks) {
    PAWL_CHECK(events.count > 0);
    events_ = events;
    acks_ = &acks;
    begin_ = Clock::now();
    posted_ = answered_ = 0;
    // The last one goes alone, so that all others are acknowledged before it.
    while (answered_ + 1 < events.count) {
        PAWL_TRY(const Done posted, post_what_is_due());
        PAWL_TRY(const Done waited, wait());
        (void)posted, (void)waited;
    }
    const std::size_t last = idle_.back();
    idle_.pop_back();
    PAWL_TRY(const Done posted, post(last, Clock::now(), true));
    (void)posted;
    while (answered_ < events.count) {
        PAWL_TRY(const Done waited, wait());
        (void)waited;
    }
    return Done{};
}

Status HttpSender::post_what_is_due() {
    const bool is_paced = pace_.per_second > 0;
    while (!idle_.empty() && posted_ + 1 < events_.count) {
        Clock::time_point begin = Clock::now();
        if (is_paced) {
            const Clock::time_point due = due_at(begin_, posted_, pace_.per_second);
            const Clock::time_point awake = due - awake_before(pace_.per_second);
            is_awake_ = begin >= awake;
            if (begin < due) {
                const itimerspec at{.it_interval = {}, .it_value = to_timespec(awake)};
                if (!is_awake_) ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
                return Done{};
            }
            begin = due;
        }
        const std::size_t connection = idle_.back();
        idle_.pop_back();
        PAWL_TRY(const Done posted, post(connection, begin, false));
        (void)posted;
    }
    return Done{};
}

Status HttpSender::post(std::size_t index, Clock::time_point begin, bool wait_for_turn) {
    Connection& connection = connections_[index];
    connection.begin = begin;
    connection.is_counted = !wait_for_turn;
    const std::string body = event_text(events_.first + posted_, events_.accounts);
    std::string request = wait_for_turn ? "POST /api/events?wait=processed HTTP/1.1\r\n"
                                        : "POST /api/events HTTP/1.1\r\n";
    request += "Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ";
    request += std::to_string(body.size()) + "\r\n\r\n" + body;
    if (watch_ != nullptr) watch_->event_leaves(events_.first + posted_, begin);
    ++posted_;
    // Nothing else is on its way in this connection, so there is room for a request of this size.
    const ssize_t sent =
        ::send(connection.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) return system_error("posting an event");
    return Done{};
}

Status HttpSender::wait() {
    std::array<epoll_event, 128> ready{};
    const int timeout = std::exchange(is_awake_, false) ? 0 : -1;
    const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), timeout);
    if (count < 0 && errno != EINTR) return system_error("epoll");
    for (int i = 0; i < count; ++i) {
        const std::uint64_t mark = ready[static_cast<std::size_t>(i)].data.u64;
        if (mark == timer_mark) {
            std::uint64_t times = 0;
            (void)!::read(timer_, &times, sizeof times);
            continue;
        }
        PAWL_TRY(const Done answered, read(mark));
        (void)answered;
    }
    return Done{};
}

Status HttpSender::read(std::size_t index) {
    Connection& connection = connections_[index];
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(connection.descriptor, buffer.data(), buffer.size(), 0);
    if (count < 0) return system_error("reading an answer");
    if (count == 0) return Error{.code = "closed", .message = "the server closed a connection"};
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    const std::optional<HttpMessage> answer = whole_message(connection.received);
    if (!answer) return Done{};
    const bool is_accepted = answer->first_line.find(" 200") != std::string_view::npos &&
                             answer->body.find(R"("status":"accepted")") != std::string_view::npos;
    if (!is_accepted) {
        return Error{.code = "refused",
                     .message = "an event was answered with `" + std::string(answer->first_line) +
                                "` " + std::string(answer->body.substr(0, 200))};
    }
    if (connection.is_counted) acks_->add(Clock::now() - connection.begin);
    connection.received.clear();
    ++answered_;
    idle_.push_back(index);
    // Answered at once with the next: the server is never idle for our sake.
    return pace_.per_second > 0 ? Status(Done{}) : post_what_is_due();
}

}  // namespace pawl::bench
