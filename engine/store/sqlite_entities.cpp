#include "engine/store/sqlite_entities.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "base/check.h"
#include "engine/store/sqlite_catalogue.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::Kind;
using rules::TypeKind;
using rules::Value;

std::string quote_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        quoted.push_back(c);
        if (c == '"') quoted.push_back(c);
    }
    return quoted + "\"";
}

ColumnClass column_class(TypeKind kind) {
    switch (kind) {
        case TypeKind::integer:
        case TypeKind::boolean:
        case TypeKind::money:
        case TypeKind::date:
        case TypeKind::time:
        case TypeKind::datetime:
        case TypeKind::reference: return ColumnClass::integer;
        case TypeKind::number: return ColumnClass::number;
        case TypeKind::text:
        case TypeKind::email:
        case TypeKind::phone:
        case TypeKind::url:
        case TypeKind::file:
        case TypeKind::secret:
        case TypeKind::choice:
        case TypeKind::group: return ColumnClass::text;
        case TypeKind::none:
        case TypeKind::duration:
        case TypeKind::json:
        case TypeKind::record:
        case TypeKind::list:
        case TypeKind::event: return ColumnClass::durable;
    }
    PAWL_CHECK(!"a type of no kind");
    return ColumnClass::durable;
}

std::string_view column_type(ColumnClass column_class) {
    switch (column_class) {
        case ColumnClass::integer: return "BIGINT";
        case ColumnClass::number: return "REAL";
        case ColumnClass::text:
        case ColumnClass::durable: return "TEXT";
    }
    PAWL_CHECK(!"a column of no class");
    return "";
}

char column_letter(ColumnClass column_class) {
    switch (column_class) {
        case ColumnClass::integer: return 'i';
        case ColumnClass::number: return 'n';
        case ColumnClass::text:
        case ColumnClass::durable: return 't';
    }
    PAWL_CHECK(!"a column of no class");
    return 't';
}

namespace {

// A text below it is the number of an id, or of a word: it comes after all digits and before any
// name.
constexpr std::string_view numbers_end = ":";

constexpr std::size_t word_bytes_max = 100;

std::optional<std::int64_t> to_integer(const FieldColumn& column, const Value& value,
                                       Currency currency) {
    switch (value.kind()) {
        case Kind::integer:
            if (column.type.kind != TypeKind::integer) return std::nullopt;
            return value.as_integer();
        case Kind::boolean:
            if (column.type.kind != TypeKind::boolean) return std::nullopt;
            return value.as_boolean() ? 1 : 0;
        case Kind::date:
            if (column.type.kind != TypeKind::date) return std::nullopt;
            return value.as_date().days;
        case Kind::time:
            if (column.type.kind != TypeKind::time) return std::nullopt;
            return value.as_time().micros;
        case Kind::datetime:
            if (column.type.kind != TypeKind::datetime) return std::nullopt;
            return value.as_datetime().micros;
        case Kind::money:
            if (column.type.kind != TypeKind::money || value.as_money().currency != currency)
                return std::nullopt;
            return value.as_money().minor;
        case Kind::reference:
            if (column.type.kind != TypeKind::reference ||
                value.as_reference().entity != column.type.index)
                return std::nullopt;
            return value.as_reference().key;
        default: return std::nullopt;
    }
}

Value from_integer(const FieldColumn& column, std::int64_t stored, Currency currency) {
    switch (column.type.kind) {
        case TypeKind::integer: return Value::integer(stored);
        case TypeKind::boolean: return Value::boolean(stored != 0);
        case TypeKind::date: return Value::date({static_cast<std::int32_t>(stored)});
        case TypeKind::time: return Value::time({stored});
        case TypeKind::datetime: return Value::datetime({stored});
        case TypeKind::money: return Value::money({stored, currency});
        case TypeKind::reference: return Value::reference({column.type.index, stored});
        default: PAWL_CHECK(!"no integer column"); return Value();
    }
}

Kind text_kind(TypeKind kind) {
    switch (kind) {
        case TypeKind::secret: return Kind::secret;
        case TypeKind::choice: return Kind::choice;
        case TypeKind::group: return Kind::group;
        default: return Kind::text;
    }
}

Value from_text(TypeKind kind, std::string_view stored) {
    switch (kind) {
        case TypeKind::secret: return Value::secret(stored);
        case TypeKind::choice: return Value::choice(stored);
        case TypeKind::group: return Value::group(stored);
        default: return Value::text(stored);
    }
}

// SQLite keeps a NaN as null.
bool is_number(const Value& value) {
    return value.kind() == Kind::number && !std::isnan(value.as_number());
}

Value decode_durable(std::string_view text, const FieldColumn& column,
                     const rules::Schema& schema) {
    const auto value = decode_value(text, schema);
    if (!value) throw StoreDamage("a value of " + column.name + " cannot be read back");
    return with_record_types(*value, column.type, schema);
}

// `other`: `"column"=SIZE:durable form`, one after the other.
void append_other(std::string& out, const FieldColumn& column, const Value& value,
                  const rules::Schema& schema) {
    const std::string durable = encode_value(value, schema);
    out += column.name + "=" + std::to_string(durable.size()) + ":" + durable;
}

void read_other(std::string_view other, const EntityTable& table, const EntityLayout& layout,
                std::vector<Value>& fields) {
    while (!other.empty()) {
        const std::size_t equals = other.find('=');
        const std::size_t colon = other.find(':');
        std::size_t size = 0;
        const bool is_well_formed =
            equals != std::string_view::npos && colon != std::string_view::npos && equals < colon &&
            std::from_chars(other.data() + equals + 1, other.data() + colon, size).ptr ==
                other.data() + colon &&
            size <= other.size() - colon - 1;
        if (!is_well_formed) throw StoreDamage("a row of " + table.name + " cannot be read back");
        const std::string_view name = other.substr(0, equals);
        // A field that is retired has no column in the layout.
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            if (table.columns[i].name == name)
                fields[i] =
                    decode_durable(other.substr(colon + 1, size), table.columns[i], *layout.schema);
        other.remove_prefix(colon + 1 + size);
    }
}

}  // namespace

