#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/ports/index_plan.h"
#include "engine/store/sqlite_catalogue.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_position.h"
#include "engine/store/value_key.h"

// fit_tables: what a rulebook's entities are becomes what the tables are.

namespace pawl::engine {

using rules::EntityIndex;
using rules::TypeKind;
using rules::Value;

namespace {

// SQLite's own bound is 2,000; a few are the store's.
constexpr std::size_t columns_max = 1'990;
constexpr std::size_t mistakes_max = 20;
constexpr int records_named_max = 3;

bool is_widened_text(TypeKind kind) { return kind == TypeKind::text; }

// "money KES ?" → "money KES"
std::string_view without_optional(std::string_view type) {
    if (type.ends_with(" ?")) type.remove_suffix(2);
    return type;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// What a field of a record that is there already becomes: as a record of which nothing is said.
Value initial_value(const rules::Program& program, EntityIndex entity, rules::FieldIndex index) {
    const rules::Schema& schema = program.schema;
    const rules::Field& field = schema.entities[entity].fields[index];
    const rules::Type& type = schema.type(field.type);
    if (field.default_value) return *field.default_value;
    const rules::StateMachine* states = schema.find_states(entity, index);
    if (states != nullptr && states->start)
        return Value::choice(schema.choices[type.index].options[*states->start]);
    if (type.kind == TypeKind::list && !type.optional) return Value::list({});
    return Value();
}

// The value as SQL writes it; nothing where that would not read back as the same.
std::optional<std::string> sql_literal(SqliteSession& session, const FieldColumn& column,
                                       const Value& value, const EntityLayout& layout) {
    const char letter = column_letter(column.column_class);
    // SQLite itself writes the value that the column would hold.
    Statement quoted(session, "select quote(:a)", std::string(1, letter), "t");
    if (!set_value(quoted, 0, column, value, layout)) return std::nullopt;
    quoted.first();
    std::string literal = quoted.text(0);
    quoted.finish();
    if (literal.find('\0') != std::string::npos) return std::nullopt;
    Statement same(session, "select " + literal + " is :a", std::string(1, letter), "i");
    set_value(same, 0, column, value, layout);
    same.first();
    const bool is_same = same.integer(0) != 0;
    same.finish();
    if (!is_same) return std::nullopt;
    return literal;
}

class Fitting {
 public:
    Fitting(SqliteSession& session, const rules::Program& program)
        : session_(session),
          program_(program),
          schema_(program.schema),
          plan_(make_index_plan(program)) {
        layout_.schema = &schema_;
        layout_.currency = program.header.currency;
    }

    Status run() {
        WriteTransaction transaction(session_);
        settle_ids(session_);
        catalogue_ = read_catalogue(session_);
        for (std::size_t i = 0; i < schema_.entities.size(); ++i)
            fit_entity(static_cast<EntityIndex>(i));
        if (mistakes_.empty())
            for (std::size_t i = 0; i < schema_.entities.size(); ++i)
                fit_indexes(static_cast<EntityIndex>(i));
        if (!mistakes_.empty()) return Error{"schema", told_mistakes()};
        for (EntityIndex i = 0; i < rules::builtin_entity_count; ++i) fit_view(i);
        for (const auto& [name, entity] : catalogue_.entities)
            if (!schema_.find_entity(name)) drop_indexes(entity.table_name, {});
        transaction.commit();
        return Done{};
    }

 private:
    // The entity's own name for the field, in messages.
    static std::string place(const rules::Entity& entity, std::string_view field) {
        return "`" + entity.name + "." + std::string(field) + "`";
    }

    void mistake(std::string text) { mistakes_.push_back(std::move(text)); }

    std::string told_mistakes() const {
        std::string text = "the rulebook does not fit what the store holds:";
        for (std::size_t i = 0; i < mistakes_.size() && i < mistakes_max; ++i)
            text += "\n  " + mistakes_[i];
        if (mistakes_.size() > mistakes_max)
            text += "\n  and " + std::to_string(mistakes_.size() - mistakes_max) + " more";
        return text;
    }

    bool has_rows(const std::string& table, const std::string& condition) {
        Statement any(session_, "select 1 from " + table + " where " + condition + " limit 1", "",
                      "i");
        const bool found = any.first();
        any.finish();
        return found;
    }

    // "o1, o2, o3 and more": records for which the condition holds; empty: none.
    std::string records(const std::string& table, const std::string& condition) {
        Statement ids(session_,
                      "select id from " + table + " where " + condition + " order by key limit " +
                          std::to_string(records_named_max + 1),
                      "", "t");
        std::string text;
        int count = 0;
        for (Rows rows(ids); rows.next(); ++count) {
            if (count == records_named_max) return text + " and more";
            text += (count == 0 ? "" : ", ") + quote_for_message(ids.text(0));
        }
        return text;
    }

    // Holds for records that have no value there.
    static std::string is_missing(const std::string& column, bool has_other) {
        if (!has_other) return column + " is null";
        return column + " is null and (other is null or instr(other, '" + column + "=') = 0)";
    }

    std::string free_column_name(const CatalogueEntity& entity, const std::string& field) const {
        std::set<std::string> taken = {"key", "other"};  // SQL does not tell Name from name
        for (const CatalogueField& each : entity.fields) taken.insert(lower(each.column_name));
        std::string name = field;
        for (int i = 2; taken.contains(lower(name)); ++i) name = field + "_" + std::to_string(i);
        return name;
    }

    std::string free_table_name(const std::string& entity) const {
        std::set<std::string> taken;
        for (const auto& each : catalogue_.entities) taken.insert(lower(each.second.table_name));
        std::string name = "entity_" + entity;
        for (int i = 2; taken.contains(lower(name)); ++i)
            name = "entity_" + entity + "_" + std::to_string(i);
        return name;
    }

    void keep(const std::string& entity, const CatalogueField& field) {
        Statement row(session_,
                      "insert into field (entity, column_name, name, type, is_retired, has_other) "
                      "values (:a, :b, :c, :d, :e, :f) on conflict (entity, column_name) do update "
                      "set type = excluded.type, is_retired = excluded.is_retired",
                      "ttttii");
        row.set_text(0, entity);
        row.set_text(1, field.column_name);
        row.set_text(2, field.name);
        row.set_text(3, field.type);
        row.set_integer(4, field.is_retired ? 1 : 0);
        row.set_integer(5, field.has_other ? 1 : 0);
        row.run();
    }

    void fit_entity(EntityIndex index) {
        const rules::Entity& entity = schema_.entities[index];
        const auto found = catalogue_.entities.find(entity.name);
        if (found == catalogue_.entities.end()) return make_table(entity);
        CatalogueEntity& known = found->second;
        for (CatalogueField& field : known.fields) {
            if (field.is_retired || rules::find_field(entity.fields, field.name)) continue;
            field.is_retired = true;
            keep(entity.name, field);
        }
        for (std::size_t i = 0; i < entity.fields.size(); ++i)
            fit_field(index, static_cast<rules::FieldIndex>(i), known);
    }

    void make_table(const rules::Entity& entity) {
        CatalogueEntity known;
        known.table_name = free_table_name(entity.name);
        std::string columns = "key INTEGER PRIMARY KEY, other TEXT";
        for (const rules::Field& field : entity.fields) {
            const rules::Type& type = schema_.type(field.type);
            known.fields.push_back({free_column_name(known, field.name), field.name,
                                    describe_type(type, schema_, layout_.currency), false, false});
            columns += ", " + quote_name(known.fields.back().column_name) + " " +
                       std::string(column_type(column_class(type.kind)));
        }
        const std::string table = quote_name(known.table_name);
        session_.execute("create table " + table + " (" + columns + ")");
        session_.execute("create index " + quote_name("other " + known.table_name) + " on " +
                         table + " (key) where other is not null");
        Statement row(session_, "insert into entity (name, table_name, next_id) values (:a, :b, 1)",
                      "tt");
        row.set_text(0, entity.name);
        row.set_text(1, known.table_name);
        row.run();
        for (const CatalogueField& field : known.fields) keep(entity.name, field);
        catalogue_.entities.emplace(entity.name, std::move(known));
    }

    void fit_field(EntityIndex index, rules::FieldIndex field_index, CatalogueEntity& known) {
        const rules::Entity& entity = schema_.entities[index];
        const rules::Field& field = entity.fields[field_index];
        const std::string type = describe_type(schema_.type(field.type), schema_, layout_.currency);
        CatalogueField* column = nullptr;
        for (CatalogueField& each : known.fields)
            if (!each.is_retired && each.name == field.name) column = &each;
        if (column != nullptr && column->type == type) return;
        const bool is_new = column == nullptr;
        if (is_new) column = find_retired(known, field);
        if (column == nullptr || !change_type(entity, field, type, known, *column))
            return add_column(index, field_index, type, known);
        column->type = type;
        column->is_retired = false;
        keep(entity.name, *column);
        if (is_new) fill(index, field_index, known, *column);
        check_required(index, field, known, *column);
    }

    // The column that the field had before it was taken out of the rulebook.
    CatalogueField* find_retired(CatalogueEntity& known, const rules::Field& field) {
        const rules::Type& type = schema_.type(field.type);
        const std::string description = describe_type(type, schema_, layout_.currency);
        for (CatalogueField& each : known.fields) {
            const bool is_same =
                without_optional(each.type) == without_optional(description) ||
                (type.kind == TypeKind::choice && each.type.starts_with("one of "));
            if (each.is_retired && each.name == field.name && is_same) return &each;
        }
        return nullptr;
    }

    // Whether the column can go on with the new type. False: nobody has a value in it, and it is
    // retired for another. A mistake is told, and then it is as if it could.
    bool change_type(const rules::Entity& entity, const rules::Field& field,
                     const std::string& type, const CatalogueEntity& known,
                     CatalogueField& column) {
        if (without_optional(column.type) == without_optional(type)) return true;
        const rules::Type& to = schema_.type(field.type);
        const std::string table = quote_name(known.table_name);
        const std::string name = quote_name(column.column_name);
        const std::string_view from = without_optional(column.type);
        if (to.kind == TypeKind::choice && from.starts_with("one of ")) {
            check_options(entity, field, table, name);
            return true;
        }
        const bool was_text = from == "email" || from == "phone" || from == "url" ||
                              from == "file" || from.starts_with("one of ");
        if (is_widened_text(to.kind) && was_text && !column.has_other) return true;
        const std::string present = "not (" + is_missing(name, column.has_other) + ")";
        // Every int up to 2^53 is a number exactly, and the column takes both.
        const std::string inexact = "abs(" + name + ") > 9007199254740992";
        const bool is_widening = to.kind == TypeKind::number && from == "int";
        if (is_widening && !column.has_other && !has_rows(table, inexact)) return true;
        const std::string who = records(table, present);
        if (who.empty()) {
            column.is_retired = true;
            keep(entity.name, column);
            return false;
        }
        mistake(place(entity, field.name) + " was `" + column.type + "` and is `" + type +
                "` now, but records have a value there: " + who +
                "; keep the type, or give the new field another name");
        return true;
    }

    // Options that went must be nobody's.
    void check_options(const rules::Entity& entity, const rules::Field& field,
                       const std::string& table, const std::string& column) {
        std::string options;
        for (const std::string& option : schema_.choices[schema_.type(field.type).index].options) {
            Statement quoted(session_, "select quote(:a)", "t", "t");
            quoted.set_text(0, option);
            quoted.first();
            options += (options.empty() ? "" : ", ") + quoted.text(0);
            quoted.finish();
        }
        if (entity.read_only) return;  // the engine's own words
        const std::string gone =
            column + " is not null and " + column + " not in (" + options + ")";
        const std::string who = records(table, gone);
        if (who.empty()) return;
        Statement used(session_,
                       "select " + column + " from " + table + " where " + gone + " limit 1", "",
                       "t");
        used.first();
        mistake(place(entity, field.name) + " no longer has the value `" + used.text(0) +
                "`, or another one that records have: " + who +
                "; leave it in until no record has it");
        used.finish();
    }

    void check_required(EntityIndex index, const rules::Field& field, const CatalogueEntity& known,
                        const CatalogueField& column) {
        const rules::Entity& entity = schema_.entities[index];
        if (schema_.type(field.type).optional || entity.read_only) return;
        const std::string who =
            records(quote_name(known.table_name),
                    is_missing(quote_name(column.column_name), column.has_other));
        if (who.empty()) return;
        mistake(place(entity, field.name) + " must have a value, but records have none: " + who +
                "; give it a default, or mark its type with `?`");
    }

    void add_column(EntityIndex index, rules::FieldIndex field_index, const std::string& type,
                    CatalogueEntity& known) {
        const rules::Entity& entity = schema_.entities[index];
        const rules::Field& field = entity.fields[field_index];
        const std::string table = quote_name(known.table_name);
        if (known.fields.size() >= columns_max)
            return mistake("`" + entity.name + "` has had " + std::to_string(known.fields.size()) +
                           " fields, those that went included; no table takes more");
        CatalogueField added{free_column_name(known, field.name), field.name, type, false, false};
        const FieldColumn column = make_column(field, added.column_name, schema_);
        const Value value = initial_value(program_, index, field_index);
        std::optional<std::string> literal;
        if (!value.is_missing()) literal = sql_literal(session_, column, value, layout_);
        session_.execute("alter table " + table + " add column " + column.name + " " +
                         std::string(column_type(column.column_class)) +
                         (literal ? " default " + *literal : ""));
        keep(entity.name, added);
        known.fields.push_back(added);
        if (!literal) fill(index, field_index, known, known.fields.back());
        check_required(index, field, known, known.fields.back());
    }

    // Gives the initial value to records that have none.
    void fill(EntityIndex index, rules::FieldIndex field_index, const CatalogueEntity& known,
              CatalogueField& column) {
        const Value value = initial_value(program_, index, field_index);
        if (value.is_missing()) return;
        const rules::Entity& entity = schema_.entities[index];
        const FieldColumn target =
            make_column(entity.fields[field_index], column.column_name, schema_);
        const std::string table = quote_name(known.table_name);
        const std::string where = " where " + is_missing(target.name, column.has_other);
        const std::string letter(1, column_letter(target.column_class));
        Statement typed(session_, "update " + table + " set " + target.name + " = :a" + where,
                        letter);
        if (set_value(typed, 0, target, value, layout_)) return typed.run();
        Statement durable(
            session_, "update " + table + " set other = coalesce(other, '') || :a" + where, "t");
        durable.set_text(0, other_entry(target, value, schema_));
        durable.run();
        Statement mark(session_,
                       "update field set has_other = 1 where entity = :a and column_name = :b",
                       "tt");
        mark.set_text(0, entity.name);
        mark.set_text(1, column.column_name);
        mark.run();
        column.has_other = true;
    }

    void fit_indexes(EntityIndex index) {
        const rules::Entity& entity = schema_.entities[index];
        const CatalogueEntity& known = *catalogue_.find(entity.name);
        const EntityTable table = entity_table(index, known, schema_);
        const std::vector<TableIndex> wanted =
            table_indexes(table, plan_.indexed[index], entity, index);
        const std::set<std::string> existing = drop_indexes(known.table_name, wanted);
        for (const TableIndex& each : wanted) {
            if (existing.contains(each.name)) continue;
            if (each.is_unique) check_unique(entity, known, each);
            session_.execute("create index " + quote_name(each.name) + " on " + table.name + " (" +
                             each.columns + ")");
        }
    }

    // Rows of the engine's own entities, written out for people.
    void fit_view(EntityIndex index) {
        const std::string& name = schema_.entities[index].name;
        const EntityTable table = entity_table(index, *catalogue_.find(name), schema_);
        const std::string wanted = "CREATE VIEW " + quote_name(name) + " AS " + whole_rows(table);
        Statement known(session_, "select sql from sqlite_master where type = 'view' and name = :a",
                        "t", "t");
        known.set_text(0, name);
        std::optional<std::string> now;
        for (Rows rows(known); rows.next();) now = known.text(0);
        if (now == wanted) return;
        if (now) session_.execute("DROP VIEW " + quote_name(name));
        session_.execute(wanted);
    }

    // Those that are not wanted; answers the others' names.
    std::set<std::string> drop_indexes(const std::string& table,
                                       const std::vector<TableIndex>& wanted) {
        Statement names(session_,
                        "select name from sqlite_master where type = 'index' and tbl_name = :a "
                        "and sql is not null",
                        "t", "t");
        names.set_text(0, table);
        std::set<std::string> existing;
        for (Rows rows(names); rows.next();) existing.insert(names.text(0));
        existing.erase("other " + table);
        for (auto name = existing.begin(); name != existing.end();) {
            const bool is_wanted = std::any_of(
                wanted.begin(), wanted.end(), [&](const auto& each) { return each.name == *name; });
            if (!is_wanted) session_.execute("drop index " + quote_name(*name));
            name = is_wanted ? std::next(name) : existing.erase(name);
        }
        return existing;
    }

    // Values that lie in `other` are not compared here; the core compares them when one is written.
    void check_unique(const rules::Entity& entity, const CatalogueEntity& known,
                      const TableIndex& index) {
        const std::string table = quote_name(known.table_name);
        std::string present;
        for (const std::string& column : index.column_names)
            present += (present.empty() ? "" : " and ") + column + " is not null";
        Statement twice(session_,
                        "select min(key), max(key) from " + table + " where " + present +
                            " group by " + index.columns + " having count(*) > 1 limit 1",
                        "", "ii");
        const bool found = twice.first();
        const std::string who =
            found ? records(table, "key in (" + std::to_string(twice.integer(0)) + ", " +
                                       std::to_string(twice.integer(1)) + ")")
                  : "";
        twice.finish();
        if (!found) return;
        std::string fields;
        for (const rules::FieldIndex field : index.fields)
            fields += (fields.empty() ? "" : ", ") + entity.fields[field].name;
        mistake(place(entity, fields) + " must be unique now, but records share a value: " + who +
                "; change one of them first");
    }

    SqliteSession& session_;
    const rules::Program& program_;
    const rules::Schema& schema_;
    const IndexPlan plan_;
    EntityLayout layout_;  // without tables: for its codec
    Catalogue catalogue_;
    std::vector<std::string> mistakes_;
};

}  // namespace

std::vector<TableIndex> table_indexes(const EntityTable& table, const std::vector<bool>& planned,
                                      const rules::Entity& entity, EntityIndex index) {
    const std::string bare = table.name.substr(1, table.name.size() - 2);
    std::vector<TableIndex> indexes;
    const auto add = [&](std::vector<rules::FieldIndex> fields, bool is_unique) {
        TableIndex& added = indexes.emplace_back();
        added.is_unique = is_unique;
        std::string names;
        for (const rules::FieldIndex field : fields) {
            const FieldColumn& column = table.columns[field];
            names += (names.empty() ? "" : ",") + column.name.substr(1, column.name.size() - 2);
            // Another index than that of a release which wrote all values out. Of words it has
            // the numbers, too.
            const bool is_in_full = column.value != column.name && !column.is_word;
            if (is_in_full) names += " in full";
            added.columns +=
                (added.columns.empty() ? "" : ", ") + (is_in_full ? column.value : column.name);
            added.column_names.push_back(column.name);
        }
        added.name = (is_unique ? "unique " : "") + bare + "." + names;
        added.fields = std::move(fields);
    };
    for (const auto& set : entity.unique_sets) add(set, true);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto field = static_cast<rules::FieldIndex>(i);
        // Rows of the engine's own entities are many, and found by their numbers.
        const bool is_id = field == rules::field_id && index >= rules::builtin_entity_count;
        const bool is_planned = planned[i] && table.columns[i].column_class != ColumnClass::durable;
        const bool is_covered =
            std::any_of(entity.unique_sets.begin(), entity.unique_sets.end(),
                        [&](const auto& set) { return set.size() == 1 && set[0] == field; });
        if ((is_id || is_planned) && !is_covered) add({field}, false);
    }
    return indexes;
}

Status fit_tables(SqliteSession& session, const rules::Program& program) {
    return session.attempt("be fitted to the rulebook",
                           [&] { return Fitting(session, program).run(); });
}

}  // namespace pawl::engine
