#include "cli/progress.h"

#include <algorithm>
#include <string>

namespace pawl::cli {

namespace {

constexpr std::uint64_t bar_columns = 40;

}  // namespace

Progress::Progress(Terminal& terminal, std::uint64_t total)
    : terminal_(terminal),
      total_(terminal.err.is_terminal && !terminal.out.is_terminal ? total : 0) {}

Progress::~Progress() {
    if (!is_drawn_) return;
    terminal_.err.write("\r\x1b[K");
    terminal_.err.flush();
}

void Progress::show(std::uint64_t done) {
    if (total_ == 0) return;
    const std::uint64_t percent = std::min(done, total_) * 100 / total_;
    if (percent == percent_) return;
    percent_ = percent;
    is_drawn_ = true;
    const std::uint64_t filled = percent * bar_columns / 100;
    terminal_.err.write("\r[" + std::string(filled, '#') + std::string(bar_columns - filled, '.') +
                        "] " + std::to_string(percent) + " %");
    terminal_.err.flush();
}

}  // namespace pawl::cli
