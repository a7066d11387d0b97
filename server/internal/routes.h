#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/internal/request.h"
#include "server/internal/url_text.h"

// What a target asks for.

namespace pawl::server::internal {

enum class Route : std::uint8_t {
    events,
    entities,
    records,
    record,
    runs,
    run,
    effects,
    held,
    journeys,
    parked,
    preview,
    clock,
    accept_clock,
    export_events,
    export_state,
    erase,
    erase_record,
    healthz,
    readyz,
    metrics,
    other,  // nothing is there
};
constexpr std::size_t route_count = static_cast<std::size_t>(Route::other) + 1;

// "/api/entities/{entity}"
std::string_view route_text(Route route);

struct Target {
    Route route = Route::other;
    std::string first, second;  // `entity` and `id` of the path
    Parameters parameters;
};

// Nothing when an escape is wrong.
std::optional<Target> parse_target(std::string_view target);

bool takes(Route route, Method method);
std::string_view allowed_methods(Route route);  // "GET, HEAD, OPTIONS"

}  // namespace pawl::server::internal
