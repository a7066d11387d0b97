#include "simulation/test_runner.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/time.h"
#include "base/zone.h"
#include "engine/engine.h"
#include "engine/happening_json.h"
#include "engine/ports/store.h"
#include "rules/event_reader.h"
#include "simulation/answers.h"
#include "simulation/expectation.h"
#include "simulation/observed.h"
#include "simulation/world.h"

namespace pawl::simulation {

namespace {

constexpr std::uint16_t no_local = 0xffff;

// The clock of a test that sets none: any instant would do, if it is always the same.
Instant first_instant(const Zone& zone) {
    return zone.instant(make_date({.year = 2026, .month = 1, .day = 1}).value_or(Date{}),
                        TimeOfDay{9 * 3'600 * micros_per_second});
}

class TestRun {
 public:
    TestRun(const rules::Program& program, const rules::Test& test, engine::Store& store)
        : program_(program),
          test_(test),
          engine_(program, store),
          answers_(program),
          zone_(Zone::find(program.header.timezone).value_or(Zone::utc())),
          world_(engine_, answers_, zone_,
                 [this](const engine::Input*, std::uint64_t, const engine::TurnResult& result) {
                     keep(result);
                 }),
          locals_(program.units[test.unit].local_count) {}

    TestReport run() {
        for (const rules::TestStep& step : test_.steps) {
            if (!take(step)) break;
        }
        if (!report_.passed()) append_troubles(report_.failures.back());
        return std::move(report_);
    }

 private:
    void keep(const engine::TurnResult& result) {
        happened_.insert(happened_.end(), result.happenings.begin(), result.happenings.end());
    }

    void fail(const rules::TestStep& step, std::vector<std::string> observed) {
        report_.failures.push_back({step.line, step.text, std::move(observed)});
    }

    // False when the test cannot go on.
    bool take(const rules::TestStep& step) {
        switch (step.kind) {
            case rules::TestStepKind::given_now: return given_now(step);
            case rules::TestStepKind::given_record: return given_record(step);
            case rules::TestStepKind::given_setting: return given_setting(step);
            case rules::TestStepKind::when_event: return when_event(step);
            case rules::TestStepKind::when_change: return when_change(step);
            case rules::TestStepKind::when_request: return when_request(step);
            case rules::TestStepKind::when_answer: return when_answer(step);
            case rules::TestStepKind::after: return after(step);
            case rules::TestStepKind::expect: return expect(step);
            case rules::TestStepKind::expect_effect: return expect_effect(step);
            case rules::TestStepKind::answer: return answer(step);
            case rules::TestStepKind::fail: return script_failure(step);
        }
        return false;
    }

    // The value of the step's code; a failure is the step's.
    std::optional<rules::Value> value_of(const rules::TestStep& step) {
        // A copy: what a query's variable was left at is no part of the test.
        std::vector<rules::Value> locals = locals_;
        Result<rules::Value> value = engine_.evaluate(test_.unit, step.entry, locals);
        if (value) return std::move(*value);
        fail(step, {value.error().message});
        return std::nullopt;
    }

    std::optional<std::vector<rules::Value>> list_of(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value) return std::nullopt;
        return value->kind() == rules::Kind::list ? value->as_list() : std::vector<rules::Value>();
    }

    Json json_of(const rules::Value& value) {
        JsonWriter writer;
        rules::append_value_json(writer, value, program_, engine_.records());
        const Result<Json> json = parse_json(writer.text());
        return json ? *json : Json{};
    }

    bool given_now(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value) return false;
        if (value->kind() != rules::Kind::datetime) return cannot_go_back(step);
        return set_clock(step, value->as_datetime());
    }

    // Before anything was taken in the clock may stand anywhere; then it goes forward only.
    bool set_clock(const rules::TestStep& step, Instant at) {
        if (has_begun_ && at < world_.now()) return cannot_go_back(step);
        has_begun_ = true;
        world_.advance(at);
        return true;
    }

    bool cannot_go_back(const rules::TestStep& step) {
        fail(step, {"the clock stands at " + zone_.format(now()) + " and goes forward only"});
        return false;
    }

    Instant now() {
        if (!has_begun_) world_.advance(first_instant(zone_));
        has_begun_ = true;
        return world_.now();
    }

    bool given_record(const rules::TestStep& step) {
        // Named records get their name as id, so that a report speaks of `asha`.
        const std::vector<std::string>& names = program_.units[test_.unit].local_names;
        const std::string id =
            step.local != no_local && step.local < names.size() ? names[step.local] : "";
        const Status loaded = engine_.load_statement(test_.unit, step.entry, locals_, now(), id);
        if (loaded) return true;
        fail(step, {loaded.error().message});
        return false;
    }

    bool given_setting(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value) return false;
        now();
        world_.take(
            {.arrival = {},
             .form = engine::SettingCommand{.name = program_.schema.settings[step.index].name,
                                            .value = json_of(*value),
                                            .by = ""}});
        return true;
    }

    std::optional<rules::Reference> actor(const rules::TestStep& step) const {
        if (!step.actor_local) return std::nullopt;
        const rules::Value& value = locals_[*step.actor_local];
        if (value.kind() != rules::Kind::reference) return std::nullopt;
        return value.as_reference();
    }

    bool take_turn(const engine::TurnResult& result) {
        keep(result);
        world_.answer(result);
        return true;
    }

    bool when_event(const rules::TestStep& step) {
        return take_turn(engine_.process_statement(test_.unit, step.entry, locals_, now(),
                                                   std::nullopt, false, step.name));
    }

