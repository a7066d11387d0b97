#pragma once

#include <filesystem>
#include <string>

#include "bench/turns/raw_sqlite.h"

namespace pawl::bench {

// A folder that is gone with the object.
class TestFolder {
 public:
    TestFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "pawl-bench-XXXXXX");
        path_ = ::mkdtemp(pattern.data());
    }
    ~TestFolder() { std::filesystem::remove_all(path_); }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
    std::string path_;
};

// The tables of a store that the benchmark looks at, with 100 accounts; the first `deposits` of
// them have one deposit each.
inline void make_store(RawDatabase& store) {
    store.run(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        "CREATE TABLE input (number INTEGER PRIMARY KEY, body TEXT);"
        "CREATE TABLE seen (bucket BIGINT, hash BIGINT, PRIMARY KEY (bucket, hash)) WITHOUT ROWID;"
        "CREATE TABLE position (id INTEGER PRIMARY KEY, position BIGINT);"
        "CREATE TABLE entity (name TEXT PRIMARY KEY, table_name TEXT) WITHOUT ROWID;"
        "INSERT INTO entity VALUES ('account', 'account'), ('run', 'run 2'),"
        "('automation_log', 'automation_log');"
        "CREATE TABLE account (key INTEGER PRIMARY KEY, id TEXT, balance BIGINT);"
        "CREATE UNIQUE INDEX account_id ON account (id);"
        "CREATE TABLE \"run 2\" (key INTEGER PRIMARY KEY, status TEXT, share REAL, updated_at "
        "BIGINT, ended_at BIGINT, waiting_for TEXT, due_at BIGINT);"
        "CREATE VIEW run AS SELECT key, status FROM \"run 2\";"
        "CREATE TABLE waiting_run (number INTEGER PRIMARY KEY, state TEXT);"
        "CREATE TABLE timer (due BIGINT, number BIGINT, kind BIGINT, target TEXT, PRIMARY KEY "
        "(due, number)) WITHOUT ROWID;"
        "CREATE TABLE timer_later (number INTEGER PRIMARY KEY);"
        "CREATE TABLE automation_log (key INTEGER PRIMARY KEY, status TEXT);"
        "INSERT INTO position VALUES (1, 0), (2, 0);");
}

}  // namespace pawl::bench
