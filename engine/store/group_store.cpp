#include "engine/store/group_store.h"

#include <utility>

#include "base/check.h"

namespace pawl::engine {

namespace {

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
      counters_(below.counters()) {}

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

std::optional<StoredRun> GroupStore::run(RunNumber number) {
    for (const Group* group : {&open_, &sealed_}) {
        const auto found = group->runs.find(number);
        if (found != group->runs.end()) return found->second;
    }
    return below_.run(number);
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
    for (RunWrite& write : batch.runs)
        open_.runs.insert_or_assign(write.number, std::move(write.run));
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

WriteBatch GroupStore::seal() {
    PAWL_CHECK(open_.is_begun && !sealed_.is_begun);
    WriteBatch batch;
    open_layer_.copy_to(batch);
    for (const auto& [number, run] : open_.runs) batch.runs.push_back({number, run});
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
    sealed_layer_.drop();
    sealed_ = Group{};
}

}  // namespace pawl::engine
