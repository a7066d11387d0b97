#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "server/internal/body_pipe.h"
#include "server/internal/mailbox.h"
#include "server/internal/request.h"
#include "server/internal/request_parser.h"
#include "server/internal/response.h"
#include "server/internal/routes.h"

// One connection of the loop: requests in, one after the other, and their answers out. An idle one
// holds next to no memory: bytes are read into a buffer that all connections share, and kept only
// where a request is not whole.

namespace pawl::server::internal {

using TimePoint = std::chrono::steady_clock::time_point;

class Connection;

// The loop, as a connection sees it. Its thread owns them both.
class ConnectionOwner {
 public:
    virtual ~ConnectionOwner() = default;

    // The header is whole: why the request is not to be answered. Called once a request.
    virtual std::optional<Response> check(Connection& connection) = 0;
    // The request is whole; Connection::answer is to be called, at once or later.
    virtual void handle(Connection& connection) = 0;
    virtual void answered(Connection& connection, unsigned status) = 0;
    // Bytes of a body were taken in, or given up (negative); answers whether there is room for
    // them.
    virtual bool hold_body_bytes(std::ptrdiff_t bytes) = 0;
    virtual void closed(Connection& connection) = 0;

    // As of the last sweep: exact enough for limits of seconds.
    TimePoint now;
    std::chrono::seconds time_limit{30};
    RequestLimits request_limits;
    std::vector<char> read_buffer;  // overwritten by whichever connection reads next
    std::string write_buffer;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
    using Socket = boost::asio::ip::tcp::socket;

    // `socket` does not block. The owner outlives it.
    Connection(Socket socket, ConnectionId id, ConnectionOwner& owner);

    ConnectionId id() const { return id_; }
    Request& request() { return request_; }

    void start();
    void answer(const Response& response);
    // The pipe of the answer has something again.
    void pump_pipe();
    // Closes what took longer than it may.
    void sweep();
    // The server stops: closes when the request that is in has its answer, at once without one.
    void finish_and_close();
    void close();

    // What the owner found in the target, from `check` on.
    Target target;
    TimePoint handled_at;
    bool is_in_flight = false;

 private:
    enum class State : std::uint8_t {
        reading,    // for a request, or between two
        handling,   // the owner has it
        writing,    // its answer
        lingering,  // all is said; what still comes is thrown away
        closed,
    };

    void arm_read();
    void arm_write();
    void on_readable();
    void on_writable();
    void take_in(std::string_view bytes);
    std::size_t parse(std::string_view bytes);
    bool check_head(ParseStep step);
    bool count_body();
    void refuse(const Response& response);
    void resume();
    bool send(std::string_view bytes);
    void on_sent();
    void end_request();
    void linger();

    Socket socket_;
    const ConnectionId id_;
    ConnectionOwner& owner_;
    State state_ = State::reading;
    Request request_;
    std::optional<RequestParser> parser_;
    std::string pending_;  // came, and is not taken yet
    std::string unsent_;
    std::size_t sent_ = 0;  // of unsent_
    std::shared_ptr<BodyPipe> pipe_;
    bool is_piped_in_chunks_ = false;
    std::size_t body_bytes_ = 0;  // held, as the owner was told
    std::size_t lingered_bytes_ = 0;
    TimePoint deadline_ = TimePoint::max();
    bool is_in_request_ = false;  // a first byte of it has come
    bool is_head_checked_ = false;
    bool keeps_open_ = true;
    bool is_stopping_ = false;  // nobody is waited for but who has not had his answer
    bool is_read_armed_ = false;
    bool is_parsing_ = false;
};

}  // namespace pawl::server::internal
