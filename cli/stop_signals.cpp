#include "cli/stop_signals.h"

#include <array>
#include <cerrno>

#include "base/check.h"

namespace pawl::cli {

namespace {

constexpr std::array<int, 3> stopping = {SIGTERM, SIGINT, SIGHUP};

}  // namespace

StopSignals::StopSignals() {
    ::sigemptyset(&signals_);
    for (const int each : stopping) {
        struct ::sigaction now {};
        // What `nohup` or a shell has it ignore stays ignored; held back, it would be taken.
        const bool is_ignored = ::sigaction(each, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
        if (!is_ignored) ::sigaddset(&signals_, each);
    }
    PAWL_CHECK(::pthread_sigmask(SIG_BLOCK, &signals_, &before_) == 0);
}

StopSignals::~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<std::string> StopSignals::wait(std::chrono::seconds length) {
    ::timespec limit{};
    limit.tv_sec = length.count();
    const int came = ::sigtimedwait(&signals_, nullptr, &limit);
    if (came < 0) return std::nullopt;
    for (const int each : stopping) {
        if (::sigismember(&signals_, each) == 1) std::signal(each, SIG_DFL);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    if (came == SIGINT) return "SIGINT";
    return came == SIGHUP ? "SIGHUP" : "SIGTERM";
}

}  // namespace pawl::cli
