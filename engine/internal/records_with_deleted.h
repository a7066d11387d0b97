#pragma once

#include <memory>

#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// Reads of the rules that a deletion set off: the record as it was.

namespace pawl::engine {

class RecordsWithDeleted final : public rules::Records {
 public:
    // Both outlive it.
    RecordsWithDeleted(Layer& layer, const SetOff& by) : layer_(layer), by_(by) {}

    rules::RecordPointer get(rules::Reference reference) override {
        rules::RecordPointer record = layer_.get(reference);
        if (record == nullptr && by_.deleted == reference) return by_.deleted_record;
        return record;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return layer_.scan(request);
    }

 private:
    Layer& layer_;
    const SetOff& by_;
};

}  // namespace pawl::engine
