#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/zone.h"
#include "cli/command_options.h"
#include "cli/terminal.h"

namespace {

// A failed check of our own reasoning has told what it found; the shell learns that the engine
// failed, as it would of any other failure.
extern "C" void end_failed(int) { std::_Exit(static_cast<int>(pawl::cli::Exit::failed)); }

}  // namespace

int main(int count, char** values) {
    std::signal(SIGABRT, end_failed);
    // A reader that has gone is seen where results are written, and ends the program quietly.
    std::signal(SIGPIPE, SIG_IGN);
    const char* zones = std::getenv("TZDIR");
    if (zones != nullptr && *zones != '\0') pawl::Zone::look_in(zones);

    const std::vector<std::string> words(values + (count > 0 ? 1 : 0), values + count);
    pawl::cli::DescriptorOutput out(STDOUT_FILENO);
    pawl::cli::DescriptorOutput err(STDERR_FILENO);
    pawl::cli::Terminal terminal{out, err};
    const pawl::cli::Exit exit = pawl::cli::run_command_line(words, terminal);
    out.flush();
    err.flush();
    return static_cast<int>(exit);
}
