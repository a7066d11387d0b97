#include "engine/store/sqlite_cache.h"

#include <utility>

namespace pawl::engine {

namespace {

// What an entry costs beside its values: three nodes, the record, its block.
constexpr std::size_t entry_bytes = 280;

std::size_t bytes_of(const rules::Record& record) {
    std::size_t bytes = entry_bytes;
    for (const rules::Value& value : record.fields) bytes += value.size_bytes();
    return bytes;
}

}  // namespace

rules::RecordPointer RecordCache::get(rules::Reference reference) {
    take_over_news();
    const auto place = places_.find(reference);
    if (place == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, place->second);
    return place->second->record;
}

std::optional<rules::RecordKey> RecordCache::find(rules::EntityIndex entity, std::string_view id) {
    take_over_news();
    const auto key = keys_.find({entity, id});
    if (key == keys_.end()) return std::nullopt;
    return key->second;
}

// Rows of the engine's own entities are not looked for again and again.
std::optional<RecordCache::Id> RecordCache::id_of(const Entry& entry) {
    const rules::Value& id = entry.record->fields[rules::field_id];
    if (entry.reference.entity < rules::builtin_entity_count || id.kind() != rules::Kind::text)
        return std::nullopt;
    return Id{entry.reference.entity, id.as_text()};
}

void RecordCache::put(rules::Reference reference, rules::RecordPointer record) {
    store(reference, std::move(record));
}

void RecordCache::tell(std::vector<RecordWrite> written) {
    if (written.empty()) return;
    const std::lock_guard lock(news_mutex_);
    news_.push_back(std::move(written));
}

void RecordCache::tell_forget(rules::Reference reference) {
    const std::lock_guard lock(news_mutex_);
    news_.push_back({{reference, nullptr}});
}

void RecordCache::take_over_news() {
    std::vector<std::vector<RecordWrite>> news;
    {
        const std::lock_guard lock(news_mutex_);
        news.swap(news_);
    }
    for (auto& written : news) {
        for (RecordWrite& write : written) {
            // Rows of the engine's own entities are many and seldom read again.
            const bool is_wanted = write.reference.entity >= rules::builtin_entity_count ||
                                   places_.contains(write.reference);
            if (write.record == nullptr)
                remove(write.reference);
            else if (is_wanted)
                store(write.reference, std::move(write.record));
        }
    }
}

void RecordCache::store(rules::Reference reference, rules::RecordPointer record) {
    remove(reference);
    const std::size_t bytes = bytes_of(*record);
    if (bytes > bytes_max_) return;
    while (bytes_ + bytes > bytes_max_) remove(entries_.back().reference);
    entries_.push_front({reference, std::move(record), bytes});
    places_.emplace(reference, entries_.begin());
    if (const auto id = id_of(entries_.front())) {
        keys_.erase(*id);  // its text would be another record's
        keys_.emplace(*id, reference.key);
    }
    bytes_ += bytes;
}

void RecordCache::remove(rules::Reference reference) {
    const auto place = places_.find(reference);
    if (place == places_.end()) return;
    bytes_ -= place->second->bytes;
    if (const auto id = id_of(*place->second)) {
        const auto key = keys_.find(*id);
        if (key != keys_.end() && key->second == reference.key) keys_.erase(key);
    }
    entries_.erase(place->second);
    places_.erase(place);
}

}  // namespace pawl::engine
