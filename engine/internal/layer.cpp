#include "engine/internal/layer.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::Record;
using rules::RecordKey;
using rules::RecordPointer;
using rules::Reference;
using rules::Value;

namespace {

// Ids and unique sets share one map: the entity, the set (ids: 0xff), then the values.
std::string key_prefix(EntityIndex entity, std::size_t set) {
    std::string key;
    key.push_back(static_cast<char>(entity >> 8));
    key.push_back(static_cast<char>(entity & 0xff));
    key.push_back(static_cast<char>(set & 0xff));
    return key;
}

constexpr std::size_t id_set = 0xff;

std::string id_key(EntityIndex entity, std::string_view id) {
    return key_prefix(entity, id_set).append(id);
}

std::optional<std::string> unique_key(EntityIndex entity, std::size_t set, const Record* record,
                                      const std::vector<FieldIndex>& fields) {
    if (record == nullptr) return std::nullopt;
    std::string key = key_prefix(entity, set);
    for (const FieldIndex field : fields) {
        if (record->fields[field].is_missing()) return std::nullopt;
        append_value_key(key, record->fields[field]);
    }
    return key;
}

// False only when the record certainly does not answer the request.
bool may_answer(const Record& record, const rules::ScanRequest& request) {
    if (request.access == rules::Access::every_record) return true;
    const Value& value = record.fields[request.field];
    if (value.is_missing()) return false;
    const auto differs = [&value](const Value& bound) { return value.kind() != bound.kind(); };
    if (request.access == rules::Access::equal) return differs(request.low) || value == request.low;
    const auto lies_beyond = [&](const Value& bound, bool is_low) {
        if (bound.is_missing() || differs(bound)) return false;
        const std::string key = value_key(value), limit = value_key(bound);
        return is_low ? key < limit : key > limit;
    };
    return !lies_beyond(request.low, true) && !lies_beyond(request.high, false);
}

// Keys of what lies below and of the layer, ascending, the layer's word first.
class MergedCursor final : public rules::RecordCursor {
 public:
    using Entry = std::map<Reference, RecordPointer>::const_iterator;

    MergedCursor(std::unique_ptr<rules::RecordCursor> below, const rules::ScanRequest& request,
                 Entry begin, Entry end)
        : below_(std::move(below)), request_(request), own_(begin), end_(end) {
        below_key_ = below_->next();
    }

    std::optional<RecordKey> next() override {
        for (;;) {
            if (own_ == end_) return take_below();
            if (below_key_ && *below_key_ < own_->first.key) return take_below();
            if (below_key_ == own_->first.key) below_key_ = below_->next();
            const Entry entry = own_++;
            if (entry->second != nullptr && may_answer(*entry->second, request_))
                return entry->first.key;
        }
    }

 private:
    std::optional<RecordKey> take_below() {
        const std::optional<RecordKey> key = below_key_;
        if (key) below_key_ = below_->next();
        return key;
    }

    std::unique_ptr<rules::RecordCursor> below_;
    rules::ScanRequest request_;
    Entry own_, end_;
    std::optional<RecordKey> below_key_;
};

}  // namespace

Layer::Layer(const rules::Program& program, Store& store) : program_(program), store_(&store) {}

Layer::Layer(const rules::Program& program, Layer& below) : program_(program), below_(&below) {}

RecordPointer Layer::get(Reference reference) {
    const auto own = records_.find(reference);
    if (own != records_.end()) return own->second;
    return below_ != nullptr ? below_->get(reference) : store_->get(reference);
}

std::unique_ptr<rules::RecordCursor> Layer::scan(const rules::ScanRequest& request) {
    auto below = below_ != nullptr ? below_->scan(request) : store_->scan(request);
    const auto begin = records_.lower_bound({request.entity, request.after + 1});
    if (begin == records_.end() || begin->first.entity != request.entity) return below;
    const auto end = records_.lower_bound({static_cast<EntityIndex>(request.entity + 1), 0});
    return std::make_unique<MergedCursor>(std::move(below), request, begin, end);
}

