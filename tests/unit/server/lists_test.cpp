#include <catch2/catch.hpp>

#include "server_world.h"

namespace pawl::server {

namespace {

using rules::Value;

const Instant noon{1'772'452'800'000'000};  // 2026-03-02T12:00:00Z

struct Records : World {
    explicit Records(ServerOptions options = {}) : World(std::move(options)) {
        keep(kept, {person, 1},
             {Value::text("asha"), Value::datetime(noon), Value::datetime(noon),
              Value::text("Asha \"A\""), Value::secret("0042-4711")});
        for (rules::RecordKey key = 2; key < 8; ++key) {
            const bool is_even = key % 2 == 0;
            keep(kept, {project, key},
                 {Value::text("p" + std::to_string(key)), Value::datetime(noon),
                  Value::datetime(noon), is_even ? Value::reference({person, 1}) : Value(),
                  Value::choice(is_even ? "paid" : "pending"),
                  Value::money({key * 10'050, *Currency::parse("KES")}), Value::boolean(is_even),
                  Value::date(Date{20'514}), Value::integer(key)});
        }
    }
    // The ids of a list's items.
    std::string ids(std::string_view target) {
        const Answer answer = ask(get(target));
        INFO(answer.body);
        CHECK(answer.status == 200);
        const Result<Json> read = parse_json(answer.body);
        REQUIRE(read);
        std::string all;
        for (const Json& item : read->find("items")->items) all += item.find("id")->text + " ";
        const Json* next = read->find("next");
        return next == nullptr ? all : all + "next=" + next->text;
    }
};

void add_runs(FakeRecords& kept) {
    for (rules::RecordKey key = 10; key < 13; ++key) {
        keep(kept, {rules::entity_run, key},
             {Value::text("r" + std::to_string(key - 9)), Value::datetime(noon),
              Value::datetime(noon), Value::text(key == 11 ? "other" : "confirm"),
              Value::choice(key == 12   ? "failed"
                            : key == 11 ? "waiting"
                                        : "success"),
              Value::text("project/p2"), Value::datetime(noon),
              key == 11 ? Value() : Value::datetime(noon),
              key == 12 ? Value::text("it broke") : Value(), Value::text("a.pawl"),
              Value::integer(7), key == 11 ? Value::text("client_replied") : Value(),
              key == 11 ? Value::datetime(noon) : Value(), Value()});
    }
    keep(kept, {rules::entity_automation_log, 20},
         {Value::text("automation_log-1"), Value::datetime(noon), Value::datetime(noon),
          Value::reference({rules::entity_run, 12}), Value::text("confirm"), Value::text("event x"),
          Value(), Value::text("set"), Value::choice("failed"), Value::text("it broke"), Value(),
          Value::datetime(noon)});
    keep(kept, {rules::entity_effect, 21},
         {Value::text("effect-1"), Value::datetime(noon), Value::datetime(noon),
          Value::reference({rules::entity_run, 12}), Value::text("email"), Value::text("welcome"),
          Value::text("asha@x.org"), Value::choice("waiting"), Value::datetime(noon)});
}

}  // namespace

TEST_CASE("the entities of a rulebook are listed with their fields") {
    Records world;
    const Answer answer = world.ask(get("/api/entities"));
    CHECK(answer.status == 200);
    CHECK(answer.body.find(R"({"name":"person","read_only":false,"fields":[)"
                           R"({"name":"id","type":"text"})") != std::string::npos);
    CHECK(answer.body.find(R"({"name":"client","type":"-> person ?"})") != std::string::npos);
    CHECK(answer.body.find(R"({"name":"run","read_only":true)") != std::string::npos);
    CHECK(answer.body.ends_with(R"(],"timezone":"UTC"})"));
}

TEST_CASE("a record is told with every field, references as ids and secrets as dots") {
    Records world;
    CHECK(world.ask(get("/api/entities/person/asha")).body ==
          R"({"id":"asha","created_at":"2026-03-02T12:00:00Z","updated_at":"2026-03-02T12:00:00Z",)"
          R"("name":"Asha \"A\"","pin":"•••"})");
    CHECK(world.ask(get("/api/entities/project/p3")).body ==
          R"({"id":"p3","created_at":"2026-03-02T12:00:00Z","updated_at":"2026-03-02T12:00:00Z",)"
          R"("client":null,"status":"pending","amount":301.50,"is_rush":false,)"
          R"("due":"2026-03-02","size":3})");
    CHECK(world.ask(get("/api/entities/project/p%32")).body.find(R"("client":"asha")") !=
          std::string::npos);
    const Answer missing = world.ask(get("/api/entities/project/p99"));
    CHECK(missing.status == 404);
    CHECK(code_of(missing) == "unknown_record");
    const Answer slip = world.ask(get("/api/entities/projct/p1"));
    CHECK(slip.status == 404);
    CHECK(slip.body.find("did you mean `project`?") != std::string::npos);
}

TEST_CASE("an empty list of runs says where a name is a slip") {
    Records world;
    add_runs(world.kept);
    struct Case {
        std::string_view query, code, message;
        int status;
    };
    for (const Case& each : std::initializer_list<Case>{
             {"rule=nobody_knows", "unknown_rule", "no rule, journey or flow `nobody_knows`", 404},
             {"entity=projct/p2", "unknown_entity", "did you mean `project`?", 404},
             {"entity=project/p22", "unknown_record", R"(did you mean \"p2\"?)", 404},
             {"entity=p2", "bad_parameter", "a record such as client/c1 is due", 400}}) {
        for (const std::string_view list : {"/api/runs?", "/api/held?"}) {
            const Answer answer = world.ask(get(std::string(list) + std::string(each.query)));
            INFO(each.query << answer.body);
            CHECK(answer.status == each.status);
            CHECK(code_of(answer) == each.code);
            CHECK(answer.body.find(each.message) != std::string::npos);
        }
    }
    // Of one that had runs, and of a record that has none.
    CHECK(world.ids("/api/runs?rule=other") == "r2 ");
    CHECK(world.ids("/api/runs?entity=project/p3") == "");
    CHECK(world.ask(get("/api/held")).body == R"({"items":[],"is_cut":false})");
    CHECK(world.ask(get("/api/held?status=held")).status == 400);
}

TEST_CASE("a list comes in pages that follow each other") {
    Records world;
    CHECK(world.ids("/api/entities/project") == "p2 p3 p4 p5 p6 p7 ");
    CHECK(world.ids("/api/entities/project?limit=4") == "p2 p3 p4 p5 next=5");
    CHECK(world.ids("/api/entities/project?limit=4&after=5") == "p6 p7 ");
    CHECK(world.ids("/api/entities/project?limit=6") == "p2 p3 p4 p5 p6 p7 ");
    for (const std::string_view wrong : {"limit=0", "limit=1001", "limit=x", "limit=", "limit=-1",
                                         "after=x", "after=-2", "after=99999999999999999999"}) {
        INFO(wrong);
        CHECK(world.ask(get("/api/entities/project?" + std::string(wrong))).status == 400);
    }
    CHECK(world.ask(get("/api/entities/nothing")).status == 404);
}

TEST_CASE("records are asked for by fields, typed as the fields are") {
    Records world;
    for (const auto& [query, ids] : std::vector<std::pair<std::string, std::string>>{
             {"status=paid", "p2 p4 p6 "},
             {"status=paid&size=4", "p4 "},
             {"client=asha", "p2 p4 p6 "},
             {"amount=301.5", "p3 "},
             {"is_rush=false", "p3 p5 p7 "},
             {"due=2026-03-02&size=7", "p7 "},
             {"due=2026-03-03", ""},
             {"created_at=2026-03-02T15%3A00%3A00%2B03%3A00&id=p5", "p5 "},
             {"status=paid&limit=2", "p2 p4 next=4"}}) {
        INFO(query);
        CHECK(world.ids("/api/entities/project?" + query) == ids);
    }
    for (const auto& [query, said] : std::vector<std::pair<std::string, std::string>>{
             {"statsu=paid", "did you mean `status`?"},
             {"status=payed", "did you mean `paid`?"},
             {"client=nobody", "there is no `person` with the id"},
             {"size=big", "size"},
             {"size=4.5", "size"},
             {"is_rush=1", "is_rush"},
             {"due=tomorrow", "due"},
             {"amount=1.234", "amount"}}) {
        const Answer answer = world.ask(get("/api/entities/project?" + query));
        INFO(query << " " << answer.body);
        CHECK(answer.status == 400);
        CHECK(answer.body.find(said) != std::string::npos);
    }
}

TEST_CASE("nobody finds a secret by asking for it") {
    Records world;
    const Answer right = world.ask(get("/api/entities/person?pin=0042-4711"));
    const Answer wrong = world.ask(get("/api/entities/person?pin=0042-4712"));
    CHECK(right.status == 400);
    CHECK(right.body == wrong.body);
    CHECK(right.body.find("4711") == std::string::npos);
}

TEST_CASE("runs are listed, the newest first, and shown with what they did") {
    Records world;
    add_runs(world.kept);
    CHECK(world.ids("/api/runs") == "r3 r2 r1 ");
    CHECK(world.ids("/api/runs?limit=1") == "r3 next=12");
    CHECK(world.ids("/api/runs?limit=2&after=12") == "r2 r1 ");
    CHECK(world.ids("/api/runs?rule=confirm") == "r3 r1 ");
    CHECK(world.ids("/api/runs?status=failed") == "r3 ");
    CHECK(world.ids("/api/runs?entity=project%2Fp2") == "r3 r2 r1 ");
    CHECK(world.ask(get("/api/runs?status=broken")).status == 400);
    const Answer unknown = world.ask(get("/api/runs?file=a.pawl"));
    CHECK(unknown.status == 400);
    CHECK(unknown.body.find("it takes `rule`, `status`, `entity`, `limit` or `after`") !=
          std::string::npos);

    const Answer run = world.ask(get("/api/runs/r3"));
    CHECK(run.body.find(R"({"id":"r3","rule":"confirm","status":"failed",)"
                        R"("started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:00:00Z",)"
                        R"("error":"it broke","file":"a.pawl","line":7,"entity":"project/p2",)"
                        R"("waiting_for":null,"due_at":null,"question":null,)"
                        R"("log":[{"id":"automation_log-1")") == 0);
    CHECK(run.body.find(R"("effects":[{"id":"effect-1")") != std::string::npos);
    CHECK(run.body.find(R"("is_cut":false})") != std::string::npos);
    CHECK(world.ask(get("/api/runs/r1")).body.find(R"("log":[],"effects":[])") !=
          std::string::npos);
    CHECK(world.ask(get("/api/runs/r2"))
              .body.find(
                  R"("ended_at":null,"error":null,"file":"a.pawl","line":7,"entity":"project/p2",)"
                  R"("waiting_for":"client_replied","due_at":"2026-03-02T12:00:00Z",)"
                  R"("question":null)") != std::string::npos);
    CHECK(world.ids("/api/runs?status=waiting") == "r2 ");
    CHECK(world.ask(get("/api/runs/r99")).status == 404);
}

TEST_CASE("effects are listed by their run and status") {
    Records world;
    add_runs(world.kept);
    CHECK(world.ids("/api/effects") == "effect-1 ");
    CHECK(world.ids("/api/effects?status=waiting&run=r3") == "effect-1 ");
    CHECK(world.ids("/api/effects?run=r1").empty());
    CHECK(world.ask(get("/api/effects?run=r9")).status == 400);
}

TEST_CASE("parked inputs are named, and what they say is not shown") {
    Records world;
    world.kept.inputs = {{5, noon, event("bad")}};
    world.kept.parked = {{5, "it stopped the engine twice"}};
    CHECK(world.ask(get("/api/parked")).body ==
          R"({"items":[{"input":5,"reason":"it stopped the engine twice",)"
          R"("arrival":"2026-03-02T12:00:00Z","source":"/t","id":"bad","type":"x"}]})");
}

TEST_CASE("events are exported as lines, whole, however many they are") {
    Records world;
    world.kept.counters.now = noon;
    constexpr int count = 20'000;
    std::string expected_ids, ids;
    for (int i = 1; i <= count; ++i)
        world.kept.inputs.push_back({i, noon, event("e" + std::to_string(i))});
    const Answer answer = world.ask(get("/api/export/events"));
    CHECK(answer.status == 200);
    CHECK(answer.is_whole);
    CHECK(answer.headers.at("content-type") == "application/x-ndjson");
    CHECK(answer.headers.at("transfer-encoding") == "chunked");
    CHECK(std::count(answer.body.begin(), answer.body.end(), '\n') == count);
    CHECK(answer.body.find("\"id\":\"e20000\"") != std::string::npos);
    SECTION("to who speaks HTTP/1.0 until the end of the connection") {
        const Answer old = world.ask("GET /api/export/events HTTP/1.0\r\nHost: localhost\r\n\r\n");
        CHECK(old.body == answer.body);
    }
    SECTION("and who goes away in the middle holds nobody up") {
        {
            Client gone(world.port());
            REQUIRE(gone.send(get("/api/export/events")));
        }
        Client client(world.port());
        CHECK(client.ask(get("/api/entities/person")).status == 200);
        CHECK(client.ask(get("/api/export/events")).body == answer.body);
    }
    SECTION("times that are none are told") {
        CHECK(code_of(world.ask(get("/api/export/events?from=yesterday"))) == "bad_time");
        CHECK(code_of(world.ask(get("/api/export/events?at=2026-03-02T12:00:00Z"))) ==
              "bad_parameter");
        CHECK(code_of(world.ask(get("/api/export/state?from=2026-03-02T12:00:00Z"))) ==
              "bad_parameter");
    }
}

TEST_CASE("a server that stops finishes an export that is on its way") {
    Records world;
    for (int i = 1; i <= 3'000; ++i)
        world.kept.inputs.push_back({i, noon, event("e" + std::to_string(i))});
    Client idle(world.port()), client(world.port());
    CHECK(idle.ask(get("/healthz")).status == 200);
    world.kept.is_gate_open = false;
    REQUIRE(client.send(get("/api/export/events")));
    world.kept.wait_for_readers(1);
    std::thread stopping([&] { world.stop(); });
    CHECK(idle.is_closed());  // it has begun
    world.kept.open_gate();
    const Answer answer = client.read();
    CHECK(answer.is_whole);
    CHECK(std::count(answer.body.begin(), answer.body.end(), '\n') == 3'000);
    stopping.join();
}

TEST_CASE("more lists than the readers keep up with are told to come again") {
    ServerOptions options;
    options.reads_queued_max = 2;
    Records world(options);
    world.kept.is_gate_open = false;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 4; ++i) {  // two are read, two wait
        clients.push_back(std::make_unique<Client>(world.port()));
        REQUIRE(clients.back()->send(get("/api/entities/person/asha")));
        world.kept.wait_for_readers(static_cast<std::size_t>(std::min(i + 1, 2)));
        CHECK(world.ask(get("/healthz")).status == 200);
    }
    const Answer refused = world.ask(get("/api/runs"));
    CHECK(refused.status == 503);
    CHECK(refused.headers.at("retry-after") == "1");
    CHECK(world.ask(post("/api/events", event("meanwhile"))).status == 200);
    world.kept.open_gate();
    for (const auto& client : clients) CHECK(client->read().status == 200);
}

TEST_CASE("a store that cannot be read is told") {
    Records world;
    world.kept.failure = Error{"busy", "the store is busy", true};
    const Answer busy = world.ask(get("/api/runs"));
    CHECK(busy.status == 503);
    CHECK(busy.headers.at("retry-after") == "1");
    world.kept.failure = Error{"damaged", "the store is damaged", false};
    CHECK(world.ask(get("/api/runs/r1")).status == 500);
}

}  // namespace pawl::server
