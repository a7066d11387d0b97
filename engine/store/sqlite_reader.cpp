#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "engine/ports/index_plan.h"
#include "engine/store/run_codec.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_inputs.h"
#include "engine/store/sqlite_list.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/sqlite_position.h"
#include "engine/store/sqlite_session.h"
#include "engine/store/statement.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Access;
using rules::EntityIndex;
using rules::RecordKey;
using rules::RecordPointer;
using rules::Value;

namespace {

constexpr std::size_t scan_page = 1'000;  // keys

class SqliteReader final : public StoreReader {
 public:
    SqliteReader(std::unique_ptr<SqliteSession> session, const rules::Program& program,
                 EntityLayout layout)
        : session_(std::move(session)),
          program_(program),
          layout_(std::move(layout)),
          plan_(make_index_plan(program)),
          statements_(std::make_unique<Statements>(*session_)) {}

    Status begin() override {
        return attempt("begin to read", [&]() -> Status {
            leave();
            problem_.reset();
            // A statement that failed may be of no more use to SOCI.
            if (std::exchange(has_failed_, false))
                statements_ = std::make_unique<Statements>(*session_);
            session_->execute("begin");
            // The moment is that of the first look.
            Statement& look = statements_->get("select now from position", "", "i");
            for (Rows rows(look); rows.next();) continue;
            return Done{};
        });
    }

    void end() override {
        guard("end to read", [&] { leave(); });
    }

    RecordPointer get(rules::Reference reference) override {
        RecordPointer record;
        guard("read a record", [&] {
            const EntityTable& table = layout_.tables[reference.entity];
            Statement& by_key = statements_->get(
                "select " + record_columns(table) + " from " + table.name + " where key = ?1", "i",
                record_letters(table));
            by_key.set_integer(0, reference.key);
            for (Rows rows(by_key); rows.next();) record = read_record(by_key, table, layout_);
        });
        return record;
    }

    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return std::make_unique<Cursor>(*this, request);
    }

    std::optional<RecordKey> find(EntityIndex entity, std::string_view id) override {
        std::optional<RecordKey> key;
        guard("find a record",
              [&] { key = find_key(*statements_, program_, layout_, entity, id); });
        return key;
    }

    Result<std::vector<ListedRecord>> list(const ListRequest& request) override {
        if (problem_) return *problem_;
        return attempt("list records", [&]() -> Result<std::vector<ListedRecord>> {
            return list_records(*statements_, program_, layout_, plan_, request);
        });
    }

    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override {
        std::vector<StoredInput> inputs;
        guard("read inputs", [&] { inputs = read_inputs(*statements_, after, count); });
        return inputs;
    }

    Status changes_after(Instant at,
                         const std::function<bool(const FieldChange&)>& visit) override {
        if (problem_) return *problem_;
        return attempt("read the history", [&]() -> Status {
            Statement& newest = statements_->get(
                "select input, at, " + word_text("entity") + ", record, " + word_text("field") +
                    ", before, after, updated_before from change order by number desc",
                "", "iitittti");
            for (Rows rows(newest); rows.next() && newest.integer(1) > at.micros;) {
                const auto change = change_of(newest);
                if (change && !visit(*change)) break;
                const auto update = update_of(newest);
                if (update && !visit(*update)) break;
            }
            return Done{};
        });
    }

    Status marks_at(Instant at, const std::function<bool(const StoredMark&)>& visit) override {
        if (problem_) return *problem_;
        return attempt("read the marks", [&]() -> Status {
            MarksThen then = marks_changed_after(at);
            const auto tell = [&](const StoredMark& mark) {
                return (mark.expires_at && *mark.expires_at <= at) || visit(mark);
            };
            Statement& now = statements_->get(
                "select name, value, expires_at from mark order by name", "", "tti");
            auto earlier = then.begin();
            for (Rows rows(now); rows.next();) {
                for (; earlier != then.end() && earlier->first < now.text(0); ++earlier)
                    if (earlier->second && !tell(*earlier->second)) return Done{};
                StoredMark mark{now.text(0), now.text(1), instant_of(now, 2)};
                if (earlier != then.end() && earlier->first == mark.key) {
                    const std::optional<StoredMark> was = std::move((earlier++)->second);
                    if (!was) continue;
                    mark = *was;
                }
                if (!tell(mark)) return Done{};
            }
            for (; earlier != then.end(); ++earlier)
                if (earlier->second && !tell(*earlier->second)) return Done{};
            return Done{};
        });
    }

