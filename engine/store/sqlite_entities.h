#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/store/sqlite_words.h"
#include "engine/store/statement.h"
#include "rules/program.h"
#include "rules/records.h"

// How records lie in tables. An entity has a table with the columns `key` (the record's), `other`
// and one a field. A column has the type that answers queries: BIGINT, REAL or TEXT. A value that
// its column cannot hold exactly (money in another currency, a number that is not one) is missing
// there and lies in `other` by its durable form; few records have any. Such a value of a field that
// is retired goes when its record is next written.
//
// Rows of the engine's own entities are many, and say some things twice. Of those a column is null
// that is equal to another (`at` to `created_at`), an id is its number ("automation_log-17" is
// "17"), and what many rows say is the number of a word (sqlite_words.h). Rows of earlier releases
// have all of it written out. A view that is named like the entity has it, too.

namespace pawl::engine {

enum class ColumnClass : std::uint8_t {
    integer,  // int, bool, date, time, datetime, money in the rulebook's currency, a record's key
    number,
    text,     // text and what is written as one, a choice, a group, a secret
    durable,  // list, record, JSON, duration: their durable form, which does not compare
};

struct FieldColumn {
    std::string name;  // as SQL names it, in quotes
    ColumnClass column_class = ColumnClass::text;
    rules::Type type;
    std::string value;  // what SQL takes for its value: its name, or more where it may be shortened
    // Null where equal to the first of these that has a value.
    std::vector<rules::FieldIndex> same_as = {};
    std::string id_prefix = {};  // of ids that are their number
    bool is_word = false;        // holds the number of a word

    // SQL that is true where the column's value is the parameter's ("?1").
    std::string equal_to(const std::string& parameter) const;
};

struct EntityTable {
    std::string name;                  // as SQL names it, in quotes
    std::vector<FieldColumn> columns;  // by FieldIndex
};

// Where the records of a program's entities lie. Made by Store::open; immutable, for any thread.
struct EntityLayout {
    std::vector<EntityTable> tables;  // by EntityIndex
    const rules::Schema* schema = nullptr;
    Currency currency;
};

// A column's name for SQL.
std::string quote_name(std::string_view name);

ColumnClass column_class(rules::TypeKind kind);
std::string_view column_type(ColumnClass column_class);  // "BIGINT"
char column_letter(ColumnClass column_class);            // of statement.h

// Sets a parameter to what the field's column holds for the value. False where the column cannot
// hold it exactly; the parameter is null then.
bool set_value(Statement& statement, std::size_t parameter, const FieldColumn& column,
               const rules::Value& value, const EntityLayout& layout);

// Whether set_value could; a missing value it can.
bool column_holds(const FieldColumn& column, const rules::Value& value, const EntityLayout& layout);

// A select of whole records: "select " + record_columns(table) + " from " + table.name + …, with
// record_letters(table) for its columns; the first of them is the key.
std::string record_columns(const EntityTable& table);
// The same columns by their names, for a write.
std::string written_columns(const EntityTable& table);
std::string record_letters(const EntityTable& table);
// The record of the row that was fetched; `first` is the place of the key among the columns.
rules::RecordPointer read_record(const Statement& statement, const EntityTable& table,
                                 const EntityLayout& layout, std::size_t first = 0);

// The value of a column of the row that was fetched; missing where it lies in `other`.
rules::Value read_value(const Statement& statement, std::size_t place, const FieldColumn& column,
                        const EntityLayout& layout);

// Fields whose value lies in `other`, ascending; nearly always none.
using OtherFields = std::vector<rules::FieldIndex>;

// A write of whole records has record_letters(table) for parameters, in the order of
// written_columns(table), once for each record; `first` is the place of the first of them. The
// record stays until the statement was run, or set anew; it is run in the transaction in which new
// words are made.
OtherFields set_record(Statement& statement, rules::RecordKey key, const rules::Record& record,
                       const EntityTable& table, const EntityLayout& layout, Words& words,
                       std::size_t first = 0);

// What `other` holds for one value; entries follow one another.
std::string other_entry(const FieldColumn& column, const rules::Value& value,
                        const rules::Schema& schema);

FieldColumn make_column(const rules::Field& field, std::string_view column_name,
                        const rules::Schema& schema);

// A view of rows that may be shortened, as they were before: "select … from …".
std::string whole_rows(const EntityTable& table);

struct CatalogueEntity;
// The table of an entity whose fields the catalogue all has. Throws StoreDamage where it has not.
EntityTable entity_table(rules::EntityIndex entity, const CatalogueEntity& known,
                         const rules::Schema& schema);

// The layout that the store's catalogue (`entity`, `field`) gives for a program whose entities all
// stand there, as they do after Store::open. Throws what SOCI throws.
EntityLayout read_layout(SqliteSession& session, const rules::Program& program);

}  // namespace pawl::engine
