#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/process/process.h"

// `pawl serve` beside a test.

namespace pawl::process {

class Served {
 public:
    // Begins `pawl serve` with these words and `--listen 127.0.0.1:0`, in the workplace's folder,
    // and waits until it is ready. Throws, with what it said, when it ends instead.
    Served(const Workplace& place, const std::vector<std::string>& words);
    // Ends it at once, if it still runs.
    ~Served();
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    // "http://127.0.0.1:41234"
    const std::string& url() const { return url_; }
    // "127.0.0.1:41234"
    std::string address() const;

    // Sends the signal and waits until the process has ended; answers as Finished::exit.
    int end(int signal);

    // `pawl` with these words and this engine's URL in the environment.
    Finished pawl(const std::string& words) const;

 private:
    const Workplace& place_;
    pid_t process_ = -1;
    std::string url_;
};

}  // namespace pawl::process
