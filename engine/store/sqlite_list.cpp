#include "engine/store/sqlite_list.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/suggest.h"
#include "engine/internal/history.h"
#include "engine/store/statement.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;
using rules::RecordPointer;
using rules::Value;

namespace {

constexpr std::size_t walk_page = 10'000;  // records looked at by one statement

// Rows of the engine's own entities have ids that ascend with their keys, and no index of them.
std::optional<RecordKey> find_row(Statements& statements, const rules::Program& program,
                                  const EntityTable& table, EntityIndex entity,
                                  std::string_view id) {
    const std::string prefix =
        entity == rules::entity_run ? "r" : program.schema.entities[entity].name + "-";
    const auto wanted = number_of_id(id, prefix);
    if (!wanted) return std::nullopt;
    Statement& next =
        statements.get("select key, " + table.columns[rules::field_id].value + " from " +
                           table.name + " where key > ?1 order by key limit 1",
                       "i", "it");
    RecordKey low = 0, high = std::numeric_limits<std::int64_t>::max();
    while (low < high) {
        const RecordKey middle = low + (high - low) / 2;
        next.set_integer(0, middle);
        std::optional<std::pair<RecordKey, std::int64_t>> found;
        for (Rows rows(next); rows.next();)
            found.emplace(next.integer(0), number_of_id(next.text(1), prefix).value_or(0));
        if (found && found->second == *wanted) return found->first;
        if (!found || found->second > *wanted)
            high = middle;
        else
            low = found->first;
    }
    return std::nullopt;
}

// One page of a list: by an index where one of the filters has one, else by walking.
class Lister {
 public:
    Lister(Statements& statements, const rules::Program& program, const EntityLayout& layout,
           const IndexPlan& plan, const ListRequest& request)
        : statements_(statements),
          program_(program),
          layout_(layout),
          plan_(plan),
          request_(request),
          table_(layout.tables[request.entity]),
          place_(request.after) {}

    Result<std::vector<ListedRecord>> run() {
        for (const auto& [field, value] : request_.where)
            if (field == rules::field_id) return by_id(value);
        const auto* filter = best_filter();
        while (found_.size() < request_.limit && !is_done_) {
            if (looked_at_ >= limits::list_rows_max) {
                if (is_at_end()) break;
                return too_many();
            }
            if (filter != nullptr && is_indexed(filter->first))
                by_index(*filter);
            else
                walk(filter);
        }
        return std::move(found_);
    }

 private:
    using Filter = std::pair<FieldIndex, Value>;

    bool is_indexed(FieldIndex field) const {
        if (plan_.has(request_.entity, field)) return true;
        const auto& sets = program_.schema.entities[request_.entity].unique_sets;
        return std::any_of(sets.begin(), sets.end(),
                           [field](const auto& set) { return set.front() == field; });
    }

    // One that SQL can decide; the others are looked at record by record.
    const Filter* best_filter() const {
        const Filter* best = nullptr;
        for (const Filter& filter : request_.where) {
            const FieldColumn& column = table_.columns[filter.first];
            if (filter.second.is_missing() || column.column_class == ColumnClass::durable) continue;
            if (best == nullptr || is_indexed(filter.first)) best = &filter;
        }
        return best;
    }

    std::string letters_of(FieldIndex field, std::string_view more) const {
        return column_letter(table_.columns[field].column_class) + std::string(more);
    }

    std::string page_of(std::string_view letter) const {
        const bool is_back = request_.newest_first;
        return (is_back ? "key < ?" : "key > ?") + std::string(letter) + " order by key" +
               (is_back ? " desc" : "");
    }

    RecordKey place() const {
        if (place_) return *place_;
        return request_.newest_first ? std::numeric_limits<RecordKey>::max()
                                     : std::numeric_limits<RecordKey>::min();
    }

    void take(const Statement& row) {
        RecordPointer record = read_record(row, table_, layout_);
        const auto fits = [&record](const Filter& filter) {
            return record->fields[filter.first] == filter.second;
        };
        if (found_.size() < request_.limit &&
            std::all_of(request_.where.begin(), request_.where.end(), fits))
            found_.push_back({row.integer(0), std::move(record)});
    }

    Result<std::vector<ListedRecord>> by_id(const Value& id) {
        const auto key = id.kind() == rules::Kind::text ? find_key(statements_, program_, layout_,
                                                                   request_.entity, id.as_text())
                                                        : std::nullopt;
        if (!key || (request_.newest_first ? *key >= place() : *key <= place()))
            return std::move(found_);
        Statement& one = statements_.get(
            "select " + record_columns(table_) + " from " + table_.name + " where key = ?1", "i",
            record_letters(table_));
        one.set_integer(0, *key);
        for (Rows rows(one); rows.next();) take(one);
        return std::move(found_);
    }

