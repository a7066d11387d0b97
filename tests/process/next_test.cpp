#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/process/process.h"

// `pawl next`: what fires as time passes. It begins where `--from` says, so that no test reads a
// clock.

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Workplace;

namespace {

const std::string book = R"(rulebook office
  pawl 1
  timezone Europe/Prague
  currency CZK
end

entity person
  name  text
  role  one of admin = admin
end

roles admin (admins) of person.role

entity session
  title      text
  starts_at  datetime ?
  is_told    bool = false
end

entity payment
  amount  money
  status  one of pending, paid = pending
end

journey plan "Plan" of session
  starts session.starts_at
  step prepare "Prepare" at start - 2d
    log "prepare"
  end
  step tidy "Tidy up" at start + 1d unless session.is_told
    log "tidy"
  end
end

rule tell_session "Tell of a session a day before"
  when 24h before session.starts_at
  then
    set session.is_told to true
end

rule close_books "Close the books"
  every day at 02:30
  then
    log "closed"
end

rule remind_payment "Remind of payments"
  every day at 09:00 in Africa/Nairobi for each payment where payment.status is pending
  then
    set payment.status to paid
end

rule evening_report "A report, in the morning"
  every monday at 20:00
  then
    log "report"
  only between 08:00 and 18:00, else hold
end

rule follow_telling "Only when something happens"
  when session.is_told becomes true
  then
    log "told"
end

rule asleep "Does not fire" paused
  every day at 12:00
  then
    log "never"
end
)";

const std::string state =
    R"({"session":[{"id":"s1","title":"Review","starts_at":"2026-03-30T10:00:00+02:00"}],)"
    R"("payment":[{"id":"p1","amount":100},{"id":"p2","amount":100,"status":"paid"}]})";

Finished next(const std::string& words) {
    const Workplace place;
    place.write("book.pawl", book);
    place.write("state.json", state);
    place.write("events.ndjson",
                R"({"specversion":"1.0","id":"1","source":"/t","type":"pawl.change",)"
                R"("time":"2026-03-28T12:00:00Z","data":{"entity":"session","id":"s1",)"
                R"("set":{"starts_at":"2026-04-02T10:00:00+02:00"}}})"
                "\nno event\n");
    return place.shell("pawl next book.pawl --state state.json --from 2026-03-28 " + words);
}

}  // namespace

TEST_CASE("the firings to come are told by time, with who they concern and what is odd") {
    const Finished done = next("--for 4d");
    INFO(done.err);
    CHECK(done.exit == 0);
    CHECK(done.err.empty());
    CHECK(
        done.out ==
        "at                zone            rule            of          note\n"
        "2026-03-28 02:30  Europe/Prague   close_books\n"
        "2026-03-28 09:00  Africa/Nairobi  remind_payment  payment/p1\n"
        "2026-03-28 10:00  Europe/Prague   plan            session/s1  step prepare\n"
        "2026-03-29 03:00  Europe/Prague   close_books                 the clock jumps over 02:30\n"
        "2026-03-29 10:00  Europe/Prague   tell_session    session/s1\n"
        "2026-03-30 02:30  Europe/Prague   close_books\n"
        "2026-03-31 02:30  Europe/Prague   close_books\n"
        "2026-03-31 08:00  Europe/Prague   evening_report              due 2026-03-30 20:00, put "
        "off by `only between`\n"
        "2026-03-31 10:00  Europe/Prague   plan            session/s1  step tidy, skipped: its "
        "`unless` is true\n"
        "9 firings until 2026-04-01 00:00, Europe/Prague\n");
}

