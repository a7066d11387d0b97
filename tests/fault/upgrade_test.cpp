#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "engine/store/sqlite_store.h"
#include "tests/fault/disk.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/store_scenario.h"
#include "tests/unit/engine/sample_program.h"

// The power goes after every single operation of the start that brings a store of an earlier
// release up to date. The next start goes on with it, and everything is there.

namespace pawl::fault {

namespace {

// The dump's keys of events, "e1" to "e12".
constexpr int keys = 12;

// The store of the dump, as the disk has it.
Image old_store(const Folder& folder) {
    Disk disk;
    std::ifstream file(PAWL_STORE_DUMPS "/store_0003.sql");
    REQUIRE(file);
    const std::string dump(std::istreambuf_iterator<char>(file), {});
    {
        Connection connection(folder.database(), disk.vfs());
        REQUIRE(connection.run("pragma journal_mode = wal") == SQLITE_OK);
        REQUIRE(connection.run(dump) == SQLITE_OK);
    }
    return disk.image();
}

// What is not as it was; empty: nothing.
std::string look_at(const Folder& folder, const Disk& disk, const rules::Program& program) {
    auto store = engine::open_sqlite_store(folder.path(), {.vfs = disk.vfs()});
    if (!store) return "open: " + store.error().message;
    if (const Status opened = (*store)->open(program); !opened)
        return "open: " + opened.error().message;
    for (int number = 1; number <= keys; ++number) {
        const std::string id = "e" + std::to_string(number);
        const auto event = (*store)->seen("/shop", id);
        if (!event || event->body != engine::body_mark(hash_bytes("body of " + id)))
            return id + " is not known";
    }
    if ((*store)->seen("/shop", "e13")) return "e13 is known";
    if ((*store)->find(rules::entity_automation_log, "automation_log-2") != 5)
        return "a row is not found";
    store->reset();
    Connection connection(folder.database(), disk.vfs());
    const std::string state = connection.check();
    return state == "ok" ? "" : state;
}

}  // namespace

TEST_CASE("a power cut after any operation of bringing a store up to date loses nothing") {
    const rules::Program program = engine::sample::make_program();
    const Folder folder;
    const Image before = old_store(folder);
    Disk disk(before);
    disk.keep_history();
    REQUIRE(look_at(folder, disk, program) == "");
    const std::vector<Operation> history = disk.history();
    Medium medium(before);
    CHECK(history.size() > 30);
    for (std::size_t n = 0; n <= history.size(); ++n) {
        if (n > 0) medium.apply(history[n - 1]);
        Disk left(medium.survivors(n * Medium::survivor_kinds + n % Medium::survivor_kinds));
        INFO("after operation " << n);
        REQUIRE(look_at(folder, left, program) == "");
    }
}

}  // namespace pawl::fault
