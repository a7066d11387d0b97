#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/ports/store_reader.h"
#include "rules/program.h"
#include "rules/records.h"

// The author's records as they were at an instant: what is, with every later change taken back,
// the newest first. Lies over a reader, whose snapshot may move on while records are looked at.

namespace pawl::engine {

class RecordsAt final : public rules::Records {
 public:
    // All outlive it.
    RecordsAt(const rules::Program& program, StoreReader& reader, Instant at);

    // To be called after every `begin` of the reader: takes back what was changed meanwhile, too.
    Status follow();

    // The record as it was; nothing when it was not there.
    rules::RecordPointer get(rules::Reference reference) override;
    // Every record that is there now or was then; `get` decides.
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override;

    struct Kept {
        rules::RecordKey key = 0;
        rules::RecordPointer record;
    };
    // The records above `after`, ascending, as far as one page of the reader goes. `next` is where
    // the following page begins; nothing at the end.
    Result<std::vector<Kept>> page(rules::EntityIndex entity, rules::RecordKey after,
                                   std::optional<rules::RecordKey>& next);

    // What the first follow found to be new since then: by entity the lowest numbers of ids such as
    // the engine gives ("task-7") with the input that made the record, and the lowest key.
    using NewIds = std::map<std::int64_t, InputNumber>;
    const std::map<rules::EntityIndex, NewIds>& new_ids() const { return new_ids_; }
    std::optional<rules::RecordKey> new_key() const { return new_key_; }

 private:
    // How a record was, as far as it was otherwise.
    struct Past {
        std::optional<bool> was_there;
        std::map<rules::FieldIndex, rules::Value> fields;
    };
    using Pasts = std::map<rules::Reference, Past>;

    void take_back(const FieldChange& change, Pasts& pasts);
    void note_created(const FieldChange& change);
    rules::RecordPointer past_of(rules::Reference reference, rules::RecordPointer now) const;

    const rules::Program& program_;
    StoreReader& reader_;
    Instant at_;
    Pasts pasts_;
    std::optional<InputNumber> followed_;  // changes up to this turn are taken back
    std::map<rules::EntityIndex, NewIds> new_ids_;
    std::optional<rules::RecordKey> new_key_;
};

// The number of an id that the engine gave: 7 of "task-7" where `prefix` is "task-".
std::optional<std::int64_t> number_of_id(std::string_view id, std::string_view prefix);

// Why what was at `asked` cannot be told, where the history begins at `from`.
Error not_kept(Instant asked, Instant from);

}  // namespace pawl::engine
