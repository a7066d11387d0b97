#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/turns/latencies.h"
#include "bench/turns/raw_sqlite.h"

namespace pawl::bench {

struct RawPass {
    std::uint64_t rows = 0;
    double seconds = 0;
};

// What a run that waits leaves in the store and takes away again, so that a look at it afterwards
// does not tell: its place and its timer, put in and deleted, and a second write of its own row.
struct PassingRows {
    std::string runs;   // the table of the entity `run`
    std::string state;  // of some run that waited, as `waiting_run` held it
};

// The yardstick of the durable path: the rows that the engine wrote, read back from its store and
// written once more into tables of the same form by SQLite's C API alone, in as many transactions.
// It has nothing to do but to bind what lies ready in memory: no event is read, no rule is run.
class RawWriter {
 public:
    // Makes the file at `path` with what the store holds now. `subjects` is the table of which
    // every run changes a record.
    static Result<std::unique_ptr<RawWriter>> make(const std::string& store,
                                                   const std::string& path,
                                                   const std::string& subjects);

    // From now on they are written as well, as often as there are runs: put in with the run's rows,
    // deleted a tenth of the groups later, so that those of the last tenth stay.
    void write_passing(const PassingRows& passing);
    // Reads what the store got since the last catch_up: of `of_runs` runs the rows of the first
    // `runs`. The engine must be idle.
    Status fetch(std::uint64_t runs, std::uint64_t of_runs);
    // Rows that the engine left for each run, of the last fetch: without those that pass.
    double rows_per_run() const { return rows_per_run_; }
    // Writes what was fetched in `groups` transactions, and tells how long each took.
    Result<RawPass> write(std::uint64_t groups, Latencies& commits);
    // Brings the file to what the store holds. Nobody measures that.
    Status catch_up();

 private:
    struct Cell {
        int type = SQLITE_NULL;
        std::int64_t integer = 0;  // of a text: where it begins
        double number = 0;
        int bytes = 0;
    };
    enum class Change : std::uint8_t { none, added, each_run, each_group };
    struct Table {
        std::string name;                        // as SQL takes it
        std::vector<std::string> columns, keys;  // likewise
        bool has_rowid = true;
        Change change = Change::none;
        RawStatement statement;  // writes one row; its parameters are the first of `cells`
        std::size_t parameters = 0;
        std::vector<std::vector<Cell>> rows;
        std::string texts;
    };

    RawWriter(std::string store, std::string subjects)
        : store_(std::move(store)), subjects_(std::move(subjects)) {}
    void create(const std::string& path);
    void attach();
    void fetch_table(Table& table, double share);
    void fetch_added(Table& table, std::uint64_t count);
    void fetch_changed(Table& table);
    void read_rows(Table& table, const std::string& sql, std::uint64_t rows_max);
    std::uint64_t write_group(Table& table, std::uint64_t group, std::uint64_t groups);
    std::uint64_t write_passing_rows(std::uint64_t group, std::uint64_t groups);
    static void write_row(Table& table, const std::vector<Cell>& row);

    struct Passing {
        std::string runs, state;
        RawStatement put_run, put_timer, change_run, remove_run, remove_timer;
    };

    std::string store_, subjects_;
    RawDatabase database_;
    std::vector<Table> tables_;
    std::optional<Passing> passing_;
    std::uint64_t runs_ = 0;
    double rows_per_run_ = 0;
};

}  // namespace pawl::bench
