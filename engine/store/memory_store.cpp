#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "engine/ports/index_plan.h"
#include "engine/ports/store.h"
#include "engine/store/key_cursor.h"
#include "engine/store/value_key.h"

// A store that forgets: for dry-runs, tests and what-if. Tables are vectors in key order, since the
// engine gives keys ascending; indexes are ordered by value_key.h, as those of a durable store are.

namespace pawl::engine {

namespace {

using rules::Access;
using rules::EntityIndex;
using rules::FieldIndex;
using rules::Record;
using rules::RecordKey;
using rules::RecordPointer;
using rules::Value;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// The rows of one entity by ascending key. A deleted row stays as an empty place until more than
// half of the table is empty.
class Table {
 public:
    struct Row {
        RecordKey key;
        RecordPointer record;
    };

    RecordPointer get(RecordKey key) const {
        const auto row = lower_bound(key);
        return row == rows_.end() || row->key != key ? nullptr : row->record;
    }

    // Returns what was there before.
    RecordPointer put(RecordKey key, RecordPointer record) {
        if (rows_.empty() || rows_.back().key < key) {
            if (record != nullptr) rows_.push_back({key, std::move(record)});
            return nullptr;
        }
        auto row = rows_.begin() + (lower_bound(key) - rows_.cbegin());
        if (row->key != key) {
            if (record != nullptr) rows_.insert(row, {key, std::move(record)});
            return nullptr;
        }
        std::swap(row->record, record);
        if (row->record == nullptr && record != nullptr && ++empty_ > 64 &&
            empty_ > rows_.size() / 2) {
            std::erase_if(rows_, [](const Row& each) { return each.record == nullptr; });
            empty_ = 0;
        }
        return record;
    }

    const std::vector<Row>& rows() const { return rows_; }
    // Of the first row whose key is above.
    std::size_t place_above(RecordKey key) const {
        const auto row = lower_bound(key);
        return static_cast<std::size_t>(row - rows_.begin()) +
               (row != rows_.end() && row->key == key ? 1 : 0);
    }

 private:
    std::vector<Row>::const_iterator lower_bound(RecordKey key) const {
        return std::lower_bound(rows_.begin(), rows_.end(), key,
                                [](const Row& row, RecordKey wanted) { return row.key < wanted; });
    }

    std::vector<Row> rows_;
    std::size_t empty_ = 0;
};

class TableCursor final : public rules::RecordCursor {
 public:
    TableCursor(const Table& table, RecordKey after)
        : rows_(table.rows()), place_(table.place_above(after)) {}

    std::optional<RecordKey> next() override {
        while (place_ < rows_.size()) {
            const Table::Row& row = rows_[place_++];
            if (row.record != nullptr) return row.key;
        }
        return std::nullopt;
    }

 private:
    const std::vector<Table::Row>& rows_;
    std::size_t place_;
};

using KeySet = std::set<RecordKey>;

class KeySetCursor final : public rules::RecordCursor {
 public:
    KeySetCursor(const KeySet& keys, RecordKey after)
        : place_(keys.upper_bound(after)), end_(keys.end()) {}

    std::optional<RecordKey> next() override {
        if (place_ == end_) return std::nullopt;
        return *place_++;
    }

 private:
    KeySet::const_iterator place_, end_;
};

using FieldIndexMap = std::map<std::string, KeySet>;

struct EntityData {
    Table table;
    TextMap<RecordKey> ids;
    std::vector<FieldIndex> indexed;
    std::vector<std::optional<FieldIndexMap>> indexes;  // by FieldIndex
    std::vector<TextMap<RecordKey>> unique;             // by unique set
};

class MemoryStore final : public Store {
 public:
    Status open(const rules::Program& program) override {
        PAWL_CHECK(program_ == nullptr);
        program_ = &program;
        const IndexPlan plan = make_index_plan(program);
        entities_.resize(program.schema.entities.size());
        for (std::size_t i = 0; i < entities_.size(); ++i) {
            const rules::Entity& entity = program.schema.entities[i];
            EntityData& data = entities_[i];
            data.indexes.resize(entity.fields.size());
            data.unique.resize(entity.unique_sets.size());
            for (std::size_t field = 0; field < entity.fields.size(); ++field) {
                if (!plan.indexed[i][field]) continue;
                data.indexes[field].emplace();
                data.indexed.push_back(static_cast<FieldIndex>(field));
            }
        }
        return Done{};
    }

    RecordPointer get(rules::Reference reference) override {
        return entities_[reference.entity].table.get(reference.key);
    }

    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        const EntityData& data = entities_[request.entity];
        const bool indexed = request.access != Access::every_record &&
                             data.indexes[request.field].has_value() && can_use_index(request);
        if (!indexed) return std::make_unique<TableCursor>(data.table, request.after);
        const FieldIndexMap& index = *data.indexes[request.field];
        if (request.access == Access::range) return scan_range(index, request);
        static const KeySet none;
        const auto found = index.find(value_key(request.low));
        return std::make_unique<KeySetCursor>(found == index.end() ? none : found->second,
                                              request.after);
    }

