#include "bench/turns/process_figures.h"

#include <fstream>
#include <string>

namespace pawl::bench {

namespace {

// The number behind `name` in a file of /proc.
std::uint64_t number_of(const std::string& path, const std::string& name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
    }
    return 0;
}

}  // namespace

std::uint64_t written_bytes() { return number_of("/proc/self/io", "write_bytes:"); }

std::uint64_t resident_bytes(pid_t process) {
    return number_of("/proc/" + std::to_string(process) + "/status", "VmRSS:") * 1'024;
}

}  // namespace pawl::bench
