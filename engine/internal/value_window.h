#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/zone.h"
#include "rules/schema.h"
#include "rules/value.h"

// What a field of one record was during a window that moves on with time, as far as its highest and
// lowest values go: a value below a later one can never be the highest again. At most
// limits::window_values_max of each are kept; beyond that the two oldest count as one, which was as
// high (or low) as the further one and lasted as long as the longer.

namespace pawl::engine {

class ValueWindow {
 public:
    // Which of the two is asked for.
    struct Keeps {
        bool highest = false, lowest = false;
    };
    explicit ValueWindow(Keeps keeps) : keeps_(keeps) {}

    // Of what `encode` wrote; of anything else an empty one.
    void decode(std::string_view text, const rules::Schema& schema);
    std::string encode(const rules::Schema& schema) const;

    // Forgets what had ended when the window of that length began: at `now`.
    void move_on(Instant now, Duration length, const Zone& zone);
    // The field had that value up to `until`, which is not before any that was noted.
    void note(const rules::Value& value, Instant until);
    // Missing: nothing is known.
    const rules::Value& highest() const;
    const rules::Value& lowest() const;

    bool has_fired = false;  // since it last crossed; kept with the rest

 private:
    struct Past {
        rules::Value value;
        Instant until;
    };
    using Pasts = std::vector<Past>;

    static void note(Pasts& pasts, const rules::Value& value, Instant until, bool is_high);
    static void move_on(Pasts& pasts, Instant now, Duration length, const Zone& zone);

    Keeps keeps_;
    Pasts high_, low_;  // oldest first: descending, ascending
};

}  // namespace pawl::engine
