#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/value_key.h"
#include "sample_program.h"

// Rows of the engine's own entities, of which a store may keep less than they say: what it answers
// is what was written, alike in every store. Programs may ask for them by any field.

namespace pawl::engine {

namespace own_rows {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::Value;

inline FieldIndex field(const rules::Program& program, EntityIndex entity, std::string_view name) {
    return rules::find_field(program.schema.entities[entity].fields, name).value();
}

// Asks for rows by their ids and instants.
inline rules::Program make_program() {
    rules::Program program = sample::make_program();
    const auto ask = [&program](EntityIndex entity, std::string_view name) {
        rules::Query query;
        query.access = rules::Access::range;
        query.entity = entity;
        query.field = field(program, entity, name);
        program.units[0].queries.push_back(query);
    };
    for (const EntityIndex entity : {rules::entity_run, rules::entity_automation_log})
        for (const char* name : {"id", "created_at", "updated_at"}) ask(entity, name);
    ask(rules::entity_run, "started_at");
    ask(rules::entity_run, "ended_at");
    ask(rules::entity_automation_log, "at");
    for (const char* name : {"rule", "status", "file"}) ask(rules::entity_run, name);
    for (const char* name : {"rule", "trigger", "status"}) ask(rules::entity_automation_log, name);
    return program;
}

// The fields that are named, the others missing.
inline rules::RecordPointer make_row(const rules::Program& program, EntityIndex entity,
                                     const std::map<std::string, Value>& values) {
    auto record = std::make_shared<rules::Record>();
    record->fields.resize(program.schema.entities[entity].fields.size());
    for (const auto& [name, value] : values) record->fields[field(program, entity, name)] = value;
    return record;
}

inline Value at(std::int64_t micros) { return Value::datetime(Instant{micros}); }

// Runs that wait and runs that ended, log rows of one instant and of several.
inline std::vector<RecordWrite> make_rows(const rules::Program& program, std::int64_t later) {
    std::vector<RecordWrite> rows;
    const auto add = [&](EntityIndex entity, const std::map<std::string, Value>& values) {
        rows.push_back({{entity, static_cast<rules::RecordKey>(rows.size() + 1)},
                        make_row(program, entity, values)});
    };
    for (std::int64_t i = 1; i <= 4; ++i) {
        const std::string number = std::to_string(i);
        add(rules::entity_run, {{"id", Value::text("r" + number)},
                                {"created_at", at(i)},
                                {"updated_at", i % 2 == 0 ? at(i + later) : at(i)},
                                {"started_at", i == 3 ? at(i + 1) : at(i)},
                                {"rule", Value::text(i == 3 ? "pay" : "remind")},
                                {"status", Value::choice(i % 2 == 0 ? "success" : "waiting")},
                                {"file", Value::text("book.pawl")},
                                {"ended_at", i % 2 == 0 ? at(i + later) : Value()}});
        add(rules::entity_automation_log, {{"id", Value::text("automation_log-" + number)},
                                           {"created_at", at(i)},
                                           {"rule", Value::text(i == 3 ? "pay" : "remind")},
                                           {"trigger", Value::text("remind")},
                                           {"status", Value::choice("success")},
                                           {"updated_at", at(i == 2 ? i + later : i)},
                                           {"at", at(i == 3 ? i + later : i)}});
    }
    for (const char* id : {"automation_log-", "automation_log-1x", "other-1", "17", "9 lives", ""})
        add(rules::entity_automation_log, {{"id", Value::text(id)}, {"at", at(later)}});
    add(rules::entity_automation_log, {{"error", Value::text("no id, no instant")}});
    // Numbers of words among them.
    for (const char* name : {"1", "2", "17", "", "9 lives", ":", "é"})
        add(rules::entity_automation_log, {{"rule", Value::text(name)}});
    return rows;
}

inline void check_rows(Store& store, const rules::Program& program,
                       const std::vector<RecordWrite>& rows) {
    for (const RecordWrite& each : rows) {
        const auto record = store.get(each.reference);
        REQUIRE(record != nullptr);
        CHECK(record->fields == each.record->fields);
    }
    for (const auto& query : program.units[0].queries) {
        if (query.entity >= rules::builtin_entity_count) continue;
        INFO(program.schema.entities[query.entity].fields[query.field].name);
        std::map<std::string, std::vector<OrderedRecord>> by_value;
        for (const RecordWrite& each : rows) {
            const Value& value = each.record->fields[query.field];
            if (each.reference.entity == query.entity && !value.is_missing())
                by_value[value_key(value)].push_back({value, each.reference.key});
        }
        std::vector<OrderedRecord> all;
        for (const auto& [key, records] : by_value) {
            std::vector<rules::RecordKey> keys;
            for (const OrderedRecord& each : records) keys.push_back(each.key);
            CHECK(sample::keys(store.scan(
                      sample::equal(query.entity, query.field, records[0].value))) == keys);
            all.insert(all.end(), records.begin(), records.end());
        }
        const auto found = store.ordered(query.entity, query.field, {}, 100);
        REQUIRE(found.size() == all.size());
        std::vector<rules::RecordKey> upper;
        for (std::size_t i = 0; i < all.size(); ++i) {
            CHECK(found[i].key == all[i].key);
            CHECK(found[i].value == all[i].value);
            if (i >= all.size() / 2 ||
                value_key(all[i].value) == value_key(all[all.size() / 2].value))
                upper.push_back(all[i].key);
        }
        std::sort(upper.begin(), upper.end());
        CHECK(sample::keys(store.scan(sample::range(query.entity, query.field,
                                                    all[all.size() / 2].value, Value()))) == upper);
    }
}

}  // namespace own_rows

template <class Make>
void own_rows_suite(Make make) {
    const rules::Program program = own_rows::make_program();
    const std::unique_ptr<Store> store = make();
    REQUIRE(store->open(program));
    const auto put = [&store](const std::vector<RecordWrite>& rows) {
        WriteBatch batch;
        batch.records = rows;
        REQUIRE(store->commit(batch));
    };
    const auto rows = own_rows::make_rows(program, 100);
    put(rows);
    own_rows::check_rows(*store, program, rows);
    // The same rows with other instants, some of them equal now and some no longer.
    for (const std::int64_t later : {0, 7}) {
        const auto changed = own_rows::make_rows(program, later);
        put(changed);
        own_rows::check_rows(*store, program, changed);
    }
    // Two instants of which only one is there.
    const auto bare = own_rows::make_row(program, rules::entity_automation_log,
                                         {{"created_at", own_rows::at(3)}});
    put({{{rules::entity_automation_log, 2}, bare}});
    CHECK(store->get({rules::entity_automation_log, 2})->fields == bare->fields);
}

}  // namespace pawl::engine
