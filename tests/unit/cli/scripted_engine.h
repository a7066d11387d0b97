#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Something that answers on a port of this machine what a test says: an engine, an engine in
// trouble, or no engine at all.

namespace pawl::cli {

class ScriptedEngine {
 public:
    // Gives the bytes of an answer, head and all, for a request as it came; the connection is then
    // closed.
    using Answer = std::function<std::string(const std::string& request)>;

    explicit ScriptedEngine(Answer answer);
    ~ScriptedEngine();
    ScriptedEngine(const ScriptedEngine&) = delete;
    ScriptedEngine& operator=(const ScriptedEngine&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::vector<std::string> requests() const;

 private:
    void serve();

    Answer answer_;
    int listener_ = -1;
    unsigned port_ = 0;
    mutable std::mutex requests_mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

// "HTTP/1.1 200 OK" and so on, with its length.
std::string http_answer(unsigned status, std::string_view body, std::string_view headers = "");
// What stands behind the blank line.
std::string body_of(const std::string& request);
std::string first_line_of(const std::string& request);

}  // namespace pawl::cli
