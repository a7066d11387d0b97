#include "simulation/world.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::simulation {

World::World(engine::Engine& engine, Answers& answers, Zone zone, Listener listener)
    : engine_(&engine), answers_(answers), zone_(std::move(zone)), listener_(std::move(listener)) {}

void World::schedule(const engine::TurnResult& result) {
    for (const engine::OutgoingCall& call : result.calls) {
        CallAnswer answer = answers_.answer(call, engine_->records());
        // Beyond the calendar there is nothing: such an answer never comes.
        const std::optional<Instant> due = zone_.add(now_, answer.after);
        if (due) to_come_.emplace(Key{*due, scheduled_++}, std::move(answer.input));
    }
}

void World::process(engine::Input input, std::uint64_t line) {
    input.arrival = now_;
    const engine::TurnResult result = engine_->process(input);
    listener_(&input, line, result);
    schedule(result);
}

// One turn of the engine's own, if one is due; false: none is.
bool World::take_due(Instant until) {
    if (is_storm_) return false;
    const std::optional<Instant> due = engine_->next_due();
    if (!due || *due > until) return false;
    now_ = std::max(now_, *due);
    if (const auto result = engine_->process_due(now_)) {
        listener_(nullptr, 0, *result);
        schedule(*result);
    }
    return true;
}

void World::advance(Instant at) {
    if (!has_begun_) {
        has_begun_ = true;
        // A memory store takes every batch.
        PAWL_CHECK(engine_->begin(at).has_value());
    }
    for (;;) {
        // Of one instant, an answer comes before what is due.
        const bool has_answer = !to_come_.empty() && to_come_.begin()->first.first <= at;
        if (has_answer) {
            const Instant then = to_come_.begin()->first.first;
            if (take_due(Instant{then.micros - 1})) continue;
            auto next = to_come_.extract(to_come_.begin());
            now_ = std::max(now_, then);
            process({.arrival = now_, .form = std::move(next.mapped())}, 0);
        } else if (!take_due(at)) {
            break;
        }
    }
    now_ = std::max(now_, at);
}

void World::go_on_with(engine::Engine& engine, Instant at) {
    engine_ = &engine;
    now_ = std::max(now_, at);
    PAWL_CHECK(engine_->begin(now_).has_value());
    while (take_due(now_)) {
    }
}

void World::set_storm(bool is_storm) {
    is_storm_ = is_storm;
    while (take_due(now_)) {
    }
}

void World::take(engine::Input input, std::uint64_t line) {
    process(std::move(input), line);
    advance(now_);
}

void World::answer(const engine::TurnResult& result) {
    schedule(result);
    advance(now_);
}

}  // namespace pawl::simulation
