#include "engine/store/sqlite_commit.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "engine/ports/index_plan.h"
#include "engine/store/input_shape.h"
#include "engine/store/run_codec.h"
#include "engine/store/sqlite_timers.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;

OtherMarks::OtherMarks(const rules::Program& program, const Catalogue& catalogue) {
    for (const rules::Entity& entity : program.schema.entities) {
        auto& marks = marks_.emplace_back(new std::atomic<bool>[entity.fields.size()]());
        const CatalogueEntity* known = catalogue.find(entity.name);
        for (std::size_t i = 0; known != nullptr && i < entity.fields.size(); ++i) {
            const CatalogueField* field = known->find_live(entity.fields[i].name);
            if (field != nullptr && field->has_other) marks[i].store(true);
        }
    }
}

namespace {

std::int64_t last_key(SqliteSession& session, const std::string& table, const char* key) {
    Statement last(session, std::string("select max(") + key + ") from " + table, "", "i");
    last.first();
    const std::int64_t value = last.integer(0);
    last.finish();
    return value;
}

void set_optional(Statement& statement, std::size_t parameter, const rules::Value& value,
                  const rules::Schema& schema) {
    if (value.is_missing())
        statement.set_null(parameter);
    else
        statement.set_text(parameter, encode_value(value, schema));
}

}  // namespace

Committer::Committer(SqliteSession& session, const rules::Program& program,
                     const EntityLayout& layout, OtherMarks& others, SeenBuckets& seen,
                     Words& words)
    : session_(session),
      program_(program),
      layout_(layout),
      others_(others),
      seen_(seen),
      words_(words),
      timers_(std::make_unique<TimerTables>(session)),
      position_(session, program),
      entities_(program.schema.entities.size()) {
    for (const EntityTable& table : layout.tables)
        last_keys_.push_back(last_key(session, table.name, "key"));
    next_change_ = last_key(session, "change", "number") + 1;
    for (std::size_t i = 0; i < entities_.size(); ++i)
        entities_[i].has_update = !update_sql(static_cast<EntityIndex>(i)).empty();
    for (std::size_t i = 0; i < entities_.size(); ++i)
        for (std::size_t field = 0; field < layout.tables[i].columns.size(); ++field)
            if (others.has(static_cast<EntityIndex>(i), static_cast<FieldIndex>(field)))
                marked_.insert({static_cast<EntityIndex>(i), static_cast<FieldIndex>(field)});
}

Committer::~Committer() = default;

Status Committer::commit(const WriteBatch& batch, Synchronous synchronous) {
    const Status written = session_.attempt("write what was done", [&]() -> Status {
        WriteTransaction transaction(session_, synchronous);
        write(batch);
        transaction.commit();
        return Done{};
    });
    if (!written) {
        // A statement that failed may be of no more use to SOCI.
        forget_statements();
        seen_.drop();
        words_.drop();
        timers_->drop();
        marking_.clear();
        return written;
    }
    seen_.keep();
    words_.keep();
    marked_.merge(marking_);
    marking_.clear();
    for (const RecordWrite& each : batch.records) {
        RecordKey& last = last_keys_[each.reference.entity];
        last = std::max(last, each.reference.key);
    }
    next_change_ = written_change_;
    position_.keep();
    return written;
}

void Committer::write(const WriteBatch& batch) {
    write_records(batch.records);
    write_inputs(batch);
    write_changes(batch);
    seen_.write(session_, batch.seen);
    write_marks(batch);
    write_runs(batch);
    write_waiters(batch);
    timers_->write(batch.timers, batch.counters.now);
    write_rest(batch);
    position_.write(batch.counters);
}

Statement& Committer::prepared(Prepared& statement, const std::string& sql,
                               std::string_view parameters) {
    if (!statement) statement = std::make_unique<Statement>(session_, sql, parameters);
    return *statement;
}

// A key above all others is a new record's: no look whether it is there.
bool Committer::is_new(const RecordWrite& write) const {
    return write.record != nullptr && write.reference.key > last_keys_[write.reference.entity];
}

// New ones of one entity go in together.
void Committer::write_records(const std::vector<RecordWrite>& records) {
    for (auto begin = records.begin(); begin != records.end();) {
        const auto end = std::find_if(begin, records.end(), [&](const RecordWrite& each) {
            return !is_new(each) || each.reference.entity != begin->reference.entity;
        });
        if (begin == end) {
            write_record(*begin++);
        } else {
            insert_records({begin, end});
            begin = end;
        }
    }
}

void Committer::insert_records(std::span<const RecordWrite> records) {
    const EntityIndex entity = records.front().reference.entity;
    const EntityTable& table = layout_.tables[entity];
    const auto set = [&](Statement& row, std::size_t first, std::size_t i) {
        const RecordWrite& write = records[i];
        const OtherFields others =
            set_record(row, write.reference.key, *write.record, table, layout_, words_, first);
        for (const FieldIndex field : others) mark_other(entity, field);
    };
    auto& insert = entities_[entity].insert;
    if (!insert) insert = std::make_unique<RowInserter>(insert_sql(table), record_letters(table));
    insert->insert(session_, records.size(), set);
}

