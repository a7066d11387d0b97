#include <algorithm>

#include "base/limits.h"
#include "model.h"

// What sets rules off: edges, dates, clocks, and patterns of events.

namespace pawl::sim {

namespace {

using Form = Trigger::Form;

Value field_of(const Record* record, const std::string& field) {
    if (record == nullptr) return {};
    const auto found = record->fields.find(field);
    return found == record->fields.end() ? Value{} : found->second;
}

std::string pattern_key(const Rule& rule, const std::string& client) {
    return rule.id + "/" + client;
}

}  // namespace

Pending Model::pending_of(const Rule& rule, const std::string& subject) const {
    Pending pending;
    pending.rule = &rule;
    pending.subject = subject;
    return pending;
}

// ---- Changes ------------------------------------------------------------------------------------

void Model::changed(const std::string& id, const Record* before, const Record* after_, int depth) {
    const std::string entity = (after_ != nullptr ? after_ : before)->entity;
    for (const auto& [name, rule] : rules_) {
        const Trigger& trigger = rule->trigger;
        if (trigger.form == Form::absence && entity == "client") {
            const std::string key = pattern_key(*rule, id);
            if (after_ == nullptr) {
                state_.quiet.erase(key);
                remove_timers({Timer::Form::absence, 0, key});
            } else if (before == nullptr && trigger.is_including) {
                expect(key, std::nullopt, after(now_, trigger.length));
            }
        }
        if ((trigger.form == Form::sequence || trigger.form == Form::sequence_missing ||
             trigger.form == Form::count) &&
            entity == "client" && after_ == nullptr) {
            const std::string key = pattern_key(*rule, id);
            state_.open.erase(key);
            state_.window.erase(key);
            remove_timers({Timer::Form::sequence, 0, key});
        }
        if (trigger.entity != entity) continue;
        std::optional<Pending> pending;
        if (trigger.form == Form::anchor)
            pending = move_anchor(*rule, id, before, after_);
        else if (is_edge(*rule, id, before, after_))
            pending = pending_of(*rule, id);
        if (!pending) continue;
        pending->names[entity] = {id, {}};
        pending->depth = depth;
        queue_.push_back(*pending);
    }
    if (after_ == nullptr) {
        std::erase_if(state_.known, [&](const auto& each) { return each.first.first == id; });
        return;
    }
    for (const auto& [field, value] : after_->fields)
        if (!value.is_missing()) state_.known[{id, field}] = value;
}

// An edge needs a known value before; what was known last counts, whatever was missing meanwhile.
bool Model::is_edge(const Rule& rule, const std::string& id, const Record* before,
                    const Record* after_) {
    const Trigger& trigger = rule.trigger;
    if (trigger.form == Form::created) return before == nullptr;
    if (trigger.form == Form::removed) return after_ == nullptr;
    if (after_ == nullptr) return false;
    if (trigger.form == Form::updated) return before != nullptr;
    if (trigger.form == Form::whenever) {
        // What was is read off a copy in which it stands as it did.
        const Names names{{trigger.entity, {id, {}}}};
        const bool is_now = holds(names, *trigger.where) == true;
        if (!is_now || before == nullptr) return is_now;
        Record& place = state_.records[id];
        const Record kept = std::exchange(place, *before);
        const auto was = holds(names, *trigger.where);
        place = kept;
        return was == false || (!was && trigger.is_including);
    }
    const Value to = field_of(after_, trigger.field);
    const auto last = state_.known.find({id, trigger.field});
    const Value from = last == state_.known.end() ? Value{} : last->second;
    if (to.is_missing() || to == field_of(before, trigger.field)) return false;
    const auto fits = [&](const Value& value) {
        if (trigger.form == Form::becomes) return value.text == trigger.option;
        if (trigger.form == Form::drops) return value.number < trigger.number;
        if (trigger.form == Form::rises) return value.number > trigger.number;
        return true;
    };
    const bool is_edge_form = trigger.form == Form::becomes || trigger.form == Form::changes ||
                              trigger.form == Form::drops || trigger.form == Form::rises;
    if (!is_edge_form || !fits(to)) return false;
    if (from.is_missing()) return trigger.is_including;
    return trigger.form == Form::changes ? from != to : !fits(from);
}

// ---- Dates --------------------------------------------------------------------------------------

std::optional<Pending> Model::move_anchor(const Rule& rule, const std::string& id,
                                          const Record* before, const Record* after_) {
    const Trigger& trigger = rule.trigger;
    const std::pair<std::string, std::string> key{rule.id, id};
    const Value from = field_of(before, trigger.field);
    const Value to = field_of(after_, trigger.field);
    if (after_ != nullptr && from == to) return std::nullopt;
    state_.anchors.erase(key);
    if (to.is_missing()) return std::nullopt;
    const Instant due = after({to.number}, trigger.length);
    const auto done = state_.anchors_done.find({key, due});
    if (done != state_.anchors_done.end() && now_ < done->second) return std::nullopt;
    if (due > now_) {
        state_.anchors[key] = due;
        return std::nullopt;
    }
    // Past when it was set: too late, unless what was missed is made up for.
    had_its_turn(rule, id, due);
    Pending pending = pending_of(rule, id);
    if (makes_up(rule, due)) return pending;
    skip(pending, "missed");
    return std::nullopt;
}

void Model::anchor_due(const Rule& rule, const std::string& id, Instant due) {
    state_.anchors.erase({rule.id, id});
    had_its_turn(rule, id, due);
    Pending pending = pending_of(rule, id);
    pending.names[rule.trigger.entity] = {id, {}};
    const bool is_missed = now_.micros - due.micros > limits::timer_missed_micros;
    if (is_missed && !makes_up(rule, due)) return skip(pending, "missed");
    queue_.push_back(pending);
}

// Remembered for a day more than it could be made up for: a date that comes back later is told to
// be too late once more.
void Model::had_its_turn(const Rule& rule, const std::string& id, Instant due) {
    Duration within{0, 0, 3600 * micros_per_second};
    for (const Guard& guard : rule.guards) {
        if (guard.form == Guard::Form::missed_all) within = {0, 90, 0};
        if (guard.form == Guard::Form::missed_once) within = guard.length;
    }
    const Instant until = after(std::max(due, now_), within);
    state_.anchors_done[{{rule.id, id}, due}] = {until.micros + micros_per_day};
}

bool Model::makes_up(const Rule& rule, Instant due) const {
    Duration within{0, 0, 3600 * micros_per_second};
    for (const Guard& guard : rule.guards) {
        if (guard.form == Guard::Form::missed_all) return true;
        if (guard.form == Guard::Form::missed_skips) return false;
        if (guard.form == Guard::Form::missed_once) within = guard.length;
    }
    return now_ <= after(due, within);
}

// ---- Clocks -------------------------------------------------------------------------------------

// The first time later than `after`. Intervals are counted from the midnights of the zone; what a
// set clock shows twice strikes again only where the clock goes back by an interval or more.
Instant Model::next_strike(const Rule& rule, Instant after_) const {
    const Trigger& trigger = rule.trigger;
    const Date today = zone_.local(after_).date;
    std::optional<Instant> next;
    for (std::int64_t day = -1; day <= 2; ++day) {
        const Date date = add_days(today, day).value_or(today);
        if (zone_.skips(date)) continue;
        const std::int64_t first = trigger.at ? trigger.at->micros : 0;
        const std::int64_t step = trigger.at ? micros_per_day : trigger.length.micros;
        for (std::int64_t time = first; time < micros_per_day; time += step) {
            const Occurrence comes = zone_.occurrence(date, {time});
            const bool is_again = !trigger.at && comes.second.micros - comes.first.micros >= step;
            for (const Instant at : {comes.first, is_again ? comes.second : comes.first})
                if (at > after_ && (!next || at < *next)) next = at;
        }
    }
    return next.value_or(Instant{after_.micros + micros_per_day});
}

void Model::clock_due(const Rule& rule, Instant due) {
    const bool is_all = std::any_of(rule.guards.begin(), rule.guards.end(), [](const Guard& guard) {
        return guard.form == Guard::Form::missed_all;
    });
    // Of several that were missed the last one counts, unless all do.
    if (now_.micros - due.micros > limits::timer_missed_micros && !is_all)
        for (Instant next = due; next <= now_; next = next_strike(rule, next)) due = next;
    struck_[rule.id] = due;
    const bool is_missed = now_.micros - due.micros > limits::timer_missed_micros;
    if (is_missed && !makes_up(rule, due)) return skip(pending_of(rule, ""), "missed");
    const Trigger& trigger = rule.trigger;
    if (trigger.entity.empty()) return queue_.push_back(pending_of(rule, ""));
    std::map<std::int64_t, std::string> swept;
    for (const auto& [id, record] : state_.records)
        if (record.entity == trigger.entity) swept[record.key] = id;
    for (const auto& [key, id] : swept) {
        Pending pending = pending_of(rule, id);
        pending.names[trigger.entity] = {id, {}};
        if (trigger.where && holds(pending.names, *trigger.where) != true) continue;
        queue_.push_back(pending);
    }
}

// ---- Events -------------------------------------------------------------------------------------

// A run does not hear what it said itself before it began to wait.
void Model::happened(const Occurred& event, int depth, int by) {
    for (const bool is_second : {true, false}) take_overdue(event, is_second);
    for (auto& [number, run] : state_.runs) {
        if (!run.is_waiting || number == by) continue;
        if (run.came || !matches(run, event)) {
            run.kept.push_back(event);  // for what it waits for next
            continue;
        }
        run.came = event;
        Pending pending;
        pending.form = Pending::Form::wake;
        pending.run = number;
        pending.depth = depth;
        queue_.push_back(pending);
    }
    const auto described =
        std::find_if(scenario_.events.begin(), scenario_.events.end(),
                     [&](const Event& each) { return each.name == event.event; });
    for (const auto& [name, rule] : rules_) {
        std::optional<Pending> pending;
        if (rule->trigger.form == Form::event) {
            if (rule->trigger.event != event.event) continue;
            const Value client = event.fields.at("client");
            pending = pending_of(*rule, described->is_about_client ? client.text : "");
            pending->is_of_gone = !state_.records.contains(client.text);
            pending->names[event.event] = {{}, event.fields};
        } else {
            pending = pattern(*rule, event);
        }
        if (!pending) continue;
        pending->depth = depth;
        queue_.push_back(*pending);
    }
}

std::optional<Pending> Model::pattern(const Rule& rule, const Occurred& event) {
    const Trigger& trigger = rule.trigger;
    const std::string client = event.fields.at("client").text;
    if (!state_.records.contains(client)) return std::nullopt;
    const std::string key = pattern_key(rule, client);
    Pending pending = pending_of(rule, client);
    if (trigger.form == Form::absence) {
        if (event.event != trigger.event) return std::nullopt;
        if (trigger.where && holds({{event.event, {{}, event.fields}}}, *trigger.where) != true)
            return std::nullopt;
        expect(key, event, after(now_, trigger.length));
        return std::nullopt;
    }
    if (trigger.form == Form::count) {
        if (event.event != trigger.event) return std::nullopt;
        auto& window = state_.window[key];
        std::erase_if(window,
                      [&](const auto& each) { return after(each.first, trigger.length) < now_; });
        window.emplace_back(now_, 0);
        if (static_cast<std::int64_t>(window.size()) != trigger.number) return std::nullopt;
        pending.names[event.event] = {{}, event.fields};
        return pending;
    }
    if (trigger.form != Form::sequence && trigger.form != Form::sequence_missing)
        return std::nullopt;
    const auto open = state_.open.find(key);
    const bool is_open =
        open != state_.open.end() && now_ <= after(open->second.first, trigger.length);
    if (event.event == trigger.second && is_open) {
        pending.names[trigger.event] = {{}, open->second.second.fields};
        pending.names[trigger.second] = {{}, event.fields};
        state_.open.erase(open);
        remove_timers({Timer::Form::sequence, 0, key});
        if (trigger.form == Form::sequence_missing) return std::nullopt;
        return pending;
    }
    if (event.event != trigger.event || is_open) return std::nullopt;
    state_.open[key] = {now_, event};
    if (trigger.form == Form::sequence_missing)
        add_timer(after(now_, trigger.length), {Timer::Form::sequence, 0, key});
    return std::nullopt;
}

// What should have had its turn before the event came has it now.
void Model::take_overdue(const Occurred& event, bool is_second) {
    const std::string client = event.fields.at("client").text;
    if (!state_.records.contains(client)) return;
    for (const auto& [name, rule] : rules_) {
        const Trigger& trigger = rule->trigger;
        if ((is_second ? trigger.second : trigger.event) != event.event) continue;
        const std::string key = pattern_key(*rule, client);
        std::optional<Instant> due;
        if (trigger.form == Form::absence && state_.quiet.contains(key)) {
            const bool counts = !trigger.where ||
                                holds({{event.event, {{}, event.fields}}}, *trigger.where) == true;
            if (counts) due = state_.quiet.at(key).due;
        } else if (trigger.form == Form::sequence_missing && state_.open.contains(key)) {
            due = after(state_.open.at(key).first, trigger.length);
        }
        if (!due || *due > now_) continue;
        remove_timers(
            {trigger.form == Form::absence ? Timer::Form::absence : Timer::Form::sequence, 0, key});
        pattern_due(key, *due);
    }
}

// The next look at an absence: one that is under way is enough, and looks again.
void Model::expect(const std::string& key, const std::optional<Occurred>& last, Instant due) {
    const bool is_under_way = state_.quiet.contains(key);
    state_.quiet[key] = {last, due};
    if (!is_under_way) add_timer(due, {Timer::Form::absence, 0, key});
}

// An absence, or a sequence that was not completed.
void Model::pattern_due(const std::string& key, Instant due) {
    const std::size_t slash = key.find('/');
    const Rule& rule = *rules_.at(key.substr(0, slash));
    Pending pending = pending_of(rule, key.substr(slash + 1));
    std::optional<Occurred> event;
    if (rule.trigger.form == Form::absence) {
        const auto quiet = state_.quiet.at(key);
        state_.quiet.erase(key);
        if (quiet.due > now_) return expect(key, quiet.last, quiet.due);
        event = quiet.last;
        due = quiet.due;
    } else {
        event = state_.open.at(key).second;
        state_.open.erase(key);
    }
    pending.is_missed =
        now_.micros - due.micros > limits::timer_missed_micros && !makes_up(rule, due);
    pending.names[rule.trigger.event] = {{},
                                         event ? event->fields : std::map<std::string, Value>{}};
    queue_.push_back(pending);
}

}  // namespace pawl::sim
