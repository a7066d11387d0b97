#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

// A process that is talked to through its standard input and output, line by line, and killed.

namespace pawl::fault {

class Child {
 public:
    // `fault_engine` with these words.
    explicit Child(const std::vector<std::string>& words);
    // Kills it, if it still runs.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // False when it has gone. Short enough for the pipe, which nobody may be reading.
    bool send(const std::string& line);
    // No more is sent.
    void end_input();
    // The next line it says; nothing when it has gone and all is read.
    std::optional<std::string> read_line();
    void kill();
    // Its end: the exit code, or 128 + n when signal n ended it. What it says is lost.
    int wait();

 private:
    pid_t pid_ = -1;
    int input_ = -1, output_ = -1;
    std::string read_;
    std::size_t read_from_ = 0;
};

}  // namespace pawl::fault
