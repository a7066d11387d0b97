#pragma once

#include <string>
#include <string_view>
#include <vector>

// Runs the built program and looks at what it did.

namespace pawl::process {

struct Finished {
    int exit = -1;  // 128 + n when a signal n ended it
    std::string out;
    std::string err;
};

// A folder that is gone with the object. Programs started by `run` begin in it.
class Workplace {
 public:
    Workplace();
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    const std::string& path() const { return path_; }

    // Writes a file below the folder, with the folders on its way.
    void write(const std::string& relative_path, std::string_view text) const;
    std::string read(const std::string& relative_path) const;
    bool has(const std::string& relative_path) const;

    // `pawl` with these words.
    Finished pawl(const std::vector<std::string>& words, std::string_view input = "") const;
    // A shell script; `pawl` is in its path.
    Finished shell(const std::string& script, std::string_view input = "") const;

 private:
    Finished run(const std::vector<std::string>& words, std::string_view input) const;

    std::string path_;
};

}  // namespace pawl::process
