#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// Small numbers for the texts and whole numbers that rules compare with, so that a comparison of
// an event's field is one look-up however many rules make it. 0 stands for what no rule names.

namespace pawl::rules::internal {

using Symbol = std::uint32_t;
constexpr Symbol no_symbol = 0;

// The high and the low half of one wide product: every bit of both words counts.
inline std::uint64_t mix_bits(std::uint64_t left, std::uint64_t right) {
    __extension__ typedef unsigned __int128 Wide;
    const Wide product =
        static_cast<Wide>(left ^ 0x9e3779b97f4a7c15u) * (right ^ 0xe7037ed1a0b428dbu);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class Word>
std::uint64_t load_bytes(const char* from) {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

// Eight bytes at a time; the last ones overlap those before. Not against an adversary: an event
// looks texts up and adds none.
inline std::uint64_t hash_text(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t hash = left * 0x2545f4914f6cdd1du;
    if (left >= 8 && left <= 16) {
        return mix_bits(hash ^ load_bytes<std::uint64_t>(at),
                        load_bytes<std::uint64_t>(at + left - 8));
    }
    if (left > 16) {
        for (; left > 8; at += 8, left -= 8) hash = mix_bits(hash, load_bytes<std::uint64_t>(at));
        return mix_bits(hash, load_bytes<std::uint64_t>(at + left - 8));
    }
    if (left >= 4) {
        const std::uint64_t head = load_bytes<std::uint32_t>(at);
        return mix_bits(hash, head << 32 | load_bytes<std::uint32_t>(at + left - 4));
    }
    for (; left > 0; ++at, --left) hash = hash << 8 | static_cast<unsigned char>(*at);
    return mix_bits(hash, 0);
}

// As ==, without a call for the short texts that rules compare with.
inline bool equal_texts(std::string_view left, std::string_view right) {
    const std::size_t size = left.size();
    if (size != right.size()) return false;
    if (size < 8 || size > 32) return left == right;
    const char* const l = left.data();
    const char* const r = right.data();
    const auto differ = [&](std::size_t at) {
        return load_bytes<std::uint64_t>(l + at) ^ load_bytes<std::uint64_t>(r + at);
    };
    std::uint64_t difference = differ(0) | differ(size - 8);
    if (size > 16) difference |= differ(8) | differ(size - 16);
    return difference == 0;
}

class TextSymbols {
 public:
    Symbol add(std::string_view text);
    Symbol find(std::string_view text) const {
        const std::uint64_t hash = hash_text(text);
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t place = hash & mask_;; place = (place + 1) & mask_) {
            const Place& found = table_[place];
            if (found.symbol == no_symbol) return no_symbol;
            if (found.tag == tag && equal_texts(text_of(found.symbol), text)) return found.symbol;
        }
    }

 private:
    struct Place {
        std::uint32_t tag = 0;
        Symbol symbol = no_symbol;
    };
    struct Stored {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    std::string_view text_of(Symbol symbol) const {
        const Stored& stored = stored_[symbol - 1];
        return {bytes_.data() + stored.begin, stored.size};
    }
    void grow();

    std::vector<Place> table_ = std::vector<Place>(16);
    std::size_t mask_ = 15;
    std::vector<Stored> stored_;
    std::string bytes_;
};

class NumberSymbols {
 public:
    Symbol add(std::int64_t number);
    Symbol find(std::int64_t number) const {
        const std::uint64_t hash = mix_bits(static_cast<std::uint64_t>(number), 0);
        for (std::size_t place = hash & mask_;; place = (place + 1) & mask_) {
            const Place& found = table_[place];
            if (found.symbol == no_symbol || found.number == number) return found.symbol;
        }
    }

 private:
    struct Place {
        std::int64_t number = 0;
        Symbol symbol = no_symbol;
    };
    void grow();

    std::vector<Place> table_ = std::vector<Place>(16);
    std::size_t mask_ = 15;
    std::size_t count_ = 0;
};

}  // namespace pawl::rules::internal
