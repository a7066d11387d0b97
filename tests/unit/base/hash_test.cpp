#include "base/hash.h"

#include <catch2/catch.hpp>
#include <set>

using namespace pawl;

TEST_CASE("a content hash is BLAKE2b of 16 bytes") {
    // `b2sum -l 128` gives the same.
    CHECK(hash_bytes("").hex() == "cae66941d9efbd404e4d88758ea67670");
    CHECK(hash_bytes("abc").hex() == "cf4ab791c62b8d2b2109c90275287816");
    CHECK(hash_bytes("abc") == hash_bytes("abc"));
    CHECK(hash_bytes("abc") != hash_bytes("abd"));
    CHECK(Hash{}.hex() == "00000000000000000000000000000000");
}

TEST_CASE("the quick hash sees every byte, the length and the seed") {
    std::set<std::uint64_t> seen;
    std::size_t count = 0;
    for (std::size_t size = 0; size <= 70; ++size) {
        std::string text(size, 'a');
        seen.insert(quick_hash(text));
        ++count;
        for (std::size_t at = 0; at < size; ++at) {
            text[at] = 'b';
            seen.insert(quick_hash(text));
            ++count;
            text[at] = 'a';
        }
    }
    CHECK(seen.size() == count);
    CHECK(quick_hash("abc") == quick_hash("abc"));
    CHECK(quick_hash("abc", 1) != quick_hash("abc", 2));
}

TEST_CASE("the quick hash spreads over the low bits") {
    std::vector<int> buckets(256);
    for (int number = 0; number < 25'600; ++number)
        ++buckets[quick_hash("project-" + std::to_string(number)) % buckets.size()];
    for (const int filled : buckets) {
        CHECK(filled > 50);
        CHECK(filled < 150);
    }
}
