#include "simulation/dry_run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/zone.h"
#include "engine/ports/store.h"
#include "simulation/event_file.h"
#include "simulation/world.h"

namespace pawl::simulation {

namespace {

constexpr std::size_t held_lines_max = 16;  // of at most 1 MB each

// One dry-run: reads the file's lines into the world, and counts what it tells the watcher.
class DryRun {
 public:
    DryRun(const rules::Program& program, const Json* state, const DryRunOptions& options,
           engine::Store& store, Answers& answers, Watcher& watcher)
        : program_(program),
          state_(state),
          options_(options),
          store_(store),
          engine_(make_engine()),
          watcher_(watcher),
          zone_(Zone::find(program.header.timezone).value_or(Zone::utc())),
          world_(*engine_, answers, zone_,
                 [this](const engine::Input* input, std::uint64_t line,
                        const engine::TurnResult& result) { tell(input, line, result); }) {}

    Result<DryRunSummary> run(std::istream& events) {
        if (options_.from) begin(*options_.from);
        EventFile file(events, program_);
        while (std::optional<EventLine> line = file.next()) {
            if (line->at && options_.from && *line->at < *options_.from) {
                ++summary_.passed_over;
                continue;
            }
            if (!line->at && !summary_.begin && held_.size() < held_lines_max) {
                held_.push_back(std::move(*line));
                continue;
            }
            if (!summary_.begin) begin(line->at.value_or(Instant{}));
            if (failure_) return *failure_;
            if (line->at && until_ && *line->at > *until_) break;
            take(std::move(*line));
        }
        if (!held_.empty()) begin(Instant{});
        if (!summary_.begin) load_state(Instant{});
        if (failure_) return *failure_;
        if (file.has_failed()) {
            return Error{.code = "unreadable", .message = "the events file cannot be read on"};
        }
        if (until_ && summary_.begin) advance(std::max(*until_, world_.now()));
        if (summary_.begin) summary_.end = world_.now();
        return std::move(summary_);
    }

 private:
    void begin(Instant at) {
        summary_.begin = at;
        until_ = options_.until;
        if (options_.until_after) until_ = zone_.add(at, *options_.until_after);
        if (until_ && *until_ < at) {
            failure_ = Error{.code = "usage",
                             .message = "the end, " + zone_.format(*until_) +
                                        ", is before the beginning, " + zone_.format(at) + " (" +
                                        zone_.name() + ")"};
            return;
        }
        world_.advance(at);
        load_state(at);
        if (failure_) return;
        for (EventLine& line : std::exchange(held_, {})) take(std::move(line));
    }

    // What a date of the state is too late for depends on the instant at which the state is given.
    void load_state(Instant at) {
        if (state_ == nullptr) return;
        const Status loaded = engine_->load_state(*state_, at);
        if (loaded) return;
        failure_ = Error{.code = loaded.error().code,
                         .message = "the state cannot be loaded: " + loaded.error().message};
    }

    std::unique_ptr<engine::Engine> make_engine() {
        return std::make_unique<engine::Engine>(
            program_, store_,
            engine::EngineOptions{.trace_false_conditions = options_.trace_false_conditions});
    }

    // Lets time pass, with the outages and storms on the way.
    void advance(Instant at) {
        for (; disturbed_ < disturbances_.size() && disturbances_[disturbed_].at <= at;
             ++disturbed_) {
            const Disturbance& next = disturbances_[disturbed_];
            world_.advance(std::max(next.at, world_.now()));
            if (next.form == Disturbance::Form::outage) {
                engine_ = make_engine();
                world_.go_on_with(*engine_, next.until);
            } else {
                world_.set_storm(next.form == Disturbance::Form::storm_begins);
            }
        }
        world_.advance(std::max(at, world_.now()));
    }

