#pragma once

#include <map>
#include <string>

#include "engine/happening.h"

// What happens in a running engine, as lines of its log (base/log.h): with level debug each
// happening, else failures, alerts and refusals alone. A JSON line carries the members of the
// happening's own line (happening_json.h), byte for byte and last, behind `level` and, where they
// are known and not among them, `event` and `rule`. Secrets are dots there already.

namespace pawl::cli {

// One thread tells it; it is told of happenings in their order.
class HappeningLog {
 public:
    // Whether the log as it is configured has a line for it.
    static bool is_written(const engine::Happening& happening);

    // `json` is the happening's line; not looked at where nothing is written.
    void tell(const std::string& json, const engine::Happening& happening);

 private:
    struct Origin {
        std::string rule, event;
    };

    // What set the happening off; nothing where it began before this process did.
    const Origin& origin_of(const engine::Happening& happening);

    std::map<engine::RunNumber, Origin> runs_;  // that have begun and not ended
    Origin current_;
};

}  // namespace pawl::cli