Value read_value(const Statement& statement, std::size_t place, const FieldColumn& column,
                 const EntityLayout& layout) {
    if (statement.is_null(place)) return Value();
    switch (column.column_class) {
        case ColumnClass::integer:
            return from_integer(column, statement.integer(place), layout.currency);
        case ColumnClass::number: return Value::number(statement.number(place));
        case ColumnClass::text: return from_text(column.type.kind, statement.text(place));
        case ColumnClass::durable:
            return decode_durable(statement.text(place), column, *layout.schema);
    }
    return Value();
}

bool column_holds(const FieldColumn& column, const Value& value, const EntityLayout& layout) {
    if (value.is_missing()) return true;
    switch (column.column_class) {
        case ColumnClass::integer: return to_integer(column, value, layout.currency).has_value();
        case ColumnClass::number: return is_number(value);
        case ColumnClass::text:
            return value.kind() == text_kind(column.type.kind) &&
                   ((column.id_prefix.empty() && !column.is_word) ||
                    value.as_text() >= numbers_end);
        case ColumnClass::durable: return true;
    }
    return false;
}

namespace {

// False where the column cannot hold it exactly; the parameter is as it was then.
bool set_present(Statement& statement, std::size_t parameter, const FieldColumn& column,
                 const Value& value, const EntityLayout& layout) {
    switch (column.column_class) {
        case ColumnClass::integer: {
            const auto integer = to_integer(column, value, layout.currency);
            if (integer) statement.set_integer(parameter, *integer);
            return integer.has_value();
        }
        case ColumnClass::number:
            if (!is_number(value)) return false;
            statement.set_number(parameter, value.as_number());
            return true;
        case ColumnClass::text:
            if (!column_holds(column, value, layout)) return false;
            statement.set_text(parameter, value.as_text());
            return true;
        case ColumnClass::durable:
            statement.set_text(parameter, encode_value(value, *layout.schema));
            return true;
    }
    return false;
}

}  // namespace

