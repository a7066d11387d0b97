#include "bench/turns/raw_writer.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace pawl::bench {

namespace {

std::string joined(const std::vector<std::string>& names, const std::string& between) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : between) + name;
    return text;
}

// The rows of the store's table `name` that this file's has not, by their keys.
std::string added_rows(const std::string& name, const std::vector<std::string>& keys,
                       bool has_rowid) {
    const std::string from = "SELECT * FROM store." + name + " AS s WHERE ";
    if (has_rowid) {
        return from + "rowid > (SELECT coalesce(max(rowid), 0) FROM main." + name +
               ") ORDER BY rowid";
    }
    std::string same = "true";
    for (const std::string& key : keys) same += " AND m." + key + " IS s." + key;
    return from + "NOT EXISTS (SELECT 1 FROM main." + name + " AS m WHERE " + same + ")";
}

}  // namespace

Result<std::unique_ptr<RawWriter>> RawWriter::make(const std::string& store,
                                                   const std::string& path,
                                                   const std::string& subjects) {
    std::unique_ptr<RawWriter> writer(new RawWriter(store, quoted(subjects)));
    writer->create(path);
    if (Status filled = writer->catch_up(); !filled) return filled.error();
    return writer;
}

void RawWriter::create(const std::string& path) {
    database_ = RawDatabase(path, RawAccess::write);
    RawDatabase store(store_, RawAccess::look);
    const std::int64_t page_bytes = std::max<std::int64_t>(store.integer("PRAGMA page_size"), 512);
    // As the engine's store is set up: a commit is one fsync of the log, which is moved into the
    // file when it has 64 MB.
    database_.run("PRAGMA page_size=" + std::to_string(page_bytes) +
                  "; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=" +
                  std::to_string((64 << 20) / page_bytes));
    // Tables, then their indexes.
    RawStatement made = store.prepare(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', "
        "'index') ORDER BY type DESC, rowid");
    while (made.step()) {
        database_.run(made.text(2));
        if (made.text(0) != "table") continue;
        Table table;
        table.name = quoted(made.text(1));
        RawStatement column = store.prepare("PRAGMA table_info(" + table.name + ")");
        while (column.step()) {
            table.columns.push_back(quoted(column.text(1)));
            if (column.integer(5) != 0) table.keys.push_back(table.columns.back());
        }
        table.has_rowid = made.text(2).find("WITHOUT ROWID") == std::string::npos;
        tables_.push_back(std::move(table));
    }
}

void RawWriter::attach() { database_.run("ATTACH 'file:" + store_ + "?mode=ro' AS store"); }

Status RawWriter::fetch(std::uint64_t runs, std::uint64_t of_runs) {
    runs_ = runs;
    rows_per_run_ = 0;
    attach();
    for (Table& table : tables_) {
        fetch_table(table, static_cast<double>(runs) / static_cast<double>(of_runs));
        if (table.change == Change::each_run) rows_per_run_ += 1;
        if (table.change == Change::added) {
            rows_per_run_ += static_cast<double>(table.rows.size()) / static_cast<double>(runs);
        }
    }
    database_.run("DETACH store");
    return database_.status();
}

void RawWriter::fetch_table(Table& table, double share) {
    table.rows.clear();
    table.texts.clear();
    table.change = Change::none;
    const std::string count = "SELECT count(*) FROM ";
    const std::int64_t have = database_.integer(count + "main." + table.name);
    const std::int64_t want = database_.integer(count + "store." + table.name);
    if (want == have) return fetch_changed(table);
    fetch_added(table,
                static_cast<std::uint64_t>(std::llround(static_cast<double>(want - have) * share)));
}

// A table that grew: of this workload's tables none also changes rows that it had.
void RawWriter::fetch_added(Table& table, std::uint64_t count) {
    table.change = Change::added;
    // Without a rowid, rows come in the order of their keys and not in that of time, in which they
    // are to be written: all are read, and mixed.
    read_rows(table, added_rows(table.name, table.keys, table.has_rowid),
              table.has_rowid ? count : static_cast<std::uint64_t>(-1));
    if (!table.has_rowid) {
        std::shuffle(table.rows.begin(), table.rows.end(), std::mt19937_64(1));
        if (table.rows.size() > count) table.rows.resize(count);
    }
    table.parameters = table.columns.size();
    const std::vector<std::string> marks(table.parameters, "?");
    table.statement = database_.prepare("INSERT INTO main." + table.name + " VALUES (" +
                                        joined(marks, ", ") + ")");
}

