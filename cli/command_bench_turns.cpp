#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "bench/turns/harness.h"
#include "bench/turns/ready.h"
#include "bench/turns/turns.h"
#include "cli/command_bench_parts.h"
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

// Of runs that wait: what the rate is counted over.
std::string rate_text(const bench::TurnsReport& report) {
    if (report.steady_seconds > 0)
        return line(" over the %.2f s in which both halves ran", report.steady_seconds);
    return " but for the time in which all waited (too few for a steady rate)";
}

std::string turns_text(const bench::TurnsReport& report, const std::optional<bench::Ready>& ready,
                       const bench::Pace& pace) {
    const bool is_paced = pace.per_second > 0;
    std::string text =
        line("runs          %llu in %.2f s: %.0f a second",
             static_cast<unsigned long long>(report.runs), report.seconds, report.runs_per_s);
    if (report.timer_late) text += rate_text(report);
    text += line(", %.1f a group\n", report.runs_per_group);
    text += line("acknowledged  after %.2f ms at the median, %.2f ms at p99", report.ack.p50,
                 report.ack.p99);
    text += is_paced ? line(" (%.0f events a second)\n", pace.per_second)
                     : line(" (%u in flight)\n", pace.in_flight);
    text += line("first step    after %.2f ms at the median, %.2f ms at p99\n",
                 report.first_step.p50, report.first_step.p99);
    if (report.timer_late) {
        text += line("fourth step   late by %.2f ms at the median, %.2f ms at p99\n",
                     report.timer_late->p50, report.timer_late->p99);
    }
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

std::string turns_json(const bench::TurnsReport& report, const std::optional<bench::Ready>& ready,
                       bool is_paced) {
    JsonWriter out;
    out.begin_object();
    integer(out, "runs", report.runs);
    number(out, "seconds", report.seconds);
    number(out, "runs_per_s", report.runs_per_s);
    percentiles(out, "ack_ms", report.ack);
    percentiles(out, "first_step_ms", report.first_step);
    if (report.timer_late) {
        number(out, "steady_seconds", report.steady_seconds);
        percentiles(out, "timer_late_ms", *report.timer_late);
    }
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
        .work = options.no_wait ? bench::Work::at_once : bench::Work::waits,
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
        Result<bench::Ready> measured = bench::measure_ready({.program = own_program(),
                                                              .book = bench::book_path(data.path()),
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
