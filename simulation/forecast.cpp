#include "simulation/forecast.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "engine/ports/store.h"
#include "simulation/answers.h"
#include "simulation/event_file.h"
#include "simulation/internal/wanted_time.h"
#include "simulation/world.h"

namespace pawl::simulation {

namespace {

// A rule and whom it concerns.
using Concern = std::tuple<std::string, std::string, std::string>;

class Forecaster {
 public:
    Forecaster(const rules::Program& program, const ForecastOptions& options,
               engine::Engine& engine, Answers& answers)
        : program_(program),
          options_(options),
          engine_(engine),
          zone_(Zone::find(program.header.timezone).value_or(Zone::utc())),
          wanted_(program, engine, zone_),
          world_(engine, answers, zone_,
                 [this](const engine::Input* input, std::uint64_t,
                        const engine::TurnResult& result) { take(input == nullptr, result); }) {}

    Result<Forecast> run(const Json* state, std::istream* events) {
        if (events != nullptr) {
            if (Status happened = let_happen(state, *events); !happened) return happened.error();
        }
        if (Status begun = begin(options_.from, state); !begun) return begun.error();
        advance(options_.until);
        tell_still_held();
        auto& firings = forecast_.firings;
        std::stable_sort(
            firings.begin(), firings.end(),
            [](const Firing& left, const Firing& right) { return left.at < right.at; });
        if (firings.size() > options_.firings_max) {
            forecast_.is_cut = true;
            firings.erase(firings.begin() + static_cast<std::ptrdiff_t>(options_.firings_max),
                          firings.end());
        }
        return std::move(forecast_);
    }

 private:
    Status begin(Instant at, const Json* state) {
        if (std::exchange(has_begun_, true)) return Done{};
        world_.advance(at);
        if (state == nullptr) return Done{};
        const Status loaded = engine_.load_state(*state, at);
        if (loaded) return Done{};
        return Error{.code = loaded.error().code,
                     .message = "the state cannot be loaded: " + loaded.error().message};
    }

    // A line without a time comes with the one before it.
    Status let_happen(const Json* state, std::istream& events) {
        EventFile file(events, program_);
        while (std::optional<EventLine> line = file.next()) {
            const Instant at = line->at.value_or(has_begun_ ? world_.now() : options_.from);
            if (at > options_.until || is_full()) break;
            if (Status begun = begin(std::min(at, options_.from), state); !begun) return begun;
            advance(at);
            auto* form = std::get_if<engine::InputForm>(&line->form);
            if (form == nullptr) {
                ++forecast_.refused;
                continue;
            }
            world_.take(
                {.arrival = {}, .form = std::move(*form), .origin = std::move(line->origin)},
                line->number);
        }
        if (!file.has_failed()) return Done{};
        return Error{.code = "unreadable", .message = "the events file cannot be read on"};
    }

    // Step by step, so that it ends soon after enough has fired.
    void advance(Instant until) {
        while (!is_full()) {
            const std::optional<Instant> due = engine_.next_due();
            if (!due || *due > until) break;
            world_.advance(*due);
        }
        if (!is_full()) world_.advance(until);
    }

    bool is_full() const { return forecast_.firings.size() > options_.firings_max; }

    bool is_wanted(const std::string& rule) const {
        return options_.rule.empty() || options_.rule == rule;
    }

    void add(Firing firing) {
        if (firing.at < options_.from || !is_wanted(firing.rule)) return;
        forecast_.firings.push_back(std::move(firing));
    }

    void take(bool is_time, const engine::TurnResult& result) {
        if (result.refused && !is_time) ++forecast_.refused;
        for (const engine::Happening& happening : result.happenings) {
            if (const auto* fired = std::get_if<engine::Fired>(&happening.form))
                take_fired(happening, *fired);
            else if (const auto* held = std::get_if<engine::Held>(&happening.form))
                take_held(happening.at, *held);
            else if (const auto* step = std::get_if<engine::StepChanged>(&happening.form))
                take_step(*step, is_time);
            else if (const auto* ended = std::get_if<engine::Ended>(&happening.form))
                take_ended(happening, *ended, is_time);
        }
    }

    void take_fired(const engine::Happening& happening, const engine::Fired& fired) {
        fired_.insert(happening.run);
        const auto held = held_.extract({fired.rule, fired.entity, fired.id});
        if (fired.by.kind != engine::CauseKind::timer && held.empty()) return;
        WantedTime wanted = wanted_.find(fired, held.empty() ? happening.at : held.mapped().due);
        std::string note = std::move(wanted.note);
        if (!held.empty()) append(note, held_note(held.mapped()));
        add({happening.at, std::move(wanted.zone), fired.rule, fired.entity, fired.id,
             std::move(note)});
    }

