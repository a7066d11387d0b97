#include "engine/store/sqlite_scan.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Access;
using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;
using rules::Value;

namespace {

// A scan mostly ends early, or goes through all.
constexpr std::int64_t first_page = 32;
constexpr std::int64_t page_max = 2'048;
constexpr std::int64_t filtered_page = 256;

// More keys than an advance may read are not sorted in memory: the table is walked.
constexpr std::size_t listed_keys_max = limits::advance_rows_max;

}  // namespace

Statement& Statements::get(const std::string& sql, std::string_view parameters,
                           std::string_view columns) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second;
    return statements_.try_emplace(sql, session_, sql, parameters, columns).first->second;
}

// Keys, ascending.
class Finder::Keys {
 public:
    virtual ~Keys() = default;
    virtual std::optional<RecordKey> next() {
        if (place_ == page_.size()) {
            if (is_last_page_) return std::nullopt;
            page_.clear();
            place_ = 0;
            read_page();
            if (page_.empty()) return std::nullopt;
        }
        return page_[place_++];
    }

 protected:
    // Fills page_ with keys above the last one; sets is_last_page_.
    virtual void read_page() = 0;

    void read_keys(Statement& statement, std::int64_t limit) {
        for (Rows rows(statement); rows.next();) page_.push_back(statement.integer(0));
        is_last_page_ = static_cast<std::int64_t>(page_.size()) < limit;
        if (!page_.empty()) after_ = page_.back();
    }

    std::vector<RecordKey> page_;
    std::size_t place_ = 0;
    RecordKey after_ = 0;
    bool is_last_page_ = false;
};

class Finder::EveryKey final : public Keys {
 public:
    EveryKey(Finder& finder, const rules::ScanRequest& request)
        : statement_(finder.statements_.get("select key from " +
                                                finder.layout_.tables[request.entity].name +
                                                " where key > ?1 order by key limit ?2",
                                            "ii", "i")) {
        after_ = request.after;
    }

 private:
    void read_page() override {
        statement_.set_integer(0, after_);
        statement_.set_integer(1, limit_);
        read_keys(statement_, limit_);
        limit_ = std::min(limit_ * 4, page_max);
    }

    Statement& statement_;
    std::int64_t limit_ = first_page;
};

class Finder::EqualKeys final : public Keys {
 public:
    EqualKeys(Finder& finder, const rules::ScanRequest& request)
        : layout_(finder.layout_),
          column_(layout_.tables[request.entity].columns[request.field]),
          value_(request.low),
          statement_(finder.statements_.get(
              "select key from " + layout_.tables[request.entity].name + " where " +
                  column_.equal_to("?1") + " and key > ?2 order by key limit ?3",
              std::string(1, column_letter(column_.column_class)) + "ii", "i")) {
        after_ = request.after;
    }

 private:
    void read_page() override {
        set_value(statement_, 0, column_, value_, layout_);
        statement_.set_integer(1, after_);
        statement_.set_integer(2, limit_);
        read_keys(statement_, limit_);
        limit_ = std::min(limit_ * 4, page_max);
    }

    const EntityLayout& layout_;
    const FieldColumn& column_;
    const Value value_;
    Statement& statement_;
    std::int64_t limit_ = first_page;
};

class Finder::ListedKeys final : public Keys {
 public:
    explicit ListedKeys(std::vector<RecordKey> keys) {
        std::sort(keys.begin(), keys.end());
        page_ = std::move(keys);
        is_last_page_ = true;
    }

 private:
    void read_page() override {}
};

// Looks at records themselves: at those with a value in `other`, or at all of them.
class Finder::FilteredKeys final : public Keys {
 public:
    FilteredKeys(Finder& finder, Bounds bounds, bool others_only)
        : layout_(finder.layout_),
          bounds_(std::move(bounds)),
          statement_(finder.statements_.get(
              "select " + record_columns(layout_.tables[bounds_.entity]) + " from " +
                  layout_.tables[bounds_.entity].name + " where key > ?1" +
                  (others_only ? " and other is not null" : "") + " order by key limit ?2",
              "ii", record_letters(layout_.tables[bounds_.entity]))) {
        after_ = bounds_.after;
    }

