#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/runtime.h"
#include "rules/program.h"

// The HTTP API of a running engine (cli.md, What a running engine answers). One thread runs the
// loop of connections; lists and exports are read on two others.

namespace pawl::server {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any that is free
    std::string token;          // asked of every request but /healthz and /readyz; empty: none
    std::size_t body_bytes_max = 16u << 20;
    std::size_t header_bytes_max = 16u << 10;
    std::size_t connections_max = 1'024;
    std::size_t reads_queued_max = 64;
    unsigned read_timeout_seconds = 30;  // for a request to come in whole; idle ones close after it
    unsigned requests_in_flight_max = 1'024;
    std::size_t bodies_bytes_max = 256u << 20;  // of all requests that are coming in, together

    // What the time limits are measured by, on the loop's thread; none: the steady clock.
    std::function<std::chrono::steady_clock::time_point()> clock;
};

class Server {
 public:
    // Listens. Everything outlives it. Errors: "token_required" (the host is not loopback and there
    // is no token), "address" (cannot be bound; the message names it).
    static Result<std::unique_ptr<Server>> start(const rules::Program& program,
                                                 engine::Runtime& runtime,
                                                 engine::SqliteStore& store, ServerOptions options);
    virtual ~Server() = default;

    virtual std::uint16_t port() const = 0;
    // Closes now what has been too slow or idle for too long, as it does by itself every second. It
    // has been done when this returns. Any thread but the loop's; not after `stop`.
    virtual void sweep() = 0;
    // Accepts no more, lets requests that are in finish (5 s at most), closes.
    virtual void stop() = 0;
};

}  // namespace pawl::server
