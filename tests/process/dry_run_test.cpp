#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/process/shop.h"

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::payment;
using pawl::process::Workplace;
using pawl::process::write_shop;

namespace {

std::string day() {
    return payment("e1", "2026-03-02T07:00:00Z", "p1", 1500) +
           payment("e2", "2026-03-02T07:05:00Z", "p2", 100) +
           payment("e1", "2026-03-02T07:06:00Z", "p1", 1500);
}

void write_day(const Workplace& place) {
    write_shop(place);
    place.write("day.ndjson", day());
    place.write("state.json", pawl::process::shop_state());
}

Finished dry_run(const Workplace& place, const std::string& more = "--json") {
    return place.shell("pawl dry-run shop --events day.ndjson --state state.json " + more);
}

long lines_with(const std::string& text, const std::string& part) {
    long count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("dry-run --json tells what happens, an object a line") {
    const Workplace place;
    write_day(place);
    const Finished done = dry_run(place);
    CHECK(done.err.empty());
    REQUIRE(done.exit == 0);
    const std::string seven = R"(,"at":"2026-03-02T07:00:00Z",)";
    const std::string five_past = R"(,"at":"2026-03-02T07:05:00Z",)";
    const std::string six_past = R"(,"at":"2026-03-02T07:06:00Z",)";
    CHECK(done.out == R"({"kind":"event")" + seven + R"("type":"payment_arrived","id":"e1"}
{"kind":"fire")" + seven + R"("rule":"take_payment","run":"r1","by":{"event":"e1"}}
{"kind":"set")" + seven +
                          R"("entity":"parcel","id":"p1","field":"status",)"
                          R"("from":"packed","to":"paid","run":"r1"}
{"kind":"end")" + seven + R"("run":"r1","status":"success"}
{"kind":"fire")" + seven +
                          R"("rule":"note_paid_parcel","run":"r2","entity":"parcel",)"
                          R"("id":"p1","by":{"change":"parcel/p1.status"}}
{"kind":"log")" + seven + R"("text":"Lamp was paid","run":"r2"}
{"kind":"end")" + seven + R"("run":"r2","status":"success"}
{"kind":"event")" + five_past +
                          R"("type":"payment_arrived","id":"e2"}
{"kind":"fire")" + five_past +
                          R"("rule":"tell_short_payment","run":"r3","by":{"event":"e2"}}
{"kind":"alert")" + five_past +
                          R"("to":"owners",)"
                          R"("text":"KES 100.00 for Chair is too little","run":"r3"}
{"kind":"end")" + five_past +
                          R"("run":"r3","status":"success"}
{"kind":"event")" + six_past +
                          R"("type":"payment_arrived","id":"e1","duplicate":true}
)");
}

TEST_CASE("without --json the same is told as a timeline in the rulebook's zone") {
    const Workplace place;
    write_day(place);
    const Finished done = dry_run(place, "");
    REQUIRE(done.exit == 0);
    CHECK(done.out == R"(2026-03-02 (Africa/Nairobi)
10:00:00  event payment_arrived e1
            take_payment  r1
              parcel/p1.status  packed → paid
              ends: done
            note_paid_parcel  r2  ← parcel/p1.status
              log  Lamp was paid
              ends: done
10:05:00  event payment_arrived e2
            tell_short_payment  r3
              alert owners  KES 100.00 for Chair is too little
              ends: done
10:06:00  event payment_arrived e1  duplicate

3 inputs, 1 duplicate; 3 runs
)");
}

TEST_CASE("the same input prints the same bytes, however the rules are spread over files") {
    const Workplace place;
    write_day(place);
    const Finished first = dry_run(place);
    CHECK(dry_run(place).out == first.out);
    pawl::process::write_shop_otherwise(place, "other");
    CHECK(place.shell("pawl dry-run other --events day.ndjson --state state.json --json").out ==
          first.out);
}

TEST_CASE("--all also tells of the rules whose condition was false") {
    const Workplace place;
    write_day(place);
    CHECK_THAT(dry_run(place).out, !Contains("\"kind\":\"skip\""));
    const Finished done = dry_run(place, "--json --all");
    CHECK_THAT(done.out,
               Contains("\"kind\":\"skip\"") && Contains("\"rule\":\"tell_short_payment\""));
}

TEST_CASE("lines that cannot be read are refused with their number, and the others go in") {
    const Workplace place;
    write_day(place);
    const std::string bad = GENERATE(
        as<std::string>{}, "not json", "{\"specversion\":\"1.0\"", "[]", "5", "null",
        std::string("\0\0\0", 3), "{\"a\":\"\xff\xfe\"}", std::string(100'000, '['),
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"no_such_event\"}",
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"payment_arrived\","
        "\"time\":\"2026-03-02T07:01:00Z\",\"data\":{\"parcel\":\"p1\",\"amount\":\"much\"}}",
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"payment_arrived\","
        "\"time\":\"2026-03-02T07:01:00Z\",\"data\":{\"parcel\":7,\"amount\":1}}",
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"pawl.change\"}",
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"pawl.change\","
        "\"data\":{\"entity\":\"nothing\",\"id\":\"p1\",\"set\":{}}}",
        "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/till\",\"type\":\"pawl.request\","
        "\"data\":{\"rule\":\"no_such_rule\"}}");
    place.write("day.ndjson", payment("e1", "2026-03-02T07:00:00Z", "p1", 1500) + bad + "\n" +
                                  payment("e2", "2026-03-02T07:05:00Z", "p2", 100));
    const Finished done = dry_run(place);
    CHECK(done.exit == 0);
    CHECK(lines_with(done.out, "\"kind\":\"refuse\"") == 1);
    CHECK_THAT(done.out, Contains("\"line\":2}") && Contains("\"code\":\"PW09"));
    CHECK(lines_with(done.out, "\"kind\":\"fire\"") == 3);
    CHECK_THAT(dry_run(place, "").out,
               Contains("refused") && Contains("line 2") && Contains("1 refused"));
}

TEST_CASE("a line of ten megabytes is refused, and what follows it goes in") {
    const Workplace place;
    write_day(place);
    place.write("day.ndjson", "{\"specversion\":\"" + std::string(10u << 20, 'x') + "\"}\n" +
                                  payment("e1", "2026-03-02T07:00:00Z", "p1", 1500));
    const Finished done = dry_run(place);
    CHECK(done.exit == 0);
    CHECK_THAT(done.out,
               StartsWith(R"({"kind":"refuse","at":"2026-03-02T07:00:00Z","code":"PW0903",)"));
    CHECK(lines_with(done.out, "\"kind\":\"fire\"") == 2);
}

TEST_CASE("an id of a megabyte and a date beyond the calendar are refused") {
    const Workplace place;
    write_day(place);
    place.write("day.ndjson",
                payment(std::string(1'000'000, 'i'), "2026-03-02T07:00:00Z", "p1", 1500) +
                    payment("e2", "12026-03-02T07:00:00Z", "p1", 1500) +
                    payment("e3", "2026-02-30T07:00:00Z", "p1", 1500));
    const Finished done = dry_run(place);
    CHECK(done.exit == 0);
    CHECK(lines_with(done.out, "\"kind\":\"refuse\"") == 3);
}

TEST_CASE("an empty events file does nothing") {
    const Workplace place;
    write_day(place);
    place.write("day.ndjson", GENERATE(as<std::string>{}, "", "\n\n  \r\n"));
    const Finished done = dry_run(place);
    CHECK(done.exit == 0);
    CHECK(done.out.empty());
    CHECK(dry_run(place, "").out == "0 inputs; 0 runs\n");
}

TEST_CASE("people act through reserved types") {
    const Workplace place;
    write_day(place);
    const auto act = [](const std::string& id, const std::string& kind, const std::string& minute,
                        const std::string& data) {
        return R"({"specversion":"1.0","id":")" + id + R"(","source":"/desk","type":"pawl.)" +
               kind + R"(","time":"2026-03-02T07:)" + minute +
               R"(:00Z","data":{"entity":"parcel",)" + data + R"(,"by":"ann"}})" + "\n";
    };
    const std::string paid = R"("id":"p3","set":{"status":"paid"},"reason":"cash")";
    place.write("day.ndjson",
                act("a1", "create", "00", R"("values":{"id":"p3","title":"Rug","price":700.50})") +
                    act("a2", "change", "01", paid) + act("a2", "change", "02", paid) +
                    act("a3", "delete", "03", R"("id":"p3")"));
    const Finished done = dry_run(place);
    REQUIRE(done.exit == 0);
    CHECK_THAT(done.out, Contains(R"("kind":"create")") && Contains(R"("price":700.50)") &&
                             Contains(R"("by":"ann","reason":"cash")") &&
                             Contains(R"("text":"Rug was paid")") &&
                             Contains(R"("kind":"delete")"));
    CHECK(lines_with(done.out, "\"kind\":\"set\"") == 1);
    CHECK_THAT(dry_run(place, "").out, Contains("10:00:00  ann creates parcel") &&
                                           Contains("10:01:00  ann changes parcel/p3") &&
                                           Contains("10:03:00  ann deletes parcel/p3"));
}

TEST_CASE("--from passes over what was before, --until what comes after") {
    const Workplace place;
    write_day(place);
    CHECK(lines_with(dry_run(place, "--json --from 2026-03-02T07:01:00Z").out, "\"event\",") == 2);
    CHECK(lines_with(dry_run(place, "--json --until 2026-03-02T07:05:00Z").out, "\"event\",") == 2);
    CHECK(lines_with(dry_run(place, "--json --until 4min").out, "\"event\",") == 1);
    // A time without an offset is the rulebook's.
    CHECK(lines_with(dry_run(place, "--json --from 2026-03-02T10:01").out, "\"event\",") == 2);
    const Finished wrong = dry_run(place, "--from yesterday");
    CHECK(wrong.exit == 2);
    CHECK(wrong.err ==
          "pawl: `--from` is \"yesterday\", where a time such as 2026-03-02T09:00 is due\n");
    CHECK_THAT(dry_run(place, "--until 3").err,
               Contains("is \"3\", where a time such as 2026-03-02T09:00 or a length such as 30d"));
    const Finished early = dry_run(place, "--until 2026-03-02");
    CHECK(early.exit == 2);
    CHECK(early.err ==
          "pawl: the end, 2026-03-02 00:00, is before the beginning, 2026-03-02 10:00 "
          "(Africa/Nairobi)\n");
}

TEST_CASE("pawlat is the arrival, and a line earlier than its predecessor runs at its instant") {
    const Workplace place;
    write_day(place);
    std::string first = payment("e1", "2026-03-02T07:00:00Z", "p1", 100);
    first.insert(1, R"("pawlat":"2026-03-02T08:00:00Z",)");
    place.write("day.ndjson", first + payment("e2", "2026-03-02T07:30:00Z", "p2", 100));
    const Finished done = dry_run(place);
    CHECK(lines_with(done.out, "\"at\":\"2026-03-02T08:00:00Z\"") ==
          std::count(done.out.begin(), done.out.end(), '\n'));
    CHECK(lines_with(done.out, "\"kind\":\"event\"") == 2);
}

TEST_CASE("what a dry-run cannot use is exit 2") {
    const Workplace place;
    write_day(place);
    place.write("broken.json", "{\"parcel\":");
    const std::string words = GENERATE(
        as<std::string>{}, "--events nowhere.ndjson", "--events shop",
        "--events day.ndjson --state nowhere.json", "--events day.ndjson --answers nowhere.ndjson",
        "--events day.ndjson --answers broken.json", "--events day.ndjson --store sqlite:data",
        "--events day.ndjson --store paper");
    const Finished done = place.shell("pawl dry-run shop --json " + words);
    CHECK(done.exit == 2);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, StartsWith("pawl: "));
    CHECK(place.shell("pawl dry-run nowhere --json " + words).exit == 2);
}

