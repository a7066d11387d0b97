#include "cli/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/text.h"

namespace pawl::cli {

namespace {

struct FreeAddresses {
    void operator()(::addrinfo* found) const { ::freeaddrinfo(found); }
};

// What keeps a socket from being bound there; 0: nothing.
int problem_of(const ::addrinfo& found) {
    const int socket = ::socket(found.ai_family, found.ai_socktype | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno;
    const int yes = 1;
    int problem = 0;
    // As the server does, so that connections which are just closing are no hindrance.
    if (::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(socket, found.ai_addr, found.ai_addrlen) != 0 || ::listen(socket, 1) != 0) {
        problem = errno;
    }
    ::close(socket);
    return problem;
}

bool is_loopback(const ::addrinfo& found) {
    if (found.ai_family == AF_INET) {
        ::sockaddr_in address{};
        std::memcpy(&address, found.ai_addr, sizeof address);
        constexpr unsigned network = 127;
        return ntohl(address.sin_addr.s_addr) >> 24 == network;
    }
    ::sockaddr_in6 address{};
    std::memcpy(&address, found.ai_addr, sizeof address);
    return IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

}  // namespace

std::string ListenAddress::text_with(std::uint16_t actual_port) const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(actual_port);
}

Result<ListenAddress> read_listen_address(std::string_view text) {
    const Error wrong{.code = "usage",
                      .message = "`--listen` is " + quote_for_message(text) +
                                 ", where HOST:PORT such as 127.0.0.1:8080 is due"};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong;
    std::string_view host = text.substr(0, colon);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() || (!is_bracketed && host.find(':') != std::string_view::npos)) return wrong;
    const std::optional<std::uint16_t> port = read_port(text.substr(colon + 1));
    if (!port) return wrong;
    return ListenAddress{std::string(host), *port};
}

Status check_can_listen(const ListenAddress& address, Token token) {
    ::addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    ::addrinfo* list = nullptr;
    const std::string port = std::to_string(address.port);
    if (const int problem = ::getaddrinfo(address.host.c_str(), port.c_str(), &wanted, &list)) {
        return Error{.code = "address",
                     .message = "cannot listen on " + quote_for_message(address.host) + ": " +
                                ::gai_strerror(problem)};
    }
    const std::unique_ptr<::addrinfo, FreeAddresses> found(list);
    if (token == Token::none && !is_loopback(*found)) {
        return Error{.code = "token_required",
                     .message = "whoever reaches " + quote_for_message(address.host) +
                                " could change everything: listening there needs a token; "
                                "--token-file names its file"};
    }
    const int problem = problem_of(*found);
    if (problem == 0) return Done{};
    const std::string where = address.text_with(address.port);
    if (problem == EADDRINUSE) {
        return Error{.code = "address",
                     .message = "somebody else listens on " + where +
                                " already; --listen names another port"};
    }
    return Error{.code = "address",
                 .message = "cannot listen on " + where + ": " + std::strerror(problem)};
}

}  // namespace pawl::cli
