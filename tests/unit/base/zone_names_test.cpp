#include "base/zone_names.h"

#include <catch2/catch.hpp>

#include "base/zone.h"

using namespace pawl;

TEST_CASE("the zone that is likely meant is found") {
    CHECK(closest_zone("Africa/Nairobbi") == "Africa/Nairobi");
    CHECK(closest_zone("africa/nairobi") == "Africa/Nairobi");
    CHECK(closest_zone("nairobi") == "Africa/Nairobi");
    CHECK(closest_zone("New York") == "America/New_York");
    CHECK(closest_zone("Europe/Nairobi") == "Africa/Nairobi");
    CHECK(closest_zone("America/Argentina/Ushuaya") == "America/Argentina/Ushuaia");
}

TEST_CASE("where no zone is near, none is named") {
    CHECK(closest_zone("").empty());
    CHECK(closest_zone("somewhere else").empty());
    CHECK(closest_zone("/").empty());
    CHECK(closest_zone(std::string(100'000, 'a')).empty());
}

TEST_CASE("what is named is a zone of the database") {
    for (const char* written : {"leapsecond", "posixrule", "tzdata", "zone.tab", "right/Utc",
                                "EST5", "+VERSION", "iso3166"}) {
        const std::string closest = closest_zone(written);
        INFO(written << " gave " << closest);
        CHECK((closest.empty() || Zone::find(closest).has_value()));
    }
}
