#include "bench/turns/ready.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "bench/turns/latencies.h"
#include "bench/turns/process_figures.h"

namespace pawl::bench {

namespace {

namespace fs = std::filesystem;

constexpr int start_seconds_max = 120;
constexpr auto settling = std::chrono::milliseconds(300);

struct Started {
    pid_t process = -1;
    int output = -1;
};

Result<Started> start(const ReadyOptions& options) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        return Error{.code = "serve", .message = "no pipe can be made"};
    std::vector<std::string> words = {options.program, "serve",    options.book,  "--data",
                                      options.data,    "--listen", "127.0.0.1:0", "--simulate",
                                      "--log-level",   "warn"};
    std::vector<char*> values;
    for (std::string& word : words) values.push_back(word.data());
    values.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    Started started{-1, pipe[0]};
    const int problem = ::posix_spawn(&started.process, options.program.c_str(), &actions, nullptr,
                                      values.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    if (problem == 0) return started;
    ::close(pipe[0]);
    return Error{.code = "serve", .message = options.program + " cannot be started"};
}

// True when the line came; false when the output ended, or nothing came for too long.
bool wait_until_listening(int output) {
    std::string said;
    pollfd ready{.fd = output, .events = POLLIN, .revents = 0};
    while (said.find("\"listening\"") == std::string::npos) {
        if (::poll(&ready, 1, start_seconds_max * 1'000) <= 0) return false;
        std::array<char, 512> buffer;
        const ssize_t count = ::read(output, buffer.data(), buffer.size());
        if (count <= 0) return false;
        said.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return true;
}

// The kernel drops what it holds of a file once that is on disk.
void forget_files(const std::string& folder) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ::fdatasync(file);
        ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        ::close(file);
    }
}

Result<double> start_once(const ReadyOptions& options, std::uint64_t& resident) {
    const Clock::time_point begin = Clock::now();
    Result<Started> started = start(options);
    if (!started) return started.error();
    const bool is_ready = wait_until_listening(started->output);
    const double milliseconds = seconds_since(begin) * 1'000;
    if (is_ready) {
        std::this_thread::sleep_for(settling);
        resident = resident_bytes(started->process);
    }
    ::kill(started->process, SIGTERM);
    int status = 0;
    ::waitpid(started->process, &status, 0);
    ::close(started->output);
    if (!is_ready) return Error{.code = "serve", .message = "`pawl serve` did not begin to listen"};
    return milliseconds;
}

}  // namespace

Result<Ready> measure_ready(const ReadyOptions& options) {
    Ready ready;
    for (const fs::directory_entry& entry : fs::directory_iterator(options.data)) {
        if (entry.is_regular_file()) ready.store_bytes += entry.file_size();
    }
    std::vector<double> cold;
    std::vector<double> warm;
    std::vector<double> resident;
    for (unsigned round = 0; round < options.rounds; ++round) {
        forget_files(options.data);
        for (std::vector<double>* times : {&cold, &warm}) {
            std::uint64_t bytes = 0;
            Result<double> milliseconds = start_once(options, bytes);
            if (!milliseconds) return milliseconds.error();
            times->push_back(*milliseconds);
            resident.push_back(static_cast<double>(bytes));
        }
    }
    ready.cold_ms = median(cold);
    ready.warm_ms = median(warm);
    ready.idle_rss_bytes = static_cast<std::uint64_t>(median(resident));
    return ready;
}

}  // namespace pawl::bench