std::optional<std::optional<RecordKey>> Layer::own_key(std::string_view key) const {
    const auto own = keys_.find(key);
    if (own == keys_.end()) return std::nullopt;
    return own->second;
}

std::optional<RecordKey> Layer::find(EntityIndex entity, std::string_view id) {
    if (!keys_.empty())
        if (const auto own = own_key(id_key(entity, id))) return *own;
    return below_ != nullptr ? below_->find(entity, id) : store_->find(entity, id);
}

std::optional<RecordKey> Layer::find_unique(EntityIndex entity, std::size_t unique_set,
                                            const std::vector<Value>& values) {
    if (!keys_.empty()) {
        const auto values_part = values_key(values);
        if (!values_part) return std::nullopt;
        if (const auto own = own_key(key_prefix(entity, unique_set) + *values_part)) return *own;
    }
    return below_ != nullptr ? below_->find_unique(entity, unique_set, values)
                             : store_->find_unique(entity, unique_set, values);
}

std::optional<std::shared_ptr<const StoredRun>> Layer::own_run(RunNumber number) const {
    const auto own = runs_.find(number);
    if (own == runs_.end()) return std::nullopt;
    return own->second;
}

std::shared_ptr<const StoredRun> Layer::run(RunNumber number) {
    if (const auto own = own_run(number)) return *own;
    return below_ != nullptr ? below_->run(number) : store_->run(number);
}

std::vector<RunNumber> Layer::waiters(std::string_view event, std::string_view key) {
    std::vector<RunNumber> runs =
        below_ != nullptr ? below_->waiters(event, key) : store_->waiters(event, key);
    for (const WaiterWrite& own : waiters_) {
        if (own.event != event || own.key != key) continue;
        const auto place = std::lower_bound(runs.begin(), runs.end(), own.run);
        const bool is_there = place != runs.end() && *place == own.run;
        if (own.is_removed && is_there) runs.erase(place);
        if (!own.is_removed && !is_there) runs.insert(place, own.run);
    }
    return runs;
}

std::optional<std::string> Layer::mark(std::string_view key, Instant now) {
    const auto own = marks_.find(key);
    if (own == marks_.end())
        return below_ != nullptr ? below_->mark(key, now) : store_->mark(key, now);
    if (own->second.expires_at && *own->second.expires_at <= now) return std::nullopt;
    return own->second.value;
}

void Layer::create(Reference reference, std::shared_ptr<Record> record) {
    const Record& created = *record;
    // Rows of the engine's own entities are many, and nobody asks for one by id within its turn.
    if (reference.entity < rules::builtin_entity_count) {
        put_record(reference, std::move(record));
        return;
    }
    put_key(id_key(reference.entity, created.fields[rules::field_id].as_text()), reference.key);
    put_record(reference, std::move(record));
    move_unique_keys(reference, nullptr, &created);
}

void Layer::set_field(Reference reference, FieldIndex field, Value value) {
    if (set_in_place(reference, field, value)) return;
    const RecordPointer before = get(reference);
    PAWL_CHECK(before != nullptr);
    auto after = std::make_shared<Record>(*before);
    after->fields[field] = std::move(value);
    const Record& changed = *after;
    put_record(reference, std::move(after));
    const auto& sets = program_.schema.entities[reference.entity].unique_sets;
    for (std::size_t set = 0; set < sets.size(); ++set)
        for (const FieldIndex each : sets[set])
            if (each == field) move_unique_key(reference, set, before.get(), &changed);
}

// A record that this layer made and that nobody else holds need not be copied for one more field.
bool Layer::set_in_place(Reference reference, FieldIndex field, Value& value) {
    const auto own = records_.find(reference);
    if (keeps_journal_ || own == records_.end() || own->second.use_count() != 1) return false;
    for (const auto& set : program_.schema.entities[reference.entity].unique_sets)
        for (const FieldIndex each : set)
            if (each == field) return false;
    // Every record of a layer was made as a changeable one (create, set_field).
    std::const_pointer_cast<Record>(own->second)->fields[field] = std::move(value);
    return true;
}

