#include "server/server.h"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/text.h"
#include "server/internal/http_server.h"

namespace pawl::server {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// "localhost" is not asked of the resolver: it is this machine whatever a file says.
Result<tcp::endpoint> find_endpoint(const std::string& host, std::uint16_t port) {
    error_code error;
    const std::string plain = host == "localhost" ? "127.0.0.1" : host;
    const auto address = boost::asio::ip::make_address(plain, error);
    if (!error) return tcp::endpoint(address, port);
    boost::asio::io_context io;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, std::to_string(port), error);
    if (error || found.empty()) {
        return Error{"address", "there is no address " + quote_for_message(host) +
                                    " to listen at: " + error.message()};
    }
    return found.begin()->endpoint();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const rules::Program& program,
                                              engine::Runtime& runtime, engine::SqliteStore& store,
                                              ServerOptions options) {
    PAWL_TRY(const tcp::endpoint endpoint, find_endpoint(options.host, options.port));
    if (!endpoint.address().is_loopback() && options.token.empty()) {
        return Error{"token_required",
                     "whoever reaches " + endpoint.address().to_string() +
                         " could change everything: listening there needs a token"};
    }
    auto reads = internal::ReadPool::start(store, options.reads_queued_max);
    if (!reads) return reads.error();
    auto server = std::make_unique<internal::HttpServer>(program, runtime, store,
                                                         std::move(options), std::move(*reads));
    if (const Status status = server->listen(endpoint); !status) return status.error();
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pawl::server
