#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "scripted_engine.h"

using namespace pawl;
using namespace pawl::cli;
using Catch::Matchers::Contains;

namespace {

// A command's two streams in memory.
struct Screen {
    TextOutput out, err;
    Terminal terminal{out, err};
};

// A file that is gone with the test.
class File {
 public:
    explicit File(const std::string& text) {
        path_ = (std::filesystem::temp_directory_path() / "pawl-cli-XXXXXX").string();
        const int descriptor = ::mkstemp(path_.data());
        REQUIRE(descriptor >= 0);
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~File() { std::filesystem::remove(path_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

std::string results(const std::vector<std::string>& items) {
    std::string all;
    for (const std::string& item : items) all += (all.empty() ? "" : ",") + item;
    return http_answer(200, R"({"results":[)" + all + "]}");
}

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Takes every line in.
std::string accept_all(const std::string& request) {
    std::vector<std::string> items(lines_of(body_of(request)), R"({"status":"accepted"})");
    return results(items);
}

EngineAddress at(const ScriptedEngine& engine) { return {.url = engine.url(), .token = ""}; }

}  // namespace

TEST_CASE("send tells each line that is refused, with its number, and sums up") {
    ScriptedEngine engine([](const std::string&) {
        return results({R"({"index":0,"id":"a","status":"accepted"})",
                        R"({"index":1,"id":"a","status":"duplicate"})",
                        R"({"index":2,"id":"b","status":"refused","code":"PW0904","message":"no"})",
                        R"({"index":3,"id":"a","status":"conflict","code":"PW0907"})"});
    });
    const File events("{}\n\n{}\n  \n{}\n{}\n");
    Screen screen;
    CHECK(send({.engine = at(engine), .events = events.path(), .wait = "processed"},
               screen.terminal) == Exit::no);
    CHECK(screen.out.text() ==
          "line 5: refused \"b\" PW0904: no\n"
          "line 6: conflict \"a\" PW0907\n"
          "1 accepted, 1 duplicate, 2 refused\n");
    CHECK(screen.err.text().empty());
    CHECK(first_line_of(engine.requests().front()) == "POST /api/events?wait=processed HTTP/1.1");
    Screen json;
    CHECK(send({.engine = at(engine), .events = events.path(), .wait = "", .json = true},
               json.terminal) == Exit::no);
    CHECK_THAT(json.out.text(), Contains("{\"line\":1,\"id\":\"a\",\"status\":\"accepted\"}\n") &&
                                    Contains("{\"accepted\":1,\"duplicates\":1,\"refused\":2}\n"));
}

TEST_CASE("send goes in batches of 500 lines and of a megabyte") {
    ScriptedEngine engine(accept_all);
    std::string text;
    for (int line = 0; line < 1'001; ++line) text += "{\"n\":1}\n";
    for (int line = 0; line < 3; ++line) text += std::string(600'000, ' ') + "{\"n\":1}\n";
    const File events(text);
    Screen screen;
    CHECK(send({.engine = at(engine), .events = events.path(), .wait = ""}, screen.terminal) ==
          Exit::done);
    CHECK(screen.out.text() == "1004 accepted, 0 duplicates, 0 refused\n");
    std::vector<std::size_t> lines;
    for (const std::string& request : engine.requests())
        lines.push_back(lines_of(body_of(request)));
    CHECK(lines == std::vector<std::size_t>{500, 500, 2, 1, 1});
}

TEST_CASE("a line that is too long is refused without being sent") {
    ScriptedEngine engine(accept_all);
    const File events("{}\n" + std::string((1u << 20) + 1, 'x') + "\n{}\n");
    Screen screen;
    CHECK(send({.engine = at(engine), .events = events.path(), .wait = ""}, screen.terminal) ==
          Exit::no);
    CHECK_THAT(screen.out.text(), Contains("line 2: refused PW0903: the line has 1048577 bytes") &&
                                      Contains("2 accepted, 0 duplicates, 1 refused"));
}

TEST_CASE("a busy engine is asked again after as long as it says, and not for ever") {
    int busy = 2;
    ScriptedEngine engine([&](const std::string& request) {
        if (busy-- > 0) {
            return http_answer(429, R"({"code":"full","message":"the engine is busy"})",
                               "Retry-After: 3\r\n");
        }
        return accept_all(request);
    });
    const Result<HttpClient> client = HttpClient::make(at(engine));
    REQUIRE(client);
    Screen screen;
    std::vector<long> pauses;
    const Pause wait = [&](std::chrono::seconds length) { pauses.push_back(length.count()); };
    const HttpRequest request{.method = "POST", .target = "/api/events", .body = "{}\n"};
    CHECK(ask_patiently(*client, request, wait, screen.terminal));
    CHECK(pauses == std::vector<long>{3, 3});
    CHECK(screen.err.text() == "pawl: the engine is busy; trying again for 120 s\n");

    busy = 1'000'000;
    pauses.clear();
    const Result<Json> never = ask_patiently(*client, request, wait, screen.terminal);
    REQUIRE_FALSE(never);
    CHECK(never.error().code == "busy");
    CHECK(pauses.size() == 40);
    CHECK(exit_of(never.error()) == Exit::failed);
}

TEST_CASE("an engine that goes away in the middle leaves a sum and the first line not known") {
    int answered = 0;
    ScriptedEngine engine(
        [&](const std::string& request) { return answered++ == 0 ? accept_all(request) : ""; });
    std::string text;
    for (int line = 0; line < 600; ++line) text += "{}\n";
    const File events(text);
    Screen screen;
    CHECK(send({.engine = at(engine), .events = events.path(), .wait = ""}, screen.terminal) ==
          Exit::failed);
    CHECK(screen.out.text() == "500 accepted, 0 duplicates, 0 refused\n");
    CHECK_THAT(screen.err.text(), Contains("from line 501 on nothing is known"));
}

TEST_CASE("what is asked wrongly, a wrong token and no Pawl are told as such") {
    struct Case {
        std::string answer;
        Exit exit;
        std::string message;
    };
    const Case each = GENERATE(
        Case{http_answer(401, R"({"code":"token","message":"a token is due"})"), Exit::usage,
             "does not let you in: a token is due; give its token with PAWL_TOKEN or --token"},
        Case{http_answer(404, R"({"code":"not_found","message":"there is no project o9"})"),
             Exit::no, "there is no project o9"},
        Case{http_answer(400, R"({"code":"field","message":"no field"})"), Exit::usage, "no field"},
        Case{http_answer(500, R"({"code":"failed","message":"oh"})"), Exit::failed, "oh"},
        Case{http_answer(404, "<html>not here</html>"), Exit::usage, "is no Pawl: it said 404"},
        Case{http_answer(200, "<html>hello</html>"), Exit::usage, "is no Pawl"});
    ScriptedEngine engine([&](const std::string&) { return each.answer; });
    Screen screen;
    GetOptions options;
    options.engine = at(engine);
    options.what = "project/o9";
    CHECK(get(options, screen.terminal) == each.exit);
    CHECK(screen.out.text().empty());
    CHECK_THAT(screen.err.text(), Contains(each.message));
}

TEST_CASE("get asks for a page after another, with its conditions, up to its limit") {
    ScriptedEngine engine([](const std::string& request) {
        const bool is_second = request.find("after=k2") != std::string::npos;
        return http_answer(200, is_second
                                    ? R"({"items":[{"id":"c"}],"next":"k3"})"
                                    : R"({"items":[{"id":"a"},{"id":"b","n":1}],"next":"k2"})");
    });
    Screen screen;
    GetOptions options;
    options.engine = at(engine);
    options.what = "parcel";
    options.where = {"status=to pay", "n=1"};
    options.limit = 3;
    options.json = true;
    CHECK(get(options, screen.terminal) == Exit::done);
    CHECK(screen.out.text() == "{\"id\":\"a\"}\n{\"id\":\"b\",\"n\":1}\n{\"id\":\"c\"}\n");
    CHECK_THAT(screen.err.text(), Contains("--all"));
    REQUIRE(engine.requests().size() == 2);
    CHECK(first_line_of(engine.requests()[0]) ==
          "GET /api/entities/parcel?limit=3&status=to%20pay&n=1 HTTP/1.1");
    CHECK(first_line_of(engine.requests()[1]) ==
          "GET /api/entities/parcel?limit=1&status=to%20pay&n=1&after=k2 HTTP/1.1");
}

TEST_CASE("a table shows the fields that have a value, and nothing that moves the cursor") {
    ScriptedEngine engine([](const std::string& request) {
        if (request.find("/api/entities?") == std::string::npos &&
            request.find("/api/entities/") == std::string::npos)
            return http_answer(200, R"({"items":[{"name":"parcel","fields":[)"
                                    R"({"name":"created_at","type":"datetime"},)"
                                    R"({"name":"sent_at","type":"datetime ?"},)"
                                    R"({"name":"title","type":"text"}]}],)"
                                    R"("timezone":"Africa/Nairobi"})");
        return http_answer(
            200, R"({"items":[{"id":"a","created_at":"2026-03-02T07:00:00.123456Z","none":null,)"
                 R"("title":"x\u001b[2Jy\nz","sent_at":"2026-03-02T07:00:00Z"},)"
                 R"({"id":"bb","list":[1],"title":"2026-03-02T07:00:00Z",)"
                 R"("created_at":"2026-03-02T21:00:05Z"}]})");
    });
    Screen screen;
    GetOptions options;
    options.engine = at(engine);
    options.what = "parcel";
    CHECK(get(options, screen.terminal) == Exit::done);
    // A column of times has seconds everywhere or nowhere; a text is no time.
    CHECK(screen.out.text() ==
          "id  title                 sent_at           list  created_at\n"
          "a   x�[2Jy⏎z              2026-03-02 10:00        2026-03-02 10:00:00\n"
          "bb  2026-03-02T07:00:00Z                    [1]   2026-03-03 00:00:05\n"
          "times of Africa/Nairobi\n");
}

TEST_CASE("a list of pages that never ends, or is none, is no Pawl's") {
    ScriptedEngine engine([](const std::string&) {
        return http_answer(200, R"({"items":[{"id":"a"}],"next":"same"})");
    });
    Screen screen;
    GetOptions options;
    options.engine = at(engine);
    options.what = "parcel";
    options.all = true;
    CHECK(get(options, screen.terminal) == Exit::usage);
    CHECK_THAT(screen.err.text(), Contains("is no Pawl"));
}

TEST_CASE("an override says what, why and who, with values as JSON where they read as such") {
    ScriptedEngine engine([](const std::string&) {
        return results({R"({"index":0,"id":"x","status":"accepted"})"});
    });
    Screen screen;
    OverrideOptions options;
    options.engine = at(engine);
    options.record = "project/o1";
    options.set = {"status=completed", "amount=5000.50", "note=\"5\"", "url=a=b", "by_hand=true"};
    options.because = "delivered";
    options.by = "ann";
    CHECK(override_fields(options, screen.terminal) == Exit::done);
    const Result<Json> event = parse_json(body_of(engine.requests().front()));
    REQUIRE(event);
    CHECK(text_member(*event, "type") == "pawl.change");
    const Json* data = event->find("data");
    REQUIRE(data != nullptr);
    CHECK(
        write_json(*data) ==
        R"({"entity":"project","id":"o1","set":{"status":"completed","amount":5000.50,"note":"5",)"
        R"("url":"a=b","by_hand":true},"override":true,"reason":"delivered","by":"ann"})");
    options.set = {"note=[1"};
    CHECK(override_fields(options, screen.terminal) == Exit::usage);
    options.set = {"status"};
    CHECK(override_fields(options, screen.terminal) == Exit::usage);
    options.set = {"status=paid"};
    options.record = "project";
    CHECK(override_fields(options, screen.terminal) == Exit::usage);
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("a refused override answers no, with the engine's words") {
    ScriptedEngine engine([](const std::string&) {
        return results(
            {R"({"index":0,"id":"x","status":"refused","code":"PW0910","message":"no project"})"});
    });
    Screen screen;
    OverrideOptions options;
    options.engine = at(engine);
    options.record = "project/o1";
    options.set = {"status=completed"};
    options.because = "delivered";
    options.by = "ann";
    CHECK(override_fields(options, screen.terminal) == Exit::no);
    CHECK(screen.err.text() == "pawl: PW0910: no project\n");
}

TEST_CASE("an export goes into its file whole, or leaves what was there") {
    bool is_whole = true;
    ScriptedEngine engine([&](const std::string&) {
        return is_whole ? http_answer(200, "{}\n{}\n")
                        : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n";
    });
    const File file("before");
    ExportOptions options;
    options.engine = at(engine);
    options.what = "events";
    options.from = "2026-03-02T12:00:00+03:00";
    options.output = file.path();
    const auto text = [&] {
        std::ifstream in(file.path());
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    Screen screen;
    is_whole = false;
    CHECK(export_history(options, screen.terminal) == Exit::failed);
    CHECK(text() == "before");
    is_whole = true;
    CHECK(export_history(options, screen.terminal) == Exit::done);
    CHECK(text() == "{}\n{}\n");
    CHECK(first_line_of(engine.requests().back()) ==
          "GET /api/export/events?from=2026-03-02T12%3A00%3A00%2B03%3A00 HTTP/1.1");
    options.what = "state";
    CHECK(export_history(options, screen.terminal) == Exit::usage);
    options.what = "everything";
    CHECK(export_history(options, screen.terminal) == Exit::usage);
}

TEST_CASE("a clock that is not believed is told beside the engine's, the zone once") {
    ScriptedEngine engine([](const std::string& request) {
        return http_answer(200,
                           request.find("/api/clock") == std::string::npos
                               ? R"({"items":[],"timezone":"Africa/Nairobi"})"
                               : R"({"now":"2026-03-02T07:00:00.5Z","is_held":true,)"
                                 R"("machine":"2026-03-03T09:30:00.5Z","jump_seconds":95400})");
    });
    Screen screen;
    CHECK(clock({.engine = at(engine)}, screen.terminal) == Exit::done);
    CHECK(screen.out.text() ==
          "the engine goes by 2026-03-02 10:00 (Africa/Nairobi)\n"
          "the machine's clock says 2026-03-03 12:30, 26h30min ahead: it is not believed until "
          "`pawl clock accept`\n");
}