void Layer::put(std::vector<RecordWrite> records) {
    std::vector<RecordPointer> before(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Reference reference = records[i].reference;
        if (reference.entity < rules::builtin_entity_count) continue;
        before[i] = get(reference);
        if (before[i] == nullptr) continue;
        // Keys that it had are nobody's, unless one of the batch takes them below.
        const auto& sets = program_.schema.entities[reference.entity].unique_sets;
        for (std::size_t set = 0; set < sets.size(); ++set) {
            const auto old_key = unique_key(reference.entity, set, before[i].get(), sets[set]);
            if (!old_key ||
                old_key == unique_key(reference.entity, set, records[i].record.get(), sets[set]))
                continue;
            put_key(*old_key, std::nullopt);
        }
        if (records[i].record == nullptr)
            put_key(id_key(reference.entity, before[i]->fields[rules::field_id].as_text()),
                    std::nullopt);
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Reference reference = records[i].reference;
        const Record* after = records[i].record.get();
        if (after != nullptr && reference.entity >= rules::builtin_entity_count) {
            if (before[i] == nullptr)
                put_key(id_key(reference.entity, after->fields[rules::field_id].as_text()),
                        reference.key);
            const auto& sets = program_.schema.entities[reference.entity].unique_sets;
            for (std::size_t set = 0; set < sets.size(); ++set) {
                auto new_key = unique_key(reference.entity, set, after, sets[set]);
                if (new_key) put_key(std::move(*new_key), reference.key);
            }
        }
        records_.insert_or_assign(reference, std::move(records[i].record));
    }
}

void Layer::remove(Reference reference) {
    const RecordPointer before = get(reference);
    PAWL_CHECK(before != nullptr);
    put_record(reference, nullptr);
    put_key(id_key(reference.entity, before->fields[rules::field_id].as_text()), std::nullopt);
    move_unique_keys(reference, before.get(), nullptr);
}

void Layer::forget(Reference reference) { records_.erase(reference); }

void Layer::put_record(Reference reference, std::shared_ptr<Record> record) {
    const auto [place, is_new] = records_.try_emplace(reference);
    if (keeps_journal_) {
        Undo undo;
        undo.was_there = !is_new;
        undo.reference = reference;
        undo.record = place->second;
        journal_.push_back(std::move(undo));
    }
    place->second = std::move(record);
}

void Layer::put_key(std::string key, std::optional<RecordKey> holder) {
    const auto [place, is_new] = keys_.try_emplace(std::move(key));
    if (keeps_journal_) {
        Undo undo;
        undo.map = Undo::Map::key;
        undo.was_there = !is_new;
        undo.key = place->first;
        undo.holder = place->second;
        journal_.push_back(std::move(undo));
    }
    place->second = holder;
}

void Layer::put_mark(MarkWrite mark) {
    const auto [place, is_new] = marks_.try_emplace(mark.key);
    if (keeps_journal_) {
        Undo undo;
        undo.map = Undo::Map::mark;
        undo.was_there = !is_new;
        undo.key = mark.key;
        undo.mark = place->second;
        journal_.push_back(std::move(undo));
    }
    place->second = std::move(mark);
}

void Layer::put_run(RunNumber number, std::shared_ptr<const StoredRun> run) {
    const auto [place, is_new] = runs_.try_emplace(number);
    if (keeps_journal_) {
        Undo undo;
        undo.map = Undo::Map::run;
        undo.was_there = !is_new;
        undo.number = number;
        undo.run = place->second;
        journal_.push_back(std::move(undo));
    }
    place->second = std::move(run);
}

void Layer::put_timer(TimerWrite timer) {
    timers_.push_back(std::move(timer));
    if (!keeps_journal_) return;
    journal_.emplace_back();
    journal_.back().map = Undo::Map::timer;
}

void Layer::put_waiter(WaiterWrite waiter) {
    waiters_.push_back(std::move(waiter));
    if (!keeps_journal_) return;
    journal_.emplace_back();
    journal_.back().map = Undo::Map::waiter;
}

void Layer::move_unique_keys(Reference reference, const Record* before, const Record* after) {
    const std::size_t sets = program_.schema.entities[reference.entity].unique_sets.size();
    for (std::size_t set = 0; set < sets; ++set) move_unique_key(reference, set, before, after);
}