TEST_CASE("each firing is a JSON object of seven members") {
    const Finished done = next("--for 2d --json");
    CHECK(done.out ==
          R"({"at":"2026-03-28T01:30:00Z","local":"2026-03-28T02:30:00+01:00",)"
          R"("zone":"Europe/Prague","rule":"close_books","entity":"","id":"","note":""})"
          "\n"
          R"({"at":"2026-03-28T06:00:00Z","local":"2026-03-28T09:00:00+03:00",)"
          R"("zone":"Africa/Nairobi","rule":"remind_payment","entity":"payment","id":"p1",)"
          R"("note":""})"
          "\n"
          R"({"at":"2026-03-28T09:00:00Z","local":"2026-03-28T10:00:00+01:00",)"
          R"("zone":"Europe/Prague","rule":"plan","entity":"session","id":"s1",)"
          R"("note":"step prepare"})"
          "\n"
          R"({"at":"2026-03-29T01:00:00Z","local":"2026-03-29T03:00:00+02:00",)"
          R"("zone":"Europe/Prague","rule":"close_books","entity":"","id":"",)"
          R"("note":"the clock jumps over 02:30"})"
          "\n"
          R"({"at":"2026-03-29T08:00:00Z","local":"2026-03-29T10:00:00+02:00",)"
          R"("zone":"Europe/Prague","rule":"tell_session","entity":"session","id":"s1",)"
          R"("note":""})"
          "\n");
}

TEST_CASE("an hour that comes twice is told, and fires once") {
    const Workplace place;
    place.write("book.pawl", book);
    const Finished done = place.shell("pawl next book.pawl close_books --from 2026-10-24 --for 3d");
    CHECK(done.out ==
          "at                rule         note\n"
          "2026-10-24 02:30  close_books\n"
          "2026-10-25 02:30  close_books  02:30 comes twice\n"
          "2026-10-26 02:30  close_books\n"
          "times of Europe/Prague\n"
          "3 firings until 2026-10-27 00:00\n");
}

TEST_CASE("a local time that the clock jumps over is told, however it is asked for") {
    const Workplace place;
    place.write("book.pawl", R"(rulebook jumps
  pawl 1
  timezone Europe/Prague
  currency CZK
end

roles admin (admins)

entity task
  due_on  date
end

rule by_anchor "A day before"
  when 1d before task.due_on at 02:30
  then
    log "task"
end

rule by_cron "By cron"
  cron "30 2 * * *"
  then
    log "cron"
end

rule by_interval "Twice a day"
  every 12h
  then
    log "interval"
end

rule by_month "By the month"
  every month on day 29 at 02:30
  then
    log "month"
end
)");
    place.write("state.json", R"({"task":[{"id":"t1","due_on":"2026-03-30"}]})");
    const Finished done =
        place.shell("pawl next book.pawl --state state.json --from 2026-03-29 --for 1d | sort");
    CHECK(done.out ==
          "2026-03-29 03:00  by_anchor    task/t1  the clock jumps over 02:30\n"
          "2026-03-29 03:00  by_cron               the clock jumps over 02:30\n"
          "2026-03-29 03:00  by_month              the clock jumps over 02:30\n"
          "2026-03-29 12:00  by_interval\n"
          "2026-03-30 00:00  by_interval\n"
          "5 firings until 2026-03-30 00:00\n"
          "at                rule         of       note\n"
          "times of Europe/Prague\n");
    const Finished autumn =
        place.shell("pawl next book.pawl by_cron --from 2026-10-25 --for 1d --json");
    CHECK_THAT(autumn.out, Contains(R"("at":"2026-10-25T00:30:00Z")") &&
                               Contains(R"("note":"02:30 comes twice")"));
}

TEST_CASE("what is put off beyond the end is told, too") {
    const Finished done = next("evening_report --for 3d");
    CHECK_THAT(done.out,
               Contains("2026-03-30 20:00  evening_report  put off by `only between` until "
                        "2026-03-31 08:00\ntimes of Europe/Prague\n1 firing until"));
}

TEST_CASE("one rule or one journey alone") {
    CHECK_THAT(next("plan --for 9d").out, Contains("\n2 firings until "));
    CHECK_THAT(next("remind_payment --for 9d").out, Contains("\n1 firing until "));
    CHECK(next("tell_session --for 1h").out == "0 firings until 2026-03-28 01:00, Europe/Prague\n");
    const Finished happens = next("follow_telling");
    CHECK(happens.exit == 1);
    CHECK_THAT(happens.err, Contains("`follow_telling` waits for no time"));
    const Finished paused = next("asleep");
    CHECK(paused.exit == 1);
    CHECK_THAT(paused.err, Contains("`asleep` is paused"));
    const Finished slip = next("close_bocks");
    CHECK(slip.exit == 2);
    CHECK_THAT(slip.err,
               Contains("no rule or journey \"close_bocks\"; did you mean `close_books`?"));
}

