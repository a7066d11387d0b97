#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "rules/program.h"

// A program that runs code of another one: the units with which runs that wait began, when the
// rulebook was edited meanwhile (meaning.md 35). What such code names is looked up by name in the
// program that takes it in, which stays as it is otherwise: none of its rules is set off by it.

namespace pawl::rules {

// What a unit that was taken in has besides its code: the row of its declaration, as it was.
struct FormerText {
    UnitIndex unit = 0;  // in the program that took it in
    std::optional<Rule> rule;
    std::optional<Journey> journey;
};

// Takes a unit of `from`, with what it calls, into `into`, and adds its row to `former`. It keeps
// its hash and its places. Error "gone", and neither is changed: it names what `into` does not have
// any more, or has with another type. Both programs are sound (verify_program).
Result<UnitIndex> adopt_unit(Program& into, const Program& from, UnitIndex unit,
                             std::vector<FormerText>& former);

}  // namespace pawl::rules