    Status waiting_runs(const std::function<bool(const StoredRun&)>& visit) override {
        if (problem_) return *problem_;
        return attempt("read the runs that wait", [&]() -> Status {
            Statement& all =
                statements_->get("select number, state from waiting_run order by number", "", "it");
            for (Rows rows(all); rows.next();) {
                const auto run = decode_run(all.text(1), program_);
                if (!run)
                    return Error{"damaged", "the run r" + std::to_string(all.integer(0)) +
                                                " that waits cannot be read"};
                if (!visit(*run)) break;
            }
            return Done{};
        });
    }

    Instant history_from() override {
        Instant from{std::numeric_limits<std::int64_t>::min()};
        guard("read what was taken away", [&] {
            Statement& until = statements_->get(
                "select until from pruned where kind in ('events', 'runs')", "", "i");
            for (Rows rows(until); rows.next();)
                from.micros = std::max(from.micros, until.integer(0));
        });
        return from;
    }

    Result<std::vector<StoredMark>> marks(std::string_view prefix, std::string_view after,
                                          std::size_t count) override {
        if (problem_) return *problem_;
        return attempt("read marks", [&]() -> Result<std::vector<StoredMark>> {
            std::vector<StoredMark> marks;
            Statement& above = statements_->get(
                "select name, value, expires_at from mark where name > ?1 order by name limit ?2",
                "ti", "tti");
            above.set_text(0, after);
            above.set_integer(1, static_cast<std::int64_t>(count));
            for (Rows rows(above); rows.next() && above.text(0).starts_with(prefix);)
                marks.push_back({above.text(0), above.text(1), instant_of(above, 2)});
            return marks;
        });
    }

    std::vector<ParkedInput> parked() override {
        std::vector<ParkedInput> parked;
        guard("read parked inputs", [&] {
            Statement& all =
                statements_->get("select number, reason from parked order by number", "", "it");
            for (Rows rows(all); rows.next();) parked.push_back({all.integer(0), all.text(1)});
        });
        return parked;
    }

    Counters counters() override {
        Counters counters;
        guard("read the counters", [&] { counters = read_counters(*statements_, program_); });
        return counters;
    }

    Status status() override { return problem_ ? Status(*problem_) : Status(Done{}); }

 private:
    using MarksThen = std::map<std::string, std::optional<StoredMark>>;

    template <class Work>
    auto attempt(std::string_view doing, Work&& work) -> decltype(work()) {
        auto done = session_->attempt(doing, std::forward<Work>(work));
        if (!done) has_failed_ = true;
        return done;
    }

    template <class Work>
    void guard(std::string_view doing, Work&& work) {
        const Status done = attempt(doing, [&]() -> Status {
            work();
            return Done{};
        });
        if (!done && !problem_) problem_ = done.error();
    }

    void leave() {
        if (session_->is_in_transaction()) session_->execute("rollback");
    }

    static std::optional<Instant> instant_of(const Statement& row, std::size_t column) {
        if (row.is_null(column)) return std::nullopt;
        return Instant{row.integer(column)};
    }

    // Nothing for what the rulebook has no more.
    std::optional<FieldChange> change_of(const Statement& row) const {
        const rules::Schema& schema = program_.schema;
        const auto entity = schema.find_entity(row.text(2));
        if (!entity) return std::nullopt;
        const auto field = rules::find_field(schema.entities[*entity].fields, row.text(4));
        if (!field) return std::nullopt;
        FieldChange change;
        change.input = row.integer(0);
        change.at = {row.integer(1)};
        change.record = {*entity, row.integer(3)};
        change.field = *field;
        if (!row.is_null(5)) change.before = decode_value(row.text(5), schema).value_or(Value());
        if (!row.is_null(6)) change.after = decode_value(row.text(6), schema).value_or(Value());
        return change;
    }

    // The change of `updated_at`, which stands in the row of another.
    std::optional<FieldChange> update_of(const Statement& row) const {
        const auto entity = program_.schema.find_entity(row.text(2));
        if (!entity || row.is_null(7)) return std::nullopt;
        FieldChange change;
        change.input = row.integer(0);
        change.at = {row.integer(1)};
        change.record = {*entity, row.integer(3)};
        change.field = rules::field_updated_at;
        change.before = Value::datetime({row.integer(7)});
        change.after = Value::datetime(change.at);
        return change;
    }