TEST_CASE("dates without the records that have them are told as what is missing") {
    const Workplace place;
    place.write("book.pawl", book);
    const Finished none = place.shell("pawl next book.pawl tell_session --from 2026-03-28");
    CHECK(none.exit == 0);
    CHECK_THAT(none.err, Contains("no records were given") && Contains("--state"));
    CHECK_THAT(place.shell("pawl next book.pawl nothing_like_it").err,
               Contains("it has `plan`, `asleep`"));
}

TEST_CASE("what happens besides counts") {
    const Finished done = next("tell_session --for 9d --events events.ndjson");
    CHECK_THAT(done.out, StartsWith("at  ") && Contains("2026-04-01 10:00  tell_session") &&
                             Contains("\n1 firing until "));
    CHECK_THAT(done.err, Contains("1 line of the events did not go in"));
}

TEST_CASE("what cannot be used is refused by name, and a long list is cut and says so") {
    CHECK_THAT(next("--for soon").err, Contains("`--for` is \"soon\""));
    CHECK(next("--for -3d").exit == 2);
    CHECK(next("--state nowhere.json").exit == 2);
    CHECK(next("--events nowhere.ndjson").exit == 2);
    const Workplace place;
    place.write("book.pawl", book);
    place.write("broken.json", "{");
    CHECK_THAT(place.shell("pawl next book.pawl --from then").err,
               Contains("`--from` is \"then\""));
    const Finished broken = place.shell("pawl next book.pawl --state broken.json");
    CHECK(broken.exit == 2);
    CHECK_THAT(broken.err, StartsWith("error PW09"));
    CHECK(place.shell("pawl next nowhere").exit == 2);
    const Finished cut = place.shell("pawl next book.pawl --from 2026-01-01 --for 9y --json");
    CHECK(cut.exit == 0);
    CHECK(std::count(cut.out.begin(), cut.out.end(), '\n') == 1'000);
    CHECK_THAT(cut.err, Contains("these are the first 1000; --from 2028-"));
    const Finished table = place.shell("pawl next book.pawl --from 2026-01-01 --for 9y | tail -1");
    CHECK_THAT(table.out,
               StartsWith("the first 1000 firings until 2028-") && EndsWith("; there are more\n"));
}

TEST_CASE("a zone of a state file that nobody knows is told with the one that was meant") {
    const Workplace place;
    place.write("sales.pawl", R"(rulebook sales
  pawl 1
  timezone Africa/Nairobi
end

roles admin (admins)

entity account
  name  text
  zone  text ?
end

rule greet
  every day at 06:00 for each account
  then
    log "hello"
  only between 08:00 and 18:00 in account.zone, else hold
end
)");
    place.write("state.json", R"({"account":[{"id":"a1","name":"A","zone":"Europe/Prag"},)"
                              R"({"id":"a2","name":"Europe/Prag","zone":"Europe/Prague"},)"
                              R"({"name":"C","zone":"somewhere"}]})");
    place.write("none", "");
    const std::string told =
        "pawl: account/a1.zone: no time zone is named \"Europe/Prag\", did you mean "
        "`Europe/Prague`? until it is mended the rulebook's zone is in force\n"
        "pawl: account[2].zone: no time zone is named \"somewhere\"; until it is mended the "
        "rulebook's zone is in force\n";
    const Finished next =
        place.shell("pawl next sales.pawl --state state.json --from 2026-03-02 --for 1d --json");
    CHECK(next.exit == 0);
    CHECK(next.err == told);
    const Finished dry =
        place.shell("pawl dry-run sales.pawl --state state.json --events none --from 2026-03-02");
    CHECK(dry.exit == 0);
    CHECK(dry.err == told);
}
