#include "engine/store/group_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

namespace {

// So that tens of thousands of runs that wait a moment stay in memory.
constexpr std::size_t recent_runs_bytes = 48u << 20;

std::string seen_key(std::string_view source, std::string_view id) {
    std::string key(source);
    key.push_back('\0');
    key += id;
    return key;
}

}  // namespace

GroupStore::GroupStore(const rules::Program& program, Store& below)
    : below_(below),
      sealed_layer_(program, below),
      open_layer_(program, sealed_layer_),
      counters_(below.counters()),
      recent_runs_(recent_runs_bytes) {}

Status GroupStore::open(const rules::Program&) { return Done{}; }

rules::RecordPointer GroupStore::get(rules::Reference reference) {
    return open_layer_.get(reference);
}

std::unique_ptr<rules::RecordCursor> GroupStore::scan(const rules::ScanRequest& request) {
    return open_layer_.scan(request);
}

std::optional<rules::RecordKey> GroupStore::find(rules::EntityIndex entity, std::string_view id) {
    return open_layer_.find(entity, id);
}

std::optional<rules::RecordKey> GroupStore::find_unique(rules::EntityIndex entity,
                                                        std::size_t unique_set,
                                                        const std::vector<rules::Value>& values) {
    return open_layer_.find_unique(entity, unique_set, values);
}

std::optional<std::string> GroupStore::mark(std::string_view key, Instant now) {
    return open_layer_.mark(key, now);
}

std::shared_ptr<const StoredRun> GroupStore::run(RunNumber number) {
    for (const Layer* layer : {&open_layer_, &sealed_layer_})
        if (auto own = layer->own_run(number)) return std::move(*own);
    if (auto recent = recent_runs_.get(number)) return recent;
    return below_.run(number);
}

std::vector<StoredTimer> GroupStore::timers(TimerKey after, std::size_t count) {
    std::vector<StoredTimer> found;
    auto sealed = sealed_.timers.upper_bound(after);
    auto open = open_.timers.upper_bound(after);
    std::vector<StoredTimer> below = below_.timers(after, count);
    auto stored = below.begin();
    while (found.size() < count) {
        // What is removed here made the page below too short: on to the next.
        if (stored == below.end() && !below.empty() && below.size() == count) {
            const TimerKey last = below.back().key;
            below = below_.timers(last, count);
            stored = below.begin();
        }
        const bool has_stored = stored != below.end();
        const bool has_sealed = sealed != sealed_.timers.end();
        const bool has_open = open != open_.timers.end();
        if (!has_stored && !has_sealed && !has_open) break;
        TimerKey key = has_stored ? stored->key : has_sealed ? sealed->first : open->first;
        if (has_sealed) key = std::min(key, sealed->first);
        if (has_open) key = std::min(key, open->first);
        const bool is_stored = has_stored && stored->key == key;
        const TimerWrite* write = nullptr;
        if (has_sealed && sealed->first == key) write = &(sealed++)->second;
        if (has_open && open->first == key) write = &(open++)->second;
        if (write == nullptr)
            found.push_back(std::move(*stored));
        else if (!write->is_removed)
            found.push_back(write->timer);
        if (is_stored) ++stored;
    }
    return found;
}

std::vector<RunNumber> GroupStore::waiters(std::string_view event, std::string_view key) {
    std::vector<RunNumber> runs = below_.waiters(event, key);
    const std::pair<std::string, std::string> place(event, key);
    for (const Group* group : {&sealed_, &open_}) {
        const auto own = group->waiters.find(place);
        if (own == group->waiters.end()) continue;
        for (const auto& [run, is_removed] : own->second) {
            const auto at = std::lower_bound(runs.begin(), runs.end(), run);
            const bool is_there = at != runs.end() && *at == run;
            if (is_removed && is_there) runs.erase(at);
            if (!is_removed && !is_there) runs.insert(at, run);
        }
    }
    return runs;
}

std::vector<std::pair<std::string, OrderedRecord>> GroupStore::own_ordered(
    rules::EntityIndex entity, rules::FieldIndex field, const OrderedRecord& after) const {
    const std::string low = after.value.is_missing() ? "" : value_key(after.value);
    std::vector<std::pair<std::string, OrderedRecord>> own;
    for (const Layer* layer : {&open_layer_, &sealed_layer_}) {
        const auto& records = layer->own();
        for (auto each = records.lower_bound({entity, 0});
             each != records.end() && each->first.entity == entity; ++each) {
            const auto& [reference, record] = *each;
            if (layer == &sealed_layer_ && open_layer_.has_own(reference)) continue;
            if (record == nullptr || record->fields[field].is_missing()) continue;
            std::string key = value_key(record->fields[field]);
            if (key < low || (key == low && reference.key <= after.key)) continue;
            own.push_back({std::move(key), {record->fields[field], reference.key}});
        }
    }
    std::sort(own.begin(), own.end(), [](const auto& left, const auto& right) {
        return std::tie(left.first, left.second.key) < std::tie(right.first, right.second.key);
    });
    return own;
}