    std::optional<RecordKey> find(EntityIndex entity, std::string_view id) override {
        if (entity < rules::builtin_entity_count) return find_row(entity, id);
        const auto found = entities_[entity].ids.find(id);
        if (found == entities_[entity].ids.end()) return std::nullopt;
        return found->second;
    }

    std::optional<RecordKey> find_unique(EntityIndex entity, std::size_t unique_set,
                                         const std::vector<Value>& values) override {
        const auto key = values_key(values);
        if (!key) return std::nullopt;
        const TextMap<RecordKey>& keys = entities_[entity].unique[unique_set];
        const auto found = keys.find(*key);
        if (found == keys.end()) return std::nullopt;
        return found->second;
    }

    std::optional<std::string> mark(std::string_view key, Instant now) override {
        const auto found = marks_.find(key);
        if (found == marks_.end()) return std::nullopt;
        if (found->second.expires_at && *found->second.expires_at <= now) return std::nullopt;
        return found->second.value;
    }

    std::shared_ptr<const StoredRun> run(RunNumber number) override {
        const auto found = runs_.find(number);
        return found == runs_.end() ? nullptr : found->second;
    }

    std::vector<StoredTimer> timers(TimerKey after, std::size_t count) override {
        std::vector<StoredTimer> found;
        for (auto timer = timers_.upper_bound(after);
             timer != timers_.end() && found.size() < count; ++timer)
            found.push_back(timer->second);
        return found;
    }

    std::vector<RunNumber> waiters(std::string_view event, std::string_view key) override {
        const auto found = waiters_.find(WaiterPlace(event, key));
        if (found == waiters_.end()) return {};
        return {found->second.begin(), found->second.end()};
    }

    std::vector<OrderedRecord> ordered(EntityIndex entity, FieldIndex field,
                                       const OrderedRecord& after, std::size_t count) override {
        const EntityData& data = entities_[entity];
        PAWL_CHECK(data.indexes[field].has_value());
        const FieldIndexMap& index = *data.indexes[field];
        const std::string low = after.value.is_missing() ? "" : value_key(after.value);
        std::vector<OrderedRecord> found;
        for (auto entry = index.lower_bound(low); entry != index.end(); ++entry) {
            const KeySet& keys = entry->second;
            for (auto key = entry->first == low ? keys.upper_bound(after.key) : keys.begin();
                 key != keys.end(); ++key) {
                if (found.size() == count) return found;
                found.push_back({data.table.get(*key)->fields[field], *key});
            }
        }
        return found;
    }

    std::optional<SeenEvent> seen(std::string_view source, std::string_view id) override {
        const auto found = seen_.find(seen_key(source, id));
        if (found == seen_.end()) return std::nullopt;
        return found->second;
    }

    std::optional<Instant> seen_forgotten_until() override { return std::nullopt; }

    Counters counters() override { return counters_; }

    std::vector<std::pair<std::string, std::string>> settings() override {
        return {settings_.begin(), settings_.end()};
    }

    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override {
        std::vector<StoredInput> found;
        for (auto input = inputs_.upper_bound(after);
             input != inputs_.end() && found.size() < count; ++input)
            found.push_back(input->second);
        return found;
    }

    Status commit(WriteBatch batch) override {
        for (RecordWrite& write : batch.records) put(std::move(write));
        for (MarkWrite& write : batch.marks) {
            if (write.value)
                marks_.insert_or_assign(write.key, write);
            else
                marks_.erase(write.key);
        }
        for (RunWrite& write : batch.runs) {
            if (write.run)
                runs_.insert_or_assign(write.number, std::move(write.run));
            else
                runs_.erase(write.number);
        }
        for (TimerWrite& write : batch.timers) {
            if (write.is_removed)
                timers_.erase(write.timer.key);
            else
                timers_.insert_or_assign(write.timer.key, std::move(write.timer));
        }
        for (const WaiterWrite& write : batch.waiters) put(write);
        for (SeenEvent& event : batch.seen)
            seen_.insert_or_assign(seen_key(event.source, event.id), event);
        for (auto& [name, value] : batch.settings) settings_.insert_or_assign(name, value);
        for (StoredInput& input : batch.inputs)
            inputs_.insert_or_assign(input.number, std::move(input));
        counters_ = std::move(batch.counters);
        return Done{};
    }

 private:
    // The index answers a key only of the kind that the field's values have: of an int compared
    // with a number every record is a candidate, and the caller decides.
    bool can_use_index(const rules::ScanRequest& request) const {
        const rules::Schema& schema = program_->schema;
        const auto kind =
            schema.type(schema.entities[request.entity].fields[request.field].type).kind;
        const auto fits = [kind](const Value& bound) {
            if (kind == rules::TypeKind::integer) return bound.kind() != rules::Kind::number;
            if (kind == rules::TypeKind::number) return bound.kind() != rules::Kind::integer;
            return true;
        };
        return fits(request.low) && fits(request.high);
    }

