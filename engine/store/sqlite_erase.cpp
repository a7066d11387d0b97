#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/erased_mark.h"
#include "engine/store/erasure_step.h"
#include "engine/store/input_shape.h"
#include "engine/store/person_values.h"
#include "engine/store/run_codec.h"
#include "engine/store/sqlite_catalogue.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/sqlite_secure_delete.h"
#include "engine/store/statement.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;
using rules::Value;

namespace {

// Writing the file anew takes a second for 200 MB, in which nothing is committed.
constexpr std::int64_t compacted_bytes_max = 1 << 30;

// What an input says of itself besides its data.
constexpr std::string_view envelope[] = {"specversion", "id", "source", "type", "time"};

Json text_json(std::string_view text) {
    return Json{JsonKind::string, false, std::string(text), {}, {}};
}

class Eraser final : private ErasureStep {
 public:
    using ErasureStep::ErasureStep;

    void run() {
        switch (erasure_.stage) {
            case Erasure::Stage::collect: return collect();
            case Erasure::Stage::inputs: return erase_inputs();
            case Erasure::Stage::records: return erase_rows();
            case Erasure::Stage::marks:
            case Erasure::Stage::runs:
            case Erasure::Stage::timers: return erase_waiting(parts_, erasure_, rows_max_);
            case Erasure::Stage::changes: return erase_changes();
            case Erasure::Stage::compact:
            case Erasure::Stage::done: return;
        }
    }

    const std::vector<rules::Reference>& changed() const { return changed_; }

 private:
    // ---- What to look for ---------------------------------------------------------------------

    std::optional<FieldIndex> own_field(const std::string& name) const {
        const auto& fields = schema_.entities[erasure_.record.entity].fields;
        const auto field = rules::find_field(fields, name);
        const bool is_own = field && *field >= rules::system_field_count &&
                            is_blanked(schema_, fields[*field].type);
        return is_own ? field : std::nullopt;
    }

    void collect() {
        if (erasure_.after == 0) {
            const auto record = read(erasure_.record);
            erasure_.is_found = record != nullptr;
            for (std::size_t i = rules::system_field_count;
                 record != nullptr && i < record->fields.size(); ++i)
                PersonValues::collect(erasure_, static_cast<FieldIndex>(i), record->fields[i],
                                      parts_.program);
        }
        std::int64_t looked_at = 0;
        Statement changes(session_,
                          "select number, " + word_text("entity") + ", record, " +
                              word_text("field") +
                              ", before, after from change where number > :a order by number "
                              "limit :b",
                          "ii", "itittt");
        changes.set_integer(0, erasure_.after);
        changes.set_integer(1, rows_max_);
        for (Rows rows(changes); rows.next(); ++looked_at) {
            erasure_.after = changes.integer(0);
            if (!is_own_change(changes.text(1), changes.integer(2))) continue;
            const auto field = own_field(changes.text(3));
            for (const std::size_t column : {std::size_t{4}, std::size_t{5}}) {
                if (!field || changes.is_null(column)) continue;
                if (const auto value = decode_value(changes.text(column), schema_))
                    PersonValues::collect(erasure_, *field, *value, parts_.program);
            }
        }
        if (is_last(static_cast<std::size_t>(looked_at))) next_stage();
    }

    bool is_own_change(const std::string& entity, RecordKey key) const {
        return key == erasure_.record.key && entity == own_entity();
    }
    const std::string& own_entity() const { return schema_.entities[erasure_.record.entity].name; }

    rules::RecordPointer read(rules::Reference reference) {
        const EntityTable& table = parts_.layout.tables[reference.entity];
        Statement one(session_,
                      "select " + record_columns(table) + " from " + table.name + " where key = :a",
                      "i", record_letters(table));
        one.set_integer(0, reference.key);
        rules::RecordPointer record;
        for (Rows rows(one); rows.next();) record = read_record(one, table, parts_.layout);
        return record;
    }

    // ---- Inputs -------------------------------------------------------------------------------

