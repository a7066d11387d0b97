#include "tests/fault/clockwork_audit.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tests/fault/till.h"

namespace pawl::fault {

namespace {

using rules::Record;

constexpr Instant never{INT64_MAX};

Instant later(Instant instant, std::int64_t seconds) {
    return {instant.micros + seconds * micros_per_second};
}

// An event that had its turn.
struct Turned {
    std::int64_t number = 0;
    Instant at;
    const Deed* deed = nullptr;
};

class Audit {
 public:
    Audit(engine::Store& store, const rules::Program& program, const Clockwork& clockwork)
        : store_(store), program_(program), clockwork_(clockwork) {}

    std::string difference(const std::set<std::int64_t>& numbers) {
        read_traces();
        read_events(numbers);
        for (const Turned& each : began_) look_at_work(each);
        for (const auto& [lane, events] : by_lane_) look_at_lane(events);
        look_at_visits();
        look_at_clocks();
        for (const auto& [trace, instants] : traces_)
            if (!instants.empty()) complain(trace, "a trace that nothing left");
        look_at_runs();
        return complaint_;
    }

 private:
    // The kind of a trace, and the number of the event or of the visit and its date.
    struct Trace {
        std::string kind;
        std::int64_t number = 0;
        Instant date;
        friend auto operator<=>(const Trace&, const Trace&) = default;
    };

    // ---- What is there ---------------------------------------------------------------------

    rules::EntityIndex entity(std::string_view name) const {
        return program_.schema.find_entity(name).value();
    }
    const rules::Value& value(const Record& record, std::string_view of,
                              std::string_view name) const {
        const auto& fields = program_.schema.entities[entity(of)].fields;
        return record.fields[rules::find_field(fields, name).value()];
    }
    void for_each(std::string_view name, const std::function<void(const Record&)>& visit) {
        const auto cursor = store_.scan({entity(name), rules::Access::every_record, 0, {}, {}});
        while (const auto key = cursor->next())
            if (const auto record = store_.get({entity(name), *key})) visit(*record);
    }

    void read_traces() {
        for_each("trace", [this](const Record& each) {
            const rules::Value& date = value(each, "trace", "date");
            const Trace trace{std::string(value(each, "trace", "kind").as_text()),
                              value(each, "trace", "number").as_integer(),
                              date.is_missing() ? Instant{} : date.as_datetime()};
            const Instant at = value(each, "trace", "at").as_datetime();
            if (at > clockwork_.now()) complain(trace, "later than the clock");
            if (value(each, "trace", "created_at").as_datetime() != at)
                complain(trace, "it says another instant than that of its turn");
            traces_[trace].push_back(at);
            ++count_by_kind_[trace.kind];
        });
        for (auto& [trace, instants] : traces_) std::sort(instants.begin(), instants.end());
    }

