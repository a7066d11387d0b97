#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "engine/store/sqlite_session.h"
#include "history_program.h"

namespace pawl::engine {

using namespace history;  // NOLINT: the words of these tests

namespace {

Instant second(int number) {
    return Instant{at("2026-03-02T06:00:00Z").micros + number * 1'000'000};
}

void create_projects(Kept& kept, int from, int count) {
    for (int i = from; i < from + count; ++i)
        kept.take("pawl.create",
                  R"({"entity":"project","values":{"title":")" + std::string(2'000, 'x') + R"("}})",
                  second(i));
}

// A file cannot grow beyond so many bytes while this lives, as if the disk were full.
class FileSizeLimit {
 public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
    rlimit before_{};
    void (*handler_)(int);
};

}  // namespace

TEST_CASE("a backup is the store of one moment, and an engine works on it") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_projects(kept, 1, 50);
    const std::string target = kept.folder().path("copy");
    const Status done = backup_store(kept.folder().path(), target);
    if (!done) FAIL(done.error().message);
    // Nothing but the store's own file.
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator(target)) {
        CHECK(each.path().filename() == "pawl.db");
        ++files;
    }
    CHECK(files == 1);
    create_projects(kept, 51, 5);  // the engine goes on

    auto opened = open_sqlite_store(target);
    if (!opened) FAIL(opened.error().message);
    REQUIRE((*opened)->open(program));
    CHECK((*opened)->counters().now == second(50));
    CHECK((*opened)->find(project, "project-50"));
    CHECK_FALSE((*opened)->find(project, "project-51"));
    Engine engine(program, **opened, {.keeps_history = true});
    Appended appended =
        engine.append(R"({"specversion":"1.0","id":"x","source":"/t","type":"pawl.create",)"
                      R"("data":{"entity":"project","values":{"title":"T"}}})",
                      second(60));
    REQUIRE(appended.input);
    engine.process(*appended.input);
    CHECK(engine.find_record("project", "project-51"));
}

TEST_CASE("a backup takes a new folder, and harms nothing that is there") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_projects(kept, 1, 1);
    const std::string target = kept.folder().path("copy");
    SECTION("not one that is there") {
        std::filesystem::create_directory(target);
        const Status done = backup_store(kept.folder().path(), target);
        REQUIRE_FALSE(done);
        CHECK(done.error().code == "exists");
        CHECK(std::filesystem::is_empty(target));
    }
    SECTION("not the store's own") {
        const Status done = backup_store(kept.folder().path(), kept.folder().path());
        REQUIRE_FALSE(done);
        CHECK(done.error().code == "exists");
        CHECK(kept.store().find(project, "project-1"));
    }
    SECTION("not one in a folder that is not there") {
        const Status done = backup_store(kept.folder().path(), target + "/deeper");
        REQUIRE_FALSE(done);
        CHECK(done.error().code == "unreadable");
    }
    SECTION("not of a folder without a store") {
        const Status done = backup_store(kept.folder().path("empty"), target);
        REQUIRE_FALSE(done);
        CHECK(done.error().code == "unreadable");
        CHECK_FALSE(std::filesystem::exists(target));
        CHECK_FALSE(std::filesystem::exists(kept.folder().path("empty")));
    }
}

TEST_CASE("a backup that cannot be written to its end leaves nothing behind") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_projects(kept, 1, 200);
    const std::string target = kept.folder().path("copy");
    {
        const FileSizeLimit limit(200'000);
        const Status done = backup_store(kept.folder().path(), target);
        REQUIRE_FALSE(done);
        INFO(done.error().message);
        CHECK(done.error().message.find("the store cannot be copied") == 0);
    }
    CHECK_FALSE(std::filesystem::exists(target));
    CHECK(backup_store(kept.folder().path(), target));
}

TEST_CASE("a copy of a damaged store is refused and not left behind") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_projects(kept, 1, 200);
    REQUIRE(kept.store().checkpoint());
    kept.close();
    const std::string file = kept.folder().path() + "/pawl.db";
    SECTION("pages of rubbish") {
        std::FILE* opened = std::fopen(file.c_str(), "r+b");
        REQUIRE(opened != nullptr);
        std::fseek(opened, -3 * 4096, SEEK_END);
        const std::string rubbish(2 * 4096, '\x5a');
        CHECK(std::fwrite(rubbish.data(), 1, rubbish.size(), opened) == rubbish.size());
        std::fclose(opened);
    }
    SECTION("a row that cannot be, which nobody reads") {
        auto session =
            SqliteSession::open(file, {.mode = SessionMode::write, .vfs = std::string()});
        REQUIRE(session);
        (*session)->execute("create table odd (a TEXT check (a <> 'x'))");
        (*session)->execute("pragma ignore_check_constraints = on");
        (*session)->execute("insert into odd values ('x')");
    }
    const std::string target = kept.folder().path("copy");
    const Status done = backup_store(kept.folder().path(), target);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == "damaged");
    CHECK_FALSE(std::filesystem::exists(target));
}

}  // namespace pawl::engine
