#pragma once

#include <random>

#include "base/zone.h"
#include "book.h"

// What a random rulebook stands in: its zone and schema, a journey at times, and what happens.

namespace pawl::sim {

constexpr std::int64_t minute = 60 * micros_per_second;

class World {
 protected:
    explicit World(std::uint64_t seed) : random_(seed) {}

    // ---- Chance -------------------------------------------------------------------------------

    std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <class T>
    T one_of(const std::vector<T>& items) {
        return items[below(items.size())];
    }

    Duration some_length() {
        return one_of<Duration>({{0, 0, 30 * minute},
                                 {0, 0, 60 * minute},
                                 {0, 0, 120 * minute},
                                 {0, 0, 1440 * minute},
                                 {0, 1, 0},
                                 {0, 3, 0},
                                 {0, 7, 0}});
    }
    Instant some_instant() {
        return {base_.micros + static_cast<std::int64_t>(below(480)) * 30 * minute};
    }
    std::string some_option() { return one_of<std::string>({"a", "b", "c"}); }

    // ---- Zone and schema ----------------------------------------------------------------------

    // Two or three days before the clocks are set, where they are.
    void choose_zone() {
        struct Start {
            const char* zone;
            const char* at;
        };
        const Start start = one_of<Start>({{"Africa/Nairobi", "2026-03-02T06:00:00Z"},
                                           {"Europe/Prague", "2026-03-26T22:30:00Z"},
                                           {"Europe/Prague", "2026-10-22T22:00:00Z"},
                                           {"America/St_Johns", "2026-03-05T12:00:00Z"},
                                           {"America/St_Johns", "2026-10-29T12:30:00Z"},
                                           {"Australia/Lord_Howe", "2026-04-02T10:00:00Z"},
                                           {"Australia/Lord_Howe", "2026-10-01T13:30:00Z"}});
        scenario_.zone = start.zone;
        base_ = *parse_instant(start.at);
    }

    void make_schema() {
        Field owner{"client", Kind::reference, false, {}, "client", true};
        if (chance(50)) owner = {"client", Kind::reference, true, {}, "client", false};
        scenario_.entities = {{"client",
                               {{"level", Kind::number, false, number(0)},
                                {"state", Kind::choice, false, choice("a")},
                                {"due", Kind::moment, true}}},
                              {"task",
                               {owner,
                                {"n", Kind::number, false, number(0)},
                                {"state", Kind::choice, false, choice("b")},
                                {"due", Kind::moment, true}}}};
        scenario_.events = {{"ping", true}, {"pong", true}, {"note", chance(50)}};
    }

    // ---- Journeys -----------------------------------------------------------------------------

    // Its seconds are its own, so that nothing else is due at the instant of a step: nothing rules
    // on the order of what is.
    Value some_start(const std::string& client) {
        const std::int64_t own = client == "c1" ? 3 : client == "c2" ? 5 : 9;
        return moment({some_instant().micros + own * micros_per_second});
    }

    void make_journey() {
        std::vector<Field>& fields = scenario_.entities.front().fields;
        fields.push_back({"start", Kind::moment, true});
        Journey journey{"plan", "client", "start", {}, {}, {}};
        if (chance(60)) {
            fields.push_back({"paused", Kind::truth, false, truth(false)});
            fields.push_back({"back", Kind::moment, true});
            journey.paused_while = "paused";
            if (chance(60)) journey.paused_until = "back";
        }
        const std::size_t steps = 1 + below(3);
        for (std::size_t each = 0; each < steps; ++each) {
            Step step;
            step.name = std::string(1, static_cast<char>('p' + each));
            // No two steps at one instant either.
            step.offset = {0, static_cast<std::int32_t>(below(3)),
                           static_cast<std::int64_t>(1 + each) * 11 * minute};
            if (chance(60)) {
                step.last = 1 + static_cast<std::int64_t>(below(4));
                step.each = one_of<Duration>({{0, 1, 0}, {0, 3, 0}, {0, 0, 1440 * minute}});
            }
            if (chance(30)) step.catch_up = Duration{0, 1, 0};
            Statement set;
            set.form = Statement::Form::set;
            set.path = {"client"};
            set.name = "level";
            set.value = {Expression::Form::sum, number(1), {"client", "level"}};
            Statement log;
            log.form = Statement::Form::log;
            log.text = "step";
            log.values.push_back({Expression::Form::path, {}, {"client", "level"}});
            step.body = {log, set};
            if (chance(30)) {
                step.unless = Test{Test::Form::at_least, {"client", "level"}, number(2)};
            } else if (chance(50)) {
                Statement wait;
                wait.form = Statement::Form::wait;
                wait.length = {0, 0, 4 * minute};  // over before the next step
                step.body = {log, wait, set};
            }
            journey.steps.push_back(step);
        }
        scenario_.journeys.push_back(journey);
    }