bool set_value(Statement& statement, std::size_t parameter, const FieldColumn& column,
               const Value& value, const EntityLayout& layout) {
    if (!value.is_missing() && set_present(statement, parameter, column, value, layout))
        return true;
    statement.set_null(parameter);
    return value.is_missing();
}

std::string FieldColumn::equal_to(const std::string& parameter) const {
    if (!is_word) return value + " = " + parameter;
    return name + " in (" + parameter +
           ", (select cast(number as text) from word where text = " + parameter + "))";
}

std::string record_columns(const EntityTable& table) {
    std::string values = "key, other";
    for (const FieldColumn& column : table.columns) values += ", " + column.value;
    return values;
}

std::string written_columns(const EntityTable& table) {
    std::string names = "key, other";
    for (const FieldColumn& column : table.columns) names += ", " + column.name;
    return names;
}

std::string whole_rows(const EntityTable& table) {
    std::string values = "key";
    for (const FieldColumn& column : table.columns)
        values += ", " + column.value + " as " + column.name;
    return "select " + values + " from " + table.name;
}

std::string record_letters(const EntityTable& table) {
    std::string letters = "it";
    for (const FieldColumn& column : table.columns)
        letters.push_back(column_letter(column.column_class));
    return letters;
}

rules::RecordPointer read_record(const Statement& statement, const EntityTable& table,
                                 const EntityLayout& layout, std::size_t first) {
    auto record = std::make_shared<rules::Record>();
    record->fields.resize(table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        record->fields[i] = read_value(statement, first + 2 + i, table.columns[i], layout);
    if (!statement.is_null(first + 1))
        read_other(statement.text(first + 1), table, layout, record->fields);
    return record;
}

namespace {

bool is_number_text(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Of others, as of "set client/c1.name", there are as many as there are records.
bool is_one_word(std::string_view text) {
    const auto is_inside = [](char c) { return c != ' ' && c != '/'; };
    return text.size() <= word_bytes_max && std::all_of(text.begin(), text.end(), is_inside);
}

// As set_value, of a column that may be shortened. What would be read for another value does not
// fit; the engine writes no such rows.
bool set_field(Statement& statement, std::size_t parameter, const FieldColumn& column,
               const rules::Record& record, std::size_t field, const EntityLayout& layout,
               Words& words) {
    const Value& value = record.fields[field];
    for (const FieldIndex same : column.same_as) {
        const Value& other = record.fields[same];
        if (other.is_missing()) continue;
        statement.set_null(parameter);
        if (value == other && column_holds(column, value, layout)) return true;
        if (value.is_missing()) return false;
        break;
    }
    if (!column.id_prefix.empty() && value.kind() == Kind::text) {
        const std::string_view id = value.as_text();
        if (id.starts_with(column.id_prefix) &&
            is_number_text(id.substr(column.id_prefix.size()))) {
            statement.set_kept_text(parameter, id.substr(column.id_prefix.size()));
            return true;
        }
        statement.set_null(parameter);
        if (!column_holds(column, value, layout)) return false;
    }
    if (column.column_class == ColumnClass::text && !value.is_missing() &&
        column_holds(column, value, layout)) {
        const bool is_word = column.is_word && is_one_word(value.as_text());
        const Word* word = is_word ? words.names.word(value.as_text()) : nullptr;
        statement.set_kept_text(parameter, word == nullptr ? value.as_text() : word->digits);
        return true;
    }
    return set_value(statement, parameter, column, value, layout);
}

}  // namespace

OtherFields set_record(Statement& statement, rules::RecordKey key, const rules::Record& record,
                       const EntityTable& table, const EntityLayout& layout, Words& words,
                       std::size_t first) {
    OtherFields others;
    std::string other;
    statement.set_integer(first, key);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (set_field(statement, first + i + 2, table.columns[i], record, i, layout, words))
            continue;
        append_other(other, table.columns[i], record.fields[i], *layout.schema);
        others.push_back(static_cast<rules::FieldIndex>(i));
    }
    if (others.empty())
        statement.set_null(first + 1);
    else
        statement.set_text(first + 1, other);
    return others;
}

std::string other_entry(const FieldColumn& column, const Value& value,
                        const rules::Schema& schema) {
    std::string entry;
    append_other(entry, column, value, schema);
    return entry;
}

FieldColumn make_column(const rules::Field& field, std::string_view column_name,
                        const rules::Schema& schema) {
    const rules::Type& type = schema.type(field.type);
    const std::string name = quote_name(column_name);
    return {name, column_class(type.kind), type, name};
}

namespace {

// Fields that nearly always say what another does.
struct SameField {
    EntityIndex entity;
    std::string_view field, as;
};
constexpr SameField same_fields[] = {
    {rules::entity_automation_log, "updated_at", "created_at"},
    {rules::entity_automation_log, "at", "created_at"},
    {rules::entity_notification, "updated_at", "created_at"},
    {rules::entity_notification, "at", "created_at"},
    {rules::entity_effect, "updated_at", "created_at"},
    {rules::entity_effect, "at", "created_at"},
    // A row of a run that ended is as long as it was while the run waited.
    {rules::entity_run, "started_at", "created_at"},
    {rules::entity_run, "updated_at", "ended_at"},
    {rules::entity_run, "updated_at", "created_at"},
};

// Fields of which few texts are told again and again.
struct WordField {
    EntityIndex entity;
    std::string_view field;
};
constexpr WordField word_fields[] = {
    {rules::entity_automation_log, "rule"},
    {rules::entity_automation_log, "trigger"},
    {rules::entity_automation_log, "action"},
    {rules::entity_automation_log, "status"},
    {rules::entity_run, "rule"},
    {rules::entity_run, "status"},
    {rules::entity_run, "file"},
    {rules::entity_run, "waiting_for"},
};

void shorten(EntityTable& table, EntityIndex index, const rules::Entity& entity) {
    const auto column = [&](std::string_view field) -> std::pair<FieldIndex, FieldColumn&> {
        const FieldIndex at = rules::find_field(entity.fields, field).value();
        return {at, table.columns[at]};
    };
    for (const SameField& each : same_fields) {
        if (each.entity != index) continue;
        const FieldIndex place = column(each.as).first;
        FieldColumn& same = column(each.field).second;
        same.same_as.push_back(place);
        same.value = "coalesce(" + same.name;
        for (const FieldIndex field : same.same_as) same.value += ", " + table.columns[field].name;
        same.value += ")";
    }
    for (const WordField& each : word_fields) {
        if (each.entity != index) continue;
        FieldColumn& word = column(each.field).second;
        word.is_word = true;
        word.value = word_text(word.name);
    }
    // A run's is short as it is.
    if (index == rules::entity_run) return;
    FieldColumn& id = table.columns[rules::field_id];
    id.id_prefix = entity.name + "-";
    id.value = "iif(" + id.name + " < '" + std::string(numbers_end) + "', '" + id.id_prefix +
               "' || " + id.name + ", " + id.name + ")";
}

}  // namespace

EntityTable entity_table(EntityIndex index, const CatalogueEntity& known,
                         const rules::Schema& schema) {
    const rules::Entity& entity = schema.entities[index];
    EntityTable table;
    table.name = quote_name(known.table_name);
    for (const rules::Field& field : entity.fields) {
        const CatalogueField* column = known.find_live(field.name);
        if (column == nullptr)
            throw StoreDamage("the store has no column for `" + entity.name + "." + field.name +
                              "`");
        table.columns.push_back(make_column(field, column->column_name, schema));
    }
    if (index < rules::builtin_entity_count) shorten(table, index, entity);
    return table;
}

EntityLayout read_layout(SqliteSession& session, const rules::Program& program) {
    const Catalogue catalogue = read_catalogue(session);
    EntityLayout layout;
    layout.schema = &program.schema;
    layout.currency = program.header.currency;
    for (std::size_t i = 0; i < program.schema.entities.size(); ++i) {
        const std::string& name = program.schema.entities[i].name;
        const CatalogueEntity* known = catalogue.find(name);
        if (known == nullptr) throw StoreDamage("the store has no table for `" + name + "`");
        layout.tables.push_back(entity_table(static_cast<EntityIndex>(i), *known, program.schema));
    }
    return layout;
}

}  // namespace pawl::engine