    void by_index(const Filter& filter) {
        const FieldColumn& column = table_.columns[filter.first];
        const std::size_t rows_max = std::min(walk_page, request_.limit - found_.size() + 1);
        Statement& page = statements_.get("select " + record_columns(table_) + " from " +
                                              table_.name + " where " + column.equal_to("?1") +
                                              " and " + page_of("2") + " limit ?3",
                                          letters_of(filter.first, "ii"), record_letters(table_));
        if (!set_value(page, 0, column, filter.second, layout_)) return walk(nullptr);
        page.set_integer(1, place());
        page.set_integer(2, static_cast<std::int64_t>(rows_max));
        std::size_t count = 0;
        for (Rows rows(page); rows.next(); ++count) {
            place_ = page.integer(0);
            take(page);
        }
        looked_at_ += count;
        is_done_ = count < rows_max;
    }

    // A stretch of keys; of its records SQL gives those that the filter lets pass.
    void walk(const Filter* filter) {
        const std::size_t rows_max =
            request_.where.empty() ? std::min(walk_page, request_.limit) : walk_page;
        Statement& stretch = statements_.get(
            "select count(*), " + std::string(request_.newest_first ? "min" : "max") +
                "(key) from (select key from " + table_.name + " where " + page_of("1") +
                " limit ?2)",
            "ii", "ii");
        stretch.set_integer(0, place());
        stretch.set_integer(1, static_cast<std::int64_t>(rows_max));
        std::int64_t count = 0, last = 0;
        for (Rows rows(stretch); rows.next();) {
            count = stretch.integer(0);
            last = stretch.integer(1);
        }
        is_done_ = static_cast<std::size_t>(count) < rows_max;
        if (count == 0) return;
        looked_at_ += static_cast<std::size_t>(count);
        read_stretch(filter, last);
        place_ = last;
    }

    void read_stretch(const Filter* filter, RecordKey last) {
        const std::string beyond = request_.newest_first ? "key >= ?1" : "key <= ?1";
        const std::string condition =
            filter == nullptr ? "" : table_.columns[filter->first].equal_to("?2") + " and ";
        Statement& within = statements_.get(
            "select " + record_columns(table_) + " from " + table_.name + " where " + beyond +
                " and " + condition + page_of(filter == nullptr ? "2" : "3"),
            filter == nullptr ? "ii" : "i" + letters_of(filter->first, "i"),
            record_letters(table_));
        within.set_integer(0, last);
        if (filter != nullptr &&
            !set_value(within, 1, table_.columns[filter->first], filter->second, layout_))
            return read_stretch(nullptr, last);
        within.set_integer(filter == nullptr ? 1 : 2, place());
        for (Rows rows(within); found_.size() < request_.limit && rows.next();) take(within);
    }

    bool is_at_end() {
        Statement& next = statements_.get(
            "select key from " + table_.name + " where " + page_of("1") + " limit 1", "i", "i");
        next.set_integer(0, place());
        bool is_end = true;
        for (Rows rows(next); rows.next();) is_end = false;
        return is_end;
    }

    Error too_many() const {
        const rules::Entity& entity = program_.schema.entities[request_.entity];
        std::vector<std::string> names = {"id"};
        for (std::size_t i = rules::system_field_count; i < entity.fields.size(); ++i)
            if (is_indexed(static_cast<FieldIndex>(i))) names.push_back(entity.fields[i].name);
        std::string asked;
        for (const auto& [field, value] : request_.where)
            asked += (asked.empty() ? "`" : ", `") + entity.fields[field].name + "`";
        return {.code = "unindexed",
                .message = "to find records of `" + entity.name + "` by " + asked + ", more than " +
                           std::to_string(limits::list_rows_max) +
                           " records would be looked at; quickly found they are by " +
                           list_names(names)};
    }

    Statements& statements_;
    const rules::Program& program_;
    const EntityLayout& layout_;
    const IndexPlan& plan_;
    const ListRequest& request_;
    const EntityTable& table_;
    std::optional<RecordKey> place_;  // the last key looked at
    std::vector<ListedRecord> found_;
    std::size_t looked_at_ = 0;
    bool is_done_ = false;
};

}  // namespace

Result<std::vector<ListedRecord>> list_records(Statements& statements,
                                               const rules::Program& program,
                                               const EntityLayout& layout, const IndexPlan& plan,
                                               const ListRequest& request) {
    return Lister(statements, program, layout, plan, request).run();
}

std::optional<RecordKey> find_key(Statements& statements, const rules::Program& program,
                                  const EntityLayout& layout, EntityIndex entity,
                                  std::string_view id) {
    const EntityTable& table = layout.tables[entity];
    if (entity < rules::builtin_entity_count)
        return find_row(statements, program, table, entity, id);
    Statement& by_id = statements.get(
        "select key from " + table.name + " where " + table.columns[rules::field_id].name + " = ?1",
        "t", "i");
    by_id.set_text(0, id);
    std::optional<RecordKey> key;
    for (Rows rows(by_id); rows.next();) key = by_id.integer(0);
    return key;
}

}  // namespace pawl::engine