    static std::unique_ptr<rules::RecordCursor> scan_range(const FieldIndexMap& index,
                                                           const rules::ScanRequest& request) {
        std::vector<RecordKey> keys;
        const auto first =
            request.low.is_missing() ? index.begin() : index.lower_bound(value_key(request.low));
        const std::string high = request.high.is_missing() ? "" : value_key(request.high);
        for (auto entry = first; entry != index.end(); ++entry) {
            if (!high.empty() && entry->first > high) break;
            keys.insert(keys.end(), entry->second.upper_bound(request.after), entry->second.end());
        }
        std::sort(keys.begin(), keys.end());
        return std::make_unique<KeyListCursor>(std::move(keys));
    }

    static std::string seen_key(std::string_view source, std::string_view id) {
        std::string key(source);
        key.push_back('\0');
        key += id;
        return key;
    }

    // Rows of the engine's own entities are many, and hardly ever asked for by id: a table of their
    // ids would cost each of them more than the row itself.
    std::optional<RecordKey> find_row(EntityIndex entity, std::string_view id) const {
        for (const Table::Row& row : entities_[entity].table.rows())
            if (row.record != nullptr && row.record->fields[rules::field_id].as_text() == id)
                return row.key;
        return std::nullopt;
    }

    void put(const WaiterWrite& write) {
        WaiterPlace place(write.event, write.key);
        if (!write.is_removed) {
            waiters_[std::move(place)].insert(write.run);
            return;
        }
        const auto found = waiters_.find(place);
        if (found == waiters_.end()) return;
        found->second.erase(write.run);
        if (found->second.empty()) waiters_.erase(found);
    }

    void put(RecordWrite write) {
        EntityData& data = entities_[write.reference.entity];
        const RecordKey key = write.reference.key;
        const RecordPointer after = write.record;
        const RecordPointer before = data.table.put(key, std::move(write.record));
        if (write.reference.entity >= rules::builtin_entity_count)
            move_id(data, key, before.get(), after.get());
        for (const FieldIndex field : data.indexed)
            move_index(*data.indexes[field], key, field, before.get(), after.get());
        const auto& sets = program_->schema.entities[write.reference.entity].unique_sets;
        for (std::size_t set = 0; set < sets.size(); ++set) {
            const auto old_key = unique_key(before.get(), sets[set]);
            const auto new_key = unique_key(after.get(), sets[set]);
            if (old_key == new_key) continue;
            // Within one batch a value may pass from one record to another in either order.
            const auto held = old_key ? data.unique[set].find(*old_key) : data.unique[set].end();
            if (held != data.unique[set].end() && held->second == key) data.unique[set].erase(held);
            if (new_key) data.unique[set].insert_or_assign(*new_key, key);
        }
    }

    static std::optional<std::string> unique_key(const Record* record,
                                                 const std::vector<FieldIndex>& set) {
        if (record == nullptr) return std::nullopt;
        std::string key;
        for (const FieldIndex field : set) {
            if (record->fields[field].is_missing()) return std::nullopt;
            append_value_key(key, record->fields[field]);
        }
        return key;
    }

    static void move_id(EntityData& data, RecordKey key, const Record* before,
                        const Record* after) {
        if (before != nullptr && after != nullptr) return;  // an id never changes
        if (after != nullptr) {
            data.ids.insert_or_assign(std::string(after->fields[rules::field_id].as_text()), key);
        } else if (before != nullptr) {
            const auto held = data.ids.find(before->fields[rules::field_id].as_text());
            if (held != data.ids.end() && held->second == key) data.ids.erase(held);
        }
    }

    static void move_index(FieldIndexMap& index, RecordKey key, FieldIndex field,
                           const Record* before, const Record* after) {
        static const Value missing;
        const Value& old_value = before != nullptr ? before->fields[field] : missing;
        const Value& new_value = after != nullptr ? after->fields[field] : missing;
        if (old_value == new_value) return;
        if (!old_value.is_missing()) {
            const auto entry = index.find(value_key(old_value));
            entry->second.erase(key);
            if (entry->second.empty()) index.erase(entry);
        }
        if (!new_value.is_missing()) index[value_key(new_value)].insert(key);
    }

    const rules::Program* program_ = nullptr;
    std::vector<EntityData> entities_;
    TextMap<MarkWrite> marks_;
    std::map<RunNumber, std::shared_ptr<const StoredRun>> runs_;
    std::map<TimerKey, StoredTimer> timers_;
    using WaiterPlace = std::pair<std::string, std::string>;  // event, key
    std::map<WaiterPlace, std::set<RunNumber>> waiters_;
    TextMap<SeenEvent> seen_;
    std::map<std::string, std::string> settings_;
    std::map<InputNumber, StoredInput> inputs_;
    Counters counters_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace pawl::engine
