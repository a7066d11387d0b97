#include "tests/fault/alarms.h"

#include "tests/fault/till.h"

namespace pawl::fault {

rules::Program compile_alarms() {
    return compile_book(R"(rulebook alarms
  pawl 1
  timezone Africa/Nairobi
end

roles admin (admins)

entity trace
  kind text
end

entity visit
  starts_at datetime
end

event began
  lane int
end

event finished
  lane int
end

rule waits
  when began
  then
    create visit with starts_at: now + 20s
    wait 10s
    create trace with kind: "woken"
end

rule remind
  when at visit.starts_at
  then create trace with kind: "reminded"
end

rule settled
  when began
  then create trace with kind: "settled"
  debounce for 30s per began.lane
end

rule silent
  when no began per began.lane for 40s
  then create trace with kind: "silent"
end

rule unfollowed
  when began not followed by finished per began.lane within 50s
  then create trace with kind: "unfollowed"
end

rule strikes
  every day at 10:00
  then create trace with kind: "struck"
end

rule sweeps
  every day at 10:01 for each visit
  then create trace with kind: "swept"
end

journey tour "Tour" of visit
  starts visit.starts_at
  step look "Look around" at start + 45s
    create trace with kind: "looked"
  end
  step leave "Go home" at start + 115s
    create trace with kind: "left"
  end
end

rule in_turn
  when began
  then
    wait 90s
    create trace with kind: "in_turn"
  while running queue per began.lane
end

rule ends
  when began
  then
    wait 3min
    create trace with kind: "ended"
end
)");
}

}  // namespace pawl::fault