void Layer::move_unique_key(Reference reference, std::size_t set, const Record* before,
                            const Record* after) {
    const auto& fields = program_.schema.entities[reference.entity].unique_sets[set];
    const auto old_key = unique_key(reference.entity, set, before, fields);
    auto new_key = unique_key(reference.entity, set, after, fields);
    if (old_key == new_key) return;
    if (old_key) put_key(*old_key, std::nullopt);
    if (new_key) put_key(std::move(*new_key), reference.key);
}

std::size_t Layer::savepoint() {
    keeps_journal_ = true;
    return journal_.size();
}

void Layer::undo_to(std::size_t savepoint) {
    while (journal_.size() > savepoint) {
        Undo undo = std::move(journal_.back());
        journal_.pop_back();
        switch (undo.map) {
            case Undo::Map::record:
                if (undo.was_there)
                    records_.insert_or_assign(undo.reference, std::move(undo.record));
                else
                    records_.erase(undo.reference);
                break;
            case Undo::Map::key:
                if (undo.was_there)
                    keys_.insert_or_assign(std::move(undo.key), undo.holder);
                else
                    keys_.erase(undo.key);
                break;
            case Undo::Map::mark:
                if (undo.was_there)
                    marks_.insert_or_assign(std::move(undo.key), std::move(undo.mark));
                else
                    marks_.erase(undo.key);
                break;
            case Undo::Map::run:
                if (undo.was_there)
                    runs_.insert_or_assign(undo.number, std::move(undo.run));
                else
                    runs_.erase(undo.number);
                break;
            case Undo::Map::timer: timers_.pop_back(); break;
            case Undo::Map::waiter: waiters_.pop_back(); break;
        }
    }
}

void Layer::end_savepoints() {
    journal_.clear();
    keeps_journal_ = false;
}

namespace {

template <class Item>
void append_moved(std::vector<Item>& from, std::vector<Item>& into) {
    if (into.empty()) return from.swap(into);
    std::move(from.begin(), from.end(), std::back_inserter(into));
    from.clear();
}

// Moves the nodes of one map over those of another, without a copy.
template <class Map>
void move_over(Map& from, Map& into) {
    if (into.empty()) return from.swap(into);
    while (!from.empty()) {
        auto node = from.extract(from.begin());
        auto [place, inserted, rest] = into.insert(std::move(node));
        if (!inserted) place->second = std::move(rest.mapped());
    }
}

}  // namespace

void Layer::merge_down() {
    PAWL_CHECK(below_ != nullptr && !below_->keeps_journal_);
    move_over(records_, below_->records_);
    move_over(keys_, below_->keys_);
    move_over(marks_, below_->marks_);
    move_over(runs_, below_->runs_);
    append_moved(timers_, below_->timers_);
    append_moved(waiters_, below_->waiters_);
    end_savepoints();
}

void Layer::drop() {
    records_.clear();
    keys_.clear();
    marks_.clear();
    runs_.clear();
    timers_.clear();
    waiters_.clear();
    end_savepoints();
}

void Layer::copy_to(WriteBatch& batch) const {
    batch.records.reserve(batch.records.size() + records_.size());
    for (const auto& [reference, record] : records_) batch.records.push_back({reference, record});
    for (const auto& [key, mark] : marks_) batch.marks.push_back(mark);
    for (const auto& [number, run] : runs_) batch.runs.push_back({number, run});
    batch.timers.insert(batch.timers.end(), timers_.begin(), timers_.end());
    batch.waiters.insert(batch.waiters.end(), waiters_.begin(), waiters_.end());
}

void Layer::move_to(WriteBatch& batch) {
    batch.records.reserve(batch.records.size() + records_.size());
    for (auto& [reference, record] : records_)
        batch.records.push_back({reference, std::move(record)});
    for (auto& [key, mark] : marks_) batch.marks.push_back(std::move(mark));
    for (auto& [number, run] : runs_) batch.runs.push_back({number, std::move(run)});
    append_moved(timers_, batch.timers);
    append_moved(waiters_, batch.waiters);
    drop();
}

}  // namespace pawl::engine
