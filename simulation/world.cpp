#include "simulation/world.h"

#include <algorithm>

namespace pawl::simulation {

World::World(engine::Engine& engine, Answers& answers, Zone zone, Listener listener)
    : engine_(engine), answers_(answers), zone_(std::move(zone)), listener_(std::move(listener)) {}

void World::schedule(const engine::TurnResult& result) {
    for (const engine::OutgoingCall& call : result.calls) {
        CallAnswer answer = answers_.answer(call, engine_.records());
        // Beyond the calendar there is nothing: such an answer never comes.
        const std::optional<Instant> due = zone_.add(now_, answer.after);
        if (due) to_come_.emplace(Key{*due, scheduled_++}, std::move(answer.input));
    }
}

void World::process(engine::Input input, std::uint64_t line) {
    input.arrival = now_;
    const engine::TurnResult result = engine_.process(input);
    listener_(input, line, result);
    schedule(result);
}

void World::advance(Instant at) {
    while (!to_come_.empty() && to_come_.begin()->first.first <= at) {
        auto next = to_come_.extract(to_come_.begin());
        now_ = std::max(now_, next.key().first);
        process({.arrival = now_, .form = std::move(next.mapped())}, 0);
    }
    now_ = std::max(now_, at);
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
