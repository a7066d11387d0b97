#include "tests/process/served.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace pawl::process {

namespace {

// How long a process that does not hang may take on a machine that has much else to do.
constexpr int patience_milliseconds = 30'000;

// The first line that comes, without its break; what came until the end, if none does.
std::string read_line(int descriptor) {
    std::string line;
    for (;;) {
        ::pollfd waited{descriptor, POLLIN, 0};
        if (::poll(&waited, 1, patience_milliseconds) <= 0) return line;
        char letter = 0;
        if (::read(descriptor, &letter, 1) != 1 || letter == '\n') return line;
        line.push_back(letter);
    }
}

int wait_for(pid_t process) {
    int status = 0;
    ::waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The child's part. Its descriptors but the pipe's are the workplace's.
[[noreturn]] void become_served(const Workplace& place, const std::vector<std::string>& words,
                                int out) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int in = ::open("/dev/null", O_RDONLY);
    const std::string errors = place.path() + "/serve.err";
    const int err = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const bool is_ready = in >= 0 && err >= 0 && ::dup2(in, STDIN_FILENO) >= 0 &&
                          ::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(err, STDERR_FILENO) >= 0 &&
                          ::chdir(place.path().c_str()) == 0;
    if (is_ready) ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

Served::Served(const Workplace& place, const std::vector<std::string>& words) : place_(place) {
    std::vector<std::string> all = {PAWL_PROGRAM, "serve"};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--listen", "127.0.0.1:0"});
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) become_served(place, all, ends[1]);
    ::close(ends[1]);
    const std::string line = read_line(ends[0]);
    ::close(ends[0]);
    const std::string start = R"({"listening":")";
    if (line.starts_with(start) && line.ends_with("\"}")) {
        url_ = "http://" + line.substr(start.size(), line.size() - start.size() - 2);
        return;
    }
    ::kill(process_, SIGKILL);
    throw std::runtime_error("pawl serve ended with " + std::to_string(wait_for(process_)) + ": " +
                             line + place.read("serve.err"));
}

Served::~Served() {
    if (process_ > 0) end(SIGKILL);
}

std::string Served::address() const { return url_.substr(std::string("http://").size()); }

int Served::end(int signal) {
    ::kill(process_, signal);
    const int exit = wait_for(process_);
    process_ = -1;
    return exit;
}

Finished Served::pawl(const std::string& words) const {
    return place_.shell("PAWL_URL=" + url_ + " pawl " + words);
}

}  // namespace pawl::process
