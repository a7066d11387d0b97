#include "tests/fault/clockwork.h"

#include <algorithm>
#include <string_view>

#include "tests/fault/till.h"

namespace pawl::fault {

namespace {

constexpr std::string_view book = R"(rulebook clockwork
  pawl 1
  timezone Africa/Nairobi
end

roles admin (admins)

service gate
  action open(number: int, opens_at: datetime)
    answers number int
    sample number: 1
  end
end

entity trace
  kind   text
  number int
  at     datetime
  date   datetime ?
end

entity visit
  number    int unique
  starts_at datetime
end

entity matter
  number    int unique
  starts_at datetime
end

entity token
  struck int = 0
end

event set_up
  number int
  tokens int
end

event began
  number int
  matter int
  lane   int
  pause  int
end

event answered
  number int
  matter int
end

event booked
  number    int
  visit     int
  starts_at datetime
end

rule prepare
  when set_up
  then
    for each i in 1..set_up.tokens do
      create token
    end
    create trace with kind: "set_up", number: set_up.number, at: now
end

flow aside(number: int)
  wait 2s
  create trace with kind: "aside", number: number, at: now
end

rule work
  when began
  let pause = began.pause * 1s
  then
    create trace with kind: "began", number: began.number, at: now
    create matter with number: began.number, starts_at: now + pause
    start aside(number: began.number)
    wait pause
    create trace with kind: "paused", number: began.number, at: now
    wait for answered where answered.matter is began.matter up to 4s
      came as answer
        create trace with kind: "came", number: began.number, at: now
      timeout
        create trace with kind: "timed_out", number: began.number, at: now
    end
    let reply = call gate.open(number: began.number, opens_at: now + pause)
    retry 20 times from 1s up to 2s
    create trace with kind: "opened", number: reply.number, at: now
end

rule note_answer
  when answered
  let matter = first m in matter where m.number is answered.matter
  then
    create trace with kind: "answered", number: answered.number, at: now
    if matter is not missing then
      set matter.starts_at to matter.starts_at + 5s
    end
end

journey course "Its course" of matter
  starts matter.starts_at

  for each part in 1..2 do
    step take(part) "Part {{part}}" at start + 3s * part catch up within 1d
      create trace with kind: "step {{part}}", number: matter.number, at: now
    end
  end
end

rule first_of_lane
  when began
  then
    create trace with kind: "first", number: began.number, at: now
  once per began.lane
end

rule once_in_a_while
  when began
  then
    create trace with kind: "again", number: began.number, at: now
  once per began.lane for 30s
end

rule limited
  when began
  then
    create trace with kind: "limited", number: began.number, at: now
  at most 2 per began.lane per minute
end

rule settled
  when began
  then
    create trace with kind: "settled", number: began.number, at: now
  debounce for 5s per began.lane
end

rule in_turn
  when began
  then
    wait 3s
    create trace with kind: "in_turn", number: began.number, at: now
  while running queue per began.lane
end

rule silent
  when no began per began.lane for 20s
  then
    create trace with kind: "silent", number: began.number, at: now
end

rule often
  when 3 began per began.lane within 15s
  then
    create trace with kind: "often", number: began.number, at: now
end

rule followed
  when began followed by answered per began.matter within 6s
  then
    create trace with kind: "followed", number: began.number, at: now
end

rule unanswered
  when began not followed by answered per began.matter within 6s
  then
    create trace with kind: "unanswered", number: began.number, at: now
end

rule book
  when booked
  let visit = first v in visit where v.number is booked.visit
  then
    create trace with kind: "booked", number: booked.number, at: now
    if visit is missing then
      create visit with number: booked.visit, starts_at: booked.starts_at
    else
      set visit.starts_at to booked.starts_at
    end
end

rule remind
  when 3s after visit.starts_at
  then
    create trace with kind: "reminded", number: visit.number, at: now, date: visit.starts_at
  missed runs all
end

rule strike
  every 10s
  then
    create trace with kind: "struck", number: 0, at: now
  missed runs all
end

rule sweep
  every minute for each token
  then
    set token.struck to token.struck + 1
  missed runs all
end
)";

constexpr std::int64_t visit_count = 30;
constexpr std::int64_t busy_lanes = 60, lanes = 300;

// Numbers that look like chance and are the same each time.
std::uint64_t mixed(std::int64_t number, std::uint64_t salt) {
    std::uint64_t value = static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15ULL + salt;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
    return value ^ value >> 31;
}

std::int64_t pick(std::int64_t number, std::uint64_t salt, std::int64_t from, std::int64_t to) {
    return from + static_cast<std::int64_t>(mixed(number, salt) %
                                            static_cast<std::uint64_t>(to - from + 1));
}

Deed make_deed(std::int64_t number, Instant now) {
    Deed deed;
    switch (number == 0 ? -1 : number % 5) {
        case -1: break;
        case 0:
            // Of what began a while ago: before it is waited for, in time, or too late.
            deed.kind = Deed::Kind::answered;
            deed.matter = std::max<std::int64_t>(number - pick(number, 1, 1, 220), 1);
            break;
        case 1: {
            // Dates on a grid, so that one comes back to where it was; some are past.
            constexpr std::int64_t grid = 4 * micros_per_second;
            deed.kind = Deed::Kind::booked;
            deed.visit = pick(number, 2, 1, visit_count);
            deed.starts_at.micros =
                (now.micros / micros_per_second + pick(number, 3, -6, 10)) * micros_per_second;
            deed.starts_at.micros -= deed.starts_at.micros % grid;
            break;
        }
        default:
            deed.kind = Deed::Kind::began;
            deed.matter = number;
            deed.lane = pick(number, 4, 1, number % 2 == 0 ? busy_lanes : lanes);
            deed.pause = pick(number, 5, 1, 4);
    }
    return deed;
}

std::string member(std::string_view name, std::int64_t value) {
    return ",\"" + std::string(name) + "\":" + std::to_string(value);
}

}  // namespace

rules::Program compile_clockwork() { return compile_book(std::string(book)); }

// Not on a whole second, and some minutes before a whole hour.
Instant Clockwork::beginning() { return {1'772'409'600'000'000 - 170'654'321}; }

Clockwork::Clockwork() : now_(beginning()) {}

std::string Clockwork::event(std::int64_t number) {
    while (static_cast<std::int64_t>(deeds_.size()) <= number)
        deeds_.push_back(make_deed(static_cast<std::int64_t>(deeds_.size()), now_));
    const Deed& deed = this->deed(number);
    std::string type, rest;
    switch (deed.kind) {
        case Deed::Kind::set_up:
            type = "set_up";
            rest = member("tokens", tokens);
            break;
        case Deed::Kind::began:
            type = "began";
            rest = member("matter", deed.matter) + member("lane", deed.lane) +
                   member("pause", deed.pause);
            break;
        case Deed::Kind::answered:
            type = "answered";
            rest = member("matter", deed.matter);
            break;
        case Deed::Kind::booked:
            type = "booked";
            rest = member("visit", deed.visit) + ",\"starts_at\":\"" +
                   format_instant(deed.starts_at) + "\"";
            break;
    }
    return R"({"specversion":"1.0","id":")" + payment_id(number) +
           R"(","source":"/fault","type":")" + type + R"(","data":{"number":)" +
           std::to_string(number) + rest + "}}";
}

void Clockwork::note_drained() {
    drained_.push_back(now_);
    ++now_.micros;
}

bool Clockwork::was_drained(Instant due, Instant end) const {
    const auto next = std::lower_bound(drained_.begin(), drained_.end(), due);
    return next != drained_.end() && *next < end;
}

}  // namespace pawl::fault