TEST_CASE("a state file that is refused is told with its code, which `explain` knows") {
    const Workplace place;
    write_day(place);
    const auto [state, code] = GENERATE(table<std::string, std::string>({
        {R"({"parcle":[{"id":"p1"}]})", "PW0961"},
        {R"([])", "PW0969"},
        {R"({"parcel":)", "PW0901"},
    }));
    place.write("bad.json", state);
    const std::string words = "pawl dry-run shop --events day.ndjson --state bad.json";
    const Finished told = place.shell(words);
    CHECK(told.exit == 2);
    CHECK(told.out.empty());
    CHECK_THAT(told.err, StartsWith("error " + code + ": "));
    CHECK_THAT(told.err, EndsWith("\n  --> \"bad.json\"\n"));
    const Finished json = place.shell(words + " --json");
    CHECK(json.exit == 2);
    CHECK(json.out.empty());
    CHECK_THAT(json.err, StartsWith("{\"code\":\"" + code + "\",\"severity\":\"error\"," +
                                    "\"file\":\"bad.json\",\"line\":1,"));
    CHECK(place.pawl({"explain", code}).exit == 0);
}

TEST_CASE("a rulebook with a mistake is not run") {
    const Workplace place;
    write_day(place);
    place.write("shop/more.pawl",
                "rule a \"A\"\n  when nothing_known\n  then\n    log \"x\"\nend\n");
    const Finished done = dry_run(place);
    CHECK(done.exit == 1);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, Contains("nothing_known"));
}