std::vector<OrderedRecord> GroupStore::ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                               const OrderedRecord& after, std::size_t count) {
    auto own = own_ordered(entity, field, after);
    auto next_own = own.begin();
    std::vector<OrderedRecord> found;
    OrderedRecord last = after;
    for (bool is_last = false; !is_last && found.size() < count;) {
        std::vector<OrderedRecord> below = below_.ordered(entity, field, last, count);
        is_last = below.size() < count;
        if (!below.empty()) last = below.back();
        for (OrderedRecord& record : below) {
            if (has_own({entity, record.key})) continue;
            const std::string key = value_key(record.value);
            for (; next_own != own.end() &&
                   std::tie(next_own->first, next_own->second.key) < std::tie(key, record.key);
                 ++next_own)
                found.push_back(std::move(next_own->second));
            found.push_back(std::move(record));
        }
    }
    for (; next_own != own.end() && found.size() < count; ++next_own)
        found.push_back(std::move(next_own->second));
    if (found.size() > count) found.resize(count);
    return found;
}

std::optional<SeenEvent> GroupStore::seen(std::string_view source, std::string_view id) {
    const std::string key = seen_key(source, id);
    for (const Group* group : {&open_, &sealed_}) {
        const auto found = group->seen.find(key);
        if (found != group->seen.end()) return found->second;
    }
    return below_.seen(source, id);
}

std::vector<std::pair<std::string, std::string>> GroupStore::settings() {
    std::map<std::string, std::string> all = open_.settings;
    all.insert(sealed_.settings.begin(), sealed_.settings.end());
    for (auto& [name, value] : below_.settings()) all.try_emplace(std::move(name), value);
    return {all.begin(), all.end()};
}

std::vector<StoredInput> GroupStore::inputs(InputNumber after, std::size_t count) {
    std::vector<StoredInput> found = below_.inputs(after, count);
    for (const Group* group : {&sealed_, &open_})
        for (const StoredInput& input : group->inputs) {
            const InputNumber last = found.empty() ? after : found.back().number;
            if (found.size() < count && input.number > last) found.push_back(input);
        }
    return found;
}

Status GroupStore::commit(WriteBatch batch) {
    open_.is_begun = true;
    open_layer_.put(std::move(batch.records));
    for (MarkWrite& mark : batch.marks) open_layer_.put_mark(std::move(mark));
    for (RunWrite& write : batch.runs) open_layer_.put_run(write.number, std::move(write.run));
    for (TimerWrite& write : batch.timers) put_timer(std::move(write));
    for (WaiterWrite& write : batch.waiters) put_waiter(std::move(write));
    for (SeenEvent& event : batch.seen) {
        std::string key = seen_key(event.source, event.id);
        open_.seen.insert_or_assign(std::move(key), std::move(event));
    }
    for (auto& [name, value] : batch.settings) open_.settings.insert_or_assign(name, value);
    const auto append = [](auto& to, auto& from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    };
    append(open_.inputs, batch.inputs);
    append(open_.changes, batch.changes);
    append(open_.parked, batch.parked);
    counters_ = std::move(batch.counters);
    return Done{};
}

void GroupStore::put_timer(TimerWrite write) {
    const auto [place, is_new] = open_.timers.try_emplace(write.timer.key, write);
    if (is_new) return;
    // A number is given once: nobody but this group knows of it.
    if (write.is_removed && !place->second.is_removed)
        open_.timers.erase(place);
    else
        place->second = std::move(write);
}

void GroupStore::put_waiter(WaiterWrite write) {
    auto& runs = open_.waiters[{std::move(write.event), std::move(write.key)}];
    runs.insert_or_assign(write.run, write.is_removed);
}

WriteBatch GroupStore::seal() {
    PAWL_CHECK(open_.is_begun && !sealed_.is_begun);
    WriteBatch batch;
    open_layer_.copy_to(batch);
    for (const auto& [key, write] : open_.timers) batch.timers.push_back(write);
    for (const auto& [place, runs] : open_.waiters)
        for (const auto& [run, is_removed] : runs)
            batch.waiters.push_back({place.first, place.second, run, is_removed});
    for (const auto& [key, event] : open_.seen) batch.seen.push_back(event);
    batch.settings.assign(open_.settings.begin(), open_.settings.end());
    batch.inputs = open_.inputs;
    batch.changes = std::move(open_.changes);
    batch.parked = std::move(open_.parked);
    batch.counters = counters_;
    open_layer_.merge_down();
    sealed_ = std::exchange(open_, Group{});
    return batch;
}

void GroupStore::release() {
    PAWL_CHECK(sealed_.is_begun);
    for (const auto& [number, run] : sealed_layer_.own_runs()) recent_runs_.put(number, run);
    sealed_layer_.drop();
    sealed_ = Group{};
}

}  // namespace pawl::engine