    // Each event is there once; in the order in which they came.
    void read_events(const std::set<std::int64_t>& numbers) {
        std::set<std::int64_t> found;
        for (engine::InputNumber after = 0;;) {
            const auto inputs = store_.inputs(after, 1'000);
            if (inputs.empty()) break;
            for (const engine::StoredInput& input : inputs) take_event(input, found);
            after = inputs.back().number;
        }
        for (const std::int64_t number : numbers)
            if (found.count(number) == 0) complain(payment_id(number) + " was lost");
        for (const std::int64_t number : found)
            if (numbers.count(number) == 0) complain(payment_id(number) + " was not sent");
    }

    void take_event(const engine::StoredInput& input, std::set<std::int64_t>& found) {
        const auto event = parse_json(input.body);
        const std::int64_t number = std::stoll(event->find("id")->text.substr(1));
        if (!found.insert(number).second) return complain(payment_id(number) + " is there twice");
        const Deed& deed = clockwork_.deed(number);
        const char* kind = deed.kind == Deed::Kind::set_up     ? "set_up"
                           : deed.kind == Deed::Kind::began    ? "began"
                           : deed.kind == Deed::Kind::answered ? "answered"
                                                               : "booked";
        const auto at = one({kind, number, {}}, input.arrival);
        if (!at) return;
        if (*at < last_turn_)
            complain(payment_id(number) + " had its turn before one that came earlier");
        last_turn_ = *at;
        const Turned turned{number, *at, &deed};
        switch (deed.kind) {
            case Deed::Kind::set_up: set_up_at_ = *at; break;
            case Deed::Kind::began:
                began_.push_back(turned);
                by_lane_[deed.lane].push_back(turned);
                break;
            case Deed::Kind::answered: answers_[deed.matter].push_back(turned); break;
            case Deed::Kind::booked: by_visit_[deed.visit].push_back(turned); break;
        }
    }

    // ---- What must be there ----------------------------------------------------------------

    void complain(const std::string& what) {
        if (complaint_.empty()) complaint_ = what;
    }
    void complain(const Trace& trace, const std::string& what) {
        complain(trace.kind + " of " + std::to_string(trace.number) +
                 (trace.date == Instant{} ? "" : " for " + format_instant(trace.date)) + ": " +
                 what);
    }

    std::vector<Instant> take(const Trace& trace) {
        const auto found = traces_.find(trace);
        return found == traces_.end() ? std::vector<Instant>() : std::exchange(found->second, {});
    }
    // Its instant, if it is there once.
    std::optional<Instant> one_or_none(const Trace& trace, Instant due) {
        const std::vector<Instant> found = take(trace);
        if (found.size() > 1) complain(trace, "done " + std::to_string(found.size()) + " times");
        if (found.empty()) return std::nullopt;
        if (found[0] < due)
            complain(trace,
                     "done at " + format_instant(found[0]) + ", due at " + format_instant(due));
        return found[0];
    }
    std::optional<Instant> one(const Trace& trace, Instant due) {
        const auto found = one_or_none(trace, due);
        if (!found) complain(trace, "lost; due at " + format_instant(due));
        return found;
    }
    void exactly(const Trace& trace, Instant at) {
        const auto found = one(trace, at);
        if (found && *found != at)
            complain(trace, "done at " + format_instant(*found) + ", not at " + format_instant(at));
    }
    // Done when it was due, unless something at `end` came first.
    void unless_ended(const Trace& trace, Instant due, Instant end) {
        if (end < due) return;  // what is there is found by whoever looks at the rest
        const bool must = end == never || clockwork_.was_drained(due, end);
        const auto found = must ? one(trace, due) : one_or_none(trace, due);
        if (found && *found > end) complain(trace, "done after what ended it");
    }

    // One run from its beginning to its end.
    void look_at_work(const Turned& event) {
        const std::int64_t number = event.number;
        one({"aside", number, {}}, later(event.at, 2));
        const auto paused = one({"paused", number, {}}, later(event.at, event.deed->pause));
        // The first answer to what has begun counts.
        const std::vector<Turned>& answers = answers_[number];
        const Instant answered = answers.empty() ? never : answers.front().at;
        if (paused) look_at_wait(number, *paused, answered);
        const Instant end = later(event.at, 6);
        if (answered <= end) exactly({"followed", number, {}}, answered);
        // An answer that comes later is none, even where it has its turn first.
        if (answered > end) one({"unanswered", number, {}}, end);
        if (answered == end) one_or_none({"unanswered", number, {}}, end);
        for (const int part : {1, 2}) look_at_step(event, part, answers);
    }

    // Each answer moves the start of the journey, and with it what is ahead. One that came before
    // its matter moves nothing.
    void look_at_step(const Turned& event, int part, const std::vector<Turned>& answers) {
        const Trace trace{"step " + std::to_string(part), event.number, {}};
        Instant due = later(event.at, event.deed->pause + std::int64_t{3} * part);
        const auto found = one(trace, due);
        if (!found) return;
        for (const Turned& answer : answers) {
            if (answer.number < event.number) continue;
            if (*found < due) break;
            if (*found <= answer.at) return;
            if (clockwork_.was_drained(due, answer.at)) return complain(trace, "done late");
            due = later(due, 5);
        }
        if (*found < due) complain(trace, "done before the start that was moved");
    }

    void look_at_wait(std::int64_t number, Instant paused, Instant answered) {
        const Instant timeout = later(paused, 4);
        const auto came = take({"came", number, {}});
        const auto timed_out = take({"timed_out", number, {}});
        const Trace wait{"wait", number, {}};
        if (came.size() + timed_out.size() != 1)
            return complain(wait, "ended " + std::to_string(came.size()) + " times by an event, " +
                                      std::to_string(timed_out.size()) + " times by time");
        if (!came.empty() && came[0] != std::max(paused, answered))
            complain(wait, "an event came to it at another moment than it did");
        if (!timed_out.empty() && timed_out[0] < timeout) complain(wait, "timed out early");
        if (!timed_out.empty() && answered < timeout) complain(wait, "did not see its event");
        if (!came.empty() && answered > timeout && clockwork_.was_drained(timeout, answered))
            complain(wait, "did not time out");
        one({"opened", number, {}}, came.empty() ? timed_out[0] : came[0]);
    }

    void look_at_lane(const std::vector<Turned>& events) {
        std::map<std::int64_t, int> by_minute;
        std::optional<Instant> last_again;
        std::deque<Instant> window;
        Instant turn_ended;
        exactly({"first", events.front().number, {}}, events.front().at);
        for (std::size_t i = 0; i < events.size(); ++i) {
            const auto& [number, at, deed] = events[i];
            if (!last_again || at >= later(*last_again, 30)) {
                exactly({"again", number, {}}, at);
                last_again = at;
            }
            if (++by_minute[at.micros / (60 * micros_per_second)] <= 2)
                exactly({"limited", number, {}}, at);
            while (!window.empty() && later(window.front(), 15) < at) window.pop_front();
            const bool was_under = window.size() < 3;
            window.push_back(at);
            if (was_under && window.size() == 3) exactly({"often", number, {}}, at);
            if (window.size() > 3) window.pop_front();
            turn_ended = one({"in_turn", number, {}}, later(std::max(turn_ended, at), 3))
                             .value_or(turn_ended);
            const Instant next = i + 1 < events.size() ? events[i + 1].at : never;
            unless_ended({"settled", number, {}}, later(at, 5), next);
            unless_ended({"silent", number, {}}, later(at, 20), next);
        }
    }

    // Once for each date, when that stood long enough or was past when it was set.
    void look_at_visits() {
        for (const auto& [visit, events] : by_visit_) {
            std::map<Instant, bool> may;  // by date; true: it must
            for (std::size_t i = 0; i < events.size();) {
                const Instant date = events[i].deed->starts_at;
                const Instant set = events[i].at, due = later(date, 3);
                while (i < events.size() && events[i].deed->starts_at == date) ++i;
                const Instant end = i < events.size() ? events[i].at : never;
                if (end < due) continue;
                bool& must = may[date];
                must = must || due <= set || end == never || clockwork_.was_drained(due, end);
            }
            for (const auto& [date, must] : may) {
                const Trace trace{"reminded", visit, date};
                if (must)
                    one(trace, later(date, 3));
                else
                    one_or_none(trace, later(date, 3));
            }
        }
    }

    // How often a clock struck since then.
    std::int64_t strikes(Instant since, std::int64_t seconds) const {
        const std::int64_t period = seconds * micros_per_second;
        return clockwork_.now().micros / period - since.micros / period;
    }

    void look_at_clocks() {
        const std::vector<Instant> struck = take({"struck", 0, {}});
        const std::int64_t period = 10 * micros_per_second;
        std::int64_t due = Clockwork::beginning().micros / period * period;
        for (const Instant at : struck)
            if (at.micros < (due += period)) complain("a clock struck early");
        const std::int64_t expected = strikes(Clockwork::beginning(), 10);
        if (static_cast<std::int64_t>(struck.size()) != expected)
            complain("a clock struck " + std::to_string(struck.size()) + " times, not " +
                     std::to_string(expected));
        const std::int64_t sweeps = strikes(set_up_at_, 60);
        std::int64_t found = 0;
        for_each("token", [&](const Record& each) {
            ++found;
            const std::int64_t times = value(each, "token", "struck").as_integer();
            if (times != sweeps)
                complain("a sweep came to a token " + std::to_string(times) + " times, not " +
                         std::to_string(sweeps));
        });
        if (found != Clockwork::tokens) complain(std::to_string(found) + " tokens");
    }

    // Every run that left its last trace has ended, and there is no other.
    void look_at_runs() {
        std::map<std::string, std::int64_t> found;
        for_each("run", [&](const Record& each) {
            const std::string rule(value(each, "run", "rule").as_text());
            const std::string_view status = value(each, "run", "status").as_text();
            if (status != "success") complain("a run of " + rule + " is " + std::string(status));
            ++found[rule];
        });
        const std::vector<std::pair<std::string, std::string>> last_traces = {
            {"prepare", "set_up"},        {"aside", "aside"},         {"work", "opened"},
            {"note_answer", "answered"},  {"first_of_lane", "first"}, {"once_in_a_while", "again"},
            {"limited", "limited"},       {"settled", "settled"},     {"in_turn", "in_turn"},
            {"silent", "silent"},         {"often", "often"},         {"followed", "followed"},
            {"unanswered", "unanswered"}, {"book", "booked"},         {"remind", "reminded"},
            {"strike", "struck"}};
        std::map<std::string, std::int64_t> expected;
        for (const auto& [rule, kind] : last_traces) expected[rule] = count_by_kind_[kind];
        expected["course"] = count_by_kind_["step 1"] + count_by_kind_["step 2"];
        expected["sweep"] = Clockwork::tokens * strikes(set_up_at_, 60);
        for (const auto& [rule, count] : expected)
            if (found[rule] != count)
                complain(std::to_string(found[rule]) + " runs of " + rule + ", not " +
                         std::to_string(count));
        if (found.size() != expected.size()) complain("runs of a rule that is not known");
        std::int64_t calls = 0;
        for_each("effect", [&](const Record& each) {
            ++calls;
            const std::string_view status = value(each, "effect", "status").as_text();
            if (status != "simulated") complain("a call is " + std::string(status));
        });
        for (const char* kind : {"came", "timed_out", "settled", "silent", "often", "followed",
                                 "unanswered", "reminded", "in_turn", "aside", "step 1", "step 2"})
            if (count_by_kind_[kind] == 0) complain("not one trace of " + std::string(kind));
        if (calls != expected["work"]) complain(std::to_string(calls) + " calls");
    }

    engine::Store& store_;
    const rules::Program& program_;
    const Clockwork& clockwork_;
    std::map<Trace, std::vector<Instant>> traces_;  // those that were not looked at yet
    std::map<std::string, std::int64_t> count_by_kind_;
    std::vector<Turned> began_;
    std::map<std::int64_t, std::vector<Turned>> by_lane_, by_visit_;
    std::map<std::int64_t, std::vector<Turned>> answers_;  // by what they answer
    Instant last_turn_, set_up_at_;
    std::string complaint_;
};

}  // namespace

std::string clockwork_difference(engine::Store& store, const rules::Program& program,
                                 const Clockwork& clockwork,
                                 const std::set<std::int64_t>& numbers) {
    return Audit(store, program, clockwork).difference(numbers);
}

}  // namespace pawl::fault
