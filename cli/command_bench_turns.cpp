#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "base/json.h"
#include "base/text.h"
#include "bench/turns/ready.h"
#include "bench/turns/turns.h"
#include "cli/command_options.h"
#include "cli/load_rulebook.h"
#include "cli/progress.h"

namespace pawl::cli {

namespace {

namespace fs = std::filesystem;

// Connections that a server takes by default (server.h).
constexpr std::uint32_t connections_max = 1'000;
// Fewer records than a group has turns would be written less often than once a turn.
constexpr std::uint64_t accounts_min = 100;

// The folder that was named, or one of our own that is gone with the object.
class DataFolder {
 public:
    explicit DataFolder(const std::string& named) : path_(named) {
        if (!named.empty()) return;
        std::string pattern = "pawl-bench-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) return;
        path_ = pattern;
        is_ours_ = true;
    }
    ~DataFolder() {
        std::error_code problem;
        if (is_ours_) fs::remove_all(path_, problem);
    }
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;

    const std::string& path() const { return path_; }  // empty: none can be made

 private:
    std::string path_;
    bool is_ours_ = false;
};

// The file of the program that runs.
std::string own_program() {
    std::error_code problem;
    return fs::read_symlink("/proc/self/exe", problem).string();
}

template <class... Values>
std::string line(const char* format, Values... values) {
    std::array<char, 240> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

std::string ready_text(const bench::Ready& ready) {
    return line("ready         %.1f ms cold, %.1f ms warm; %.1f MB of memory idle, store %.1f MB\n",
                ready.cold_ms, ready.warm_ms, megabytes(ready.idle_rss_bytes),
                megabytes(ready.store_bytes));
}

std::string turns_text(const bench::TurnsReport& report, const std::optional<bench::Ready>& ready,
                       const bench::Pace& pace) {
    const bool is_paced = pace.per_second > 0;
    std::string text =
        line("runs          %llu in %.2f s: %.0f a second, %.1f a group\n",
             static_cast<unsigned long long>(report.runs), report.seconds,
             static_cast<double>(report.runs) / report.seconds, report.runs_per_group);
    text += line("acknowledged  after %.2f ms at the median, %.2f ms at p99", report.ack.p50,
                 report.ack.p99);
    text += is_paced ? line(" (%.0f events a second)\n", pace.per_second)
                     : line(" (%u in flight)\n", pace.in_flight);
    text +=
        line("raw SQLite    %.0f rows a second, a group in %.2f ms, p99 %.2f ms",
             report.yardstick_rows_per_s, report.yardstick_commit.p50, report.yardstick_commit.p99);
    text += is_paced ? "\n"
                     : line("; ratio %.2f (%.2f to %.2f)\n", report.ratio, report.ratio_least,
                            report.ratio_most);
    if (report.bare_http_per_s) {
        text += line("bare epoll    %.0f answers a second; ratio %.2f\n", *report.bare_http_per_s,
                     *report.http_ratio);
    }
    text += line("disk          %.1f rows a run, %.0f bytes kept, %.0f written\n",
                 report.rows_per_run, report.growth_bytes_per_run, report.written_bytes_per_run);
    if (ready) text += ready_text(*ready);
    return text + line("recount       %llu lost, %llu doubled\n",
                       static_cast<unsigned long long>(report.lost),
                       static_cast<unsigned long long>(report.doubled));
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

std::string turns_json(const bench::TurnsReport& report, const std::optional<bench::Ready>& ready,
                       bool is_paced) {
    JsonWriter out;
    out.begin_object();
    integer(out, "runs", report.runs);
    number(out, "seconds", report.seconds);
    number(out, "runs_per_s", static_cast<double>(report.runs) / report.seconds);
    percentiles(out, "ack_ms", report.ack);
    number(out, "runs_per_group", report.runs_per_group);
    number(out, "growth_bytes_per_run", report.growth_bytes_per_run);
    number(out, "written_bytes_per_run", report.written_bytes_per_run);
    number(out, "yardstick_rows_per_s", report.yardstick_rows_per_s);
    percentiles(out, "yardstick_commit_ms", report.yardstick_commit);
    number(out, "rows_per_run", report.rows_per_run);
    if (!is_paced) {
        number(out, "ratio", report.ratio);
        number(out, "ratio_least", report.ratio_least);
        number(out, "ratio_most", report.ratio_most);
    }
    if (report.bare_http_per_s) {
        number(out, "bare_http_per_s", *report.bare_http_per_s);
        number(out, "http_ratio", *report.http_ratio);
    }
    integer(out, "lost", report.lost);
    integer(out, "doubled", report.doubled);
    if (ready) ready_members(out, *ready);
    out.end_object();
    return out.take() + "\n";
}

std::string problem_of(const BenchTurnsOptions& options) {
    if (options.runs == 0) return "`--runs` begins at 1";
    if (options.in_flight == 0) return "`--in-flight` begins at 1";
    if (options.through != "core" && options.through != "http")
        return "`--through` is `core` or `http`, not " + quote_for_message(options.through);
    if (options.through == "http" && options.in_flight > connections_max)
        return "`--in-flight` is at most " + std::to_string(connections_max) + " through http";
    if (options.accounts < accounts_min)
        return "`--accounts` begins at " + std::to_string(accounts_min);
    if (options.rate < 0) return "`--rate` is above 0";
    return "";
}

}  // namespace

Exit bench_turns(const BenchTurnsOptions& options, Terminal& terminal) {
    if (const std::string problem = problem_of(options); !problem.empty())
        return refuse(terminal, Exit::usage, problem);
    const DataFolder data(options.data);
    if (data.path().empty()) {
        return refuse(terminal, Exit::usage,
                      "no folder can be made here; name one on the disk with `--data`");
    }
    const bool is_http = options.through == "http";
    const bench::TurnsOptions asked{
        .runs = options.runs,
        .pace = {.in_flight = options.in_flight, .per_second = options.rate},
        .through = is_http ? bench::Through::http : bench::Through::core,
        .accounts = options.accounts,
        .data = data.path()};
    Result<bench::TurnsReport> report = [&] {
        Progress progress(terminal, options.runs);
        return bench::measure_turns(asked, [&](std::uint64_t done) { progress.show(done); });
    }();
    if (!report) {
        const bool is_folder = report.error().code == "exists";
        return refuse(terminal, is_folder ? Exit::usage : Exit::failed, report.error().message);
    }
    std::optional<bench::Ready> ready;
    if (options.ready_rounds > 0) {
        Result<bench::Ready> measured =
            bench::measure_ready({.program = own_program(),
                                  .book = bench::turns_book_path(data.path()),
                                  .data = data.path(),
                                  .rounds = options.ready_rounds});
        if (!measured) return refuse(terminal, Exit::failed, measured.error().message);
        ready = *measured;
    }
    terminal.out.write(options.json ? turns_json(*report, ready, options.rate > 0)
                                    : turns_text(*report, ready, asked.pace));
    if (report->lost == 0 && report->doubled == 0) return Exit::done;
    return refuse(terminal, Exit::failed,
                  "the store does not hold what was acknowledged: " +
                      counted(report->lost, "event is", "events are") + " lost, " +
                      std::to_string(report->doubled) + " there twice");
}

Exit bench_ready(const BenchReadyOptions& options, Terminal& terminal) {
    if (!fs::is_directory(options.data)) {
        return refuse(terminal, Exit::usage,
                      quote_for_message(options.data, 200) + " is no data folder");
    }
    const Result<bench::Ready> ready = bench::measure_ready({.program = own_program(),
                                                             .book = options.book,
                                                             .data = options.data,
                                                             .rounds = options.rounds});
    if (!ready) return refuse(terminal, Exit::failed, ready.error().message);
    if (!options.json) {
        terminal.out.write(ready_text(*ready));
        return Exit::done;
    }
    JsonWriter out;
    out.begin_object();
    ready_members(out, *ready);
    out.end_object();
    terminal.out.write(out.take() + "\n");
    return Exit::done;
}

}  // namespace pawl::cli
