#pragma once

#include <cstdint>
#include <memory>
#include <thread>

#include "base/result.h"

namespace pawl::bench {

// The yardstick of the HTTP server: one thread, one epoll loop, every POST read whole and answered
// with the same words. What no server that does something with an event can outdo.
class BareServer {
 public:
    static Result<std::unique_ptr<BareServer>> start();
    ~BareServer();
    BareServer(const BareServer&) = delete;
    BareServer& operator=(const BareServer&) = delete;

    std::uint16_t port() const { return port_; }

 private:
    BareServer() = default;
    Status open();
    void run() const;

    int listener_ = -1, epoll_ = -1, stop_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace pawl::bench
