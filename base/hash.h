#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pawl {

// A 128-bit content hash (BLAKE2b): names a program, a unit, an event's body.
struct Hash {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const Hash&, const Hash&) = default;

    std::string hex() const;
};

Hash hash_bytes(std::string_view bytes);

// Quick, for tables in memory only: not stable between releases, not against an adversary's choice
// of keys unless seeded.
std::uint64_t quick_hash(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace pawl
