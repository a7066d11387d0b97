#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/turns/run_watch.h"
#include "bench/turns/sender.h"

namespace pawl::bench {

// Posts events over HTTP/1.1, one a request, over as many kept-alive connections as may be in
// flight. It reads of an answer only its status, its length and that the event was accepted.
class HttpSender : public Sender {
 public:
    // Connects to 127.0.0.1. The watch, if any, outlives it. Errors: "connect".
    static Result<std::unique_ptr<HttpSender>> connect(std::uint16_t port, Pace pace,
                                                       RunWatch* watch = nullptr);
    ~HttpSender() override;
    HttpSender(const HttpSender&) = delete;
    HttpSender& operator=(const HttpSender&) = delete;

    Status send(const EventRange& events, Latencies& acks) override;

 private:
    struct Connection {
        int descriptor = -1;
        Clock::time_point begin;  // of the request under way
        bool is_counted = false;  // its answer's time is an acknowledgement's
        std::string received;
    };

    HttpSender(Pace pace, RunWatch* watch) : pace_(pace), watch_(watch) {}
    Status open(std::uint16_t port);
    Status post(std::size_t connection, Clock::time_point begin, bool wait_for_turn);
    Status post_what_is_due();
    Status wait();
    Status read(std::size_t connection);

    Pace pace_;
    RunWatch* watch_;
    int epoll_ = -1;
    int timer_ = -1;
    std::vector<Connection> connections_;
    std::vector<std::size_t> idle_;  // indices of connections

    // Of the range under way.
    EventRange events_;
    Latencies* acks_ = nullptr;
    Clock::time_point begin_;
    std::uint64_t posted_ = 0;
    std::uint64_t answered_ = 0;
    bool is_awake_ = false;  // the next event is due so soon that it is not waited for asleep
};

}  // namespace pawl::bench