// One that changes nothing that has an index is written without touching the indexes; whether it
// does, SQLite compares.
void Committer::write_record(const RecordWrite& write) {
    const EntityIndex entity = write.reference.entity;
    const EntityTable& table = layout_.tables[entity];
    EntityStatements& statements = entities_[entity];
    if (write.record == nullptr) {
        if (!statements.remove)
            prepared(statements.remove, "delete from " + table.name + " where key = ?1", "i");
        statements.remove->set_integer(0, write.reference.key);
        return statements.remove->run();
    }
    const auto run = [&](Statement& statement) {
        const OtherFields others =
            set_record(statement, write.reference.key, *write.record, table, layout_, words_);
        for (const FieldIndex field : others) mark_other(entity, field);
        statement.run();
    };
    if (statements.has_update) {
        if (!statements.update)
            prepared(statements.update, update_sql(entity), record_letters(table));
        run(*statements.update);
        if (session_.changed_rows() == 1) return;
    }
    if (!statements.upsert) prepared(statements.upsert, upsert_sql(table), record_letters(table));
    run(*statements.upsert);
}

std::string Committer::insert_sql(const EntityTable& table) const {
    return "insert into " + table.name + " (" + written_columns(table) + ")";
}

std::string Committer::upsert_sql(const EntityTable& table) const {
    std::string values = "?1, ?2";
    for (std::size_t i = 0; i < table.columns.size(); ++i) values += ", ?" + std::to_string(i + 3);
    std::string sql = insert_sql(table) + " values (" + values +
                      ") on conflict (key) do update set other = excluded.other";
    for (const FieldColumn& column : table.columns)
        sql += ", " + column.name + " = excluded." + column.name;
    return sql;
}

std::string Committer::update_sql(EntityIndex entity) const {
    const EntityTable& table = layout_.tables[entity];
    std::vector<bool> is_indexed(table.columns.size(), false);
    const IndexPlan plan = make_index_plan(program_);
    for (const TableIndex& index :
         table_indexes(table, plan.indexed[entity], program_.schema.entities[entity], entity))
        for (const FieldIndex field : index.fields) is_indexed[field] = true;
    std::string set, where = " where key = ?1 and other is ?2";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const std::string& name = table.columns[i].name;
        const std::string parameter = "?" + std::to_string(i + 3);
        if (is_indexed[i])
            where += " and " + name + " is " + parameter;
        else
            set += (set.empty() ? "" : ", ") + name + " = " + parameter;
    }
    return set.empty() ? "" : "update " + table.name + " set " + set + where;
}

void Committer::mark_other(EntityIndex entity, FieldIndex field) {
    if (marked_.contains({entity, field}) || !marking_.insert({entity, field}).second) return;
    const rules::Entity& owner = program_.schema.entities[entity];
    Statement& mark = prepared(mark_other_,
                               "update field set has_other = 1 "
                               "where entity = ?1 and name = ?2 and is_retired = 0",
                               "tt");
    mark.set_text(0, owner.name);
    mark.set_text(1, owner.fields[field].name);
    mark.run();
    others_.set(entity, field);
}

void Committer::write_inputs(const WriteBatch& batch) {
    const auto& inputs = batch.inputs;
    std::vector<std::optional<ShapedText>> split(inputs.size());
    const auto set = [&](Statement& row, std::size_t first, std::size_t i) {
        split[i] = split_text(inputs[i].body);
        const Word* shape = split[i] ? words_.shapes.word(split[i]->shape) : nullptr;
        row.set_integer(first, inputs[i].number);
        row.set_integer(first + 1, inputs[i].arrival.micros);
        row.set_kept_text(first + 2, shape == nullptr ? inputs[i].body : split[i]->values);
        if (shape == nullptr)
            row.set_null(first + 3);
        else
            row.set_integer(first + 3, shape->number);
    };
    input_.insert(session_, inputs.size(), set);
}

namespace {

// Nearly every change of a record changes `updated_at`, too: that is told in the row of the next
// field.
bool is_update_of(const FieldChange& update, const FieldChange& next) {
    return update.field == rules::field_updated_at && next.field > rules::field_updated_at &&
           update.record == next.record && update.input == next.input && update.at == next.at &&
           update.before.kind() == rules::Kind::datetime &&
           update.after == rules::Value::datetime(update.at);
}

}  // namespace

void Committer::write_changes(const WriteBatch& batch) {
    struct Row {
        const FieldChange* change;
        const FieldChange* update;  // told in the same row
    };
    const auto& changes = batch.changes;
    std::vector<Row> rows;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const bool is_told_next =
            i + 1 < changes.size() && is_update_of(changes[i], changes[i + 1]);
        if (is_told_next) ++i;
        rows.push_back({&changes[i], is_told_next ? &changes[i - 1] : nullptr});
    }
    written_change_ = next_change_;
    change_.insert(session_, rows.size(), [&](Statement& row, std::size_t first, std::size_t i) {
        set_change(row, first, *rows[i].change, rows[i].update);
    });
}

