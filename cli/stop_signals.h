#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

// SIGTERM, SIGINT and SIGHUP as something to wait for. To be made before any thread is begun: they
// are held back in all threads, and the first is taken by `wait`.

namespace pawl::cli {

class StopSignals {
 public:
    StopSignals();
    // The signals act as they did before.
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    // Until one comes, `length` at most; answers its name, or nothing. From then on one more ends
    // the process at once: whoever asks twice does not want to wait.
    std::optional<std::string> wait(std::chrono::seconds length);

 private:
    ::sigset_t signals_, before_;
};

}  // namespace pawl::cli
