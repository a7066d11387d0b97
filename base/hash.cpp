#include "base/hash.h"

#include <sodium.h>

#include <cstring>

#include "base/check.h"

namespace pawl {

namespace {

// The constants and the mixing step are wyhash's (public domain): two words are multiplied to 128
// bits and folded.
constexpr std::uint64_t secret_a = 0xa0761d6478bd642fu;
constexpr std::uint64_t secret_b = 0xe7037ed1a0b428dbu;
constexpr std::uint64_t secret_c = 0x8ebc6af09c88c6e3u;

__extension__ using Product = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const Product product = static_cast<Product>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t read_8(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    return word;
}

std::uint64_t read_4(const char* at) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, 4);
    return word;
}

// 1 to 3 bytes, each of them looked at.
std::uint64_t read_3(const char* at, std::size_t size) {
    const auto byte = [&](std::size_t index) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(at[index]));
    };
    return byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
}

}  // namespace

std::string Hash::hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

Hash hash_bytes(std::string_view bytes) {
    // Chooses the processor's fastest code once; without it libsodium takes the slow one.
    static const int ready = sodium_init();
    PAWL_CHECK(ready >= 0);
    Hash hash;
    static_assert(sizeof(hash.bytes) >= crypto_generichash_BYTES_MIN);
    const int answer = crypto_generichash(hash.bytes.data(), hash.bytes.size(),
                                          reinterpret_cast<const unsigned char*>(bytes.data()),
                                          bytes.size(), nullptr, 0);
    PAWL_CHECK(answer == 0);
    return hash;
}

std::uint64_t quick_hash(std::string_view bytes, std::uint64_t seed) {
    const char* at = bytes.data();
    const std::size_t size = bytes.size();
    std::uint64_t state = seed ^ mix(seed ^ secret_a, secret_b);
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    if (size <= 16) {
        if (size >= 8) {
            a = read_8(at);
            b = read_8(at + size - 8);
        } else if (size >= 4) {
            a = read_4(at);
            b = read_4(at + size - 4);
        } else if (size > 0) {
            a = read_3(at, size);
        }
    } else {
        std::size_t left = size;
        for (; left > 16; left -= 16, at += 16)
            state = mix(read_8(at) ^ secret_b, read_8(at + 8) ^ state);
        // The last 16 bytes; they may overlap what was read.
        a = read_8(at + left - 16);
        b = read_8(at + left - 8);
    }
    return mix(secret_c ^ size, mix(a ^ secret_b, b ^ state));
}

}  // namespace pawl
