#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/store/sqlite_store.h"
#include "rules/program.h"

// `pawl erase profile/ID` (meaning.md 37): blanks what a store keeps of a person and leaves the
// audit's skeleton. Of the record itself every field that is text, or holds text, is blanked; what
// is required gets a blank that its type takes, the rest goes. Its choices, numbers, dates and
// references stay. Everywhere else the person's e-mail and web addresses, phone numbers and name
// are looked for, as they are and as the kept history says they were:
//
//  - an input that says one, or is about the record, keeps its envelope alone, with
//  `"erased":true`;
//  - a row of the log, an effect, a notification or a run that says one has `erased` for the text;
//  - in other records each mention of an address or a number becomes `erased`; a name stays there,
//    since it is many people's;
//  - marks that are for one go; the variables of waiting runs that say one are blanked;
//  - the history of the record's blanked fields is blanked with them.
//
// The record bears a mark from then on (engine/store/erased_mark.h): nobody acts as it any more,
// and no journey and no step of one is begun for it.
//
// Ids stay, since everything refers by them; and tables of entities that the rulebook has no more
// are not looked through.

namespace pawl::engine {

struct ErasedPerson {
    std::map<std::string, std::uint64_t> rows;  // blanked, by table
    // Fields whose value has fewer than 4 letters, or 7 digits: blanked where it stands, and not
    // looked for elsewhere, since it would be found everywhere.
    std::vector<std::string> too_short;
    std::uint64_t unprocessed = 0;  // inputs whose turn is still to come: to be erased again after
    // False where the file is too large to be written anew at once: bytes may stay in its free
    // places until it is.
    bool is_compacted = true;
};

// Runs work with the store on the thread that may write: Runtime::with_store, or the caller's own.
// False: it could not be run.
using OnStore = std::function<bool(const std::function<void(SqliteStore&)>&)>;

// In small steps, between which an engine goes on. After a crash on the way the same call goes on;
// a second call finds nothing more. Errors: "usage" (not of the form ENTITY/ID), "unknown" (the
// rulebook has no such entity, or the store no such record, nor had one), and the store's.
Result<ErasedPerson> erase_person(const rules::Program& program, std::string_view name,
                                  const OnStore& on_store);

}  // namespace pawl::engine
