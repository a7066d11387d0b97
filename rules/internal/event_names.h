#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The names that an object of JSON may have, each found where it stands in the text.

namespace pawl::rules::internal {

class EventNames {
 public:
    // Names are numbered as they are given.
    explicit EventNames(const std::vector<std::string>& names);

    // A new object.
    void start() { place_ = 0; }
    // Senders write their names in one order: the name that followed the last one in the object
    // before, if it stands here, behind the opening quote; else none. 32 bytes must be readable.
    [[gnu::always_inline]] std::size_t expect(const char* text) {
        if (place_ >= order_.size()) return none;
        const std::size_t number = order_[place_];
        if (!names_[number].stands_at(text)) return none;
        ++place_;
        return number;
    }
    // The name's number, or none.
    std::size_t find(std::string_view name);

    static constexpr std::size_t none = ~std::size_t{0};

 private:
    struct Name {
        std::string text;
        // The first and the last eight bytes, the first ones filled up with zeros.
        std::uint64_t head = 0, head_mask = 0, tail = 0;

        bool stands_at(const char* at) const {
            if ((load(at) & head_mask) != head) return false;
            const std::size_t size = text.size();
            if (size > 8 && load(at + size - 8) != tail) return false;
            if (size > 16 && std::memcmp(at + 8, text.data() + 8, size - 16) != 0) return false;
            return at[size] == '"';
        }
    };
    static std::uint64_t load(const char* at) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    static std::uint64_t hash(std::string_view name);

    std::vector<Name> names_;
    std::vector<std::size_t> table_;  // by hash
    std::vector<std::size_t> order_;  // as the object before had them
    std::size_t place_ = 0;           // in order_
};

}  // namespace pawl::rules::internal