    // One that a newer one takes the place of is told no more.
    void take_held(Instant at, const engine::Held& held) {
        held_.insert_or_assign({held.rule, held.entity, held.id}, Kept{at, held.guard, held.until});
    }

    // A step that comes to its time and is held back; one that runs was told when it fired.
    void take_step(const engine::StepChanged& step, bool is_time) {
        if (!is_time || step.state != engine::StepState::skipped || step.reason != "unless") return;
        const std::size_t cut = step.of.find('/');
        add({step.at, zone_, step.journey, step.of.substr(0, cut),
             cut == std::string::npos ? "" : step.of.substr(cut + 1),
             "step " + step.step + ", skipped: its `unless` is true"});
    }

    // A run that fails before it does anything is not told to have fired.
    void take_ended(const engine::Happening& happening, const engine::Ended& ended, bool is_time) {
        if (!is_time || ended.status != engine::EndStatus::failed || ended.rule.empty()) return;
        if (!fired_.insert(happening.run).second) return;
        add({happening.at, zone_, ended.rule, "", "", "fails: " + ended.error});
    }

    struct Kept {
        Instant due;
        std::string guard;
        std::optional<Instant> until;
    };

    static void append(std::string& note, const std::string& more) {
        note += (note.empty() ? "" : "; ") + more;
    }

    std::string held_note(const Kept& kept) const {
        return "due " + zone_.format(kept.due) + ", put off by `" + kept.guard + "`";
    }

    // What is still put off when the time is over. What was released before and did not fire was
    // held back by its conditions.
    void tell_still_held() {
        for (const auto& [concern, kept] : held_) {
            if (kept.until && *kept.until <= options_.until) continue;
            const auto& [rule, entity, id] = concern;
            std::string note = "put off by `" + kept.guard + "`";
            if (kept.until) note += " until " + zone_.format(*kept.until);
            add({kept.due, zone_, rule, entity, id, std::move(note)});
        }
    }

    const rules::Program& program_;
    const ForecastOptions& options_;
    engine::Engine& engine_;
    Zone zone_;
    WantedTimes wanted_;
    World world_;
    Forecast forecast_;
    std::map<Concern, Kept> held_;
    std::set<engine::RunNumber> fired_;
    bool has_begun_ = false;
};

bool tells_time(const rules::Trigger& trigger) {
    switch (trigger.kind) {
        case rules::TriggerKind::anchor:
        case rules::TriggerKind::clock:
        case rules::TriggerKind::absence: return true;
        case rules::TriggerKind::sequence: return trigger.pattern && trigger.pattern->is_negated;
        default: return false;
    }
}

}  // namespace

Status check_tells_time(const rules::Program& program, const std::string& id) {
    std::vector<std::string> names;
    for (const rules::Journey& journey : program.journeys) {
        if (journey.name == id) return Done{};
        names.push_back(journey.name);
    }
    const auto index = program.find_rule(id);
    if (!index) {
        for (const rules::Rule& rule : program.rules) names.push_back(rule.id);
        std::string message = "the rulebook has no rule or journey " + quote_for_message(id);
        const std::vector<std::string> near = suggest(id, names, 1);
        message += near.empty() ? "; it has " + list_names(names)
                                : "; did you mean `" + near.front() + "`?";
        return Error{.code = "unknown", .message = message};
    }
    const rules::Rule& rule = program.rules[*index];
    if (rule.mode != rules::RuleMode::live) {
        return Error{.code = "not_live",
                     .message = "rule `" + id + "` is " +
                                (rule.mode == rules::RuleMode::draft ? "a draft" : "paused") +
                                ": it does not fire"};
    }
    const bool is_put_off =
        rule.debounce.has_value() || (rule.only_between && rule.only_between->holds);
    if (is_put_off || std::any_of(rule.triggers.begin(), rule.triggers.end(), tells_time)) {
        return Done{};
    }
    return Error{.code = "no_time",
                 .message = "rule `" + id +
                            "` waits for no time: it fires when something happens, and none of "
                            "its `when` is a date, a clock or an absence"};
}

Result<Forecast> forecast(const rules::Program& program, const Json* state, std::istream* events,
                          const ForecastOptions& options) {
    const std::unique_ptr<engine::Store> store = engine::make_memory_store();
    if (Status opened = store->open(program); !opened) return opened.error();
    engine::Engine engine(program, *store, {});
    Answers answers(program);
    return Forecaster(program, options, engine, answers).run(state, events);
}

}  // namespace pawl::simulation