 private:
    void read_page() override {
        while (page_.empty() && !is_last_page_) {
            std::int64_t seen = 0;
            statement_.set_integer(0, after_);
            statement_.set_integer(1, filtered_page);
            for (Rows rows(statement_); rows.next(); ++seen) {
                after_ = statement_.integer(0);
                const auto record =
                    read_record(statement_, layout_.tables[bounds_.entity], layout_);
                if (holds(record->fields[bounds_.field])) page_.push_back(after_);
            }
            is_last_page_ = seen < filtered_page;
        }
    }

    bool holds(const Value& value) const {
        if (value.is_missing()) return false;
        const std::string key = value_key(value);
        return (bounds_.low.empty() || key >= bounds_.low) &&
               (bounds_.high.empty() || key <= bounds_.high);
    }

    const EntityLayout& layout_;
    const Bounds bounds_;
    Statement& statement_;
};

// Two runs of keys as one.
class Finder::Cursor final : public rules::RecordCursor {
 public:
    Cursor(SqliteSession& session, std::unique_ptr<Keys> keys, std::unique_ptr<Keys> others)
        : session_(session), keys_(std::move(keys)), others_(std::move(others)) {}

    std::optional<RecordKey> next() override {
        std::optional<RecordKey> key;
        const Status read = session_.attempt("read records", [&]() -> Status {
            key = others_ == nullptr ? keys_->next() : merged();
            return Done{};
        });
        if (!read) stop_for(read.error());
        return key;
    }

 private:
    std::optional<RecordKey> merged() {
        if (!is_begun_) {
            is_begun_ = true;
            key_ = keys_ == nullptr ? std::nullopt : keys_->next();
            other_ = others_->next();
        }
        if (!key_ && !other_) return std::nullopt;
        const RecordKey least = !other_ || (key_ && *key_ < *other_) ? *key_ : *other_;
        if (key_ == least) key_ = keys_->next();
        if (other_ == least) other_ = others_->next();
        return least;
    }

    SqliteSession& session_;
    const std::unique_ptr<Keys> keys_, others_;
    bool is_begun_ = false;
    std::optional<RecordKey> key_, other_;
};

Finder::Finder(SqliteSession& session, const rules::Program& program, const EntityLayout& layout,
               const OtherMarks& others)
    : session_(session),
      program_(program),
      layout_(layout),
      others_(others),
      plan_(make_index_plan(program)),
      statements_(session),
      by_key_(layout.tables.size()) {}

rules::RecordPointer Finder::get(rules::Reference reference) {
    const EntityTable& table = layout_.tables[reference.entity];
    std::unique_ptr<Statement>& by_key = by_key_[reference.entity];
    if (by_key == nullptr)
        by_key = std::make_unique<Statement>(
            session_, "select " + record_columns(table) + " from " + table.name + " where key = ?1",
            "i", record_letters(table));
    by_key->set_integer(0, reference.key);
    rules::RecordPointer record;
    for (Rows rows(*by_key); rows.next();) record = read_record(*by_key, table, layout_);
    return record;
}

std::unique_ptr<rules::RecordCursor> Finder::scan(const rules::ScanRequest& request) {
    const bool indexed = request.access != Access::every_record &&
                         plan_.has(request.entity, request.field) && can_use_index(request);
    if (!indexed)
        return std::make_unique<Cursor>(session_, std::make_unique<EveryKey>(*this, request),
                                        nullptr);
    Bounds bounds{request.entity, request.field, {}, {}, request.after};
    if (!request.low.is_missing()) bounds.low = value_key(request.low);
    if (request.access == Access::equal)
        bounds.high = bounds.low;
    else if (!request.high.is_missing())
        bounds.high = value_key(request.high);
    const FieldColumn& column = layout_.tables[request.entity].columns[request.field];
    const bool is_equal = request.access == Access::equal;
    const bool fit = fits(request.entity, request.field, request.low) &&
                     (is_equal || fits(request.entity, request.field, request.high));
    // Nothing is equal to what is missing.
    if (is_equal && request.low.is_missing())
        return std::make_unique<Cursor>(
            session_, std::make_unique<ListedKeys>(std::vector<RecordKey>{}), nullptr);
    // Text of a durable form does not compare; a bound that no column of the field holds has its
    // place among the others only by its key.
    if (column.column_class == ColumnClass::durable || (!is_equal && !fit))
        return std::make_unique<Cursor>(
            session_, std::make_unique<FilteredKeys>(*this, std::move(bounds), false), nullptr);
    std::unique_ptr<Keys> keys;
    if (fit) keys = is_equal ? equal_keys(request) : range_keys(request);
    std::unique_ptr<Keys> others = other_keys(std::move(bounds));
    if (keys == nullptr && others == nullptr)
        keys = std::make_unique<ListedKeys>(std::vector<RecordKey>{});
    return std::make_unique<Cursor>(session_, std::move(keys), std::move(others));
}

