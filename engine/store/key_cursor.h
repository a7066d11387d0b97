#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "rules/records.h"

namespace pawl::engine {

// The answer of a scan whose keys were gathered beforehand, ascending.
class KeyListCursor final : public rules::RecordCursor {
 public:
    explicit KeyListCursor(std::vector<rules::RecordKey> keys) : keys_(std::move(keys)) {}

    std::optional<rules::RecordKey> next() override {
        if (place_ == keys_.size()) return std::nullopt;
        return keys_[place_++];
    }

 private:
    std::vector<rules::RecordKey> keys_;
    std::size_t place_ = 0;
};

}  // namespace pawl::engine
