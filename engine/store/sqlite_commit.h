#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/row_inserter.h"
#include "engine/store/sqlite_catalogue.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_position.h"
#include "engine/store/sqlite_seen.h"
#include "engine/store/statement.h"

// Writes batches. Its statements are prepared once, when they are first needed, and rows go in by
// table and key, so that they land on few pages.

namespace pawl::engine {

// Fields of which some record holds, or held, a value in `other`. The writer marks one before it
// commits the first such record; the core looks there only then.
class OtherMarks {
 public:
    OtherMarks(const rules::Program& program, const Catalogue& catalogue);

    bool has(rules::EntityIndex entity, rules::FieldIndex field) const {
        return marks_[entity][field].load(std::memory_order_acquire);
    }
    void set(rules::EntityIndex entity, rules::FieldIndex field) {
        marks_[entity][field].store(true, std::memory_order_release);
    }

 private:
    std::vector<std::unique_ptr<std::atomic<bool>[]>> marks_;
};

class TimerTables;

class Committer {
 public:
    // All of them outlive it. Reads where the tables end; throws.
    Committer(SqliteSession& session, const rules::Program& program, const EntityLayout& layout,
              OtherMarks& others, SeenBuckets& seen, Words& words);
    ~Committer();

    // One transaction. After an error nothing of the batch is kept, in memory neither.
    Status commit(const WriteBatch& batch, Synchronous synchronous = Synchronous::full);

 private:
    using Prepared = std::unique_ptr<Statement>;
    struct EntityStatements {
        std::unique_ptr<RowInserter> insert;
        Prepared update, upsert, remove;
        bool has_update = false;
    };

    void write(const WriteBatch& batch);
    void write_records(const std::vector<RecordWrite>& records);
    bool is_new(const RecordWrite& write) const;
    void insert_records(std::span<const RecordWrite> records);
    void write_record(const RecordWrite& write);
    void mark_other(rules::EntityIndex entity, rules::FieldIndex field);
    void write_marks(const WriteBatch& batch);
    void write_runs(const WriteBatch& batch);
    void write_waiters(const WriteBatch& batch);
    void write_inputs(const WriteBatch& batch);
    void write_changes(const WriteBatch& batch);
    void set_change(Statement& row, std::size_t first, const FieldChange& change,
                    const FieldChange* update);
    void write_rest(const WriteBatch& batch);
    void forget_statements();

    Statement& prepared(Prepared& statement, const std::string& sql, std::string_view parameters);
    std::string insert_sql(const EntityTable& table) const;
    std::string upsert_sql(const EntityTable& table) const;
    // Empty where every column has an index.
    std::string update_sql(rules::EntityIndex entity) const;

    SqliteSession& session_;
    const rules::Program& program_;
    const EntityLayout& layout_;
    OtherMarks& others_;
    SeenBuckets& seen_;
    Words& words_;
    const std::unique_ptr<TimerTables> timers_;

    PositionWriter position_;

    // As of the last commit: the last key of each entity, the next row of `change`.
    std::vector<rules::RecordKey> last_keys_;
    std::int64_t next_change_ = 1, written_change_ = 1;  // the latter with the batch at work
    // Fields that the catalogue has marked; those that the batch at work marks.
    std::set<std::pair<rules::EntityIndex, rules::FieldIndex>> marked_, marking_;

    std::vector<EntityStatements> entities_;
    Prepared note_mark_, set_mark_, remove_mark_, set_run_, remove_run_, set_waiter_,
        remove_waiter_, setting_, parked_, mark_other_;
    RowInserter input_{"insert or replace into input (number, arrival, body, shape)", "iiti"};
    RowInserter change_{
        "insert into change (number, input, at, entity, record, field, before, after, "
        "updated_before)",
        "iiitittti"};
};

}  // namespace pawl::engine