void Committer::set_change(Statement& row, std::size_t first, const FieldChange& change,
                           const FieldChange* update) {
    const rules::Schema& schema = program_.schema;
    const rules::Entity& entity = schema.entities[change.record.entity];
    const auto set_name = [&](std::size_t parameter, const std::string& name) {
        const Word* word = words_.names.word(name);
        row.set_kept_text(parameter, word == nullptr ? name : word->digits);
    };
    row.set_integer(first, written_change_++);
    row.set_integer(first + 1, change.input);
    row.set_integer(first + 2, change.at.micros);
    set_name(first + 3, entity.name);
    row.set_integer(first + 4, change.record.key);
    set_name(first + 5, entity.fields[change.field].name);
    set_optional(row, first + 6, change.before, schema);
    set_optional(row, first + 7, change.after, schema);
    if (update == nullptr)
        row.set_null(first + 8);
    else
        row.set_integer(first + 8, update->before.as_datetime().micros);
}

void Committer::write_marks(const WriteBatch& batch) {
    // The history of marks ascends by instants, which a reader relies on.
    std::vector<const MarkWrite*> marks;
    for (const MarkWrite& each : batch.marks) marks.push_back(&each);
    std::stable_sort(marks.begin(), marks.end(),
                     [](const MarkWrite* a, const MarkWrite* b) { return a->at < b->at; });
    for (const MarkWrite* each : marks) {
        const MarkWrite& write = *each;
        // What was, so that the marks of an earlier moment can be told (sqlite_reader.cpp).
        Statement& note = prepared(note_mark_,
                                   "insert into mark_change (at, name, before, expires_at) "
                                   "select ?1, ?2, mark.value, mark.expires_at "
                                   "from (select 1) left join mark on mark.name = ?2",
                                   "it");
        note.set_integer(0, write.at.micros);
        note.set_text(1, write.key);
        note.run();
        if (!write.value) {
            Statement& remove = prepared(remove_mark_, "delete from mark where name = ?1", "t");
            remove.set_text(0, write.key);
            remove.run();
            continue;
        }
        Statement& set = prepared(
            set_mark_, "insert or replace into mark (name, value, expires_at) values (?1, ?2, ?3)",
            "tti");
        set.set_text(0, write.key);
        set.set_text(1, *write.value);
        if (write.expires_at)
            set.set_integer(2, write.expires_at->micros);
        else
            set.set_null(2);
        set.run();
    }
}

void Committer::write_runs(const WriteBatch& batch) {
    for (const RunWrite& write : batch.runs) {
        if (!write.run) {
            Statement& remove =
                prepared(remove_run_, "delete from waiting_run where number = ?1", "i");
            remove.set_integer(0, write.number);
            remove.run();
            continue;
        }
        Statement& set = prepared(
            set_run_, "insert or replace into waiting_run (number, state) values (?1, ?2)", "it");
        set.set_integer(0, write.number);
        set.set_text(1, encode_run(*write.run, program_));
        set.run();
    }
}

void Committer::write_waiters(const WriteBatch& batch) {
    std::vector<const WaiterWrite*> waiters;
    for (const WaiterWrite& each : batch.waiters) waiters.push_back(&each);
    std::stable_sort(waiters.begin(), waiters.end(), [](const auto* left, const auto* right) {
        return std::tie(left->event, left->key, left->run) <
               std::tie(right->event, right->key, right->run);
    });
    for (const WaiterWrite* each : waiters) {
        Statement& row =
            each->is_removed
                ? prepared(remove_waiter_,
                           "delete from waiter where event = ?1 and key = ?2 and run = ?3", "tti")
                : prepared(set_waiter_,
                           "insert or ignore into waiter (event, key, run) values (?1, ?2, ?3)",
                           "tti");
        row.set_text(0, each->event);
        row.set_text(1, each->key);
        row.set_integer(2, each->run);
        row.run();
    }
}

void Committer::write_rest(const WriteBatch& batch) {
    for (const auto& [name, value] : batch.settings) {
        Statement& set = prepared(
            setting_, "insert or replace into setting (name, value) values (?1, ?2)", "tt");
        set.set_text(0, name);
        set.set_text(1, value);
        set.run();
    }
    for (const ParkedInput& input : batch.parked) {
        Statement& set = prepared(
            parked_, "insert or replace into parked (number, reason) values (?1, ?2)", "it");
        set.set_integer(0, input.number);
        set.set_text(1, input.reason);
        set.run();
    }
}

void Committer::forget_statements() {
    entities_.clear();
    entities_.resize(program_.schema.entities.size());
    for (std::size_t i = 0; i < entities_.size(); ++i)
        entities_[i].has_update = !update_sql(static_cast<EntityIndex>(i)).empty();
    for (Prepared* each : {&note_mark_, &set_mark_, &remove_mark_, &set_run_, &remove_run_,
                           &set_waiter_, &remove_waiter_, &setting_, &parked_, &mark_other_})
        each->reset();
    input_.forget();
    change_.forget();
    position_.drop();
    seen_.forget_statements();
}

}  // namespace pawl::engine