    // ---- What happens -------------------------------------------------------------------------

    std::map<std::string, Value> some_fields(const std::string& entity, const std::string& id,
                                             bool is_new) {
        std::map<std::string, Value> values;
        const std::string amount = entity == "client" ? "level" : "n";
        if (chance(50)) values[amount] = number(static_cast<std::int64_t>(below(4)));
        if (chance(40)) values["state"] = choice(some_option());
        if (chance(50)) values["due"] = moment(some_instant());
        if (entity == "client" && !scenario_.journeys.empty()) {
            if (chance(40)) values["start"] = some_start(id);
            const bool pauses = !scenario_.journeys.front().paused_while.empty();
            if (pauses && chance(40)) values["paused"] = truth(!is_new && chance(60));
            if (pauses && chance(30)) values["back"] = moment(some_instant());
        }
        if (!is_new && values.empty()) values["due"] = Value{};
        if (is_new && entity == "task") values["client"] = reference(chance(70) ? "c1" : "c2");
        return values;
    }

    void make_inputs() {
        Instant at = base_;
        int number_of_input = 0;
        const auto add = [&](Input input) {
            input.at = at;
            input.id = "i" + std::to_string(++number_of_input);
            scenario_.inputs.push_back(std::move(input));
        };
        for (const char* id : {"c1", "c2", "c3"})
            add({Input::Form::create, {}, {}, "client", id, some_fields("client", id, true)});
        for (const char* id : {"t1", "t2"})
            add({Input::Form::create, {}, {}, "task", id, some_fields("task", id, true)});
        const std::size_t count = 10 + below(25);
        for (std::size_t each = 0; each < count; ++each) {
            at.micros += one_of<std::int64_t>({0, 0, 30, 30, 60, 120, 300, 1440, 4320}) * minute;
            if (chance(10)) at.micros += 7 * minute;
            const std::string entity = chance(65) ? "client" : "task";
            const std::string record = entity == "client"
                                           ? one_of<std::string>({"c1", "c1", "c2", "c3"})
                                           : one_of<std::string>({"t1", "t2"});
            if (chance(65)) {
                std::map<std::string, Value> values{
                    {"n", number(static_cast<std::int64_t>(below(4)))}};
                values["client"] =
                    reference(chance(5) ? "c9" : one_of<std::string>({"c1", "c1", "c2", "c3"}));
                add({Input::Form::event,
                     {},
                     {},
                     one_of<std::string>({"ping", "pong", "note"}),
                     {},
                     values});
            } else if (chance(92)) {
                add({Input::Form::change,
                     {},
                     {},
                     entity,
                     record,
                     some_fields(entity, record, false)});
            } else {
                add({Input::Form::remove, {}, {}, entity, record, {}});
            }
        }
        scenario_.until = {at.micros + static_cast<std::int64_t>(below(10)) * micros_per_day};
    }

    // The engine stops, for nothing or for long, and goes on.
    void make_outages() {
        if (!chance(35)) return;
        Instant at = base_;
        for (std::size_t each = 1 + below(3); each > 0; --each) {
            at.micros += static_cast<std::int64_t>(1 + below(200)) * 17 * minute;
            const Instant stopped = at;
            at.micros += one_of<std::int64_t>({0, 0, 1, 30, 61, 90, 360, 2880}) * minute;
            if (at >= scenario_.until) return;
            scenario_.outages.emplace_back(stopped, at);
        }
    }

    // So much is due for a while that inputs come before it.
    void make_storms() {
        if (!chance(25) || !scenario_.outages.empty()) return;
        Instant at = base_;
        for (std::size_t each = 1 + below(3); each > 0; --each) {
            at.micros += static_cast<std::int64_t>(1 + below(200)) * 17 * minute;
            const Instant begin = at;
            at.micros += one_of<std::int64_t>({1, 30, 61, 90, 360, 2880}) * minute;
            if (at >= scenario_.until) return;
            scenario_.storms.emplace_back(begin, at);
        }
    }

    // What the records are, every evening.
    void add_census(const std::string& entity, const std::vector<Path>& paths) {
        Rule rule;
        rule.id = "z_" + entity;
        rule.trigger.form = Trigger::Form::every;
        rule.trigger.at = TimeOfDay{(23 * 60 + 45) * minute};
        rule.trigger.entity = entity;
        Statement log;
        log.form = Statement::Form::log;
        log.text = entity;
        for (const Path& path : paths) log.values.push_back({Expression::Form::path, {}, path});
        rule.body.push_back(log);
        scenario_.rules.push_back(rule);
    }

    Scenario scenario_;

 private:
    std::mt19937_64 random_;
    Instant base_;
};

}  // namespace pawl::sim
