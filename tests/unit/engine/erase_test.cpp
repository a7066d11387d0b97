#include "engine/erase.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/export.h"
#include "engine/store/person_values.h"
#include "engine/store/sqlite_session.h"
#include "engine/store/value_key.h"
#include "history_program.h"

namespace pawl::engine {

using namespace history;  // NOLINT: the words of these tests
using rules::Value;

namespace {

Instant second(int number) {
    return Instant{at("2026-03-02T06:00:00Z").micros + number * 1'000'000};
}

// Whether any file of the store holds the bytes.
bool is_on_disk(const Kept& kept, const std::string& bytes) {
    for (const auto& each : std::filesystem::directory_iterator(kept.folder().path())) {
        std::ifstream file(each.path(), std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(file)), {});
        if (content.find(bytes) != std::string::npos) return true;
    }
    return false;
}

Result<ErasedPerson> erase(Kept& kept, const rules::Program& program, std::string_view name) {
    return erase_person(program, name, [&kept](const std::function<void(SqliteStore&)>& work) {
        work(kept.store());
        return true;
    });
}

// A free place of the file that still holds her address, as an SQLite leaves it that overwrites
// nothing.
void leave_in_free_place(Kept& kept) {
    kept.close();
    auto session = SqliteSession::open(kept.folder().path() + "/pawl.db",
                                       {.mode = SessionMode::write, .vfs = {}});
    REQUIRE(session);
    (*session)->execute("pragma secure_delete = off");
    (*session)->execute("create table gone (text TEXT)");
    (*session)->execute("insert into gone values ('asha@first.example')");
    (*session)->execute("drop table gone");
    // And a timer of hers among the later ones.
    (*session)->execute(
        "insert into timer_later select (due >> 14) << 14, 900, due, 1, "
        "'held/other/tasha@first.example' from timer where number = 3");
    session->reset();
    kept.open();
}

// Asha, who changed her address, wrote notes and is written about; and Bob, who is kept.
void live(Kept& kept) {
    kept.take("pawl.create",
              R"({"entity":"profile","id":"asha","values":{"name":"Asha Odhiambo",)"
              R"("email":"asha@first.example","phone":"+254 712 345678","token":"hush-hush",)"
              R"("notes":"likes tea with ginger"}})",
              second(1));
    kept.take("pawl.create",
              R"({"entity":"profile","id":"bob","values":{"name":"Bob Mwangi",)"
              R"("email":"bob@kept.example","phone":"+254712345670","notes":"likes coffee"}})",
              second(2));
    kept.take("pawl.create",
              R"({"entity":"project","values":{"title":"for asha@first.example, soon",)"
              R"("client":"asha","extra":{"call":"0712 345 678"},"tags":["x"]}})",
              second(3));
    kept.take("note_left", R"({"text":"Asha Odhiambo called"})", second(4));
    kept.take("note_left", R"({"client":"asha","text":"wants a longer reel"})", second(5));
    kept.take("note_left", R"({"text":"ASHA@Second.Example wrote"})", second(6));
    kept.take("note_left", R"({"text":"Ashanti gold"})", second(7));
    kept.take("pawl.change",
              R"({"entity":"profile","id":"asha","set":{"email":"asha@second.example"},)"
              R"("reason":"she married"})",
              second(8));
    kept.take("note_left", R"({"client":"bob","text":"bob is fine"})", second(9));
    WriteBatch batch;
    batch.marks = {{"last/profile.email/1", "tasha@second.example", std::nullopt, second(9)},
                   {"once/other/tbob@kept.example", "", std::nullopt, second(9)}};
    StoredRun run;
    run.number = 77;
    run.frames.push_back({0, 1, {Value::text("to asha@second.example"), Value::integer(7)}});
    run.once_key = "once/other/tasha@second.example";
    run.wait.question = "Is asha@first.example right?";
    run.wait.error = "nobody answers at 0712 345 678";
    run.overtaking = {{0, Value::record(0xffff, {Value::text("for asha@first.example")})}};
    run.running_keys = {"running/other/tasha@second.example", "running/other/i7"};
    const std::string key = value_key(Value::text("asha@second.example"));
    run.waits_for = {{"note_left", key}, {"note_left", ""}};
    batch.waiters = {{"note_left", key, 77}, {"note_left", "", 77}};
    batch.timers = {{{{second(20), 1}, TimerKind::held, "held/other/tasha@second.example"}},
                    {{{second(20), 2}, TimerKind::held, "held/other/tbob@kept.example"}},
                    {{{second(20), 3}, TimerKind::run, "77"}}};
    batch.runs = {{77, std::make_shared<const StoredRun>(run)}};
    batch.counters = kept.engine().counters();
    REQUIRE(kept.store().commit(std::move(batch)));
}

const std::vector<std::string> hers = {
    "asha@first.example", "asha@second.example", "ASHA@Second.Example", "Asha Odhiambo",
    "254712345678",       "712 345678",          "0712 345 678",        "hush-hush",
    "tea with ginger",    "she married"};

}  // namespace

