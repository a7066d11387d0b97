#pragma once

#include <cstdint>

#include "cli/terminal.h"

namespace pawl::cli {

// A bar on standard error while long work runs, where a person sits there and the results go
// elsewhere. Gone when the work is done.
class Progress {
 public:
    Progress(Terminal& terminal, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap to call often: draws only when the picture changes.
    void show(std::uint64_t done);

 private:
    Terminal& terminal_;
    std::uint64_t total_;
    std::uint64_t percent_ = 0;
    bool is_drawn_ = false;
};

}  // namespace pawl::cli
