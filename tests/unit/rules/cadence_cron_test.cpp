#include "cadence_support.h"

namespace pawl::rules {
namespace {

std::uint64_t bits(std::initializer_list<int> numbers) {
    std::uint64_t set = 0;
    for (const int number : numbers) set |= 1ULL << number;
    return set;
}

Cron parsed(const char* line) { return cron(line).cron; }

std::string error_of(const std::string& line) {
    const auto result = parse_cron(line);
    return result ? "none" : result.error().message;
}

constexpr std::uint64_t all_minutes = (1ULL << 60) - 1;
constexpr std::uint32_t all_hours = (1U << 24) - 1;
constexpr std::uint32_t all_days = 0xffff'fffe;

}  // namespace

TEST_CASE("a cron line is five sets") {
    const Cron weekly = parsed("0 9 * * 1");
    CHECK(weekly.minutes == bits({0}));
    CHECK(weekly.hours == bits({9}));
    CHECK(weekly.days == all_days);
    CHECK(weekly.months == 0x1ffe);
    CHECK(weekly.weekdays == bits({1}));
    CHECK(weekly.every_day);
    CHECK_FALSE(weekly.every_hour);
    CHECK_FALSE(weekly.every_weekday);

    const Cron always = parsed("* * * * *");
    CHECK(always.minutes == all_minutes);
    CHECK(always.hours == all_hours);
    CHECK(always.weekdays == 0x7f);
    CHECK(always.every_hour);
    CHECK(always.every_weekday);

    const Cron mixed = parsed(" 05,10-20/5\t8-18/4  1,31 jan,NOV-dec Fri-sun,2 ");
    CHECK(mixed.minutes == bits({5, 10, 15, 20}));
    CHECK(mixed.hours == bits({8, 12, 16}));
    CHECK(mixed.days == bits({1, 31}));
    CHECK(mixed.months == bits({1, 11, 12}));
    CHECK(mixed.weekdays == bits({0, 2, 5, 6}));
    CHECK_FALSE(mixed.every_day);
    CHECK_FALSE(mixed.every_weekday);

    CHECK(parsed("*/25 * * * *").minutes == bits({0, 25, 50}));
    CHECK(parsed("0 0 * */5 *").months == bits({1, 6, 11}));
    CHECK(parsed("0 0 * * */2").weekdays == bits({0, 2, 4, 6}));
    CHECK(parsed("0 0 * * */2").every_weekday);
    CHECK(parsed("0 0 * * 7") == parsed("0 0 * * 0"));
    CHECK(parsed("0 0 * * 0-7").weekdays == 0x7f);
    CHECK(parsed("0 0 * * sat-sun").weekdays == bits({0, 6}));
    CHECK(parsed("0 0 * * sun-tue").weekdays == bits({0, 1, 2}));
    CHECK(parsed("0 0-23 * * *") == parsed("0 * * * *"));
    CHECK(parsed("0 0-23 * * *").every_hour);
    CHECK_FALSE(parsed("0 */2 * * *").every_hour);
    CHECK_FALSE(parsed("0 0 1-31 * 1").every_day);
    CHECK(parsed("0 0 5,*/7 * 1").every_day);
}

TEST_CASE("days and weekdays that are both given are alternatives") {
    CHECK(occurrences(cron("0 0 13 * fri"), "UTC", "2026-02-01T00:00:00Z", 7) ==
          Texts{"2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z",
                "2026-02-27T00:00:00Z", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z",
                "2026-03-20T00:00:00Z"});
    CHECK(occurrences(cron("0 0 12 * fri"), "UTC", "2026-02-07T00:00:00Z", 2) ==
          Texts{"2026-02-12T00:00:00Z", "2026-02-13T00:00:00Z"});
    // No February has a 30th, but Mondays.
    CHECK(occurrences(cron("0 0 30 2 mon"), "UTC", "2026-02-24T00:00:00Z", 1) ==
          Texts{"2027-02-01T00:00:00Z"});
    // A star is not given: odd days that are Mondays, the first of each month.
    CHECK(occurrences(cron("0 0 */2 * mon"), "UTC", "2026-03-02T00:00:00Z", 4) ==
          Texts{"2026-03-09T00:00:00Z", "2026-03-23T00:00:00Z", "2026-04-13T00:00:00Z",
                "2026-04-27T00:00:00Z"});
    CHECK(occurrences(cron("0 0 1 * *"), "UTC", "2026-03-02T00:00:00Z", 1) ==
          Texts{"2026-04-01T00:00:00Z"});
    // 29 February was a Monday in 2016 and is one in 2044.
    CHECK(occurrences(cron("0 0 */28 2 mon"), "UTC", "2038-02-02T00:00:00Z", 1) ==
          Texts{"2044-02-01T00:00:00Z"});
    CHECK(occurrences(cron("0 0 */28 2 mon"), "UTC", "2044-02-02T00:00:00Z", 1) ==
          Texts{"2044-02-29T00:00:00Z"});
}

TEST_CASE("a cron line that is none is told what fits") {
    CHECK(error_of("61 * * * *") == "`61` is no minute: 0 to 59");
    CHECK(error_of("60 * * * *") == "`60` is no minute: 0 to 59");
    CHECK(error_of("0 24 * * *") == "`24` is no hour: 0 to 23");
    CHECK(error_of("0 0 0 * *") == "`0` is no day of the month: 1 to 31");
    CHECK(error_of("0 0 32 * *") == "`32` is no day of the month: 1 to 31");
    CHECK(error_of("0 0 L * *") == "`L` is no day of the month: 1 to 31");
    CHECK(error_of("0 0 ? * 1") == "`?` is no day of the month: 1 to 31; write `*`");
    CHECK(error_of("0 0 * 13 *") == "`13` is no month: 1 to 12 or `jan` to `dec`");
    CHECK(error_of("0 0 * june *") == "`june` is no month: 1 to 12 or `jan` to `dec`; write `jun`");
    CHECK(error_of("0 0 * * 8") == "`8` is no weekday: 0 to 7 or `sun` to `sat`");
    CHECK(error_of("0 0 * * mo") == "`mo` is no weekday: 0 to 7 or `sun` to `sat`");
    CHECK(error_of("0 0 * * jan") == "`jan` is no weekday: 0 to 7 or `sun` to `sat`");
    CHECK(error_of("99999999999999999999 * * * *") ==
          "`99999999999999999999` is no minute: 0 to 59");
    CHECK(error_of("-5 * * * *") == "`` is no minute: 0 to 59");
    CHECK(error_of("5- * * * *") == "`` is no minute: 0 to 59");
    CHECK(error_of("1-2-3 * * * *") == "`2-3` is no minute: 0 to 59");
    CHECK(error_of("1.5 * * * *") == "`1.5` is no minute: 0 to 59");
    CHECK(error_of("*/0 * * * *") == "`0` is no step of minutes: 1 to 59");
    CHECK(error_of("*/90 * * * *") == "`90` is no step of minutes: 1 to 59");
    CHECK(error_of("*/ * * * *") == "`` is no step of minutes: 1 to 59");
    CHECK(error_of("0 */x * * *") == "`x` is no step of hours: 1 to 23");
    CHECK(error_of("5/15 * * * *") ==
          "the minutes `5/15` have a step without a range: write `5-59/15`");
    CHECK(error_of("*5 * * * *") ==
          "the minutes `*5` are more than a `*`: it stands alone or with a step, as in `*/2`");
    CHECK(error_of("0 22-4 * * *") == "the hours `22-4` run backwards: write `22-23,0-4`");
    CHECK(error_of("0 23-0 * * *") == "the hours `23-0` run backwards: write `23,0`");
    CHECK(error_of("0 0 * * sat-mon") == "the weekdays `sat-mon` run backwards: write `6,0-1`");
    CHECK(error_of("1,,2 * * * *") ==
          "the minutes `1,,2` have a comma with nothing beside it: 0 to 59");
    CHECK(error_of("0 1, * * *") == "the hours `1,` have a comma with nothing beside it: 0 to 23");
}

TEST_CASE("a cron line of other than five fields is told so") {
    const std::string fits =
        ": five fit, the minute, hour, day of the month, month and weekday, as in `0 9 * * 1`";
    CHECK(error_of("") == "the cron line is empty" + fits);
    CHECK(error_of(" \t ") == "the cron line is empty" + fits);
    CHECK(error_of("9") == "`9` is one field" + fits);
    CHECK(error_of("0 9 * *") == "`0 9 * *` has 4 fields" + fits);
    CHECK(error_of("0 0 9 * * 1") ==
          "`0 0 9 * * 1` has 6 fields" + fits + "; seconds and years have no field here");
    CHECK(error_of("@daily") == "`@daily` is a nickname: write `0 0 * * *`");
    CHECK(error_of("@reboot") == "`@reboot` is one field" + fits);
}

TEST_CASE("nothing of a cron line is printed that could disturb a terminal") {
    CHECK(error_of("\x1b[2J * * * *") == "`\\u001b[2J` is no minute: 0 to 59");
    CHECK(error_of(std::string(100'000, '1') + " * * * *").size() < 100);
    CHECK(error_of(std::string(100'000, ',') + " * * * *").size() < 150);
    CHECK(error_of(std::string(100'000, ' ')).size() < 150);
    std::string many = "0";
    for (int index = 0; index < 20'000; ++index) many += ",*/7";
    CHECK(error_of(many + " * * * *") == "none");
}

}  // namespace pawl::rules