// An int compared with a number, and the other way about, is the caller's to decide of every
// record.
bool Finder::can_use_index(const rules::ScanRequest& request) const {
    const rules::TypeKind kind = layout_.tables[request.entity].columns[request.field].type.kind;
    const auto can = [kind](const Value& bound) {
        if (kind == rules::TypeKind::integer) return bound.kind() != rules::Kind::number;
        if (kind == rules::TypeKind::number) return bound.kind() != rules::Kind::integer;
        return true;
    };
    return can(request.low) && can(request.high);
}

bool Finder::fits(EntityIndex entity, FieldIndex field, const Value& value) const {
    return column_holds(layout_.tables[entity].columns[field], value, layout_);
}

std::unique_ptr<Finder::Keys> Finder::equal_keys(const rules::ScanRequest& request) {
    return std::make_unique<EqualKeys>(*this, request);
}

std::unique_ptr<Finder::Keys> Finder::range_keys(const rules::ScanRequest& request) {
    const EntityTable& table = layout_.tables[request.entity];
    const FieldColumn& column = table.columns[request.field];
    // The plus keeps SQLite from walking the table by its key.
    std::string letters = "i", condition = column.value + " is not null and +key > ?1";
    for (const bool is_low : {true, false}) {
        if ((is_low ? request.low : request.high).is_missing()) continue;
        letters.push_back(column_letter(column.column_class));
        condition +=
            " and " + column.value + (is_low ? " >= ?" : " <= ?") + std::to_string(letters.size());
    }
    Statement& statement = statements_.get("select key from " + table.name + " where " + condition +
                                               " limit ?" + std::to_string(letters.size() + 1),
                                           letters + "i", "i");
    statement.set_integer(0, request.after);
    std::size_t parameter = 1;
    for (const Value* bound : {&request.low, &request.high})
        if (!bound->is_missing()) set_value(statement, parameter++, column, *bound, layout_);
    statement.set_integer(parameter, static_cast<std::int64_t>(listed_keys_max) + 1);
    std::vector<RecordKey> keys;
    for (Rows rows(statement); rows.next();) keys.push_back(statement.integer(0));
    if (keys.size() <= listed_keys_max) return std::make_unique<ListedKeys>(std::move(keys));
    Bounds bounds{request.entity, request.field, {}, {}, request.after};
    if (!request.low.is_missing()) bounds.low = value_key(request.low);
    if (!request.high.is_missing()) bounds.high = value_key(request.high);
    return std::make_unique<FilteredKeys>(*this, std::move(bounds), false);
}

std::unique_ptr<Finder::Keys> Finder::other_keys(Bounds bounds) {
    if (!others_.has(bounds.entity, bounds.field)) return nullptr;
    return std::make_unique<FilteredKeys>(*this, std::move(bounds), true);
}

std::optional<RecordKey> Finder::find(EntityIndex entity, std::string_view id) {
    if (entity < rules::builtin_entity_count) return find_row(entity, id);
    const EntityTable& table = layout_.tables[entity];
    Statement& by_id = statements_.get("select key from " + table.name + " where " +
                                           table.columns[rules::field_id].name + " = ?1 limit 1",
                                       "t", "i");
    by_id.set_text(0, id);
    std::optional<RecordKey> key;
    for (Rows rows(by_id); rows.next();) key = by_id.integer(0);
    return key;
}

