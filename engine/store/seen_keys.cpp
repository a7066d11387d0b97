#include "engine/store/seen_keys.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/hash.h"

namespace pawl::engine {

namespace {

constexpr std::uint64_t bits_a_key = 16;
constexpr std::uint64_t bits_a_line = 512;
constexpr int probes = 7;  // of 9 bits each, out of 64

constexpr std::uint64_t keys_a_part = 128;
constexpr std::uint64_t mark_bits = 12;
constexpr int mark_letters = 2, place_letters = 3;
constexpr std::size_t entry_letters = mark_letters + place_letters;

std::uint64_t read_word(const std::uint8_t* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

// Base 64 without padding: six bits a letter, the lowest first.
constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr int letters_a_word = 11;

void append_letters(std::string& text, std::uint64_t word, int count) {
    for (; count > 0; --count, word >>= 6) text.push_back(letters[word & 63]);
}

std::optional<std::uint64_t> letter_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    if (c == '_') return 63;
    return std::nullopt;
}

std::optional<std::uint64_t> read_letters(std::string_view text) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto value = letter_value(text[i]);
        if (!value) return std::nullopt;
        word |= *value << (6 * i);
    }
    return word;
}

// Not the bits that tell the part.
std::uint64_t mark_of(const SeenKey& key) { return key.hash & ((1u << mark_bits) - 1); }

}  // namespace

SeenKey seen_key(std::string_view source, std::string_view id) {
    std::string bytes;
    bytes.reserve(source.size() + id.size() + 1);
    bytes.append(source).push_back('\0');
    bytes.append(id);
    const Hash hash = hash_bytes(bytes);
    return {read_word(hash.bytes.data()), read_word(hash.bytes.data() + 8)};
}

SeenFilter::SeenFilter(std::uint64_t keys)
    : count_(std::bit_ceil(std::max<std::uint64_t>(keys * bits_a_key / bits_a_line, 1))),
      lines_(static_cast<Line*>(std::calloc(count_, sizeof(Line)))) {
    if (lines_ == nullptr) throw std::bad_alloc();
}

void SeenFilter::add(const SeenKey& key) {
    Line& line = lines_[key.hash & (count_ - 1)];
    for (int i = 0; i < probes; ++i) {
        const std::uint64_t bit = key.rest >> (9 * i) & (bits_a_line - 1);
        line[bit / 64] |= 1ull << (bit % 64);
    }
}

bool SeenFilter::may_have(const SeenKey& key) const {
    const Line& line = lines_[key.hash & (count_ - 1)];
    for (int i = 0; i < probes; ++i) {
        const std::uint64_t bit = key.rest >> (9 * i) & (bits_a_line - 1);
        if ((line[bit / 64] >> (bit % 64) & 1) == 0) return false;
    }
    return true;
}

std::string SeenFilter::encode() const {
    std::string text;
    text.reserve(count_ * 8 * letters_a_word);
    for (std::size_t at = 0; at < count_; ++at)
        for (const std::uint64_t word : lines_[at]) append_letters(text, word, letters_a_word);
    return text;
}

std::optional<SeenFilter> SeenFilter::decode(std::string_view text) {
    constexpr std::size_t line_letters = 8 * letters_a_word;
    const std::size_t count = text.size() / line_letters;
    if (text.size() % line_letters != 0 || !std::has_single_bit(count)) return std::nullopt;
    SeenFilter filter(count * bits_a_line / bits_a_key);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::uint64_t& word : filter.lines_[i]) {
            const auto read = read_letters(text.substr(0, letters_a_word));
            if (!read) return std::nullopt;
            word = *read;
            text.remove_prefix(letters_a_word);
        }
    }
    return filter;
}

void SeenIndex::add(const SeenKey& key) {
    PAWL_CHECK(keys_.size() < seen_places_max);
    if (2 * (keys_.size() + 1) > slots_.size()) grow();
    const std::size_t slot = slot_of(key);
    keys_.push_back(key);
    slots_[slot] = static_cast<std::uint32_t>(keys_.size());
}

std::optional<SeenPlace> SeenIndex::find(const SeenKey& key) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t found = slots_[slot_of(key)];
    if (found == 0) return std::nullopt;
    return found - 1;
}

std::size_t SeenIndex::slot_of(const SeenKey& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = key.hash & mask;
    while (slots_[slot] != 0 && keys_[slots_[slot] - 1] != key) slot = (slot + 1) & mask;
    return slot;
}

void SeenIndex::grow() {
    slots_.assign(std::max<std::size_t>(2 * slots_.size(), 16), 0);
    // In the order in which they came, so that the last of equal keys stays the one that is found.
    for (std::size_t i = 0; i < keys_.size(); ++i)
        slots_[slot_of(keys_[i])] = static_cast<std::uint32_t>(i + 1);
}

std::uint64_t seen_part_count(std::uint64_t keys) { return (keys + keys_a_part - 1) / keys_a_part; }

std::uint64_t seen_part(const SeenKey& key, std::uint64_t part_count) {
    return (key.hash >> 32) * part_count >> 32;
}

std::vector<std::string> encode_places(std::span<const SeenKey> keys) {
    PAWL_CHECK(keys.size() <= seen_places_max);
    std::vector<std::string> parts(seen_part_count(keys.size()));
    for (std::size_t place = 0; place < keys.size(); ++place) {
        std::string& part = parts[seen_part(keys[place], parts.size())];
        append_letters(part, mark_of(keys[place]), mark_letters);
        append_letters(part, place, place_letters);
    }
    return parts;
}

std::optional<std::vector<SeenPlace>> decode_places(std::string_view part, const SeenKey& key) {
    if (part.size() % entry_letters != 0) return std::nullopt;
    std::vector<SeenPlace> places;
    for (; !part.empty(); part.remove_prefix(entry_letters)) {
        const auto mark = read_letters(part.substr(0, mark_letters));
        const auto place = read_letters(part.substr(mark_letters, place_letters));
        if (!mark || !place) return std::nullopt;
        if (*mark == mark_of(key)) places.push_back(static_cast<SeenPlace>(*place));
    }
    std::reverse(places.begin(), places.end());
    return places;
}

}  // namespace pawl::engine
