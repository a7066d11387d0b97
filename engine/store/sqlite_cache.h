#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/ports/store.h"

// Records that were read or written lately, by bytes; what was used longest ago goes first.
//
// The core looks things up while the writer commits. What keeps a record that is out of date from
// staying: the writer tells what it wrote after the transaction is committed and before the commit
// returns, and the core takes that over at the beginning of each look, never between reading a row
// and keeping it. So a row that was read before a commit may be kept after it, but its news is then
// still waiting, and replaces it before the next look; and a row that is read after the news was
// taken over is read from after the commit. In between, the core sees one or the other, as Store
// says; what it wrote itself and is not told of yet lies in its own layers above (group_store.h).

namespace pawl::engine {

class RecordCache {
 public:
    explicit RecordCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // The core's thread. Nothing: not known here, or deleted.
    rules::RecordPointer get(rules::Reference reference);
    // The record with that id, of those known here; nothing says nothing.
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id);
    // What was just read; no other call was made since the `get` that did not find it.
    void put(rules::Reference reference, rules::RecordPointer record);
    // Hears what the writer told; get does so too. To be called now and then where nothing is got,
    // since news gathers until it is heard. Not between a get and its put.
    void take_over_news();
    std::size_t bytes() const { return bytes_; }

    // The writer's thread: what it has committed.
    void tell(std::vector<RecordWrite> written);
    void tell_forget(rules::Reference reference);

 private:
    struct Entry {
        rules::Reference reference;
        rules::RecordPointer record;
        std::size_t bytes = 0;
    };
    struct ReferenceHash {
        std::size_t operator()(const rules::Reference& reference) const {
            return std::hash<rules::RecordKey>{}(reference.key * 31 + reference.entity);
        }
    };

    // By an id that lies in an entry's record.
    struct Id {
        rules::EntityIndex entity = 0;
        std::string_view id;
        friend bool operator==(const Id&, const Id&) = default;
    };
    struct IdHash {
        std::size_t operator()(const Id& id) const {
            return std::hash<std::string_view>{}(id.id) * 31 + id.entity;
        }
    };
    static std::optional<Id> id_of(const Entry& entry);

    void store(rules::Reference reference, rules::RecordPointer record);
    void remove(rules::Reference reference);
    // Rows of the engine's own entities are many and seldom read again: only what is here changes.
    bool is_wanted(rules::Reference reference) const;

    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;  // the last used first
    std::unordered_map<rules::Reference, std::list<Entry>::iterator, ReferenceHash> places_;
    std::unordered_map<Id, rules::RecordKey, IdHash> keys_;

    // Of the engine's own entities, by entity; most of the time none is here.
    std::array<std::size_t, rules::builtin_entity_count> builtin_held_{};

    std::mutex news_mutex_;
    std::vector<std::vector<RecordWrite>> news_;
    std::atomic<bool> has_news_ = false;
};

}  // namespace pawl::engine
