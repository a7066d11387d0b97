#include <string>

#include "base/json.h"
#include "base/text.h"
#include "bench/timers/timers.h"
#include "cli/command_bench_parts.h"
#include "cli/command_options.h"
#include "cli/load_rulebook.h"
#include "cli/progress.h"

namespace pawl::cli {

namespace {

// A storm larger than this cannot be named by what one second has in microseconds.
constexpr std::uint64_t storm_max = 1'000'000;
constexpr std::uint64_t pending_max = 100'000'000;

using Count = unsigned long long;

std::string timers_text(const bench::TimersReport& report, bool is_ready_told) {
    std::string text =
        line("timers        %llu put in at %.0f a second, %.0f bytes each\n",
             static_cast<Count>(report.pending), report.insert_per_s, report.bytes_per_timer);
    text += line("runs          %llu that wait, started at %.0f a second, %.0f bytes each\n",
                 static_cast<Count>(report.runs), report.runs_insert_per_s, report.bytes_per_run);
    if (is_ready_told) text += ready_text(report.ready);
    text += line("first event   on disk %.1f ms after the store was opened\n", report.first_ack_ms);
    text += line("lateness      %.2f ms at the median, %.2f ms at p99, of %llu runs in a second\n",
                 report.late.p50, report.late.p99, static_cast<Count>(report.late_runs));
    text +=
        line("storm         %llu runs due in one second were done after %.2f s: %.0f a second\n",
             static_cast<Count>(report.storm), report.storm_seconds,
             static_cast<double>(report.storm) / report.storm_seconds);
    text += line(
        "acknowledged  after %.2f ms at the median, %.2f ms at p99 meanwhile (50 events a "
        "second, %llu)\n",
        report.storm_ack.p50, report.storm_ack.p99, static_cast<Count>(report.storm_acks));
    return text + line("recount       %llu lost, %llu doubled\n", static_cast<Count>(report.lost),
                       static_cast<Count>(report.doubled));
}

std::string timers_json(const bench::TimersReport& report, bool is_ready_told) {
    JsonWriter out;
    out.begin_object();
    integer(out, "pending", report.pending);
    number(out, "insert_per_s", report.insert_per_s);
    number(out, "bytes_per_timer", report.bytes_per_timer);
    integer(out, "runs", report.runs);
    number(out, "runs_insert_per_s", report.runs_insert_per_s);
    number(out, "bytes_per_run", report.bytes_per_run);
    if (is_ready_told) {
        integer(out, "rss_bytes", report.ready.idle_rss_bytes);
        number(out, "ready_ms", report.ready.cold_ms);
        number(out, "ready_warm_ms", report.ready.warm_ms);
        integer(out, "store_bytes", report.ready.store_bytes);
    }
    number(out, "first_ack_ms", report.first_ack_ms);
    integer(out, "late_runs", report.late_runs);
    percentiles(out, "late_ms", report.late);
    integer(out, "due_in_one_second", report.storm);
    number(out, "storm_seconds", report.storm_seconds);
    integer(out, "acks_during_storm", report.storm_acks);
    percentiles(out, "ack_ms_during_storm", report.storm_ack);
    integer(out, "lost", report.lost);
    integer(out, "doubled", report.doubled);
    out.end_object();
    return out.take() + "\n";
}

std::string problem_of(const BenchTimersOptions& options) {
    if (options.pending == 0 || options.pending > pending_max)
        return "`--pending` is from 1 to " + std::to_string(pending_max);
    if (options.due_in_one_second == 0 || options.due_in_one_second > storm_max)
        return "`--due-in-one-second` is from 1 to " + std::to_string(storm_max);
    return "";
}

}  // namespace

Exit bench_timers(const BenchTimersOptions& options, Terminal& terminal) {
    if (const std::string problem = problem_of(options); !problem.empty())
        return refuse(terminal, Exit::usage, problem);
    const DataFolder data(options.data);
    if (data.path().empty()) {
        return refuse(terminal, Exit::usage,
                      "no folder can be made here; name one on the disk with `--data`");
    }
    const Result<bench::TimersReport> report = [&] {
        Progress progress(terminal, options.pending + options.due_in_one_second);
        return bench::measure_timers({.pending = options.pending,
                                      .storm = options.due_in_one_second,
                                      .data = data.path(),
                                      .program = own_program(),
                                      .ready_rounds = options.ready_rounds},
                                     [&](std::uint64_t done) { progress.show(done); });
    }();
    if (!report) {
        const bool is_folder = report.error().code == "exists";
        return refuse(terminal, is_folder ? Exit::usage : Exit::failed, report.error().message);
    }
    const bool is_ready_told = options.ready_rounds > 0;
    terminal.out.write(options.json ? timers_json(*report, is_ready_told)
                                    : timers_text(*report, is_ready_told));
    if (report->lost == 0 && report->doubled == 0) return Exit::done;
    return refuse(terminal, Exit::failed,
                  "the store does not hold what was set: " +
                      counted(report->lost, "timer or run is", "timers or runs are") + " lost, " +
                      std::to_string(report->doubled) + " there twice");
}

}  // namespace pawl::cli
