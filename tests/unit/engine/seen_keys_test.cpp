#include "engine/store/seen_keys.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace pawl::engine {

namespace {

SeenKey key(int number) { return seen_key("/shop", "e" + std::to_string(number)); }

std::vector<SeenKey> keys(int count) {
    std::vector<SeenKey> all;
    for (int i = 0; i < count; ++i) all.push_back(key(i));
    return all;
}

}  // namespace

TEST_CASE("a filter never loses a key, seldom claims one, and reads back as it was") {
    SeenFilter filter(10'000);
    for (int i = 0; i < 10'000; ++i) filter.add(key(i));
    const auto claimed = [](const SeenFilter& of) {
        int count = 0;
        for (int i = 10'000; i < 30'000; ++i) count += of.may_have(key(i)) ? 1 : 0;
        return count;
    };
    const auto back = SeenFilter::decode(filter.encode());
    REQUIRE(back);
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(filter.may_have(key(i)));
        REQUIRE(back->may_have(key(i)));
    }
    CHECK(claimed(filter) < 100);  // half a percent
    CHECK(claimed(*back) == claimed(filter));
    CHECK_FALSE(SeenFilter::decode(""));
    CHECK_FALSE(SeenFilter::decode(filter.encode() + "A"));
    CHECK_FALSE(SeenFilter::decode(std::string(88, '!')));
    CHECK_FALSE(SeenFilter::decode(std::string(88 * 3, 'A')));
}

TEST_CASE("a filter of few keys is small") {
    SeenFilter filter(500);
    for (int i = 0; i < 500; ++i) filter.add(key(i));
    CHECK(filter.encode().size() < 2'000);
}

TEST_CASE("an index has the place of every key, and of no other") {
    SeenIndex index;
    CHECK_FALSE(index.find(key(0)));
    for (int i = 0; i < 5'000; ++i) {
        index.add(key(i));
        REQUIRE(index.find(key(i)) == static_cast<SeenPlace>(i));
    }
    for (int i = 0; i < 5'000; ++i) REQUIRE(index.find(key(i)) == static_cast<SeenPlace>(i));
    for (int i = 5'000; i < 10'000; ++i) REQUIRE_FALSE(index.find(key(i)));
    CHECK(index.keys() == keys(5'000));
}

TEST_CASE("keys that share the half of their hash have places of their own") {
    SeenIndex index;
    for (std::uint64_t i = 0; i < 100; ++i) index.add({7, i});
    for (std::uint64_t i = 0; i < 100; ++i) CHECK(index.find({7, i}) == i);
    CHECK_FALSE(index.find({7, 100}));
    CHECK_FALSE(index.find({8, 7}));
}

TEST_CASE("of a key that was added again the last place is known, however the index grows") {
    SeenIndex index;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 50; ++i) index.add(key(i));
    for (int i = 0; i < 50; ++i) CHECK(index.find(key(i)) == static_cast<SeenPlace>(100 + i));
}

TEST_CASE("of the places of a closed bucket a key finds its own, and seldom another's") {
    constexpr int count = 20'000;
    const std::vector<std::string> parts = encode_places(keys(count));
    REQUIRE(parts.size() == seen_part_count(count));
    std::size_t letters = 0, longest = 0;
    for (const std::string& part : parts) {
        letters += part.size();
        longest = std::max(longest, part.size());
    }
    CHECK(letters == 5 * count);
    CHECK(longest < 1'000);  // some of them lie in a page
    std::size_t others = 0;
    for (int i = 0; i < 2 * count; ++i) {
        const auto places = decode_places(parts.at(seen_part(key(i), parts.size())), key(i));
        REQUIRE(places);
        const bool is_there = std::count(places->begin(), places->end(), i) == 1;
        REQUIRE(is_there == (i < count));
        others += places->size() - (is_there ? 1 : 0);
    }
    CHECK(others < count / 5);
    CHECK(others > 0);
}

TEST_CASE("the last place of a key comes first, and the last of them all is no other") {
    std::vector<SeenKey> twice = {key(1), key(2), key(1)};
    const auto parts = encode_places(twice);
    REQUIRE(parts.size() == 1);
    CHECK(decode_places(parts[0], key(1)) == std::vector<SeenPlace>{2, 0});
    std::vector<SeenKey> most(seen_places_max, SeenKey{});
    most.back() = key(3);
    const auto full = encode_places(most);
    CHECK(decode_places(full.at(seen_part(key(3), full.size())), key(3))->front() ==
          seen_places_max - 1);
}

TEST_CASE("what is no text of places is not read for one") {
    const std::string part = encode_places(keys(3)).at(0);
    CHECK(decode_places("", key(1))->empty());
    CHECK_FALSE(decode_places(part + "A", key(1)));
    CHECK_FALSE(decode_places("AA!AA", key(1)));
    CHECK_FALSE(decode_places("!AAAA", key(1)));
}

}  // namespace pawl::engine
