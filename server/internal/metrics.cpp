#include "server/internal/metrics.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include <unistd.h>

#include "base/json.h"

namespace pawl::server::internal {

namespace {

class MetricsText {
 public:
    void about(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ += "# HELP ";
        out_ += name;
        out_ += ' ';
        out_ += help;
        out_ += "\n# TYPE ";
        out_ += name;
        out_ += ' ';
        out_ += type;
        out_ += '\n';
    }
    // `labels` are our own words; none needs escaping.
    void value(double number, std::string_view labels = {}, std::string_view suffix = {}) {
        out_ += name_;
        out_ += suffix;
        if (!labels.empty()) {
            out_ += '{';
            out_ += labels;
            out_ += '}';
        }
        out_ += ' ';
        append_json_number(out_, number);
        out_ += '\n';
    }
    void count(std::uint64_t number, std::string_view labels = {}, std::string_view suffix = {}) {
        value(static_cast<double>(number), labels, suffix);
    }
    void one(std::string_view name, std::string_view type, std::string_view help, double number) {
        about(name, type, help);
        value(number);
    }
    std::string take() { return std::move(out_); }

 private:
    std::string out_;
    std::string_view name_;
};

// `le` of each bound of a histogram, the last one without.
template <std::size_t count>
void tell_histogram(MetricsText& out, const std::array<double, count>& bounds,
                    const std::array<std::uint64_t, count + 1>& within, double sum,
                    const std::string& labels = {}) {
    const std::string before = labels.empty() ? "" : labels + ",";
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i <= count; ++i) {
        so_far += within[i];
        std::string bound = "+Inf";
        if (i < count) {
            bound.clear();
            append_json_number(bound, bounds[i]);
        }
        out.count(so_far, before + "le=\"" + bound + "\"", "_bucket");
    }
    out.value(sum, labels, "_sum");
    out.count(so_far, labels, "_count");
}

void tell_time(MetricsText& out, const engine::RuntimeStats& stats) {
    out.one("pawl_due_turns_total", "counter", "Turns of timers, dates and clocks.",
            static_cast<double>(stats.due_turns));
    out.about("pawl_due_late_seconds", "histogram",
              "From when a timer, a date or a clock was due to its turn.");
    tell_histogram(out, engine::lateness_bounds, stats.lateness.within, stats.lateness.seconds);
    out.one("pawl_clock_held", "gauge",
            "1 while the machine's clock is not believed since it jumped.",
            stats.clock_jump_micros ? 1 : 0);
    out.one("pawl_clock_jump_seconds", "gauge",
            "How far the machine's clock is ahead of the time the engine goes by.",
            static_cast<double>(stats.clock_jump_micros.value_or(0)) / 1e6);
}

void tell_engine(MetricsText& out, const engine::RuntimeStats& stats) {
    out.about("pawl_events_total", "counter", "Inputs answered, by what became of them.");
    out.count(stats.accepted, "status=\"accepted\"");
    out.count(stats.duplicates, "status=\"duplicate\"");
    out.count(stats.conflicts, "status=\"conflict\"");
    out.count(stats.refused, "status=\"refused\"");
    const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t number) {
        out.one(name, "counter", help, static_cast<double>(number));
    };
    counter("pawl_turns_total", "Inputs processed.", stats.turns);
    counter("pawl_turns_refused_total", "Inputs that were taken in and refused by their turn.",
            stats.turns_refused);
    counter("pawl_runs_total", "Runs begun.", stats.runs);
    counter("pawl_runs_failed_total", "Runs that failed.", stats.runs_failed);
    counter("pawl_inputs_parked_total", "Inputs set aside since they stopped the engine.",
            stats.parked);
    counter("pawl_due_parked_total", "What was due and was set aside since it stopped the engine.",
            stats.due_parked);
    counter("pawl_commits_total", "Groups committed.", stats.commits);
    counter("pawl_commit_failures_total", "Groups whose commit failed.", stats.commit_failures);
    out.one("pawl_commit_seconds_total", "counter", "Time spent in commits.", stats.commit_seconds);
    counter("pawl_tidying_failures_total", "Times the store could not be tidied up.",
            stats.tidying_failures);
    const auto gauge = [&](std::string_view name, std::string_view help, std::size_t number) {
        out.one(name, "gauge", help, static_cast<double>(number));
    };
    gauge("pawl_inputs_queued", "Inputs taken and not yet on disk.", stats.queued);
    gauge("pawl_inputs_backlog", "Inputs on disk whose turn is still to come.", stats.backlog);
    gauge("pawl_waiting_for_disk", "1 while nothing can be kept.",
          stats.is_waiting_for_disk ? 1 : 0);
    tell_time(out, stats);
}

}  // namespace

void Metrics::count_request(Route route, unsigned status) {
    auto& counts = requests_[static_cast<std::size_t>(route)];
    for (auto& [code, count] : counts) {
        if (code == status) {
            ++count;
            return;
        }
    }
    counts.emplace_back(status, 1);
}

void Metrics::observe_events_request(std::chrono::steady_clock::duration taken) {
    const double seconds = std::chrono::duration<double>(taken).count();
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), seconds);
    ++within_[static_cast<std::size_t>(bound - bounds.begin())];
    taken_ += taken;
}

std::string Metrics::text(const Gauges& gauges) const {
    MetricsText out;
    out.about("pawl_build_info", "gauge", "The version of this program.");
    out.value(1, "version=\"" PAWL_VERSION "\"");
    tell_engine(out, gauges.engine);

    out.about("pawl_http_requests_total", "counter", "Requests answered, by route and status.");
    for (std::size_t i = 0; i < route_count; ++i) {
        auto counts = requests_[i];
        std::sort(counts.begin(), counts.end());
        for (const auto& [status, count] : counts) {
            out.count(count, "route=\"" + std::string(route_text(static_cast<Route>(i))) +
                                 "\",code=\"" + std::to_string(status) + "\"");
        }
    }
    out.about("pawl_http_request_seconds", "histogram",
              "From the whole request to its answer, by route.");
    const std::string route = "route=\"" + std::string(route_text(Route::events)) + "\"";
    tell_histogram(out, bounds, within_, std::chrono::duration<double>(taken_).count(), route);

    out.one("pawl_http_connections", "gauge", "Connections that are open.",
            static_cast<double>(gauges.connections));
    out.one("pawl_http_connections_refused_total", "counter",
            "Connections closed at once since there were too many.",
            static_cast<double>(refused_connections_));
    out.one("pawl_http_requests_in_flight", "gauge", "Requests that wait for their answer.",
            static_cast<double>(gauges.requests_in_flight));
    out.one("pawl_reads_queued", "gauge", "Lists and exports that wait for a read thread.",
            static_cast<double>(gauges.reads_queued));
    if (gauges.store_bytes) {
        out.one("pawl_store_bytes", "gauge", "Bytes of the store and its log on disk.",
                static_cast<double>(*gauges.store_bytes));
    }
    if (const std::optional<std::uint64_t> bytes = resident_bytes()) {
        out.one("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                static_cast<double>(*bytes));
    }
    return out.take();
}

std::optional<std::uint64_t> resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t pages = 0, resident_pages = 0;
    const long page_bytes = sysconf(_SC_PAGESIZE);
    if (!(file >> pages >> resident_pages) || page_bytes <= 0) return std::nullopt;
    return resident_pages * static_cast<std::uint64_t>(page_bytes);
}

}  // namespace pawl::server::internal
