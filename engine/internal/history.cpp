#include "engine/internal/history.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "engine/store/key_cursor.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::RecordKey;
using rules::RecordPointer;
using rules::Reference;

namespace {

constexpr std::size_t page_records = 500;
constexpr std::size_t new_ids_kept = 64;  // the lowest is wanted, unless it was given by hand

}  // namespace

std::optional<std::int64_t> number_of_id(std::string_view id, std::string_view prefix) {
    if (!id.starts_with(prefix)) return std::nullopt;
    id.remove_prefix(prefix.size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size() || number < 1 || id[0] == '0')
        return std::nullopt;
    return number;
}

Error not_kept(Instant asked, Instant from) {
    return {.code = "not_kept",
            .message = "what was at " + format_instant(asked) +
                       " is not kept any more: the history begins at " + format_instant(from) +
                       ", as `keep` of the rulebook says"};
}

RecordsAt::RecordsAt(const rules::Program& program, StoreReader& reader, Instant at)
    : program_(program), reader_(reader), at_(at) {}

void RecordsAt::note_created(const FieldChange& change) {
    const RecordKey key = change.record.key;
    if (!new_key_ || key < *new_key_) new_key_ = key;
    if (change.after.kind() != rules::Kind::text) return;
    const std::string& name = program_.schema.entities[change.record.entity].name;
    const auto number = number_of_id(change.after.as_text(), name + "-");
    if (!number) return;
    NewIds& ids = new_ids_[change.record.entity];
    ids.insert_or_assign(*number, change.input);
    if (ids.size() > new_ids_kept) ids.erase(std::prev(ids.end()));
}

// Called from the newest change to the oldest: the last word on a field is the right one.
void RecordsAt::take_back(const FieldChange& change, Pasts& pasts) {
    Past& past = pasts[change.record];
    if (change.field == rules::field_id) {
        past.was_there = !change.before.is_missing();
        if (!followed_ && change.before.is_missing()) note_created(change);
    }
    past.fields.insert_or_assign(change.field, change.before);
}

Status RecordsAt::follow() {
    Pasts pasts;
    const InputNumber position = reader_.counters().position;
    Status read = reader_.changes_after(at_, [&](const FieldChange& change) {
        // The answer to a call has no number of its own; its turn follows one that has.
        if (followed_ && change.input != 0 && change.input <= *followed_) return false;
        take_back(change, pasts);
        return true;
    });
    if (!read) return read;
    followed_ = position;
    // What was found before is older, and stays.
    for (auto& [reference, newer] : pasts) {
        Past& past = pasts_[reference];
        if (!past.was_there) past.was_there = newer.was_there;
        past.fields.merge(newer.fields);
    }
    return Done{};
}

RecordPointer RecordsAt::past_of(Reference reference, RecordPointer now) const {
    const auto found = pasts_.find(reference);
    if (found == pasts_.end()) return now;
    const Past& past = found->second;
    if (past.was_there == false || (now == nullptr && !past.was_there)) return nullptr;
    auto record =
        now != nullptr ? std::make_shared<rules::Record>(*now) : std::make_shared<rules::Record>();
    record->fields.resize(program_.schema.entities[reference.entity].fields.size());
    for (const auto& [field, value] : past.fields)
        if (field < record->fields.size()) record->fields[field] = value;
    return record;
}

RecordPointer RecordsAt::get(Reference reference) {
    return past_of(reference, reader_.get(reference));
}

std::unique_ptr<rules::RecordCursor> RecordsAt::scan(const rules::ScanRequest& request) {
    std::vector<RecordKey> keys;
    rules::ScanRequest every;
    every.entity = request.entity;
    every.after = request.after;
    const auto cursor = reader_.scan(every);
    while (const auto key = cursor->next()) keys.push_back(*key);
    const auto end = pasts_.lower_bound({static_cast<EntityIndex>(request.entity + 1), 0});
    for (auto past = pasts_.upper_bound({request.entity, request.after}); past != end; ++past)
        keys.push_back(past->first.key);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return std::make_unique<KeyListCursor>(std::move(keys));
}

Result<std::vector<RecordsAt::Kept>> RecordsAt::page(EntityIndex entity, RecordKey after,
                                                     std::optional<RecordKey>& next) {
    ListRequest request;
    request.entity = entity;
    request.after = after;
    request.limit = page_records;
    PAWL_TRY(const std::vector<ListedRecord> now, reader_.list(request));
    const bool is_last = now.size() < page_records;
    next = is_last ? std::nullopt : std::optional(now.back().key);
    std::map<RecordKey, RecordPointer> then;
    for (const ListedRecord& each : now)
        then.emplace(each.key, past_of({entity, each.key}, each.record));
    // What is gone since.
    auto past = pasts_.upper_bound({entity, after});
    for (; past != pasts_.end() && past->first.entity == entity; ++past) {
        if (next && past->first.key > *next) break;
        if (then.count(past->first.key) == 0)
            then.emplace(past->first.key, past_of(past->first, nullptr));
    }
    std::vector<Kept> kept;
    for (auto& [key, record] : then)
        if (record != nullptr) kept.push_back({key, std::move(record)});
    return kept;
}

}  // namespace pawl::engine
