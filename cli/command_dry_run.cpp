#include <algorithm>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "cli/moments.h"
#include "cli/progress.h"
#include "cli/unknown_zones.h"
#include "engine/happening_json.h"
#include "simulation/dry_run.h"
#include "simulation/timeline.h"

namespace pawl::cli {

namespace {

constexpr std::size_t state_bytes_max = 64u << 20;

Result<simulation::DryRunOptions> read_times(const DryRunOptions& options, const Zone& zone) {
    simulation::DryRunOptions result;
    result.trace_false_conditions = options.all;
    const std::string time = "a time such as 2026-03-02T09:00";
    if (!options.from.empty()) {
        result.from = parse_moment(options.from, zone);
        if (!result.from) return wrong_option("--from", options.from, time);
    }
    if (options.until.empty()) return result;
    result.until = parse_moment(options.until, zone);
    if (result.until) return result;
    result.until_after = parse_duration(options.until);
    if (!result.until_after || !zone.add(Instant{}, *result.until_after) ||
        *zone.add(Instant{}, *result.until_after) < Instant{}) {
        return wrong_option("--until", options.until, time + " or a length such as 30d or 8mo");
    }
    return result;
}

// Tells another watcher everything, and a person how far it is.
class Watched : public simulation::Watcher {
 public:
    Watched(simulation::Watcher& inner, std::istream& events, Progress& progress)
        : inner_(inner), events_(events), progress_(progress) {}

    void turn_begins(const simulation::Turn& turn) override {
        constexpr std::uint64_t turns_between = 256;
        if (++turns_ % turns_between == 0 && events_.good()) {
            progress_.show(
                static_cast<std::uint64_t>(std::max<std::streamoff>(0, events_.tellg())));
        }
        inner_.turn_begins(turn);
    }

    void happened(const engine::Happening& happening, std::uint64_t line,
                  rules::Records& records) override {
        inner_.happened(happening, line, records);
    }

 private:
    simulation::Watcher& inner_;
    std::istream& events_;
    Progress& progress_;
    std::uint64_t turns_ = 0;
};

class JsonLines : public simulation::Watcher {
 public:
    JsonLines(const rules::Program& program, Output& out) : program_(program), out_(out) {}

    void turn_begins(const simulation::Turn&) override {}

    void happened(const engine::Happening& happening, std::uint64_t line,
                  rules::Records& records) override {
        out_.write(engine::happening_json(happening, program_, records, line) + "\n");
    }

 private:
    const rules::Program& program_;
    Output& out_;
};

Result<std::optional<Json>> load_state(const std::string& path) {
    if (path.empty()) return std::optional<Json>();
    PAWL_TRY(const std::string text, read_file(path, state_bytes_max));
    Result<Json> json = parse_json(text, {.bytes_max = state_bytes_max});
    if (!json) {
        return Error{.code = diagnostic_code_text(DiagnosticCode::event_not_json),
                     .message = json.error().message};
    }
    return std::optional<Json>(std::move(*json));
}

Status load_answers(const std::string& path, simulation::Answers& answers) {
    if (path.empty()) return Done{};
    const auto lines = open_stream(path);
    if (!lines) return lines.error();
    if (Status loaded = answers.load(**lines); !loaded) {
        return Error{.code = loaded.error().code,
                     .message = quote_for_message(path, 200) + ": " + loaded.error().message};
    }
    return Done{};
}

Status check_store(const std::string& store) {
    if (store == "memory") return Done{};
    if (store.starts_with("sqlite:")) {
        return Error{.code = "usage",
                     .message =
                         "`--store sqlite:DIR` is not in this version yet; a dry-run keeps "
                         "its records in memory"};
    }
    return wrong_option("--store", store, "`memory`");
}

Status run(const rules::Program& program, const DryRunOptions& options, Terminal& terminal) {
    const Zone zone = Zone::find(program.header.timezone).value_or(Zone::utc());
    PAWL_TRY(const simulation::DryRunOptions times, read_times(options, zone));
    PAWL_TRY(const std::optional<Json> state, load_state(options.state));
    if (state) tell_unknown_zones(*state, program, terminal);
    simulation::Answers answers(program);
    if (Status loaded = load_answers(options.answers, answers); !loaded) return loaded;
    const auto events = open_stream(options.events);
    if (!events) return events.error();
    const Json* records = state ? &*state : nullptr;
    JsonLines lines(program, terminal.out);
    simulation::Timeline timeline(program, terminal.out.color,
                                  [&](std::string_view text) { terminal.out.write(text); });
    Progress progress(terminal, size_of(options.events));
    Watched watcher(options.json ? static_cast<simulation::Watcher&>(lines) : timeline, **events,
                    progress);
    const auto summary = simulation::dry_run(program, **events, records, answers, times, watcher);
    if (!summary) return summary.error();
    if (!options.json) timeline.finish(*summary);
    return Done{};
}

}  // namespace

Exit dry_run(const DryRunOptions& options, Terminal& terminal) {
    if (const Status store = check_store(options.store); !store) {
        return refuse(terminal, Exit::usage, store.error().message);
    }
    const Form form = options.json ? Form::json : Form::text;
    Exit exit = Exit::done;
    const std::optional<rules::Program> program = load_program(options.book, terminal, exit, form);
    if (!program) return exit;
    if (const Status done = run(*program, options, terminal); !done) {
        terminal.out.flush();
        // What has a code was found in the state file: mistakes in events are lines of their own.
        return refuse(terminal, Exit::usage, done.error(), options.state, form);
    }
    return Exit::done;
}

}  // namespace pawl::cli
