#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <catch2/catch.hpp>

// A client that sends the bytes it is told to and reads one answer after the other.

namespace pawl::server {

struct Answer {
    int status = 0;  // 0: the connection was closed before an answer
    std::map<std::string, std::string> headers;
    std::string body;
    bool is_whole = false;
};

class Client {
 public:
    // `receive_bytes`: of the system's buffer, where it is not to be large. `patience_seconds`: for
    // the next bytes, so that a mistake fails and does not hang.
    explicit Client(std::uint16_t port, int receive_bytes = 0, int patience_seconds = 20)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        REQUIRE(socket_ >= 0);
        if (receive_bytes != 0)
            setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        const timeval limit{patience_seconds, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(socket_); }

    // Answers whether the other side still took it.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    Answer read(bool is_head = false) {
        Answer answer;
        std::size_t end = 0;
        while ((end = bytes_.find("\r\n\r\n")) == std::string::npos)
            if (!receive()) return answer;
        parse_head(bytes_.substr(0, end), answer);
        bytes_.erase(0, end + 4);
        if (is_head || answer.status == 204 || answer.status == 100) {
            answer.is_whole = true;
        } else if (answer.headers.count("content-length") != 0) {
            const std::size_t length = std::stoul(answer.headers["content-length"]);
            answer.is_whole = fill(length);
            answer.body = take(length);
        } else if (answer.headers["transfer-encoding"] == "chunked") {
            answer.is_whole = read_chunks(answer.body);
        } else {
            while (receive()) {
            }
            answer.body = std::move(bytes_);
            answer.is_whole = true;
        }
        return answer;
    }

    Answer ask(std::string_view request, bool is_head = false) {
        REQUIRE(send(request));
        return read(is_head);
    }

    // Whether the other side closes, with nothing more to say.
    bool is_closed() { return bytes_.empty() && !receive(); }

 private:
    bool receive() {
        char buffer[16'384];
        const ssize_t received = ::recv(socket_, buffer, sizeof buffer, 0);
        if (received <= 0) return false;
        bytes_.append(buffer, static_cast<std::size_t>(received));
        return true;
    }
    bool fill(std::size_t length) {
        while (bytes_.size() < length)
            if (!receive()) return false;
        return true;
    }
    std::string take(std::size_t length) {
        std::string taken = bytes_.substr(0, length);
        bytes_.erase(0, length);
        return taken;
    }
    bool read_chunks(std::string& body) {
        while (true) {
            std::size_t end = 0;
            while ((end = bytes_.find("\r\n")) == std::string::npos)
                if (!receive()) return false;
            const std::size_t length = std::stoul(bytes_.substr(0, end), nullptr, 16);
            bytes_.erase(0, end + 2);
            if (!fill(length + 2)) return false;
            body += take(length);
            take(2);
            if (length == 0) return true;
        }
    }
    static void parse_head(const std::string& head, Answer& answer) {
        answer.status = std::stoi(head.substr(9, 3));
        std::size_t at = head.find("\r\n");
        while (at != std::string::npos) {
            const std::size_t begin = at + 2;
            at = head.find("\r\n", begin);
            const std::string line = head.substr(begin, at - begin);
            const std::size_t colon = line.find(": ");
            std::string name = line.substr(0, colon);
            for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
            answer.headers[name] = line.substr(colon + 2);
        }
    }

    int socket_;
    std::string bytes_;
};

inline std::string get(std::string_view target, std::string_view headers = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
           std::string(headers) + "\r\n";
}

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view headers = {}) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
           std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

}  // namespace pawl::server
