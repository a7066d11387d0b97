#include "cli/command_bench_parts.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace pawl::cli {

namespace fs = std::filesystem;

DataFolder::DataFolder(const std::string& named) : path_(named) {
    if (!named.empty()) return;
    std::string pattern = "pawl-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return;
    path_ = pattern;
    is_ours_ = true;
}

DataFolder::~DataFolder() {
    std::error_code problem;
    if (is_ours_) fs::remove_all(path_, problem);
}

std::string own_program() {
    std::error_code problem;
    return fs::read_symlink("/proc/self/exe", problem).string();
}

namespace {

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

std::string ready_text(const bench::Ready& ready) {
    return line("ready         %.1f ms cold, %.1f ms warm; %.1f MB of memory idle, store %.1f MB\n",
                ready.cold_ms, ready.warm_ms, megabytes(ready.idle_rss_bytes),
                megabytes(ready.store_bytes));
}

void percentiles(JsonWriter& out, std::string_view name, const bench::Percentiles& percentiles) {
    out.key(name);
    out.begin_object();
    out.key("p50");
    out.number(percentiles.p50);
    out.key("p99");
    out.number(percentiles.p99);
    out.end_object();
}

void number(JsonWriter& out, std::string_view name, double value) {
    out.key(name);
    out.number(value);
}

void integer(JsonWriter& out, std::string_view name, std::uint64_t value) {
    out.key(name);
    out.integer(static_cast<std::int64_t>(value));
}

void ready_members(JsonWriter& out, const bench::Ready& ready) {
    integer(out, "idle_rss_bytes", ready.idle_rss_bytes);
    number(out, "ready_ms", ready.cold_ms);
    number(out, "ready_warm_ms", ready.warm_ms);
    integer(out, "store_bytes", ready.store_bytes);
}

}  // namespace pawl::cli
