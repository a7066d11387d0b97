#include "tests/fault/store_scenario.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

#include "base/check.h"
#include "engine/engine.h"
#include "engine/store/group_store.h"
#include "engine/store/value_key.h"

namespace pawl::fault {

namespace {

using engine::Store;
using rules::Value;

constexpr std::int64_t events_a_group = 4;
constexpr std::int64_t first_moment = 1'772'409'600 * micros_per_second;  // 2026-03-02
constexpr std::int64_t kept_micros = 2 * micros_per_day;                  // as the rulebook says

Instant moment_of(std::size_t group) {
    const std::int64_t days = group < Scenario::first_late_group ? 0 : 5;
    return {first_moment + days * micros_per_day +
            static_cast<std::int64_t>(group) * 60 * micros_per_second};
}

std::string mark_name(std::size_t group) { return "mark " + std::to_string(group); }

// Of the run that waits since that group: due some time later, so that timers are many, far apart
// and near.
engine::StoredTimer timer_of(std::size_t group) {
    const auto number = static_cast<std::int64_t>(group);
    return {{{moment_of(group).micros + (std::int64_t{1} << (3 * number + 20))}, number},
            engine::TimerKind::run,
            std::to_string(1'000'000 + number)};
}

engine::StoredRun waiting_run(std::size_t group) {
    engine::StoredRun run;
    run.number = 1'000'000 + static_cast<std::int64_t>(group);
    run.state = engine::RunState::waiting;
    run.timer = timer_of(group).key;
    run.wait.kind = rules::WaitKind::event;
    run.wait.until = run.timer->due;
    run.waits_for = {{"paid", mark_name(group)}, {"paid", ""}};
    run.firing = moment_of(group);
    run.intents = 3;
    run.row = 1;
    run.call.arguments = {};
    run.entity = "account/account-1";
    run.trigger = "paid";
    run.once_key = mark_name(group);
    return run;
}

// The run that waits since that group, with its timer and the events that wake it.
void put_waiting(engine::WriteBatch& batch, std::size_t group, bool has_ended) {
    const engine::StoredRun run = waiting_run(group);
    batch.runs.push_back(
        {run.number, has_ended ? nullptr : std::make_shared<const engine::StoredRun>(run)});
    batch.timers.push_back({timer_of(group), has_ended});
    for (const auto& [event, key] : run.waits_for)
        batch.waiters.push_back({event, key, run.number, has_ended});
}

void append_field(std::string& out, std::string_view name, std::int64_t value) {
    out += " " + std::string(name) + "=" + std::to_string(value);
}

void append_records(std::string& out, Store& store, const rules::Schema& schema,
                    rules::EntityIndex entity, Instant since) {
    const bool is_history = entity < rules::builtin_entity_count;
    const auto cursor = store.scan({entity, rules::Access::every_record, 0, {}, {}});
    while (const auto key = cursor->next()) {
        const auto record = store.get({entity, *key});
        if (record == nullptr) {
            out += "a record that is not there\n";
            continue;
        }
        if (is_history && record->fields[rules::field_created_at].as_datetime() < since) continue;
        out += schema.entities[entity].name;
        append_field(out, "key", *key);
        for (const Value& value : record->fields)
            out += " | " + engine::encode_value(value, schema);
        const auto found = store.find(entity, record->fields[rules::field_id].as_text());
        out += found == *key ? "\n" : " that its id does not find\n";
    }
}

void append_run(std::string& out, Store& store, std::size_t group) {
    const auto run = store.run(waiting_run(group).number);
    if (!run) return;
    out += "waits";
    append_field(out, "number", run->number);
    append_field(out, "firing", run->firing.micros);
    append_field(out, "intents", run->intents);
    append_field(out, "until", run->wait.until.micros);
    if (run->timer) append_field(out, "timer", run->timer->number);
    for (const auto& [event, key] : run->waits_for) {
        out += " " + event + "(" + key + ")";
        const auto waiters = store.waiters(event, key);
        const bool is_there =
            std::find(waiters.begin(), waiters.end(), run->number) != waiters.end();
        if (!is_there) out += " that does not find it";
    }
    out += " " + run->entity + " " + run->trigger + " " + run->once_key + "\n";
}

void append_timers(std::string& out, Store& store) {
    for (const engine::StoredTimer& timer : store.timers({{INT64_MIN}, 0}, 1'000)) {
        out += "timer";
        append_field(out, "due", timer.key.due.micros);
        append_field(out, "number", timer.key.number);
        out += " " + timer.target + "\n";
    }
    for (const engine::RunNumber run : store.waiters("paid", "")) {
        out += "waits for any";
        append_field(out, "run", run);
        out += "\n";
    }
}

void append_counters(std::string& out, const engine::Counters& counters) {
    out += "counters";
    append_field(out, "key", counters.next_key);
    append_field(out, "run", counters.next_run);
    append_field(out, "event", counters.next_event);
    append_field(out, "turn", counters.turn);
    append_field(out, "now", counters.now.micros);
    append_field(out, "input", counters.next_input);
    append_field(out, "position", counters.position);
    append_field(out, "timer", counters.next_timer);
    for (const std::int64_t id : counters.next_ids) append_field(out, "id", id);
    out += "\n";
}

}  // namespace

Scenario::Scenario()
    : first_(compile_till(Edition::first)), second_(compile_till(Edition::second)) {
    now_ = moment_of(groups);
    std::unique_ptr<Store> model = engine::make_memory_store();
    PAWL_CHECK(model->open(first_).has_value());
    of_first_.push_back(expect(*model, Edition::first));
    for (std::size_t group = 1; group <= groups_of_first; ++group) {
        batches_.push_back(make_batch(*model, Edition::first, group));
        PAWL_CHECK(model->commit(batches_.back()).has_value());
        of_first_.push_back(expect(*model, Edition::first));
    }
    model = migrate(*model);
    of_second_.push_back(expect(*model, Edition::second));
    for (std::size_t group = groups_of_first + 1; group <= groups; ++group) {
        batches_.push_back(make_batch(*model, Edition::second, group));
        PAWL_CHECK(model->commit(batches_.back()).has_value());
        of_second_.push_back(expect(*model, Edition::second));
    }
}

engine::WriteBatch Scenario::make_batch(Store& model, Edition edition, std::size_t group) {
    engine::GroupStore layers(program(edition), model);
    {
        engine::Engine engine(program(edition), layers, {.keeps_history = true});
        for (std::int64_t i = 0; i < events_a_group; ++i) {
            const auto number = static_cast<std::int64_t>(group - 1) * events_a_group + i;
            const engine::Appended kept =
                engine.append(payment_event(number), {moment_of(group).micros + i});
            PAWL_CHECK(kept.input.has_value());
            PAWL_CHECK(!engine.process(*kept.input).refused);
        }
    }
    engine::WriteBatch batch = layers.seal();
    const Instant at = moment_of(group);
    batch.marks.push_back({mark_name(group), "held", std::nullopt, at});
    put_waiting(batch, group, false);
    if (group > 2) {
        batch.marks.push_back({mark_name(group - 2), std::nullopt, std::nullopt, at});
        put_waiting(batch, group - 2, true);
    }
    batch.counters.next_timer = static_cast<std::int64_t>(group) + 1;
    if (group == 3) batch.parked.push_back({2, "it stopped the engine twice"});
    return batch;
}

std::unique_ptr<Store> Scenario::migrate(Store& model) const {
    engine::WriteBatch all;
    const auto entities = static_cast<rules::EntityIndex>(first_.schema.entities.size());
    for (rules::EntityIndex entity = 0; entity < entities; ++entity) {
        const auto cursor = model.scan({entity, rules::Access::every_record, 0, {}, {}});
        while (const auto key = cursor->next()) {
            auto record = std::make_shared<rules::Record>(*model.get({entity, *key}));
            const auto& fields = second_.schema.entities[entity].fields;
            while (record->fields.size() < fields.size())
                record->fields.push_back(
                    fields[record->fields.size()].default_value.value_or(Value()));
            all.records.push_back({{entity, *key}, std::move(record)});
        }
    }
    for (std::size_t group = groups_of_first - 1; group <= groups_of_first; ++group) {
        all.marks.push_back({mark_name(group), "held", std::nullopt, moment_of(group)});
        put_waiting(all, group, false);
    }
    for (std::size_t group = 1; group <= groups_of_first; ++group) {
        const engine::WriteBatch& batch = batches_[group - 1];
        all.seen.insert(all.seen.end(), batch.seen.begin(), batch.seen.end());
    }
    all.inputs = model.inputs(0, 10'000);
    all.counters = model.counters();
    all.counters.next_ids.resize(second_.schema.entities.size(), 1);
    std::unique_ptr<Store> migrated = engine::make_memory_store();
    PAWL_CHECK(migrated->open(second_).has_value());
    PAWL_CHECK(migrated->commit(std::move(all)).has_value());
    return migrated;
}

std::string Scenario::contents(Store& store, Edition edition, bool young) const {
    const Instant since = young ? Instant{now_.micros - kept_micros} : Instant{INT64_MIN};
    const rules::Schema& schema = program(edition).schema;
    std::string out;
    const auto entities = static_cast<rules::EntityIndex>(schema.entities.size());
    for (rules::EntityIndex entity = 0; entity < entities; ++entity)
        append_records(out, store, schema, entity, since);
    for (std::size_t group = 1; group <= groups; ++group) {
        if (const auto mark = store.mark(mark_name(group), moment_of(group)))
            out += mark_name(group) + ": " + *mark + "\n";
        append_run(out, store, group);
        if (moment_of(group) < since) continue;
        for (std::int64_t i = 0; i < events_a_group; ++i) {
            const std::string id =
                payment_id(static_cast<std::int64_t>(group - 1) * events_a_group + i);
            if (store.seen("/fault", id)) out += "seen " + id + "\n";
        }
    }
    append_timers(out, store);
    for (const auto& [name, value] : store.settings()) out += name + " = " + value + "\n";
    for (const engine::StoredInput& input : store.inputs(0, 10'000)) {
        if (input.arrival < since) continue;
        out += "input";
        append_field(out, "number", input.number);
        append_field(out, "arrival", input.arrival.micros);
        out += " " + input.body + "\n";
    }
    append_counters(out, store.counters());
    return out;
}

Scenario::Expected Scenario::expect(Store& store, Edition edition) const {
    return {contents(store, edition), contents(store, edition, true)};
}

const std::string& Scenario::expected(std::size_t groups_held, Edition edition, bool young) const {
    const Expected& found = edition == Edition::first
                                ? of_first_.at(groups_held)
                                : of_second_.at(groups_held - groups_of_first);
    return young ? found.young : found.whole;
}

const Scenario& scenario() {
    static const Scenario one;
    return one;
}

std::string first_difference(const std::string& found, const std::string& expected) {
    if (found == expected) return "";
    std::istringstream left(found), right(expected);
    std::string left_line, right_line;
    do {
        if (!std::getline(left, left_line)) left_line = "nothing";
        if (!std::getline(right, right_line)) right_line = "nothing";
    } while (left_line == right_line && left_line != "nothing");
    return "found    " + left_line + "\nexpected " + right_line;
}

Folder::Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pawl-fault-XXXXXX").string();
    PAWL_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<engine::SqliteStore>> open_store(const Folder& folder, const Disk& disk,
                                                        Edition edition,
                                                        engine::SqliteStoreOptions options) {
    options.vfs = disk.vfs();
    PAWL_TRY(auto store, engine::open_sqlite_store(folder.path(), options));
    if (Status opened = store->open(scenario().program(edition)); !opened) return opened.error();
    return store;
}

}  // namespace pawl::fault
