#include <catch2/catch.hpp>

#include "tests/process/shop.h"

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using pawl::process::Finished;
using pawl::process::Workplace;
using pawl::process::write_shop;

TEST_CASE("every command tells how it is used, with an example") {
    const Workplace place;
    const std::string command =
        GENERATE(as<std::string>{}, "check", "fmt", "compile", "test", "dry-run", "eval", "explain",
                 "bench match", "serve", "send", "get", "runs", "runs show", "export", "override",
                 "erase", "backup");
    const Finished done = place.shell("pawl " + command + " --help");
    CHECK(done.exit == 0);
    CHECK(done.err.empty());
    CHECK_THAT(done.out, Contains("Example:\n  pawl " + command));
    CHECK_THAT(place.shell("pawl --help").out,
               Contains("\n  " + command.substr(0, command.find(' ')) + " "));
}

TEST_CASE("a command that is none is exit 2, with the nearest that is one") {
    const Workplace place;
    const Finished slip = place.pawl({"chekc", "shop"});
    CHECK(slip.exit == 2);
    CHECK(slip.out.empty());
    CHECK(slip.err == "pawl: there is no command \"chekc\"; did you mean `check`?\n");

    const Finished unlike = place.pawl({"frobnicate"});
    CHECK(unlike.exit == 2);
    CHECK_THAT(unlike.err, Contains("the commands are") && Contains("`dry-run`"));

    const Finished nothing = place.pawl({});
    CHECK(nothing.exit == 2);
    CHECK_THAT(nothing.err, Contains("check"));
}

TEST_CASE("a command of a later version says so, and help does not name it") {
    const Workplace place;
    const std::string command =
        GENERATE(as<std::string>{}, "apply", "plan", "what-if", "why", "why-not");
    const Finished done = place.pawl({command, "shop"});
    CHECK(done.exit == 2);
    CHECK(done.err == "pawl: `" + command + "` is not in this version yet\n");
    CHECK_THAT(place.pawl({"--help"}).out, !Contains("\n  " + command + " "));
}

TEST_CASE("wrong options are exit 2") {
    const Workplace place;
    write_shop(place);
    const std::string words =
        GENERATE(as<std::string>{}, "check", "check shop --jsno", "check shop extra",
                 "dry-run shop", "fmt", "eval", "test shop --filter");
    const Finished done = place.shell("pawl " + words);
    CHECK(done.exit == 2);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, StartsWith("pawl: ") && Contains("--help` tells more"));
}

TEST_CASE("a reader that has gone ends the program quietly") {
    const Workplace place;
    const Finished done = place.shell("for i in 1 2 3; do pawl explain; done | head -1");
    CHECK(done.exit == 0);
    CHECK(done.err.empty());
    const Finished full = place.shell("pawl explain >/dev/full");
    CHECK(full.exit == 3);
    CHECK_THAT(full.err, Contains("cannot be written"));
}

TEST_CASE("fmt puts files into canonical form and leaves alone what it cannot read") {
    const Workplace place;
    const std::string untidy = "entity   parcel\ntitle text\n\n\n# kept\nprice money\nend\n";
    place.write("book/a.pawl", untidy);
    place.write("book/deep/b.pawl", untidy);
    place.write("book/notes.md", "  as   it is\n");

    const Finished listed = place.pawl({"fmt", "--check", "book"});
    CHECK(listed.exit == 1);
    CHECK(listed.out == "book/a.pawl\nbook/deep/b.pawl\n");
    CHECK(place.read("book/a.pawl") == untidy);

    CHECK(place.pawl({"fmt", "book"}).exit == 0);
    const std::string tidy = place.read("book/a.pawl");
    CHECK(tidy != untidy);
    CHECK_THAT(tidy, Contains("# kept"));
    CHECK(place.read("book/deep/b.pawl") == tidy);
    CHECK(place.read("book/notes.md") == "  as   it is\n");
    CHECK(place.pawl({"fmt", "--check", "book"}).exit == 0);

    const std::string broken = "entity parcel\n  title\n";
    place.write("book/broken.pawl", broken);
    place.write("book/a.pawl", untidy);
    const Finished some = place.pawl({"fmt", "book"});
    CHECK(some.exit == 1);
    CHECK_THAT(some.err, Contains("broken.pawl"));
    CHECK(place.read("book/broken.pawl") == broken);
    CHECK(place.read("book/a.pawl") == tidy);
    CHECK(place.pawl({"fmt", "nowhere"}).exit == 2);
}

