#include "engine/store/sqlite_catalogue.h"

#include "base/check.h"
#include "engine/store/statement.h"

namespace pawl::engine {

using rules::TypeKind;

const CatalogueField* CatalogueEntity::find_live(std::string_view field) const {
    for (const CatalogueField& each : fields)
        if (!each.is_retired && each.name == field) return &each;
    return nullptr;
}

const CatalogueEntity* Catalogue::find(std::string_view entity) const {
    const auto found = entities.find(entity);
    return found == entities.end() ? nullptr : &found->second;
}

Catalogue read_catalogue(SqliteSession& session) {
    Catalogue catalogue;
    Statement entities(session, "select name, table_name from entity", "", "tt");
    for (Rows rows(entities); rows.next();)
        catalogue.entities[entities.text(0)].table_name = entities.text(1);
    Statement fields(session,
                     "select entity, column_name, name, type, is_retired, has_other from field", "",
                     "ttttii");
    for (Rows rows(fields); rows.next();)
        catalogue.entities[fields.text(0)].fields.push_back({fields.text(1), fields.text(2),
                                                             fields.text(3), fields.integer(4) != 0,
                                                             fields.integer(5) != 0});
    return catalogue;
}

namespace {

// Records may hold records; the checker refuses one that holds itself.
constexpr int description_depth_max = 100;

std::string describe(const rules::Type& type, const rules::Schema& schema, Currency currency,
                     int depth) {
    PAWL_CHECK(depth < description_depth_max);
    const auto inner = [&](rules::TypeIndex index) {
        return describe(schema.type(index), schema, currency, depth + 1);
    };
    const std::string optional = type.optional ? " ?" : "";
    switch (type.kind) {
        case TypeKind::money:
            return (currency.code == 0 ? "money" : "money " + currency.letters()) + optional;
        case TypeKind::reference: return "-> " + schema.entities[type.index].name + optional;
        case TypeKind::list: return "list of " + inner(type.index) + optional;
        case TypeKind::choice: {
            std::string text = "one of ";
            for (const std::string& option : schema.choices[type.index].options)
                text += (text.size() == 7 ? "" : ", ") + option;
            return text + optional;
        }
        case TypeKind::record: {
            const rules::RecordType& record = schema.records[type.index];
            std::string text = "record " + record.name + " (";
            for (std::size_t i = 0; i < record.fields.size(); ++i)
                text += (i == 0 ? "" : ", ") + record.fields[i].name + " " +
                        inner(record.fields[i].type);
            return text + ")" + optional;
        }
        case TypeKind::none: return "nothing" + optional;
        case TypeKind::text: return "text" + optional;
        case TypeKind::integer: return "int" + optional;
        case TypeKind::number: return "number" + optional;
        case TypeKind::boolean: return "bool" + optional;
        case TypeKind::date: return "date" + optional;
        case TypeKind::time: return "time" + optional;
        case TypeKind::datetime: return "datetime" + optional;
        case TypeKind::duration: return "duration" + optional;
        case TypeKind::email: return "email" + optional;
        case TypeKind::phone: return "phone" + optional;
        case TypeKind::url: return "url" + optional;
        case TypeKind::json: return "json" + optional;
        case TypeKind::file: return "file" + optional;
        case TypeKind::secret: return "secret text" + optional;
        case TypeKind::group: return "group of people" + optional;
        case TypeKind::event: return "event" + optional;
    }
    PAWL_CHECK(!"a type of no kind");
    return {};
}

}  // namespace

std::string describe_type(const rules::Type& type, const rules::Schema& schema, Currency currency) {
    return describe(type, schema, currency, 0);
}

}  // namespace pawl::engine
