#include "engine/internal/value_window.h"

#include <algorithm>

#include "base/limits.h"
#include "engine/internal/edge_values.h"
#include "engine/internal/state_json.h"

namespace pawl::engine {

using rules::Value;

namespace {

const Value nothing;

}  // namespace

void ValueWindow::decode(std::string_view text, const rules::Schema& schema) {
    StateReader in(text, schema);
    const auto read = [&in](std::string_view name, Pasts& pasts) {
        const std::vector<Value> values = in.values(name);
        for (std::size_t i = 0; i + 1 < values.size(); i += 2)
            if (values[i + 1].kind() == rules::Kind::datetime)
                pasts.push_back({values[i], values[i + 1].as_datetime()});
    };
    high_.clear();
    low_.clear();
    if (keeps_.highest) read("high", high_);
    if (keeps_.lowest) read("low", low_);
    has_fired = in.flag("has_fired");
}

std::string ValueWindow::encode(const rules::Schema& schema) const {
    StateWriter out(schema);
    const auto write = [&out](std::string_view name, const Pasts& pasts) {
        std::vector<Value> values;
        for (const Past& past : pasts) {
            values.push_back(past.value);
            values.push_back(Value::datetime(past.until));
        }
        out.values(name, values);
    };
    write("high", high_);
    write("low", low_);
    out.flag("has_fired", has_fired);
    return out.take();
}

void ValueWindow::move_on(Pasts& pasts, Instant now, Duration length, const Zone& zone) {
    const auto kept = std::find_if(pasts.begin(), pasts.end(), [&](const Past& past) {
        const auto leaves = zone.add(past.until, length);
        return !leaves || *leaves > now;
    });
    pasts.erase(pasts.begin(), kept);
}

void ValueWindow::move_on(Instant now, Duration length, const Zone& zone) {
    move_on(high_, now, length, zone);
    move_on(low_, now, length, zone);
}

void ValueWindow::note(Pasts& pasts, const Value& value, Instant until, bool is_high) {
    while (!pasts.empty()) {
        const auto order = compare_values(pasts.back().value, value);
        // What does not compare with it (another currency) says nothing any more.
        const bool goes_on = is_high ? order > 0 : order < 0;
        if (goes_on) break;
        pasts.pop_back();
    }
    pasts.push_back({value, until});
    if (pasts.size() <= limits::window_values_max) return;
    pasts[0].until = pasts[1].until;
    pasts.erase(pasts.begin() + 1);
}

void ValueWindow::note(const Value& value, Instant until) {
    if (keeps_.highest) note(high_, value, until, true);
    if (keeps_.lowest) note(low_, value, until, false);
}

const Value& ValueWindow::highest() const { return high_.empty() ? nothing : high_.front().value; }

const Value& ValueWindow::lowest() const { return low_.empty() ? nothing : low_.front().value; }

}  // namespace pawl::engine
