#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/process/shop.h"

using Catch::Matchers::Contains;
using pawl::process::Finished;
using pawl::process::Workplace;
using pawl::process::write_shop;

TEST_CASE("check tells what a rulebook without mistakes holds") {
    const Workplace place;
    write_shop(place);
    const Finished done = place.pawl({"check", "shop"});
    CHECK(done.exit == 0);
    CHECK(done.err.empty());
    CHECK(done.out == "no mistakes: 3 rules, 1 entity, 0 flows, 0 tests\n");
    CHECK(place.pawl({"check", "shop/"}).out == done.out);
    CHECK(place.shell("cd shop && pawl check .").out == done.out);
}

TEST_CASE("check tells every mistake on standard error and their number on standard output") {
    const Workplace place;
    write_shop(place);
    place.write("shop/more.pawl",
                "rule a \"A\"\n  when parcel.status becomes payed\n  then\n    log \"x\"\nend\n"
                "rule b \"B\"\n  when parcel is created\n  then\n    log parcel.colour\nend\n");
    const Finished done = place.pawl({"check", "shop"});
    CHECK(done.exit == 1);
    CHECK(done.out == "2 mistakes\n");
    CHECK_THAT(done.err, Contains("more.pawl:2:") && Contains("payed") && Contains("`paid`"));
    CHECK_THAT(done.err, Contains("more.pawl:9:") && Contains("colour"));
    CHECK_THAT(done.err, !Contains("\x1b["));
}

TEST_CASE("check --json prints a mistake a line, on standard output") {
    const Workplace place;
    write_shop(place);
    place.write("shop/more.pawl",
                "rule a \"A\"\n  when parcel.status becomes payed\n  then\n    log \"x\"\nend\n");
    const Finished done = place.pawl({"check", "shop", "--json"});
    CHECK(done.exit == 1);
    CHECK(done.err.empty());
    CHECK_THAT(done.out, Catch::Matchers::StartsWith("{\"code\":\"PW0"));
    CHECK_THAT(done.out, Contains("\"severity\":\"error\",\"file\":\"more.pawl\",\"line\":2,"));
    CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 1);
}

TEST_CASE("a warning alone is no mistake") {
    const Workplace place;
    write_shop(place);
    place.write("shop/unused.pawl", "setting idle = 5 \"Nobody uses it\"\n");
    const Finished done = place.pawl({"check", "shop"});
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, Catch::Matchers::StartsWith("no mistakes, 1 warning: "));
    CHECK_THAT(done.err, Contains("idle"));
}

TEST_CASE("what cannot be read as a rulebook is exit 2, with the reason") {
    const Workplace place;
    place.write("empty/readme.md", "nothing\n");
    SECTION("a folder that is not there") {
        const Finished done = place.pawl({"check", "nowhere"});
        CHECK(done.exit == 2);
        CHECK_THAT(done.err, Contains("nowhere") && Contains("is not there"));
        CHECK(done.out.empty());
    }
    SECTION("a folder without rules") {
        const Finished done = place.pawl({"check", "empty"});
        CHECK(done.exit == 2);
        CHECK_THAT(done.err, Contains("holds no file that ends in `.pawl`"));
    }
    SECTION("a file that may not be read") {
        write_shop(place);
        const std::string path = place.path() + "/shop/payments.pawl";
        REQUIRE(::chmod(path.c_str(), 0) == 0);
        // Root reads everything; then it is the missing permission that cannot be tried.
        if (::access(path.c_str(), R_OK) != 0) {
            const Finished done = place.pawl({"check", "shop"});
            CHECK(done.exit == 2);
            CHECK_THAT(done.err, Contains("payments.pawl") && Contains("may not be read"));
        }
    }
    SECTION("a link that leads out of the folder") {
        write_shop(place);
        place.write("secret.pawl", "entity secret_of_others\n  name text\nend\n");
        REQUIRE(::symlink("../secret.pawl", (place.path() + "/shop/link.pawl").c_str()) == 0);
        const Finished done = place.pawl({"check", "shop"});
        CHECK(done.exit == 2);
        CHECK_THAT(done.err, Contains("link.pawl") && Contains("leads out of the folder"));
    }
    SECTION("a link that leads nowhere") {
        write_shop(place);
        REQUIRE(::symlink("gone.pawl", (place.path() + "/shop/link.pawl").c_str()) == 0);
        CHECK(place.pawl({"check", "shop"}).exit == 2);
    }
    SECTION("a folder that contains itself by a link is read once") {
        write_shop(place);
        REQUIRE(::symlink("..", (place.path() + "/shop/again").c_str()) == 0);
        const Finished done = place.pawl({"check", "shop"});
        CHECK(done.exit == 2);  // the link leads out of `shop`
        REQUIRE(::unlink((place.path() + "/shop/again").c_str()) == 0);
        REQUIRE(::symlink(".", (place.path() + "/shop/again").c_str()) == 0);
        CHECK(place.pawl({"check", "shop"}).exit == 0);
    }
    SECTION("a file larger than any rulebook") {
        write_shop(place);
        place.write("shop/large.pawl", std::string((64u << 20) + 1, '#'));
        const Finished done = place.pawl({"check", "shop"});
        CHECK(done.exit == 2);
        CHECK_THAT(done.err, Contains("large.pawl") && Contains("has more than 67108864 bytes"));
    }
}

TEST_CASE("rule files that hold no rules are mistakes, not crashes") {
    const Workplace place;
    write_shop(place);
    const std::string text =
        GENERATE(as<std::string>{}, std::string("\0\0\0", 3), "\xff\xfe\xfa", "rule", "rule a \"A",
                 std::string(100'000, '('), "end end end", "\r\r\r;");
    place.write("shop/odd.pawl", text);
    const Finished done = place.pawl({"check", "shop"});
    CHECK(done.exit == 1);
    CHECK_THAT(done.err, Contains("odd.pawl"));
}

TEST_CASE("one file is a rulebook too, with the templates that it names") {
    const Workplace place;
    place.write("one/book.pawl",
                "rulebook one\n  pawl 1\n  timezone UTC\n  currency KES\nend\n"
                "event note\n  text text\n  to email\nend\n"
                "template email letter (text: text)\n"
                "  subject \"A note\"\n  body file \"letter.md\"\nend\n"
                "rule tell \"Tell\"\n  when note as n\n  then\n"
                "    send email letter to n.to with text: n.text\nend\n");
    place.write("one/letter.md", "It says {{text}}.\n");
    place.write("one/broken.pawl", "this is none of its files");
    const Finished done = place.pawl({"check", "one/book.pawl"});
    CHECK(done.err == "");
    CHECK(done.exit == 0);
}
