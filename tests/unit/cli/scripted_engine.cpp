#include "scripted_engine.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace pawl::cli {

namespace {

constexpr std::string_view blank_line = "\r\n\r\n";

bool is_whole(const std::string& request) {
    const std::size_t head = request.find(blank_line);
    if (head == std::string::npos) return false;
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t length = request.find(name);
    if (length == std::string::npos || length > head) return true;
    const auto bytes = std::strtoul(request.c_str() + length + name.size(), nullptr, 10);
    return request.size() >= head + blank_line.size() + bytes;
}

std::string read_request(int connection) {
    std::string request;
    std::array<char, 65'536> room{};
    while (!is_whole(request)) {
        const ssize_t count = ::recv(connection, room.data(), room.size(), 0);
        if (count <= 0) break;
        request.append(room.data(), static_cast<std::size_t>(count));
    }
    return request;
}

void write_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

ScriptedEngine::ScriptedEngine(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof address;
    auto* const general = reinterpret_cast<::sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, general, size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, general, &size) != 0) {
        throw std::runtime_error("no port");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

ScriptedEngine::~ScriptedEngine() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    ::close(listener_);
}

std::vector<std::string> ScriptedEngine::requests() const {
    const std::lock_guard lock(requests_mutex_);
    return requests_;
}

void ScriptedEngine::serve() {
    for (;;) {
        const int connection = ::accept(listener_, nullptr, nullptr);
        if (connection < 0) return;
        const std::string request = read_request(connection);
        {
            const std::lock_guard lock(requests_mutex_);
            requests_.push_back(request);
        }
        write_all(connection, answer_(request));
        ::close(connection);
    }
}

std::string http_answer(unsigned status, std::string_view body, std::string_view headers) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(headers) +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           std::string(blank_line) + std::string(body);
}

std::string body_of(const std::string& request) {
    const std::size_t head = request.find(blank_line);
    return head == std::string::npos ? "" : request.substr(head + blank_line.size());
}

std::string first_line_of(const std::string& request) {
    return request.substr(0, request.find("\r\n"));
}

}  // namespace pawl::cli