    bool is_about(const Json& input) {
        const Json* type = input.find("type");
        const Json* data = input.find("data");
        if (type == nullptr || data == nullptr) return false;
        const auto says = [data](std::string_view name, const std::string& text) {
            const Json* value = data->find(name);
            return value != nullptr && value->kind == JsonKind::string && value->text == text;
        };
        if (type->text.starts_with("pawl.")) {
            const Json* values = data->find("values");
            const Json* id = values != nullptr ? values->find("id") : nullptr;
            return says("entity", own_entity()) &&
                   (says("id", erasure_.id) || (id != nullptr && id->text == erasure_.id));
        }
        const auto event = schema_.find_event(type->text);
        if (!event) return false;
        const rules::EventType& of = schema_.events[*event];
        if (!of.about) return false;
        const rules::Type& about = schema_.type(of.fields[*of.about].type);
        return about.kind == rules::TypeKind::reference && about.index == erasure_.record.entity &&
               says(of.fields[*of.about].name, erasure_.id);
    }

    std::string skeleton(const Json& input) const {
        JsonWriter json;
        json.begin_object();
        for (const std::string_view name : envelope) {
            const Json* value = input.find(name);
            if (value == nullptr) continue;
            json.key(name);
            json.json(values_.are_in(*value) ? text_json("erased") : *value);
        }
        json.key("erased");
        json.boolean(true);
        json.end_object();
        return json.take();
    }

    void erase_inputs() {
        std::int64_t position = 0;
        Statement now(session_, "select position from position", "", "i");
        for (Rows rows(now); rows.next();) position = now.integer(0);
        std::vector<Row> inputs =
            read_rows("body, (select text from shape where shape.number = input.shape)", "input");
        Statement write(session_, "update input set body = :a, shape = null where number = :b",
                        "ti");
        for (Row& input : inputs) {
            if (!input.is_more_null) input.text = join_text(input.more, input.text);
            const auto json = parse_json(input.text);
            if (json && json->find("erased") != nullptr && json->find("data") == nullptr) continue;
            if (json ? !is_about(*json) && !values_.are_in(*json) : !values_.are_in(input.text))
                continue;
            if (input.number > position) {
                ++erasure_.unprocessed;  // its turn needs what it says
                continue;
            }
            write.set_text(0, json ? skeleton(*json) : std::string("{\"erased\":true}"));
            write.set_integer(1, input.number);
            write.run();
            ++erasure_.rows["input"];
        }
        if (!is_last(inputs.size())) return;
        erase_shapes();
        next_stage();
    }

    // A shape that names the person in a field's name: no input has it any more, unless one that
    // waits for its turn.
    void erase_shapes() {
        for (const auto& [number, text] : parts_.words.shapes.texts()) {
            if (!values_.are_in(text)) continue;
            Statement used(session_, "select 1 from input where shape = :a limit 1", "i", "i");
            used.set_integer(0, number);
            const bool is_used = used.first();
            used.finish();
            if (!is_used) parts_.words.shapes.remove(text);
        }
    }

    // ---- Records ------------------------------------------------------------------------------

    // Rows of the engine's own entities tell what was done: a text that names the person goes. In
    // an author's records a mention goes, and only of what is the person's alone: names are many
    // people's.
    void erase_rows() {
        Erasure addresses;
        addresses.addresses = erasure_.addresses;
        addresses.phones = erasure_.phones;
        const PersonValues alone(addresses);
        const EntityIndex entity = erasure_.entity;
        const EntityTable& table = parts_.layout.tables[entity];
        std::vector<std::pair<RecordKey, rules::Record>> changed;
        std::size_t looked_at = 0;
        {
            Statement next(session_,
                           "select " + record_columns(table) + " from " + table.name +
                               " where key > :a order by key limit :b",
                           "ii", record_letters(table));
            next.set_integer(0, erasure_.after);
            next.set_integer(1, rows_max_);
            for (Rows rows(next); rows.next(); ++looked_at) {
                erasure_.after = next.integer(0);
                const rules::Reference reference{entity, erasure_.after};
                if (reference == erasure_.record) continue;
                rules::Record record = *read_record(next, table, parts_.layout);
                if (erase_in(record, reference, alone))
                    changed.emplace_back(reference.key, std::move(record));
            }
        }
        for (const auto& [key, record] : changed) write({entity, key}, record);
        if (!is_last(looked_at)) return;
        erasure_.after = 0;
        if (++erasure_.entity >= schema_.entities.size()) next_stage();
    }

