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
    has_news_ = true;
}

void RecordCache::tell_forget(rules::Reference reference) {
    const std::lock_guard lock(news_mutex_);
    news_.push_back({{reference, nullptr}});
    has_news_ = true;
}

void RecordCache::take_over_news() {
    if (!has_news_) return;
    std::vector<std::vector<RecordWrite>> news;
    {
        const std::lock_guard lock(news_mutex_);
        news.swap(news_);
        has_news_ = false;
    }
    for (auto& written : news) {
        for (RecordWrite& write : written) {
            if (!is_wanted(write.reference)) continue;
            if (write.record == nullptr)
                remove(write.reference);
            else
                store(write.reference, std::move(write.record));
        }
    }
}

bool RecordCache::is_wanted(rules::Reference reference) const {
    if (reference.entity >= rules::builtin_entity_count) return true;
    return builtin_held_[reference.entity] > 0 && places_.contains(reference);
}

void RecordCache::store(rules::Reference reference, rules::RecordPointer record) {
    remove(reference);
    const std::size_t bytes = bytes_of(*record);
    if (bytes > bytes_max_) return;
    while (bytes_ + bytes > bytes_max_) remove(entries_.back().reference);
    entries_.push_front({reference, std::move(record), bytes});
    places_.emplace(reference, entries_.begin());
    if (reference.entity < rules::builtin_entity_count) ++builtin_held_[reference.entity];
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
    if (reference.entity < rules::builtin_entity_count) --builtin_held_[reference.entity];
    entries_.erase(place->second);
    places_.erase(place);
}

}  // namespace pawl::engine