namespace {

// "automation_log-17" → 17
std::optional<std::int64_t> number_of(std::string_view id) {
    const std::size_t last = id.find_last_not_of("0123456789");
    const std::string_view digits = id.substr(last == std::string_view::npos ? 0 : last + 1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || digits.empty()) return std::nullopt;
    return number;
}

}  // namespace

// Rows of the engine's own entities have no index by id, which would cost more than the row. Their
// ids end in a number that grows with the key, so halving finds them; rows may be gone in between.
std::optional<RecordKey> Finder::find_row(EntityIndex entity, std::string_view id) {
    const auto wanted = number_of(id);
    if (!wanted) return std::nullopt;
    const EntityTable& table = layout_.tables[entity];
    Statement& ends = statements_.get("select min(key), max(key) from " + table.name, "", "ii");
    Statement& from =
        statements_.get("select key, " + table.columns[rules::field_id].value + " from " +
                            table.name + " where key >= ?1 order by key limit 1",
                        "i", "it");
    RecordKey low = 0, high = -1;  // where it may be, both included
    for (Rows rows(ends); rows.next();) {
        if (ends.is_null(0)) return std::nullopt;
        low = ends.integer(0);
        high = ends.integer(1);
    }
    while (low <= high) {
        const RecordKey middle = low + (high - low) / 2;
        from.set_integer(0, middle);
        if (!from.first()) return std::nullopt;  // taken away just now
        const RecordKey key = from.integer(0);
        const std::string found = from.text(1);
        from.finish();
        if (found == id) return key;
        if (number_of(found).value_or(0) < *wanted)
            low = key + 1;
        else
            high = middle - 1;
    }
    return std::nullopt;
}

std::optional<RecordKey> Finder::find_unique(EntityIndex entity, std::size_t unique_set,
                                             const std::vector<Value>& values) {
    const auto& fields = program_.schema.entities[entity].unique_sets[unique_set];
    const auto wanted = values_key(values);
    if (!wanted) return std::nullopt;
    const EntityTable& table = layout_.tables[entity];
    bool fit = true, is_queryable = true, may_be_other = false;
    std::string condition, letters;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const FieldColumn& column = table.columns[fields[i]];
        fit = fit && fits(entity, fields[i], values[i]);
        is_queryable = is_queryable && column.column_class != ColumnClass::durable;
        may_be_other = may_be_other || others_.has(entity, fields[i]);
        letters.push_back(column_letter(column.column_class));
        condition += (i == 0 ? "" : " and ") + column.value + " = ?" + std::to_string(i + 1);
    }
    if (fit && is_queryable) {
        Statement& statement = statements_.get(
            "select key from " + table.name + " where " + condition + " limit 1", letters, "i");
        for (std::size_t i = 0; i < fields.size(); ++i)
            set_value(statement, i, table.columns[fields[i]], values[i], layout_);
        std::optional<RecordKey> key;
        for (Rows rows(statement); rows.next();) key = statement.integer(0);
        if (key) return key;
    }
    if (!may_be_other && is_queryable) return std::nullopt;
    return find_among(entity, fields, *wanted, is_queryable);
}

std::optional<RecordKey> Finder::find_among(EntityIndex entity,
                                            const std::vector<FieldIndex>& fields,
                                            const std::string& wanted, bool others_only) {
    const EntityTable& table = layout_.tables[entity];
    Statement& statement =
        statements_.get("select " + record_columns(table) + " from " + table.name +
                            (others_only ? " where other is not null" : ""),
                        "", record_letters(table));
    for (Rows rows(statement); rows.next();) {
        const auto record = read_record(statement, table, layout_);
        std::vector<Value> values;
        values.reserve(fields.size());
        for (const FieldIndex field : fields) values.push_back(record->fields[field]);
        if (values_key(values) == wanted) return statement.integer(0);
    }
    return std::nullopt;
}

void stop_for(const Error& error) { cannot_go_on(error.message.c_str()); }

}  // namespace pawl::engine