    bool erase_in(rules::Record& record, rules::Reference reference, const PersonValues& alone) {
        const bool is_builtin = reference.entity < rules::builtin_entity_count;
        const auto& fields = schema_.entities[reference.entity].fields;
        bool is_changed = false;
        for (std::size_t i = rules::system_field_count; i < fields.size(); ++i) {
            Value& value = record.fields[i];
            auto rest = is_builtin ? values_.without(value, PersonValues::Extent::text)
                                   : alone.without(value, PersonValues::Extent::mention);
            if (!rest) continue;
            const rules::TypeKind kind = schema_.type(fields[i].type).kind;
            const bool is_typed = kind == rules::TypeKind::email ||
                                  kind == rules::TypeKind::phone || kind == rules::TypeKind::url;
            value = is_typed ? blank_value(value, fields[i].type, parts_.program, reference.key)
                             : std::move(*rest);
            is_changed = true;
        }
        return is_changed;
    }

    void write(rules::Reference reference, const rules::Record& record) {
        const EntityTable& table = parts_.layout.tables[reference.entity];
        const std::string letters = record_letters(table);
        std::string sql =
            "insert into " + table.name + " (" + written_columns(table) + ") values (";
        for (std::size_t i = 0; i < letters.size(); ++i)
            sql += (i == 0 ? ":p" : ", :p") + std::to_string(i);
        sql += ") on conflict (key) do update set other = excluded.other";
        for (const FieldColumn& column : table.columns)
            sql += ", " + column.name + " = excluded." + column.name;
        Statement update(session_, sql, letters);
        set_record(update, reference.key, record, table, parts_.layout, parts_.words);
        update.run();
        ++erasure_.rows[schema_.entities[reference.entity].name];
        changed_.push_back(reference);
    }

    // ---- The record's own history, and itself -------------------------------------------------

    struct Changed {
        std::int64_t number;
        std::optional<std::string> before, after;
    };

    std::optional<std::string> blanked(const Statement& row, std::size_t column,
                                       std::optional<FieldIndex> own) const {
        if (row.is_null(column)) return std::nullopt;
        const auto value = decode_value(row.text(column), schema_);
        if (!value) return row.text(column);
        if (own) {
            const rules::TypeIndex type =
                schema_.entities[erasure_.record.entity].fields[*own].type;
            const Value blank = blank_value(*value, type, parts_.program, erasure_.record.key);
            if (blank.is_missing()) return std::nullopt;
            return encode_value(blank, schema_);
        }
        const auto rest = values_.without(*value, PersonValues::Extent::text);
        return rest ? encode_value(*rest, schema_) : row.text(column);
    }

    void erase_changes() {
        std::vector<Changed> changed;
        std::size_t looked_at = 0;
        {
            Statement next(session_,
                           "select number, " + word_text("entity") + ", record, " +
                               word_text("field") +
                               ", before, after from change where number > :a order by number "
                               "limit :b",
                           "ii", "itittt");
            next.set_integer(0, erasure_.after);
            next.set_integer(1, rows_max_);
            for (Rows rows(next); rows.next(); ++looked_at) {
                erasure_.after = next.integer(0);
                if (next.text(3) == "id") continue;
                const auto own = is_own_change(next.text(1), next.integer(2))
                                     ? own_field(next.text(3))
                                     : std::nullopt;
                Changed change{next.integer(0), blanked(next, 4, own), blanked(next, 5, own)};
                const auto is_as_before = [&next](const std::optional<std::string>& text,
                                                  std::size_t column) {
                    return next.is_null(column) ? !text : text == next.text(column);
                };
                if (!is_as_before(change.before, 4) || !is_as_before(change.after, 5))
                    changed.push_back(std::move(change));
            }
        }
        write_changes(changed);
        if (!is_last(looked_at)) return;
        erase_own();
        next_stage();
    }

    void write_changes(const std::vector<Changed>& changed) {
        Statement write(session_, "update change set before = :a, after = :b where number = :c",
                        "tti");
        for (const Changed& change : changed) {
            write.set_null(0);
            write.set_null(1);
            if (change.before) write.set_text(0, *change.before);
            if (change.after) write.set_text(1, *change.after);
            write.set_integer(2, change.number);
            write.run();
            ++erasure_.rows["change"];
        }
    }