TEST_CASE("events may come from standard input") {
    const Workplace place;
    write_day(place);
    const Finished done =
        place.pawl({"dry-run", "shop", "--events", "-", "--state", "state.json", "--json"}, day());
    CHECK(done.out == dry_run(place).out);
}

TEST_CASE("bench match lists the rules that each event meets, and measures") {
    const Workplace place;
    place.write(
        "book/a.pawl",
        "rulebook bench\n  pawl 1\n  timezone UTC\n  currency KES\nend\n"
        "event ping\n  kind text\n  score number\n  other number\nend\n"
        "rule equal \"Equal\"\n  when ping\n  if ping.kind is \"a\"\n  then\n    log \"x\"\nend\n"
        "rule range \"Range\"\n  when ping\n  if ping.kind in [\"a\", \"b\"] and ping.score > 5\n"
        "  then\n    log \"x\"\nend\n"
        "rule worked_out \"Worked out\"\n  when ping\n  if ping.score + ping.other > 10\n"
        "  then\n    log \"x\"\nend\n");
    const auto ping = [](const std::string& kind, const std::string& score,
                         const std::string& other) {
        return R"({"specversion":"1.0","id":")" + kind + score + other +
               R"(","source":"/x","type":"ping","data":{"kind":")" + kind + R"(","score":)" +
               score + R"(,"other":)" + other + "}}\n";
    };
    place.write("pings.ndjson", ping("a", "6", "1") + ping("b", "6", "5") + "broken\n" +
                                    ping("c", "9", "0") + ping("a", "1", "9.5"));
    const Finished list =
        place.pawl({"bench", "match", "book", "--events", "pings.ndjson", "--list"});
    CHECK(list.exit == 0);
    CHECK(list.out == "0 equal\n0 range\n1 range\n1 worked_out\n4 equal\n4 worked_out\n");
    CHECK_THAT(list.err, StartsWith("pawl: 1 event was refused"));

    const Finished json =
        place.pawl({"bench", "match", "book", "--events", "pings.ndjson", "--json"});
    CHECK(json.exit == 0);
    CHECK_THAT(json.out, StartsWith(R"({"rules":3,"events":5,"matches":6,"from_text_per_s":)") &&
                             Contains(R"("parsed_per_s":)"));
    CHECK(place.pawl({"bench", "match", "book", "--events", "nowhere"}).exit == 2);
    CHECK(place.pawl({"bench", "mtch"}).exit == 2);
}
