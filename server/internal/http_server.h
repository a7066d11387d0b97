#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/internal/connection.h"
#include "server/internal/event_intake.h"
#include "server/internal/mailbox.h"
#include "server/internal/metrics.h"
#include "server/internal/read_pool.h"
#include "server/internal/security.h"
#include "server/server.h"

// The loop: accepts connections, hands their requests to the engine or to the read threads, and
// brings the answers back. All of it but `stop` and `sweep` runs on the loop's thread.

namespace pawl::server::internal {

class HttpServer final : public Server, private ConnectionOwner {
 public:
    HttpServer(const rules::Program& program, engine::Runtime& runtime, engine::SqliteStore& store,
               ServerOptions options, std::unique_ptr<ReadPool> reads);
    ~HttpServer() override;

    // Listens there, and begins. Error "address".
    Status listen(const boost::asio::ip::tcp::endpoint& endpoint);

    std::uint16_t port() const override { return port_; }
    void sweep() override;
    void stop() override;

 private:
    using Acceptor = boost::asio::ip::tcp::acceptor;

    std::optional<Response> check(Connection& connection) override;
    void handle(Connection& connection) override;
    void answered(Connection& connection, unsigned status) override;
    bool hold_body_bytes(std::ptrdiff_t bytes) override;
    void closed(Connection& connection) override;

    void arm_accept();
    void accept_all();
    void refuse_connection(boost::asio::ip::tcp::socket socket);
    void arm_sweep();
    void sweep_here();
    void read_letters();
    std::shared_ptr<Connection> find(ConnectionId id) const;

    std::optional<Response> check_body_type(const Request& request) const;
    void read(Connection& connection);
    void export_to(Connection& connection);
    void erase(Connection& connection);
    void preview(Connection& connection);
    Response accept_clock();
    Response readiness() const;
    Response metrics_text() const;

    const rules::Program& program_;
    engine::Runtime& runtime_;
    engine::SqliteStore& store_;
    const ServerOptions options_;
    const Security security_;

    boost::asio::io_context io_{1};
    Acceptor acceptor_{io_};
    boost::asio::steady_timer sweep_timer_{io_};
    const std::shared_ptr<Mailbox> mailbox_;
    std::unique_ptr<ReadPool> reads_;
    std::vector<std::weak_ptr<BodyPipe>> pipes_;  // of exports that run or wait
    EventIntake intake_;
    Metrics metrics_;
    Letters letters_;
    std::unordered_map<ConnectionId, std::shared_ptr<Connection>> connections_;
    ConnectionId next_connection_ = 1;
    std::size_t requests_in_flight_ = 0;
    std::size_t body_bytes_ = 0;
    bool is_accept_paused_ = false;  // no descriptor is left; tried again at the next sweep
    bool is_stopping_ = false;
    std::uint16_t port_ = 0;

    std::mutex stop_mutex_;  // guards the two below
    std::condition_variable is_empty_;
    bool has_no_connections_ = false;
    std::thread thread_;
};

}  // namespace pawl::server::internal
