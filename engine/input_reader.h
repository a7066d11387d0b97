#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "engine/happening.h"
#include "engine/input.h"
#include "rules/event_reader.h"
#include "rules/program.h"

// JSON text to an input of the core: a CloudEvent of the rulebook, or what a person did as an event
// of a reserved type (cli.md: `pawl.change`, `pawl.create`, ...). A line of an events file and an
// item of `POST /api/events` are read by the same words.

namespace pawl::engine {

struct ReadInput {
    std::optional<Instant> at;       // `pawlat`, else `time`
    std::optional<Instant> sent_at;  // `time`
    std::string type, id;            // empty where the text has none
    std::optional<InputOrigin> origin;
    // A text that is no event of the rulebook, and no reserved type, is an EventInput without
    // origin: the core refuses it, and says why.
    std::variant<InputForm, Refused> form;
};

// The key of an event of that type: its source, its id and what it says.
InputOrigin event_origin(const std::string& type, const rules::EventView& view);

class InputReader {
 public:
    // The program outlives it. One reader a thread.
    explicit InputReader(const rules::Program& program);

    ReadInput read(std::string text);

    // What `read` says of a text of so many bytes, for who does not want to hold it.
    static ReadInput too_large(std::size_t bytes);

 private:
    const rules::Program& program_;
    rules::EventReader reader_;
};

}  // namespace pawl::engine