    bool when_change(const rules::TestStep& step) {
        return take_turn(engine_.process_statement(test_.unit, step.entry, locals_, now(),
                                                   actor(step), step.overrides));
    }

    bool when_request(const rules::TestStep& step) {
        std::optional<std::vector<rules::Value>> asked = list_of(step);
        if (!asked) return false;
        return take_turn(
            engine_.process_request(step.index, std::move(*asked), now(), actor(step)));
    }

    // To the last question that is open and was put to them.
    bool when_answer(const rules::TestStep& step) {
        const auto person = actor(step);
        now();
        world_.take({.arrival = {},
                     .form = engine::ReplyCommand{
                         .run = "",
                         .approves = step.name == "approved",
                         .by = person ? engine_.record_id(*person) : std::string()}});
        return true;
    }

    bool after(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value) return false;
        if (value->kind() != rules::Kind::duration) return cannot_go_back(step);
        const std::optional<Instant> then = zone_.add(now(), value->as_duration());
        return then ? set_clock(step, *then) : cannot_go_back(step);
    }

    bool expect(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value || value->is_true()) return true;
        std::vector<std::string> observed =
            observed_values(program_, engine_, test_.unit, step.entry, locals_);
        if (observed.empty()) {
            observed.push_back(value->is_missing()
                                   ? "it is neither true nor false: a value is missing"
                                   : "it is false");
        }
        fail(step, std::move(observed));
        return true;
    }

    bool expect_effect(const rules::TestStep& step) {
        const std::optional<std::vector<rules::Value>> parts = list_of(step);
        if (!parts) return true;
        Sought sought{step.channel, step.name, std::nullopt, std::nullopt};
        std::size_t next = 0;
        if (step.has_recipient && next < parts->size()) sought.recipient = (*parts)[next++];
        if (step.has_containing && next < parts->size() &&
            (*parts)[next].kind() == rules::Kind::text) {
            sought.containing = (*parts)[next].as_text();
        }
        const Expectation expectation(program_, engine_, happened_);
        const std::size_t found = expectation.count(sought);
        if (step.negated) {
            if (found != 0) fail(step, expectation.matches(sought));
        } else if (found == 0) {
            fail(step, expectation.nearest(sought));
        } else if (step.times != 0 && found != step.times) {
            std::vector<std::string> observed = expectation.matches(sought);
            observed.insert(observed.begin(), "it happened " + std::to_string(found) +
                                                  (found == 1 ? " time" : " times"));
            fail(step, std::move(observed));
        }
        return true;
    }

    static ScriptedAnswer scripted_for(const rules::TestStep& step) {
        const std::size_t dot = step.name.find('.');
        ScriptedAnswer scripted;
        scripted.integration = step.name.substr(0, dot);
        if (dot != std::string::npos) scripted.action = step.name.substr(dot + 1);
        scripted.match.kind = JsonKind::object;
        if (step.times != 0) scripted.times = step.times;
        return scripted;
    }

    bool answer(const rules::TestStep& step) {
        const std::optional<rules::Value> value = value_of(step);
        if (!value) return false;
        ScriptedAnswer scripted = scripted_for(step);
        scripted.answer = json_of(*value);
        answers_.add_first(std::move(scripted));
        return true;
    }

    bool script_failure(const rules::TestStep& step) {
        const std::optional<std::vector<rules::Value>> parts = list_of(step);
        if (!parts) return false;
        ScriptedAnswer scripted = scripted_for(step);
        scripted.failure = rules::Failure{.code = "",
                                          .kind = "call",
                                          .message = "",
                                          .action = step.name,
                                          .catchable = true,
                                          .retry = true};
        if (!parts->empty() && parts->front().kind() == rules::Kind::text) {
            scripted.failure->code = parts->front().as_text();
            scripted.failure->message = "the test lets it fail";
        }
        answers_.add_first(std::move(scripted));
        return true;
    }

    // What went wrong on the way and may be why: runs that failed, inputs that were refused.
    void append_troubles(StepFailure& failure) const {
        for (const engine::Happening& happening : happened_) {
            if (const auto* refused = std::get_if<engine::Refused>(&happening.form)) {
                failure.observed.push_back("refused: " + refused->message + " (" + refused->code +
                                           ")");
            }
            const auto* ended = std::get_if<engine::Ended>(&happening.form);
            if (ended == nullptr || ended->status != engine::EndStatus::failed) continue;
            std::string text =
                engine::run_name(happening.run) + " of " + ended->rule + " failed: " + ended->error;
            if (!ended->file.empty()) {
                text += " (" + ended->file + ":" + std::to_string(ended->line) + ")";
            }
            failure.observed.push_back(std::move(text));
        }
    }

    const rules::Program& program_;
    const rules::Test& test_;
    engine::Engine engine_;
    Answers answers_;
    Zone zone_;
    World world_;
    std::vector<rules::Value> locals_;
    std::vector<engine::Happening> happened_;
    TestReport report_;
    bool has_begun_ = false;  // the clock stands somewhere
};

}  // namespace

TestReport run_test(const rules::Program& program, const rules::Test& test) {
    const std::unique_ptr<engine::Store> store = engine::make_memory_store();
    if (const Status opened = store->open(program); !opened) {
        return {{{test.line, test.title, {opened.error().message}}}};
    }
    return TestRun(program, test, *store).run();
}

}  // namespace pawl::simulation
