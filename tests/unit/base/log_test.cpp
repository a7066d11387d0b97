#include "base/log.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "base/json.h"

namespace pawl::log {

namespace {

// Lines go to a file of this test's own, and to standard error again afterwards.
class LogFile {
 public:
    explicit LogFile(Options options) {
        std::filesystem::remove(path_);
        options.file = path_.string();
        options.clock = [] { return Instant{1'772'452'800'250'000}; };
        REQUIRE(configure(options));
    }
    ~LogFile() {
        CHECK(configure({}));
        std::filesystem::remove(path_);
    }
    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

 private:
    const std::filesystem::path path_ =
        std::filesystem::temp_directory_path() /
        ("pawl-log-" + std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id())));
};

}  // namespace

TEST_CASE("a line of JSON holds what it was given, whatever that is") {
    const LogFile file({Format::json, Level::info, {}, {}});
    write(Level::info, "set {} %v \"x\"\n", {{"run", "r1"}, {"rule", ""}, {"event", "a\x01\xff"}});
    CHECK(file.text() ==
          R"({"at":"2026-03-02T12:00:00.25Z","level":"info","message":"set {} %v \"x\"\n",)"
          "\"run\":\"r1\",\"event\":\"a\\u0001\xEF\xBF\xBD\"}\n");
}

TEST_CASE("a line for people is one line, and shows what it hides") {
    const LogFile file({Format::text, Level::info, {}, {}});
    write(Level::warn, "two\nlines \x1b[2J", {{"run", "r1"}, {"error", "it \"broke\""}});
    write(Level::error, "done", {{"id", ""}, {"path", "a\nb"}});
    CHECK(file.text() ==
          "2026-03-02T12:00:00.25Z warn  two\\u{a}lines \\u{1b}[2J run=r1 "
          "error=\"it \\\"broke\\\"\"\n"
          "2026-03-02T12:00:00.25Z error done path=\"a\\nb\"\n");
}

TEST_CASE("a line that its caller made goes out as it is, or behind time and level") {
    for (const Format form : {Format::json, Format::text}) {
        const LogFile file({form, Level::info, {}, {}});
        CHECK(format() == form);
        write_made(Level::info, "{\"kind\":\"set\"}");
        write_made(Level::debug, "{}");
        write_made(Level::warn, "a\x1b[2J");
        CHECK(file.text() == (form == Format::json
                                  ? "{\"kind\":\"set\"}\na\x1b[2J\n"
                                  : "2026-03-02T12:00:00.25Z info  {\"kind\":\"set\"}\n"
                                    "2026-03-02T12:00:00.25Z warn  a\\u{1b}[2J\n"));
    }
}

TEST_CASE("levels beyond the one that is set are not written") {
    for (const Level level : {Level::error, Level::warn, Level::info, Level::debug}) {
        const LogFile file({Format::text, level, {}, {}});
        std::size_t lines = 0;
        for (const Level each : {Level::error, Level::warn, Level::info, Level::debug}) {
            write(each, "x");
            CHECK(is_written(each) == (each <= level));
            lines += each <= level ? 1 : 0;
        }
        const std::string text = file.text();
        CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == lines);
    }
    CHECK(find_level("debug") == Level::debug);
    CHECK(!find_level("trace"));
}

TEST_CASE("lines of several threads stay whole") {
    const LogFile file({Format::json, Level::info, {}, {}});
    constexpr int lines = 500;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([] {
            for (int i = 0; i < lines; ++i)
                write(Level::info, "line", {{"text", std::string(200, 'x')}});
        });
    }
    for (std::thread& thread : threads) thread.join();
    const std::string text = file.text();
    std::string_view rest = text;
    int whole = 0;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        REQUIRE(end != std::string_view::npos);
        REQUIRE(parse_json(rest.substr(0, end)));
        rest.remove_prefix(end + 1);
        ++whole;
    }
    CHECK(whole == 4 * lines);
}

TEST_CASE("a file that cannot be opened is told, and lines go where they went") {
    const LogFile file({Format::text, Level::info, {}, {}});
    const Status failed = configure({Format::text, Level::info, "/", {}});
    REQUIRE(!failed);
    CHECK(failed.error().code == "log_file");
    write(Level::info, "still here");
    CHECK(file.text().find("still here") != std::string::npos);
}

}  // namespace pawl::log
