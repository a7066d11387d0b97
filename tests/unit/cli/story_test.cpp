#include "cli/story.h"

#include <catch2/catch.hpp>

#include "scripted_engine.h"

using namespace pawl;
using namespace pawl::cli;

namespace {

// Nairobi's clock, by which `task.due_at` is a time and `task.title` is none.
BookTimes nairobi() {
    ScriptedEngine engine([](const std::string&) {
        return http_answer(200, R"({"items":[{"name":"task","fields":[)"
                                R"({"name":"title","type":"text"},)"
                                R"({"name":"due_at","type":"datetime ?"}]}],)"
                                R"("timezone":"Africa/Nairobi"})");
    });
    const auto client = HttpClient::make({.url = engine.url(), .token = ""});
    REQUIRE(client);
    const auto times = BookTimes::ask(*client);
    REQUIRE(times);
    return *times;
}

Json json(const std::string& text) {
    const auto read = parse_json(text);
    REQUIRE(read);
    return *read;
}

}  // namespace

TEST_CASE("each kind of happening is a sentence, its times on the rulebook's clock") {
    const BookTimes times = nairobi();
    const std::vector<std::pair<std::string, std::string>> told = {
        {R"({"kind":"fire","rule":"tell","run":"r5","entity":"task","id":"t1",)"
         R"("by":{"event":"e1"}})",
         "tell for task/t1  ← e1"},
        {R"({"kind":"set","entity":"task","id":"t1","field":"due_at","from":null,)"
         R"("to":"2026-03-02T07:00:00Z","reason":"late"})",
         "task/t1.due_at: missing → 2026-03-02 10:00, because late"},
        {R"({"kind":"set","entity":"task","id":"t1","field":"title","from":"a","to":)"
         R"("2026-03-02T07:00:00Z"})",
         "task/t1.title: a → 2026-03-02T07:00:00Z"},
        {R"({"kind":"create","entity":"task","id":"t2","values":{"title":"Call",)"
         R"("due_at":"2026-03-02T07:00:05Z","note":null}})",
         "creates task/t2: title Call, due_at 2026-03-02 10:00:05"},
        {R"({"kind":"delete","entity":"task","id":"t2"})", "deletes task/t2"},
        {R"({"kind":"end","status":"cancelled","error":"cancelled by ann","run":"r5"})",
         "ends: cancelled by ann"},
        {R"({"kind":"end","status":"failed","error":"too late","code":"PW1051","run":"r5"})",
         "ends: failed, too late (PW1051)"},
        {R"({"kind":"wait","until":"2026-03-05T07:00:00Z","for":"paid"})",
         "waits for paid until 2026-03-05 10:00"},
        {R"({"kind":"ask","to":"admins","text":"May she?","until":"2026-03-05T07:00:00Z"})",
         "asks admins until 2026-03-05 10:00: May she?"},
        {R"({"kind":"retry","at":"2026-03-05T07:00:01Z","attempt":2,"error":"busy"})",
         "tries again at 2026-03-05 10:00:01, attempt 2: busy"},
        {R"({"kind":"hold","rule":"tell","guard":"only between","until":"2026-03-05T05:00:00Z"})",
         "tell is put off by `only between` until 2026-03-05 08:00"},
        {R"({"kind":"send","channel":"email","template":"hi","to":"a@x.org","subject":"Hi"})",
         "sends email hi to a@x.org: Hi"},
        {R"({"kind":"notify","user":"ann","title":"","text":"Paid"})",
         "tells ann on the dashboard: Paid"},
        {R"({"kind":"alert","to":"admins","text":"Oh\nno"})", "alerts admins: Oh / no"},
        {R"({"kind":"call","integration":"mpesa","action":"push","arguments":{"amount":5},)"
         R"("answer":{"id":"w"}})",
         R"(calls mpesa.push: amount 5 → {"id":"w"})"},
        {R"({"kind":"emit","type":"paid","data":{"client":"c1"}})", "emits paid: client c1"},
        {R"({"kind":"skip","rule":"tell","guard":"once per","reason":"it ran"})",
         "tell does not run (once per): it ran"},
        {R"({"kind":"step","step":"call_1","journey":"plan","of":"client/c2","state":"moved",)"
         R"("at":"2026-03-05T07:00:00Z"})",
         "step call_1 of plan of client/c2 is moved at 2026-03-05 10:00"},
        {R"({"kind":"journey","journey":"plan","of":"client/c1","state":"paused",)"
         R"("detail":"until 2026-04-01","by":"ann"})",
         "plan of client/c1 is paused until 2026-04-01, by ann"},
        {R"({"kind":"log","text":"done\u001b[2J"})", "logs: done[2J"},
        {R"({"kind":"setting","name":"large","from":1,"to":2})", "setting large: 1 → 2"},
        {R"({"kind":"end","status":"success"})", "ends: done"},
        {R"({"kind":"end","status":"failed","error":"no","code":"PW1002"})",
         "ends: failed, no (PW1002)"},
    };
    for (const auto& [happening, expected] : told)
        CHECK(sentence(json(happening), times) == expected);
}

TEST_CASE("what a run does stands under its name, once for what follows") {
    TextOutput out;
    tell_story({json(R"({"kind":"journey","journey":"plan","of":"client/c1","state":"shifted"})"),
                json(R"({"kind":"fire","rule":"tell","run":"r5","by":{}})"),
                json(R"({"kind":"log","text":"a","run":"r5"})"),
                json(R"({"kind":"log","text":"b","run":"r4"})"),
                json(R"({"kind":"end","status":"success","run":"r4"})")},
               BookTimes(), out);
    CHECK(out.text() ==
          "plan of client/c1 is shifted\n"
          "r5  tell\n"
          "    logs: a\n"
          "r4\n"
          "    logs: b\n"
          "    ends: done\n");
}

TEST_CASE("a text that is too long is cut at a character's end") {
    const std::string text = sentence(json(R"({"kind":"log","text":"x)" + std::string(98, 'y') +
                                           [] {
                                               std::string long_text;
                                               for (int i = 0; i < 200; ++i) long_text += "ü";
                                               return long_text;
                                           }() +
                                           R"("})"),
                                      BookTimes());
    CHECK(text.ends_with("ü…"));
    CHECK(text.size() <= 6 + 200 + 3);
}
