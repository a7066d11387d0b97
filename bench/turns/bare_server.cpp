#include "bench/turns/bare_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_map>

#include "bench/turns/http_text.h"

namespace pawl::bench {

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 72\r\n\r\n"
    R"({"results":[{"index":0,"id":"deposit-0000000000","status":"accepted"}]})"
    "\n";

void watch(int epoll, int descriptor) {
    epoll_event watched{.events = EPOLLIN, .data = {.fd = descriptor}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &watched);
}

// False when the connection is to be closed.
bool serve(int connection, std::string& received) {
    std::array<char, 16'384> buffer;
    const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    received.append(buffer.data(), static_cast<std::size_t>(count));
    std::string answers;
    while (const auto request = whole_message(received)) {
        answers += answer;
        received.erase(0, request->bytes);
    }
    return answers.empty() || ::send(connection, answers.data(), answers.size(), MSG_NOSIGNAL) ==
                                  static_cast<ssize_t>(answers.size());
}

}  // namespace

Result<std::unique_ptr<BareServer>> BareServer::start() {
    std::unique_ptr<BareServer> server(new BareServer());
    PAWL_TRY(const Done opened, server->open());
    (void)opened;
    server->thread_ = std::thread([raw = server.get()] { raw->run(); });
    return server;
}

Status BareServer::open() {
    const Error problem{.code = "address", .message = "no port of 127.0.0.1 can be listened on"};
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) return problem;
    if (::listen(listener_, 1'024) != 0) return problem;
    if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return problem;
    port_ = ntohs(address.sin_port);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (stop_ < 0 || epoll_ < 0) return problem;
    watch(epoll_, listener_);
    watch(epoll_, stop_);
    return Done{};
}

BareServer::~BareServer() {
    if (thread_.joinable()) {
        const std::uint64_t one = 1;
        (void)!::write(stop_, &one, sizeof one);
        thread_.join();
    }
    for (const int descriptor : {listener_, epoll_, stop_}) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

void BareServer::run() const {
    std::unordered_map<int, std::string> received;  // by connection
    std::array<epoll_event, 128> ready{};
    for (;;) {
        const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int descriptor = ready[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == stop_) {
                for (const auto& [connection, text] : received) ::close(connection);
                return;
            }
            if (descriptor == listener_) {
                const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
                const int on = 1;
                ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                watch(epoll_, connection);
                received[connection];
            } else if (!serve(descriptor, received[descriptor])) {
                ::close(descriptor);
                received.erase(descriptor);
            }
        }
    }
}

}  // namespace pawl::bench
