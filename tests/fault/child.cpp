#include "tests/fault/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace pawl::fault {

Child::Child(const std::vector<std::string>& words) {
    // A child that has gone must not end who writes to it.
    ::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> to{}, from{};
    PAWL_CHECK(::pipe2(to.data(), O_CLOEXEC) == 0);
    PAWL_CHECK(::pipe2(from.data(), O_CLOEXEC) == 0);
    std::vector<const char*> arguments = {PAWL_FAULT_ENGINE};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    PAWL_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        ::dup2(to[0], 0);
        ::dup2(from[1], 1);
        ::signal(SIGPIPE, SIG_DFL);
        ::execv(arguments[0], const_cast<char* const*>(arguments.data()));
        ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    output_ = from[0];
}

Child::~Child() {
    if (pid_ >= 0) {
        kill();
        wait();
    }
    end_input();
    ::close(output_);
}

bool Child::send(const std::string& line) {
    const std::string whole = line + "\n";
    std::size_t sent = 0;
    while (sent < whole.size()) {
        const ssize_t count = ::write(input_, whole.data() + sent, whole.size() - sent);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

void Child::end_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
}

std::optional<std::string> Child::read_line() {
    for (;;) {
        const std::size_t end = read_.find('\n', read_from_);
        if (end != std::string::npos) {
            std::string line = read_.substr(read_from_, end - read_from_);
            read_from_ = end + 1;
            return line;
        }
        read_.erase(0, read_from_);
        read_from_ = 0;
        std::array<char, 65'536> piece{};
        const ssize_t count = ::read(output_, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        read_.append(piece.data(), static_cast<std::size_t>(count));
    }
}

void Child::kill() { ::kill(pid_, SIGKILL); }

int Child::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace pawl::fault
