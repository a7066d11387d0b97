#include "tests/fault/disk.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/fault/plain_connection.h"

// The disk itself: what it must show, if the tests of the store are to be believed.

namespace pawl::fault {

namespace {

const std::string path = "/disk/test.db";

// What every connection of these tests works by.
std::string setup(const std::string& synchronous) {
    return "PRAGMA synchronous=" + synchronous +
           "; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;";
}

constexpr int group_count = 12;

// Two rows in two places a group, so that half a group shows; some groups do not fit in a page.
std::string group_sql(int group) {
    const std::string number = std::to_string(group);
    return "BEGIN IMMEDIATE; INSERT INTO one VALUES (" + number + ", zeroblob(" +
           std::to_string(group % 3 == 0 ? 9'000 : 40) + ")); INSERT INTO other VALUES (" + number +
           "); COMMIT;";
}

// Notes the number of the group after each commit that returned.
void write_groups(Disk& disk, const std::string& synchronous) {
    Connection connection(path, disk.vfs());
    REQUIRE(connection.run(setup(synchronous)) == SQLITE_OK);
    REQUIRE(
        connection.run("CREATE TABLE one (n BIGINT, body BLOB); CREATE TABLE other (n BIGINT)") ==
        SQLITE_OK);
    disk.note(0);
    for (int group = 1; group <= group_count; ++group) {
        REQUIRE(connection.run(group_sql(group)) == SQLITE_OK);
        disk.note(group);
        if (group % 5 == 0) REQUIRE(connection.run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
    }
}

struct Found {
    std::size_t losses = 0;  // of what was promised
    std::size_t halves = 0;  // a group that is there in one place and not in the other
    std::size_t damaged = 0;
};

// Cuts the power after every operation of the history, in every way.
Found cut_everywhere(const Disk& disk) {
    Found found;
    const std::vector<Operation> history = disk.history();
    const std::vector<Note> notes = disk.notes();
    Medium medium;
    std::int64_t promised = -1;
    std::size_t noted = 0;
    for (std::size_t n = 0; n <= history.size(); ++n) {
        if (n > 0) medium.apply(history[n - 1]);
        while (noted < notes.size() && notes[noted].operations <= n)
            promised = notes[noted++].value;
        for (std::uint64_t kind = 0; kind < Medium::survivor_kinds; ++kind) {
            Disk left(medium.survivors(n * Medium::survivor_kinds + kind));
            Connection connection(path, left.vfs());
            const auto ones = connection.read("SELECT n FROM one ORDER BY n");
            const bool has_tables = connection.code() == SQLITE_OK;
            const auto others = connection.read("SELECT n FROM other ORDER BY n");
            const std::string state = connection.check();
            if (state != "ok") ++found.damaged;
            if (ones != others) ++found.halves;
            if (promised >= 0 && (!has_tables || static_cast<std::int64_t>(ones.size()) < promised))
                ++found.losses;
        }
    }
    return found;
}

}  // namespace

TEST_CASE("a power cut after any operation loses nothing that SQLite synced, and halves nothing") {
    Disk disk;
    disk.keep_history();
    write_groups(disk, "FULL");
    const Found found = cut_everywhere(disk);
    CHECK(found.losses == 0);
    CHECK(found.halves == 0);
    CHECK(found.damaged == 0);
}

TEST_CASE("without a sync at the commit the disk loses what was promised, and halves nothing") {
    Disk disk;
    disk.keep_history();
    write_groups(disk, "NORMAL");
    const Found found = cut_everywhere(disk);
    CHECK(found.losses > 0);
    CHECK(found.halves == 0);
    CHECK(found.damaged == 0);
}

TEST_CASE("without any sync the disk damages the file") {
    Disk disk;
    disk.keep_history();
    write_groups(disk, "OFF");
    const Found found = cut_everywhere(disk);
    CHECK(found.losses > 0);
    CHECK(found.damaged + found.halves > 0);
}

TEST_CASE("a power cut while SQLite works ends it, and the disk comes back with what is durable") {
    Disk counted;
    write_groups(counted, "FULL");
    std::set<std::size_t> sizes;
    for (std::size_t n = 1; n <= counted.operations(); n += 3) {
        Disk disk;
        disk.cut_power_at(n);
        std::size_t promised = 0;
        {
            Connection connection(path, disk.vfs());
            bool works = connection.run(setup("FULL")) == SQLITE_OK &&
                         connection.run(
                             "CREATE TABLE one (n BIGINT, body BLOB); "
                             "CREATE TABLE other (n BIGINT)") == SQLITE_OK;
            for (int group = 1; works && group <= group_count; ++group) {
                works = connection.run(group_sql(group)) == SQLITE_OK;
                if (works) ++promised;
            }
        }
        if (!disk.is_off()) break;  // checkpoints make up the rest of the count
        disk.restart(n);
        Connection connection(path, disk.vfs());
        CHECK(connection.check() == "ok");
        const auto rows = connection.read("SELECT n FROM one");
        CHECK(rows.size() >= promised);
        CHECK(rows.size() <= promised + 1);
        sizes.insert(rows.size());
        if (promised > 0) CHECK(connection.run(group_sql(99)) == SQLITE_OK);
    }
    CHECK(sizes.size() > group_count / 2);
}

TEST_CASE("a failure of any operation is an error of the statement; after it the next works") {
    const Failure failure = GENERATE(Failure::io_error, Failure::full);
    Disk counted;
    std::size_t begin = 0;
    {
        Connection connection(path, counted.vfs());
        REQUIRE(connection.run(setup("FULL")) == SQLITE_OK);
        REQUIRE(connection.run("CREATE TABLE one (n BIGINT, body BLOB); "
                               "CREATE TABLE other (n BIGINT)") == SQLITE_OK);
        begin = counted.operations();
        REQUIRE(connection.run(group_sql(3)) == SQLITE_OK);
    }
    const Image before = counted.image();
    std::size_t failed = 0;
    for (std::size_t n = 1; n <= counted.operations() - begin; ++n) {
        Disk disk(before);
        Connection connection(path, disk.vfs());
        REQUIRE(connection.run(setup("FULL")) == SQLITE_OK);
        disk.fail_at(disk.operations() + n, failure);
        const int code = connection.run(group_sql(4));
        if (disk.failures() == 0) continue;  // a sync takes no space
        ++failed;
        CHECK(code == (failure == Failure::full ? SQLITE_FULL : SQLITE_IOERR));
        connection.run("ROLLBACK");
        disk.mend();
        CHECK(connection.run(group_sql(4)) == SQLITE_OK);
        CHECK(connection.read("SELECT count(*) FROM one") == std::vector<std::string>{"2"});
        CHECK(connection.read("SELECT count(*) FROM other") == std::vector<std::string>{"2"});
        CHECK(connection.check() == "ok");
    }
    CHECK(failed > 3);
}

TEST_CASE("a disk that stays full says so until it is mended") {
    Disk disk;
    Connection connection(path, disk.vfs());
    REQUIRE(connection.run(setup("FULL") + "CREATE TABLE one (n BIGINT)") == SQLITE_OK);
    disk.fail_at(disk.operations() + 1, Failure::full, true);
    for (int i = 0; i < 3; ++i) CHECK(connection.run("INSERT INTO one VALUES (1)") == SQLITE_FULL);
    disk.mend();
    CHECK(connection.run("INSERT INTO one VALUES (1)") == SQLITE_OK);
    CHECK(connection.read("SELECT count(*) FROM one") == std::vector<std::string>{"1"});
}

TEST_CASE("connections of one disk lock each other out, and a reader keeps its moment") {
    Disk disk;
    Connection writer(path, disk.vfs());
    REQUIRE(writer.run(setup("FULL") + "CREATE TABLE one (n BIGINT)") == SQLITE_OK);
    Connection reader(path, disk.vfs());
    CHECK(reader.run("BEGIN; SELECT count(*) FROM one") == SQLITE_OK);
    CHECK(writer.run("BEGIN IMMEDIATE; INSERT INTO one VALUES (1)") == SQLITE_OK);
    Connection other(path, disk.vfs());
    CHECK(other.run("BEGIN IMMEDIATE") == SQLITE_BUSY);
    CHECK(writer.run("COMMIT") == SQLITE_OK);
    CHECK(reader.read("SELECT count(*) FROM one") == std::vector<std::string>{"0"});
    CHECK(reader.run("COMMIT") == SQLITE_OK);
    CHECK(reader.read("SELECT count(*) FROM one") == std::vector<std::string>{"1"});
    CHECK(other.run("INSERT INTO one VALUES (2)") == SQLITE_OK);
}

TEST_CASE("what a process wrote is there for the next one, whatever was synced") {
    Disk disk;
    Connection first(path, disk.vfs());
    REQUIRE(first.run(setup("OFF") + "CREATE TABLE one (n BIGINT); INSERT INTO one VALUES (7)") ==
            SQLITE_OK);
    REQUIRE(disk.syncs() == 0);
    disk.end_process();
    CHECK(first.run("INSERT INTO one VALUES (8)") == SQLITE_IOERR);
    Connection second(path, disk.vfs());
    CHECK(second.read("SELECT n FROM one") == std::vector<std::string>{"7"});
}

TEST_CASE("what a failed sync did not write, no later sync writes") {
    Disk disk;
    Connection connection(path, disk.vfs());
    REQUIRE(connection.run(setup("FULL") + "CREATE TABLE one (n BIGINT)") == SQLITE_OK);
    disk.fail_at(disk.operations() + 1, Failure::io_error, true);
    CHECK(connection.run("INSERT INTO one VALUES (1)") == SQLITE_IOERR);
    Medium medium(Image{{"/a", "old"}});
    medium.apply({OperationKind::write, "/a", 0, "new"});
    CHECK(medium.survivors(1).at("/a") == "new");
    medium.forget_unsynced("/a");
    medium.apply({OperationKind::write, "/a", 3, "!"});
    medium.apply({OperationKind::sync, "/a", 0, ""});
    CHECK(medium.survivors(0).at("/a") == "old!");
}

TEST_CASE("a torn write leaves whole sectors, and what was never synced may be gone") {
    const std::string old(2'048, 'o');
    const std::string fresh(2'048, 'n');
    std::set<std::string> seen;
    for (std::uint64_t seed = 3; seed < 3 + 4 * 50; seed += 4) {
        Medium medium(Image{{"/a", old}});
        medium.apply({OperationKind::write, "/a", 100, fresh});
        const std::string left = medium.survivors(seed).at("/a");
        for (std::size_t i = 1; i < 2'048; ++i)
            if (i != 100 && i % 512 != 0) REQUIRE(left[i] == left[i - 1]);
        CHECK(left.substr(0, 100) == old.substr(0, 100));
        seen.insert(left);
    }
    CHECK(seen.size() > 10);

    Medium medium;
    medium.apply({OperationKind::create, "/b", 0, ""});
    medium.apply({OperationKind::write, "/b", 0, "x"});
    CHECK(medium.survivors(0).empty());
    CHECK(medium.survivors(1).at("/b") == "x");
    medium.apply({OperationKind::sync, "/b", 0, ""});
    medium.apply({OperationKind::remove, "/b", 0, ""});
    CHECK(medium.survivors(0).at("/b") == "x");
    medium.apply({OperationKind::sync_folder, "", 0, ""});
    CHECK(medium.survivors(0).empty());
    medium.apply({OperationKind::create, "/b", 0, ""});
    medium.apply({OperationKind::write, "/b", 0, "y"});
    medium.apply({OperationKind::sync_folder, "", 0, ""});
    CHECK(medium.survivors(0).at("/b").empty());
    CHECK(medium.survivors(1).at("/b") == "y");
}

}  // namespace pawl::fault