// Rows that are there already: only the columns that differ are written, found by the key.
void RawWriter::fetch_changed(Table& table) {
    std::vector<std::string> changed;
    for (const std::string& column : table.columns) {
        const std::string both = "SELECT " + joined(table.keys, ", ") + ", " + column;
        if (database_.integer("SELECT EXISTS (" + both + " FROM store." + table.name + " EXCEPT " +
                              both + " FROM main." + table.name + ")") != 0) {
            changed.push_back(column);
        }
    }
    if (changed.empty()) return;
    table.change = table.name == subjects_ ? Change::each_run : Change::each_group;
    table.statement =
        database_.prepare("UPDATE main." + table.name + " SET " + joined(changed, " = ?, ") +
                          " = ? WHERE " + joined(table.keys, " = ? AND ") + " = ?");
    std::vector<std::string> all = changed;
    all.insert(all.end(), table.keys.begin(), table.keys.end());
    table.parameters = all.size();
    const std::string select = "SELECT " + joined(all, ", ") + " FROM ";
    read_rows(table, select + "store." + table.name + " EXCEPT " + select + "main." + table.name,
              static_cast<std::uint64_t>(-1));
}

void RawWriter::read_rows(Table& table, const std::string& sql, std::uint64_t rows_max) {
    RawStatement statement = database_.prepare(sql);
    sqlite3_stmt* handle = statement.handle();
    while (table.rows.size() < rows_max && statement.step()) {
        std::vector<Cell>& row = table.rows.emplace_back();
        for (int i = 0; i < ::sqlite3_column_count(handle); ++i) {
            Cell& cell = row.emplace_back();
            cell.type = ::sqlite3_column_type(handle, i);
            if (cell.type == SQLITE_INTEGER) cell.integer = ::sqlite3_column_int64(handle, i);
            if (cell.type == SQLITE_FLOAT) cell.number = ::sqlite3_column_double(handle, i);
            if (cell.type != SQLITE_TEXT && cell.type != SQLITE_BLOB) continue;
            const void* bytes = ::sqlite3_column_blob(handle, i);
            cell.integer = static_cast<std::int64_t>(table.texts.size());
            cell.bytes = ::sqlite3_column_bytes(handle, i);
            if (cell.bytes > 0) {
                table.texts.append(static_cast<const char*>(bytes),
                                   static_cast<std::size_t>(cell.bytes));
            }
        }
    }
}

Result<RawPass> RawWriter::write(std::uint64_t groups, Latencies& commits) {
    RawPass pass;
    RawStatement begin = database_.prepare("BEGIN IMMEDIATE");
    RawStatement commit = database_.prepare("COMMIT");
    const Clock::time_point begun_at = Clock::now();
    for (std::uint64_t group = 0; group < groups; ++group) {
        const Clock::time_point group_begun_at = Clock::now();
        begin.step();
        begin.reset();
        for (Table& table : tables_) pass.rows += write_group(table, group, groups);
        if (passing_) pass.rows += write_passing_rows(group, groups);
        commit.step();
        commit.reset();
        commits.add(Clock::now() - group_begun_at);
    }
    pass.seconds = seconds_since(begun_at);
    if (Status status = database_.status(); !status) return status.error();
    return pass;
}

// Each group has its share of the rows; a record changed in each run comes round again and again.
std::uint64_t RawWriter::write_group(Table& table, std::uint64_t group, std::uint64_t groups) {
    const std::uint64_t rows = table.rows.size();
    if (rows == 0) return 0;
    const std::uint64_t all = table.change == Change::added      ? rows
                              : table.change == Change::each_run ? runs_
                                                                 : rows * groups;
    const std::uint64_t begin = all * group / groups;
    const std::uint64_t end = all * (group + 1) / groups;
    // In steps, since the engine's turns do not come in the order of the records either.
    const std::uint64_t step = table.change == Change::each_run ? 7'919 : 1;
    for (std::uint64_t i = begin; i < end; ++i) write_row(table, table.rows[i * step % rows]);
    return end - begin;
}

