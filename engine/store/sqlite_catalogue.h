#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_session.h"
#include "rules/program.h"

// What the store remembers of the rulebooks it served: which table an entity has, which column a
// field. It outlives fields and entities that a rulebook no longer has (meaning.md 36).

namespace pawl::engine {

struct CatalogueField {
    std::string column_name;
    std::string name;
    std::string type;  // describe_type
    bool is_retired = false;
    bool has_other = false;  // some record's value lies, or lay, in `other`
};

struct CatalogueEntity {
    std::string table_name;
    std::vector<CatalogueField> fields;

    const CatalogueField* find_live(std::string_view field) const;
};

struct Catalogue {
    std::map<std::string, CatalogueEntity, std::less<>> entities;

    const CatalogueEntity* find(std::string_view entity) const;
};

// Throws what SOCI throws.
Catalogue read_catalogue(SqliteSession& session);

// A type by all that matters to what is stored: "money KES ?", "one of a, b", "list of -> client".
std::string describe_type(const rules::Type& type, const rules::Schema& schema, Currency currency);

// The indexes of an entity's table: its ids, its unique sets, and what the program asks for
// (index_plan.h). None of them is unique to SQLite, since within one group a value may pass from
// one record to another: the core sees to that.
struct TableIndex {
    std::string name;
    std::string columns;  // as SQL lists them
    std::vector<std::string> column_names;
    std::vector<rules::FieldIndex> fields;
    bool is_unique = false;
};
std::vector<TableIndex> table_indexes(const EntityTable& table, const std::vector<bool>& planned,
                                      const rules::Entity& entity, rules::EntityIndex index);

// Makes tables, columns and indexes what the program says, in one transaction; writes nothing where
// they are so already. Fails with code "schema" where what is stored does not allow it; the message
// has a line for each mistake, with the entity, the field and up to three records.
Status fit_tables(SqliteSession& session, const rules::Program& program);

}  // namespace pawl::engine
