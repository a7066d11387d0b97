#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "engine/happening.h"
#include "engine/input.h"
#include "engine/input_reader.h"
#include "rules/program.h"
#include "simulation/line_reader.h"

// An events file (cli.md): CloudEvents and what people did, one JSON object a line, as inputs of
// the core. A line that cannot be read is told as a refusal; the others go in all the same.

namespace pawl::simulation {

struct EventLine {
    std::uint64_t number = 0;   // of the line, from 1
    std::optional<Instant> at;  // `pawlat`, else `time`; nothing: at its predecessor's instant
    std::string id;             // for a refusal
    std::optional<engine::InputOrigin> origin;
    std::variant<engine::InputForm, engine::Refused> form;
};

class EventFile {
 public:
    // Stream and program outlive it.
    EventFile(std::istream& in, const rules::Program& program);

    // The next line; nothing at the end.
    std::optional<EventLine> next();

    bool has_failed() const { return lines_.has_failed(); }

 private:
    LineReader lines_;
    engine::InputReader reader_;
};

}  // namespace pawl::simulation