TEST_CASE("a compiled rulebook does what its text does") {
    const Workplace place;
    write_shop(place);
    place.write("day.ndjson", pawl::process::payment("e1", "2026-03-02T07:00:00Z", "p1", 1500));
    place.write("state.json", pawl::process::shop_state());
    const Finished made = place.pawl({"compile", "shop"});
    REQUIRE(made.exit == 0);
    CHECK_THAT(made.out, StartsWith("shop.pawlc  "));
    REQUIRE(place.pawl({"compile", "shop", "-o", "again.pawlc"}).exit == 0);
    CHECK(place.read("shop.pawlc") == place.read("again.pawlc"));

    const std::string rest = " --events day.ndjson --state state.json --json";
    const Finished from_text = place.shell("pawl dry-run shop" + rest);
    const Finished from_program = place.shell("pawl dry-run shop.pawlc" + rest);
    CHECK(from_text.exit == 0);
    CHECK_THAT(from_text.out, Contains("\"kind\":\"set\""));
    CHECK(from_program.out == from_text.out);

    const Finished shown = place.pawl({"compile", "shop", "--show"});
    CHECK(shown.exit == 0);
    CHECK_THAT(shown.out, Contains("take_payment"));
}

TEST_CASE("a program that is damaged or foreign is refused") {
    const Workplace place;
    write_shop(place);
    REQUIRE(place.pawl({"compile", "shop"}).exit == 0);
    std::string bytes = place.read("shop.pawlc");
    SECTION("one bit turned") {
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    }
    SECTION("cut short") { bytes.resize(bytes.size() - 7); }
    SECTION("nothing in it") { bytes.clear(); }
    SECTION("something else") { bytes = "rulebook shop\n"; }
    place.write("bad.pawlc", bytes);
    for (const std::string command : {"check", "test", "compile --show"}) {
        const Finished done = place.shell("pawl " + command + " bad.pawlc");
        CHECK(done.exit == 2);
        CHECK(done.out.empty());
        CHECK_THAT(done.err, StartsWith("error PW080"));
        CHECK_THAT(done.err, EndsWith("\n  --> \"bad.pawlc\"\n"));
        const Finished json = place.shell("pawl " + command + " bad.pawlc --json");
        CHECK(json.exit == 2);
        CHECK_THAT(command == "check" ? json.out : json.err, StartsWith("{\"code\":\"PW080"));
    }
}

TEST_CASE("eval gives the value of an expression as JSON") {
    const Workplace place;
    place.write("data.json", R"({"amount":2500,"name":"Asha","deep":{"list":[1,2]}})");
    CHECK(place.pawl({"eval", "2 * 3 + 1"}).out == "7\n");
    CHECK(place.pawl({"eval", "3d + 12h"}).exit == 0);
    CHECK(place.pawl({"eval", "amount > 2000", "--data", "data.json"}).out == "true\n");
    CHECK(place.pawl({"eval", "upper(name)", "--data", "data.json"}).out == "\"ASHA\"\n");
    CHECK(place.pawl({"eval", "x * 2", "--data", "-"}, R"({"x":21})").out == "42\n");

    CHECK(place.pawl({"eval", "deep.list", "--data", "data.json"}).out == "[1,2]\n");
    CHECK(place.pawl({"eval", "nothing is missing", "--data", "-"}, "{\"nothing\":null}").out ==
          "true\n");

    const Finished unknown = place.pawl({"eval", "amuont + 1", "--data", "data.json"});
    CHECK(unknown.exit == 1);
    CHECK_THAT(unknown.err, Contains("`amount`"));
    CHECK(place.pawl({"eval", "1 +"}).exit == 1);
    CHECK(place.pawl({"eval", "1", "--data", "nowhere.json"}).exit == 2);
    place.write("list.json", "[1]");
    CHECK(place.pawl({"eval", "1", "--data", "list.json"}).exit == 2);
}

TEST_CASE("explain takes a code in any spelling, and lists all without one") {
    const Workplace place;
    const Finished done = place.pawl({"explain", "PW0201"});
    CHECK(done.exit == 0);
    CHECK_THAT(done.out, StartsWith("# PW0201: "));
    CHECK(place.pawl({"explain", "pw0201"}).out == done.out);
    CHECK(place.pawl({"explain", "201"}).out == done.out);
    CHECK(place.pawl({"explain", "0201"}).out == done.out);
    CHECK_THAT(place.pawl({"explain"}).out, Contains("PW0201  "));

    const Finished unknown = place.pawl({"explain", "PW0299"});
    CHECK(unknown.exit == 2);
    CHECK_THAT(unknown.err, Contains("PW0299") && Contains("near it"));
}

TEST_CASE("results for a file have no colour, whatever the terminal") {
    const Workplace place;
    write_shop(place);
    place.write("shop/more.pawl", "entity parcel\nend\n");
    CHECK_THAT(place.pawl({"check", "shop"}).err, !Contains("\x1b["));
}
