#include "server/internal/routes.h"

#include <array>
#include <utility>
#include <vector>

namespace pawl::server::internal {

namespace {

// By Route. A part in braces takes any text.
constexpr std::array<std::string_view, route_count> route_texts = {
    "/api/events",
    "/api/entities",
    "/api/entities/{entity}",
    "/api/entities/{entity}/{id}",
    "/api/runs",
    "/api/runs/{id}",
    "/api/effects",
    "/api/held",
    "/api/journeys",
    "/api/parked",
    "/api/preview",
    "/api/clock",
    "/api/clock/accept",
    "/api/export/events",
    "/api/export/state",
    "/api/erase",
    "/api/erase/{entity}/{id}",
    "/healthz",
    "/readyz",
    "/metrics",
    "other",
};

bool is_posted(Route route) {
    return route == Route::events || route == Route::erase || route == Route::erase_record ||
           route == Route::preview || route == Route::accept_clock;
}

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto [part, rest] = cut(path, '/');
        parts.push_back(part);
        path = rest;
    }
    return parts;
}

// Puts what stands where the route has braces into `taken`.
bool is_route(std::string_view route, const std::vector<std::string>& parts,
              std::vector<std::string>& taken) {
    const std::vector<std::string_view> due = split_path(route.substr(1));
    if (due.size() != parts.size()) return false;
    taken.clear();
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (due[i].front() == '{') {
            if (parts[i].empty()) return false;
            taken.push_back(parts[i]);
        } else if (due[i] != parts[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string_view route_text(Route route) { return route_texts[static_cast<std::size_t>(route)]; }

std::optional<Target> parse_target(std::string_view text) {
    Target target;
    // The one that is asked sixty thousand times a second.
    if (text == route_text(Route::events)) {
        target.route = Route::events;
        return target;
    }
    const auto [path, query] = cut(text, '?');
    std::optional<Parameters> parameters = parse_query(query);
    if (!parameters) return std::nullopt;
    target.parameters = std::move(*parameters);
    if (path.empty() || path.front() != '/') return target;

    std::vector<std::string> parts;
    for (const std::string_view part : split_path(path.substr(1))) {
        std::optional<std::string> plain = unescape(part, Escaping::path);
        if (!plain) return std::nullopt;
        parts.push_back(std::move(*plain));
    }
    std::vector<std::string> taken;
    for (std::size_t i = 0; i + 1 < route_count; ++i) {
        if (!is_route(route_texts[i], parts, taken)) continue;
        target.route = static_cast<Route>(i);
        taken.resize(2);
        target.first = std::move(taken[0]);
        target.second = std::move(taken[1]);
        break;
    }
    return target;
}

bool takes(Route route, Method method) {
    if (method == Method::options) return true;
    if (is_posted(route)) return method == Method::post;
    return method == Method::get || method == Method::head;
}

std::string_view allowed_methods(Route route) {
    return is_posted(route) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

}  // namespace pawl::server::internal