TEST_CASE("no byte of an erased person's values stays in the store's files") {
    const rules::Program program = make_program();
    Kept kept(program);
    live(kept);
    leave_in_free_place(kept);
    for (const std::string& each : hers) {
        INFO(each);
        CHECK(is_on_disk(kept, each));
    }
    const auto erased = erase(kept, program, "profile/asha");
    if (!erased) FAIL(erased.error().message);
    CHECK(erased->is_compacted);
    CHECK(erased->unprocessed == 0);
    for (const std::string& each : hers) {
        INFO(each);
        CHECK_FALSE(is_on_disk(kept, each));
    }
    CHECK(erased->rows.at("profile") == 1);
    CHECK(erased->rows.at("project") == 1);
    CHECK(erased->rows.at("input") == 6);
    CHECK(erased->rows.at("waiting_run") == 1);
    CHECK(erased->rows.at("waiter") == 1);
    CHECK(erased->rows.at("timer") == 2);

    SECTION("others are kept") {
        for (const char* each :
             {"bob@kept.example", "Bob Mwangi", "254712345670", "likes coffee", "Ashanti gold"}) {
            INFO(each);
            CHECK(is_on_disk(kept, each));
        }
    }
    SECTION("the skeleton stays") {
        const auto record = kept.store().get({profile, *kept.store().find(profile, "asha")});
        const auto& fields = record->fields;
        CHECK(fields[profile_name] == Value::text("erased"));
        CHECK(fields[profile_email].as_text().ends_with("@erased.invalid"));
        CHECK(fields[profile_phone].is_missing());
        CHECK(fields[profile_notes].is_missing());
        CHECK(fields[profile_role] == Value::choice("client"));
        CHECK(fields[rules::field_created_at] == Value::datetime(second(1)));
        const auto work = kept.store().get({project, *kept.store().find(project, "project-1")});
        CHECK(work->fields[project_title] == Value::text("for erased, soon"));
        CHECK(work->fields[project_of].kind() == rules::Kind::reference);
        CHECK(write_json(work->fields[project_extra].as_json()) == R"({"call":"erased"})");
        const auto inputs = kept.store().inputs(0, 100);
        REQUIRE(inputs.size() == 9);
        CHECK(inputs[0].body ==
              R"({"specversion":"1.0","id":"e1","source":"/t","type":"pawl.create",)"
              R"("time":"2026-03-02T06:00:01Z","erased":true})");
        CHECK(inputs[6].body.find("Ashanti") != std::string::npos);
        CHECK(inputs[8].body.find("bob is fine") != std::string::npos);
        const auto run = kept.store().run(77);
        REQUIRE(run);
        CHECK(run->frames[0].locals[0] == Value::text("erased"));
        CHECK(run->frames[0].locals[1] == Value::integer(7));
        CHECK(run->once_key.empty());
        CHECK(run->wait.question == "erased");
        CHECK(run->running_keys == std::vector<std::string>{"running/other/i7"});
        CHECK(run->waits_for.size() == 1);
        CHECK(kept.store().waiters("note_left", "") == std::vector<RunNumber>{77});
        const auto timers = kept.store().timers({{0}, 0}, 10);
        REQUIRE(timers.size() == 2);
        CHECK(timers[0].target == "held/other/tbob@kept.example");
        CHECK(timers[1].target == "77");
        CHECK_FALSE(kept.store().mark("last/profile.email/1", second(10)));
        CHECK(kept.store().mark("once/other/tbob@kept.example", second(10)));
    }
    SECTION("once more finds nothing more") {
        const auto again = erase(kept, program, "profile/asha");
        REQUIRE(again);
        CHECK(again->rows.empty());
    }
    SECTION("the engine goes on with it") {
        kept.take("pawl.change", R"({"entity":"profile","id":"asha","set":{"notes":"back"}})",
                  second(20));
        CHECK(kept.store().get({profile, 1})->fields[profile_notes] == Value::text("back"));
        CHECK_FALSE(is_on_disk(kept, "asha@second.example"));
    }
    SECTION("what was can still be told, and loaded") {
        std::string text;
        const auto exported = export_state(*kept.reader(), program, second(5),
                                           [&text](std::string_view part) -> Status {
                                               text += part;
                                               return Done{};
                                           });
        REQUIRE(exported);
        Kept again(program);
        const Status loaded = again.engine().load_state(*parse_json(text));
        if (!loaded) FAIL(loaded.error().message);
        const auto asha = again.store().find(profile, "asha");
        REQUIRE(asha);
        CHECK(again.store().get({profile, *asha})->fields[profile_name] == Value::text("erased"));
    }
}