    // Marks that were written since, as they were before; nothing: there was none.
    MarksThen marks_changed_after(Instant at) {
        MarksThen then;
        Statement& newest = statements_->get(
            "select at, name, before, expires_at from mark_change order by number desc", "",
            "itti");
        for (Rows rows(newest); rows.next() && newest.integer(0) > at.micros;) {
            std::optional<StoredMark>& mark = then[newest.text(1)];
            if (newest.is_null(2))
                mark.reset();
            else
                mark = StoredMark{newest.text(1), newest.text(2), instant_of(newest, 3)};
        }
        return then;
    }

    // ---- Scans --------------------------------------------------------------------------------

    // A page of keys at a time: of those that have a value where an index tells, else of all.
    class Cursor final : public rules::RecordCursor {
     public:
        Cursor(SqliteReader& reader, const rules::ScanRequest& request)
            : reader_(reader), request_(request) {
            const FieldColumn& column = table().columns[request.field];
            is_indexed_ = request.access == Access::equal && !request.low.is_missing() &&
                          reader.plan_.has(request.entity, request.field) &&
                          column.column_class != ColumnClass::durable &&
                          column_holds(column, request.low, reader.layout_);
        }

        std::optional<RecordKey> next() override {
            if (place_ == keys_.size() && !is_done_)
                reader_.guard("look for records", [&] { fetch(); });
            if (place_ == keys_.size()) return std::nullopt;
            return keys_[place_++];
        }

     private:
        const EntityTable& table() const { return reader_.layout_.tables[request_.entity]; }

        void fetch() {
            const RecordKey after = keys_.empty() ? request_.after : keys_.back();
            keys_.clear();
            place_ = 0;
            is_done_ = true;
            const FieldColumn& column = table().columns[request_.field];
            Statement& page = reader_.statements_->get(
                "select key from " + table().name + " where " +
                    (is_indexed_ ? column.equal_to("?1") + " and key > ?2" : "key > ?1") +
                    " order by key limit " + std::to_string(scan_page),
                is_indexed_ ? column_letter(column.column_class) + std::string("i") : "i", "i");
            if (is_indexed_) set_value(page, 0, column, request_.low, reader_.layout_);
            page.set_integer(is_indexed_ ? 1 : 0, after);
            for (Rows rows(page); rows.next();) keys_.push_back(page.integer(0));
            is_done_ = keys_.size() < scan_page;
        }

        SqliteReader& reader_;
        rules::ScanRequest request_;
        bool is_indexed_ = false;
        std::vector<RecordKey> keys_;
        std::size_t place_ = 0;
        bool is_done_ = false;
    };

    std::unique_ptr<SqliteSession> session_;
    const rules::Program& program_;
    EntityLayout layout_;
    IndexPlan plan_;
    std::unique_ptr<Statements> statements_;  // ends before the session
    bool has_failed_ = false;
    std::optional<Error> problem_;
};

}  // namespace

namespace {

Result<std::unique_ptr<SqliteSession>> open_to_read(const std::string& path,
                                                    const std::string& vfs) {
    SessionOptions options;
    options.mode = SessionMode::read;
    options.vfs = vfs;
    return SqliteSession::open(path, options);
}

}  // namespace

Result<std::unique_ptr<StoreReader>> make_store_reader(const std::string& path,
                                                       const std::string& vfs,
                                                       const rules::Program& program,
                                                       const EntityLayout& layout) {
    PAWL_TRY(std::unique_ptr<SqliteSession> session, open_to_read(path, vfs));
    return std::unique_ptr<StoreReader>(
        std::make_unique<SqliteReader>(std::move(session), program, layout));
}

Result<std::unique_ptr<StoreReader>> open_store_reader(const std::string& folder,
                                                       const rules::Program& program) {
    PAWL_TRY(std::unique_ptr<SqliteSession> session, open_to_read(database_path(folder), {}));
    PAWL_TRY(EntityLayout layout, session->attempt("be read", [&]() -> Result<EntityLayout> {
        return read_layout(*session, program);
    }));
    return std::unique_ptr<StoreReader>(
        std::make_unique<SqliteReader>(std::move(session), program, std::move(layout)));
}

}  // namespace pawl::engine
