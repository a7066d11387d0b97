#include "engine/erase.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"

namespace pawl::engine {

namespace {

constexpr std::size_t step_rows = 1'000;  // looked at: a few milliseconds
constexpr int attempts_max = 10;          // of a step that found the store busy

Error not_run() {
    return {.code = "stopping",
            .message = "the engine is stopping or waits for its disk; erase again later",
            .retry = true};
}

// Of a record that is there, or of the last one with that id that the history knows.
Result<std::optional<rules::RecordKey>> find_key(StoreReader& reader, rules::EntityIndex entity,
                                                 std::string_view id) {
    if (Status begun = reader.begin(); !begun) return begun.error();
    std::optional<rules::RecordKey> key = reader.find(entity, id);
    Status read = reader.status();
    if (read && !key) {
        const Instant ever{std::numeric_limits<std::int64_t>::min()};
        read = reader.changes_after(ever, [&](const FieldChange& change) {
            const bool is_it = change.record.entity == entity && change.field == rules::field_id &&
                               change.before.kind() == rules::Kind::text &&
                               change.before.as_text() == id;
            if (is_it) key = change.record.key;
            return !is_it;
        });
    }
    reader.end();
    if (!read) return read.error();
    return key;
}

Error no_such_entity(const rules::Program& program, const std::string& wanted) {
    std::vector<std::string> names;
    for (std::size_t i = rules::builtin_entity_count; i < program.schema.entities.size(); ++i)
        names.push_back(program.schema.entities[i].name);
    const std::vector<std::string> near = suggest(wanted, names, 1);
    return {.code = "unknown",
            .message = "the rulebook has no entity " + quote_for_message(wanted) +
                       " with records of its own; " +
                       (near.empty() ? "it has " + list_names(names)
                                     : "did you mean `" + near.front() + "`?")};
}

// Among the newest only: the store's thread waits for it.
std::string fitting_id(StoreReader& reader, rules::EntityIndex entity, const std::string& wanted) {
    constexpr std::size_t ids_max = 1'000;
    std::vector<std::string> ids;
    if (!reader.begin()) return "";
    const auto found = reader.list(
        {.entity = entity, .where = {}, .after = {}, .limit = ids_max, .newest_first = true});
    if (found) {
        for (const ListedRecord& each : *found)
            ids.emplace_back(each.record->fields[rules::field_id].as_text());
    }
    reader.end();
    return suggest_id(wanted, ids);
}

Result<Erasure> begin_erasure(const rules::Program& program, std::string_view name,
                              SqliteStore& store) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size())
        return Error{.code = "usage",
                     .message = quote_for_message(name) +
                                " names no record; it is written as in profile/asha"};
    const auto entity = program.schema.find_entity(name.substr(0, slash));
    if (!entity || *entity < rules::builtin_entity_count)
        return no_such_entity(program, std::string(name.substr(0, slash)));
    Erasure erasure;
    erasure.id = name.substr(slash + 1);
    PAWL_TRY(const std::unique_ptr<StoreReader> reader, store.make_reader());
    PAWL_TRY(const auto key, find_key(*reader, *entity, erasure.id));
    if (!key)
        return Error{.code = "unknown",
                     .message = "there is no record " + quote_for_message(name) +
                                ", and none is known to have been" +
                                fitting_id(*reader, *entity, erasure.id)};
    erasure.record = {*entity, *key};
    return erasure;
}

}  // namespace

Result<ErasedPerson> erase_person(const rules::Program& program, std::string_view name,
                                  const OnStore& on_store) {
    std::optional<Result<Erasure>> begun;
    const bool was_run =
        on_store([&](SqliteStore& store) { begun.emplace(begin_erasure(program, name, store)); });
    if (!was_run || !begun) return not_run();
    PAWL_TRY(Erasure erasure, std::move(*begun));
    int attempts = 0;
    while (erasure.stage != Erasure::Stage::done) {
        Status done = Done{};
        if (!on_store([&](SqliteStore& store) { done = store.erase(erasure, step_rows); }))
            return not_run();
        if (!done && (!done.error().retry || ++attempts == attempts_max)) return done.error();
        if (done) attempts = 0;
    }
    ErasedPerson erased;
    erased.rows = std::move(erasure.rows);
    erased.too_short = std::move(erasure.too_short);
    erased.unprocessed = erasure.unprocessed;
    erased.is_compacted = erasure.is_compacted;
    return erased;
}

}  // namespace pawl::engine