    void take(EventLine line) {
        if (line.at) advance(*line.at);
        ++summary_.lines;
        if (auto* refused = std::get_if<engine::Refused>(&line.form)) {
            ++summary_.refused;
            const engine::Happening happening{.at = world_.now(), .form = std::move(*refused)};
            const engine::InputForm form = engine::EventInput{};
            watcher_.turn_begins({happening.at, &form, line.number, {}});
            watcher_.happened(happening, line.number, engine_->records());
            return;
        }
        id_ = std::move(line.id);
        world_.take({.arrival = {},
                     .form = std::move(std::get<engine::InputForm>(line.form)),
                     .origin = std::move(line.origin)},
                    line.number);
        id_.clear();
    }

    void tell(const engine::Input* input, std::uint64_t line, const engine::TurnResult& result) {
        if (input == nullptr && result.happenings.empty() && result.calls.empty()) return;
        watcher_.turn_begins(
            {world_.now(), input != nullptr ? &input->form : nullptr, line, result.calls});
        if (result.refused && line != 0) ++summary_.refused;
        if (result.duplicate) ++summary_.duplicates;
        for (const engine::Happening& happening : result.happenings) {
            const auto* refused = std::get_if<engine::Refused>(&happening.form);
            if (refused != nullptr && refused->id.empty() && line != 0) {
                // What a person did has no id inside the engine; in the file it may have one.
                engine::Happening named = happening;
                std::get<engine::Refused>(named.form).id = id_;
                watcher_.happened(named, line, engine_->records());
            } else {
                watcher_.happened(happening, line, engine_->records());
            }
            count(happening);
        }
        for (const engine::OutgoingCall& call : result.calls) {
            summary_.waiting[call.run] = call.integration + "." + call.action;
        }
    }

    void count(const engine::Happening& happening) {
        if (std::holds_alternative<engine::Fired>(happening.form)) {
            ++summary_.runs;
            open_.insert(happening.run);
        }
        if (std::holds_alternative<engine::Called>(happening.form)) {
            summary_.waiting.erase(happening.run);
        }
        if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
            summary_.waiting.erase(happening.run);
            // A run that failed before its first advance ended was never told to have begun.
            if (open_.erase(happening.run) == 0) ++summary_.runs;
            if (ended->status == engine::EndStatus::failed) ++summary_.failed;
            if (ended->status == engine::EndStatus::stopped) ++summary_.stopped;
        }
    }

    struct Disturbance {
        enum class Form : std::uint8_t { outage, storm_begins, storm_ends };
        Instant at;
        Form form = Form::outage;
        Instant until = {};  // of an outage
    };

    static std::vector<Disturbance> disturbances(const DryRunOptions& options) {
        std::vector<Disturbance> all;
        for (const auto& [from, to] : options.storms) {
            all.push_back({from, Disturbance::Form::storm_begins});
            all.push_back({to, Disturbance::Form::storm_ends});
        }
        for (const auto& [from, to] : options.outages)
            all.push_back({from, Disturbance::Form::outage, to});
        std::stable_sort(all.begin(), all.end(),
                         [](const auto& left, const auto& right) { return left.at < right.at; });
        return all;
    }

    const rules::Program& program_;
    const Json* state_;
    const DryRunOptions& options_;
    std::optional<Error> failure_;
    engine::Store& store_;
    std::unique_ptr<engine::Engine> engine_;
    const std::vector<Disturbance> disturbances_ = disturbances(options_);
    std::size_t disturbed_ = 0;  // that were gone through
    Watcher& watcher_;
    Zone zone_;
    World world_;
    DryRunSummary summary_;
    std::set<engine::RunNumber> open_;
    std::optional<Instant> until_;
    std::string id_;
    // Lines without an instant before the first that has one: they run at its instant.
    std::vector<EventLine> held_;
};

}  // namespace

Result<DryRunSummary> dry_run(const rules::Program& program, std::istream& events,
                              const Json* state, Answers& answers, const DryRunOptions& options,
                              Watcher& watcher) {
    const std::unique_ptr<engine::Store> store = engine::make_memory_store();
    if (Status opened = store->open(program); !opened) return opened.error();
    return DryRun(program, state, options, *store, answers, watcher).run(events);
}

}  // namespace pawl::simulation
