#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/ports/store_reader.h"
#include "rules/program.h"

// What a store kept, in the forms that `--events` and `--state` take (cli.md): the state at an
// instant and the inputs after it tell a dry-run the same timeline as the engine's own log told.
// Each call begins and ends the reader itself, a page at a time, so that an export of any size lets
// the engine's log shrink; the caller owns the reader's thread.

namespace pawl::engine {

// Takes the next bytes, in order; an error ends the export and is its answer.
using ExportSink = std::function<Status(std::string_view)>;

// Inputs later than `after`, up to and with `until`: what follows the state at `after`.
struct EventsExport {
    std::optional<Instant> after, until;
};

struct EventsExported {
    std::uint64_t events = 0;
    std::uint64_t parked = 0;  // set aside by the engine, and left out: they had no turn
};

// A line for each input, in the order in which they came: its text as it came, with its arrival as
// the extension `pawlat` (meaning.md 6). Error "not_kept": the store no longer has what came then.
Result<EventsExported> export_events(StoreReader& reader, const EventsExport& range,
                                     const ExportSink& sink);

struct StateExported {
    std::uint64_t records = 0, runs = 0;
    std::vector<std::string> left_out;     // "profile.token": secrets are not exported
    std::vector<RunNumber> runs_left_out;  // they hold secrets
};

// One JSON object: entity → list of records, as they were after the last turn at or before `at`
// (none: as they are now), and the member `pawl`, by which a load_state goes on where the store
// was: numbers of runs and ids, and marks. Runs that wait and the steps of journeys are part of it
// as they are now: of one at an earlier instant they are not, since what they were is not kept.
// What is due at the same instant may come in another order after a load. Error "not_kept" as
// above, "name": the rulebook has an entity `pawl`, for which the form has no place.
Result<StateExported> export_state(StoreReader& reader, const rules::Program& program,
                                   std::optional<Instant> at, const ExportSink& sink);

}  // namespace pawl::engine