TEST_CASE("where a sender names a field by a person, that goes with what inputs have in common") {
    const rules::Program program = make_program();
    Kept kept(program);
    kept.take("pawl.create",
              R"({"entity":"profile","id":"asha","values":{"name":"Asha",)"
              R"("email":"asha@first.example","phone":"+254712345678"}})",
              second(1));
    kept.take("note_left", R"({"text":"calls","254712345678":"yes"})", second(2));
    CHECK(is_on_disk(kept, "\"254712345678\":\"\x01\""));
    REQUIRE(erase(kept, program, "profile/asha"));
    CHECK_FALSE(is_on_disk(kept, "254712345678"));
    kept.take("note_left", R"({"text":"calls","254700000000":"yes"})", second(3));
    CHECK(is_on_disk(kept, "\"254700000000\":\"\x01\""));
}

TEST_CASE("an erasure that was cut short goes on when it is called again") {
    const rules::Program program = make_program();
    const int steps = GENERATE(1, 4, 9, 15, 22);
    INFO("after " << steps << " steps");
    Kept kept(program);
    live(kept);
    Erasure erasure;
    erasure.record = {profile, 1};
    erasure.id = "asha";
    for (int step = 0; step < steps; ++step) REQUIRE(kept.store().erase(erasure, 2));
    kept.close();  // what it had in mind is lost
    kept.open();
    REQUIRE(erase(kept, program, "profile/asha"));
    for (const std::string& each : hers) {
        INFO(each);
        CHECK_FALSE(is_on_disk(kept, each));
    }
}

TEST_CASE("a person whose record was deleted is erased from what is kept") {
    const rules::Program program = make_program();
    Kept kept(program);
    live(kept);
    kept.take("pawl.delete", R"({"entity":"profile","id":"asha"})", second(10));
    const auto erased = erase(kept, program, "profile/asha");
    if (!erased) FAIL(erased.error().message);
    for (const std::string& each : hers) {
        INFO(each);
        CHECK_FALSE(is_on_disk(kept, each));
    }
}

TEST_CASE("an input that waits for its turn is told, and erased after it") {
    const rules::Program program = make_program();
    Kept kept(program);
    live(kept);
    Appended appended =
        kept.engine().append(R"({"specversion":"1.0","id":"late","source":"/t","type":"note_left",)"
                             R"("data":{"text":"asha@second.example again"}})",
                             second(11));
    REQUIRE(appended.input);
    const auto erased = erase(kept, program, "profile/asha");
    REQUIRE(erased);
    CHECK(erased->unprocessed == 1);
    CHECK(is_on_disk(kept, "asha@second.example again"));
    kept.engine().process(*appended.input);
}

TEST_CASE("who is nobody cannot be erased") {
    const rules::Program program = make_program();
    Kept kept(program);
    const auto [name, code] = GENERATE(table<std::string, std::string>({
        {"asha", "usage"},
        {"/asha", "usage"},
        {"profile/", "usage"},
        {"dragon/asha", "unknown"},
        {"run/r1", "unknown"},
        {"profile/asha", "unknown"},
    }));
    const auto erased = erase(kept, program, name);
    REQUIRE_FALSE(erased);
    CHECK(erased.error().code == code);
}

TEST_CASE("a short value is blanked where it stands and not looked for") {
    const rules::Program program = make_program();
    Kept kept(program);
    kept.take("pawl.create",
              R"({"entity":"profile","id":"al","values":{"name":"Al","email":"al@x.example"}})",
              second(1));
    kept.take("note_left", R"({"text":"Al fresco"})", second(2));
    const auto erased = erase(kept, program, "profile/al");
    REQUIRE(erased);
    CHECK(erased->too_short == std::vector<std::string>{"name"});
    CHECK(is_on_disk(kept, "Al fresco"));
    CHECK(kept.store().get({profile, 1})->fields[profile_name] == Value::text("erased"));
}

TEST_CASE("a person's values are found as they are written, and as whole words") {
    Erasure erasure;
    erasure.names = {"Asha"};
    erasure.addresses = {"asha@x.org"};
    erasure.phones = {"254712345678"};
    const PersonValues values(erasure);
    for (const char* text :
         {"Asha", "Dear Asha,", "(Asha)", "asha@x.org", "ASHA@X.ORG", "<asha@x.org>",
          "mailto:asha@x.org?x", "254712345678", "+254 712-345-678", "0712345678", "712345678",
          "call (0712) 345 678 now", "00254712345678"}) {
        INFO(text);
        CHECK(values.are_in(std::string_view(text)));
    }
    for (const char* text :
         {"", "Ashanti", "Natasha", "asha", "Ashaé", "natasha@x.org", "asha@x.organic",
          "254712345679", "12345678901234", "345678", "2026-03-02 07:12:34"}) {
        INFO(text);
        CHECK_FALSE(values.are_in(std::string_view(text)));
    }
    CHECK(values.are_in_json(R"({"a":[{"b":"\u0041sha"}]})"));
    CHECK(values.are_in_json(R"({"a":254712345678})"));
    CHECK_FALSE(values.are_in_json(R"({"a":254712345679,"b":["asha"]})"));
    CHECK(values.without(Value::text("a 0712 345 678, b asha@x.org"),
                         PersonValues::Extent::mention) == Value::text("a erased, b erased"));
}

}  // namespace pawl::engine