void RawWriter::write_passing(const PassingRows& passing) {
    const std::string runs = quoted(passing.runs);
    passing_.emplace(Passing{
        runs, passing.state,
        database_.prepare("INSERT INTO waiting_run (number, state) VALUES (?, ?)"),
        database_.prepare("INSERT INTO timer (due, number, kind, target) VALUES (?, ?, 0, ?)"),
        database_.prepare("UPDATE " + runs +
                          " SET status = status, updated_at = updated_at, ended_at = ended_at, "
                          "waiting_for = waiting_for, due_at = due_at WHERE key = ?"),
        database_.prepare("DELETE FROM waiting_run WHERE number = ?"),
        database_.prepare("DELETE FROM timer WHERE due = ? AND number = ?")});
}

// Numbers and instants stand for those that the engine gave: ascending as these.
std::uint64_t RawWriter::write_passing_rows(std::uint64_t group, std::uint64_t groups) {
    const auto table = std::find_if(tables_.begin(), tables_.end(),
                                    [&](const Table& each) { return each.name == passing_->runs; });
    const auto run = [](RawStatement& statement) {
        statement.step();
        statement.reset();
    };
    const auto bind = [](RawStatement& statement, int place, std::uint64_t value) {
        ::sqlite3_bind_int64(statement.handle(), place, static_cast<std::int64_t>(value));
    };
    const auto bind_text = [](RawStatement& statement, int place, const std::string& text) {
        ::sqlite3_bind_text(statement.handle(), place, text.data(), static_cast<int>(text.size()),
                            SQLITE_STATIC);
    };
    constexpr std::uint64_t first_due = 1'800'000'000'000'000;
    std::uint64_t writes = 0;
    for (std::uint64_t i = runs_ * group / groups; i < runs_ * (group + 1) / groups; ++i) {
        const std::string target = std::to_string(i);
        bind(passing_->put_run, 1, i);
        bind_text(passing_->put_run, 2, passing_->state);
        run(passing_->put_run);
        bind(passing_->put_timer, 1, first_due + i);
        bind(passing_->put_timer, 2, i);
        bind_text(passing_->put_timer, 3, target);
        run(passing_->put_timer);
        writes += 2;
    }
    const std::uint64_t later = groups / 10;
    if (group < later) return writes;
    const std::uint64_t before = group - later;
    for (std::uint64_t i = runs_ * before / groups; i < runs_ * (before + 1) / groups; ++i) {
        bind(passing_->remove_run, 1, i);
        run(passing_->remove_run);
        bind(passing_->remove_timer, 1, first_due + i);
        bind(passing_->remove_timer, 2, i);
        run(passing_->remove_timer);
        writes += 2;
        if (table == tables_.end() || i >= table->rows.size()) continue;
        bind(passing_->change_run, 1, static_cast<std::uint64_t>(table->rows[i].front().integer));
        run(passing_->change_run);
        ++writes;
    }
    return writes;
}

void RawWriter::write_row(Table& table, const std::vector<Cell>& row) {
    sqlite3_stmt* handle = table.statement.handle();
    for (std::size_t i = 0; i < table.parameters; ++i) {
        const Cell& cell = row[i];
        const int place = static_cast<int>(i) + 1;
        const auto bytes = [&] { return table.texts.data() + cell.integer; };
        switch (cell.type) {
            case SQLITE_INTEGER: ::sqlite3_bind_int64(handle, place, cell.integer); break;
            case SQLITE_FLOAT: ::sqlite3_bind_double(handle, place, cell.number); break;
            case SQLITE_TEXT:
                ::sqlite3_bind_text(handle, place, bytes(), cell.bytes, SQLITE_STATIC);
                break;
            case SQLITE_BLOB:
                ::sqlite3_bind_blob(handle, place, bytes(), cell.bytes, SQLITE_STATIC);
                break;
            default: ::sqlite3_bind_null(handle, place);
        }
    }
    table.statement.step();
    table.statement.reset();
}

Status RawWriter::catch_up() {
    attach();
    database_.run("BEGIN IMMEDIATE");
    for (Table& table : tables_) {
        table.statement = {};
        database_.run("INSERT INTO main." + table.name + " " +
                      added_rows(table.name, table.keys, table.has_rowid));
        if (table.change == Change::added) continue;
        database_.run("INSERT OR REPLACE INTO main." + table.name + " SELECT * FROM store." +
                      table.name);
    }
    if (passing_) database_.run("DELETE FROM waiting_run; DELETE FROM timer");
    database_.run("COMMIT; DETACH store; PRAGMA wal_checkpoint(TRUNCATE)");
    return database_.status();
}

}  // namespace pawl::bench
