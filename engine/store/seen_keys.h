#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The keys of events that came, as they are known without the table: what tells that one is not
// there, and where it is. No SQL; sqlite_seen.h writes and reads it.

namespace pawl::engine {

// source and id as the table knows them: 128 bits of their hash.
struct SeenKey {
    std::uint64_t hash = 0, rest = 0;
    friend auto operator<=>(const SeenKey&, const SeenKey&) = default;
};
SeenKey seen_key(std::string_view source, std::string_view id);

// Answers whether a key may have been added: never no for one that was, seldom yes for one that was
// not (one in a thousand at 16 bits a key). A key's bits lie in one cache line.
class SeenFilter {
 public:
    // For that many keys.
    explicit SeenFilter(std::uint64_t keys);

    void add(const SeenKey& key);
    bool may_have(const SeenKey& key) const;

    std::string encode() const;
    // Nothing for a text that encode did not write.
    static std::optional<SeenFilter> decode(std::string_view text);

 private:
    using Line = std::array<std::uint64_t, 8>;
    // Zero from the system: a page that no key touched takes no memory.
    struct Free {
        void operator()(Line* lines) const { std::free(lines); }
    };

    std::size_t count_ = 0;  // a power of two
    std::unique_ptr<Line[], Free> lines_;
};

// The place of a key in its bucket: how many came before it.
using SeenPlace = std::uint32_t;
// So that a place is three letters.
inline constexpr std::uint64_t seen_places_max = 1u << 18;

// The keys of a bucket that grows, in the order in which they came, and the place of each. 24 bytes
// a key, up to twice that before it doubles.
class SeenIndex {
 public:
    void add(const SeenKey& key);
    // The last place of a key that was added more than once.
    std::optional<SeenPlace> find(const SeenKey& key) const;
    const std::vector<SeenKey>& keys() const { return keys_; }

 private:
    // Where the key is, or would be.
    std::size_t slot_of(const SeenKey& key) const;
    void grow();

    std::vector<SeenKey> keys_;
    std::vector<std::uint32_t> slots_;  // a place and 1, or 0; half of them are free
};

// The places of a bucket that grows no more, as texts. A key's hash says in which of them its place
// is; it stands there behind 12 more bits of the hash, which one in 4,096 of other keys has too: so
// some 128 keys a text, five letters each.
std::uint64_t seen_part_count(std::uint64_t keys);
std::uint64_t seen_part(const SeenKey& key, std::uint64_t part_count);
std::vector<std::string> encode_places(std::span<const SeenKey> keys);
// Where the key may be, the last place first. Nothing for a text that encode_places did not write.
std::optional<std::vector<SeenPlace>> decode_places(std::string_view part, const SeenKey& key);

}  // namespace pawl::engine