    void erase_own() {
        const auto record = read(erasure_.record);
        if (record == nullptr) return;
        Statement mark(session_, "insert or replace into mark (name, value) values (:a, '')", "t");
        mark.set_text(0, erased_mark(erasure_.record.key));
        mark.run();
        const rules::People& people = schema_.people;
        const auto& fields = schema_.entities[erasure_.record.entity].fields;
        const bool is_person = people.entity == erasure_.record.entity;
        rules::Record blank = *record;
        for (std::size_t i = rules::system_field_count; i < fields.size(); ++i) {
            const bool is_locale = is_person && (people.timezone == i || people.language == i);
            // Rules reckon by it, and it is many people's.
            if (is_locale && !schema_.type(fields[i].type).optional) continue;
            blank.fields[i] =
                blank_value(blank.fields[i], fields[i].type, parts_.program, erasure_.record.key);
            if (is_unique(static_cast<FieldIndex>(i)) &&
                blank.fields[i].kind() == rules::Kind::text &&
                blank.fields[i].as_text() == "erased")
                blank.fields[i] = Value::text("erased-" + std::to_string(erasure_.record.key));
        }
        if (blank.fields != record->fields) write(erasure_.record, blank);
        erase_retired();
    }

    bool is_unique(FieldIndex field) const {
        const auto& sets = schema_.entities[erasure_.record.entity].unique_sets;
        return std::any_of(sets.begin(), sets.end(), [field](const auto& set) {
            return std::find(set.begin(), set.end(), field) != set.end();
        });
    }

    // Columns that the rulebook has no field for any more.
    void erase_retired() {
        const Catalogue catalogue = read_catalogue(session_);
        const CatalogueEntity* entity = catalogue.find(own_entity());
        if (entity == nullptr) return;
        for (const CatalogueField& field : entity->fields) {
            if (!field.is_retired) continue;
            Statement clear(session_,
                            "update " + quote_name(entity->table_name) + " set " +
                                quote_name(field.column_name) + " = null where key = :a",
                            "i");
            clear.set_integer(0, erasure_.record.key);
            clear.run();
        }
    }

    std::vector<rules::Reference> changed_;
};

std::int64_t single(SqliteSession& session, const std::string& sql) {
    std::int64_t value = 0;
    Statement one(session, sql, "", "i");
    for (Rows rows(one); rows.next();) value = one.integer(0);
    return value;
}

// Free places of the file, and pages in the log, may still hold what stood there.
Status compact(SqliteSession& session, Erasure& erasure) {
    const std::int64_t bytes =
        single(session, "pragma page_count") * single(session, "pragma page_size");
    erasure.is_compacted = bytes <= compacted_bytes_max;
    if (erasure.is_compacted) {
        session.execute("pragma temp_store = file");  // all of the file would stand in memory
        session.set_synchronous(Synchronous::full);
        session.execute("vacuum");
        session.execute("pragma temp_store = memory");
    }
    if (single(session, "pragma wal_checkpoint(truncate)") != 0)
        return Error{.code = "busy",
                     .message = "the store's log cannot be emptied while somebody reads it",
                     .retry = true};
    erasure.stage = Erasure::Stage::done;
    return Done{};
}

}  // namespace

Status erase_step(const WriterParts& parts, Erasure& erasure, std::size_t rows_max) {
    Status done = parts.session.attempt("be erased from", [&]() -> Status {
        const SecureDelete secure(parts.session);
        if (erasure.stage == Erasure::Stage::compact) return compact(parts.session, erasure);
        Erasure next = erasure;  // what was done is what was committed
        Eraser eraser(parts, next, static_cast<std::int64_t>(std::max<std::size_t>(rows_max, 1)));
        WriteTransaction transaction(parts.session);
        eraser.run();
        transaction.commit();
        parts.words.keep();
        erasure = std::move(next);
        for (const rules::Reference& each : eraser.changed()) parts.memory.forget(each);
        return Done{};
    });
    if (!done) parts.words.drop();
    return done;
}

}  // namespace pawl::engine
