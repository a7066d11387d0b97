#include <catch2/catch.hpp>

#include "tests/process/shop.h"

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using pawl::process::Finished;
using pawl::process::Workplace;
using pawl::process::write_shop;

namespace {

const std::string good =
    "test \"a payment in full makes a parcel paid\"\n"
    "  given now 2026-03-02T09:00\n"
    "  given p = parcel with title: \"Lamp\", price: 1500\n"
    "  when payment_arrived with parcel: p, amount: 1500\n"
    "  expect p.status is paid\n"
    "  expect log containing \"Lamp\"\n"
    "  expect no alert\n"
    "  expect run of take_payment\n"
    "end\n";

const std::string bad =
    "test \"a payment that is too small\"\n"
    "  given p = parcel with title: \"Lamp\", price: 1500\n"
    "  when payment_arrived with parcel: p, amount: 1000\n"
    "  expect p.status is paid\n"
    "  expect no alert\n"
    "  expect log\n"
    "  expect alert to owners containing \"Chair\"\n"
    "  expect count(x in parcel where x.status is packed) is 2\n"
    "end\n";

}  // namespace

TEST_CASE("test runs the test blocks and ends with how many passed") {
    const Workplace place;
    write_shop(place);
    place.write("shop/tests.pawl", good);
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.exit == 0);
    CHECK(done.err.empty());
    CHECK(done.out == "ok    a payment in full makes a parcel paid\n1 passed, 0 failed\n");
}

TEST_CASE("an expectation that fails is shown as written, with what was there instead") {
    const Workplace place;
    write_shop(place);
    place.write("shop/tests.pawl", good + "\n" + bad);
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.exit == 1);
    CHECK(done.out == R"(ok    a payment in full makes a parcel paid
FAIL  a payment that is too small
        tests.pawl:14: expect p.status is paid
          p.status is packed
        tests.pawl:15: expect no alert
          there was: alert owners: "KES 1,000.00 for Lamp is too little"
        tests.pawl:16: expect log
          there was no log at all
        tests.pawl:17: expect alert to owners containing "Chair"
          there was: alert owners: "KES 1,000.00 for Lamp is too little"
        tests.pawl:18: expect count(x in parcel where x.status is packed) is 2
          the left side is 1
1 passed, 1 failed
)");

    const Finished some = place.pawl({"test", "shop", "--filter", "in full"});
    CHECK(some.exit == 0);
    CHECK_THAT(some.out, EndsWith("1 passed, 0 failed\n"));

    const Finished json = place.pawl({"test", "shop", "--json"});
    CHECK(json.exit == 1);
    CHECK_THAT(json.out, Contains(R"("result":"passed","failures":[]})") &&
                             Contains(R"({"line":14,"step":"expect p.status is paid",)"
                                      R"("observed":["p.status is packed"]})") &&
                             EndsWith("{\"passed\":1,\"failed\":1}\n"));
}

TEST_CASE("a filter that fits no title is wrong usage, told with the closest titles") {
    const Workplace place;
    write_shop(place);
    place.write("shop/tests.pawl", good + "\n" + bad);
    const Finished near = place.pawl({"test", "shop", "--filter", "in fall"});
    CHECK(near.exit == 2);
    CHECK(near.out.empty());
    CHECK(near.err ==
          "pawl: no test's title contains \"in fall\"; "
          "the closest: \"a payment in full makes a parcel paid\"\n");
    CHECK_THAT(place.pawl({"test", "shop", "--filter", "Payment", "--json"}).err,
               Contains("the closest: \"a payment in full makes a parcel paid\", "
                        "\"a payment that is too small\""));
    const Finished far = place.pawl({"test", "shop", "--filter", "zebra"});
    CHECK(far.exit == 2);
    CHECK_THAT(far.err, Contains("the first of 2 tests is \"a payment in full"));

    place.write("shop/tests.pawl", "");
    const Finished none = place.pawl({"test", "shop", "--filter", "in full"});
    CHECK(none.exit == 2);
    CHECK_THAT(none.err, Contains("has no tests"));
}

TEST_CASE("a rulebook without tests says so") {
    const Workplace place;
    write_shop(place);
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.exit == 0);
    CHECK(done.out == "0 passed, 0 failed\n");
    CHECK_THAT(done.err, Contains("has no tests"));
}

TEST_CASE("a test scripts what the outside world answers") {
    const Workplace place;
    write_shop(place);
    place.write("shop/service.pawl",
                "service till\n"
                "  action print(text: text, copies: int)\n"
                "    answers number text\n"
                "    sample number: \"0\"\n"
                "  end\n"
                "end\n"
                "rule print_new_parcel \"Print a label\"\n"
                "  when parcel is created\n"
                "  then\n"
                "    try\n"
                "      let label = call till.print(text: parcel.title, copies: 1)\n"
                "      log \"label {{label.number}}\"\n"
                "    on failure as error\n"
                "      log \"no label: {{error.action}}\"\n"
                "    end\n"
                "end\n"
                "test \"the sample answers what nothing else does\"\n"
                "  when emptyhanded\n"
                "  expect call till.print\n"
                "  expect log containing \"label 0\"\n"
                "end\n"
                "test \"an answer, and then failures\"\n"
                "  answer till.print with number: \"17\"\n"
                "  fail till.print with \"paper\" 1 times\n"
                "  when emptyhanded\n"
                "  expect log containing \"no label: till.print\"\n"
                "  when emptyhanded\n"
                "  expect log containing \"label 17\"\n"
                "  expect call till.print 2 times\n"
                "end\n"
                "event emptyhanded\n  note text ?\nend\n"
                "rule make \"Make\"\n  when emptyhanded\n  then\n"
                "    create parcel with title: \"New\", price: 1\nend\n");
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.err == "");
    CHECK(done.out ==
          "ok    the sample answers what nothing else does\n"
          "ok    an answer, and then failures\n"
          "2 passed, 0 failed\n");

    const auto event = [](const std::string& id, const std::string& second) {
        return R"({"specversion":"1.0","id":")" + id +
               R"(","source":"/x","type":"emptyhanded","time":"2026-03-02T07:00:)" + second +
               R"(Z","data":{}})" + "\n";
    };
    place.write("day.ndjson", event("n1", "00") + event("n2", "01") + event("n3", "09"));
    const auto answer = [](const std::string& rest) {
        return R"({"integration":"till","action":"print",)" + rest + "}\n";
    };
    place.write("answers.ndjson", answer(R"("match":{"copies":2},"answer":{"number":"2"})") +
                                      answer(R"("match":{"text":"New"},"answer":{"number":"8"},)"
                                             R"("after":"3s","times":1)") +
                                      answer(R"("match":{"text":"New"},"times":1,)"
                                             R"("fail":{"code":"ink","message":"none left"})"));
    const Finished day =
        place.shell("pawl dry-run shop --events day.ndjson --answers answers.ndjson --json");
    CHECK(day.exit == 0);
    const std::size_t failure = day.out.find(R"("fail":{"code":"ink","message":"none left"})");
    const std::size_t late = day.out.find(R"("at":"2026-03-02T07:00:03Z","text":"label 8")");
    const std::size_t sample = day.out.find(R"("answer":{"number":"0"},"simulated":true)");
    REQUIRE(failure != std::string::npos);
    REQUIRE(late != std::string::npos);
    REQUIRE(sample != std::string::npos);
    CHECK(failure < late);
    CHECK(late < sample);

    place.write("answers.ndjson",
                "{\"integration\":\"till\",\"action\":\"print\",\"match\":"
                "{\"txt\":\"New\"},\"answer\":{\"number\":\"8\"}}\n");
    const Finished wrong =
        place.shell("pawl dry-run shop --events day.ndjson --answers answers.ndjson --json");
    CHECK(wrong.exit == 2);
    CHECK_THAT(wrong.err, Contains("line 1") && Contains("did you mean `text`?"));
}

TEST_CASE("the same event twice is a duplicate in a test too") {
    const Workplace place;
    write_shop(place);
    place.write("shop/tests.pawl",
                "test \"a payment that comes twice\"\n"
                "  given p = parcel with title: \"Lamp\", price: 1500\n"
                "  when payment_arrived with parcel: p, amount: 1000, id: \"cb-1\"\n"
                "  when payment_arrived with parcel: p, amount: 1000, id: \"cb-1\"\n"
                "  expect alert 1 times\n"
                "  when payment_arrived with parcel: p, amount: 1000, id: \"cb-2\"\n"
                "  expect alert 2 times\n"
                "end\n");
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.out == "ok    a payment that comes twice\n1 passed, 0 failed\n");
}

TEST_CASE("people act in tests, and a test cannot turn its clock back") {
    const Workplace place;
    write_shop(place);
    place.write("shop/people.pawl",
                "entity clerk\n  name text\n  role one of packer, boss = packer\nend\n"
                "roles packer (packers), boss (bosses) of clerk.role\n"
                "person clerk name name\n"
                "states parcel.status starts packed\n"
                "  packed -> paid\n"
                "  paid -> sent by packer\n"
                "end\n"
                "rule tell_boss \"Tell the boss\"\n"
                "  when requested by packer asking parcel: parcel, why: text\n"
                "  then\n"
                "    alert bosses \"{{parcel.title}}: {{why}}\"\n"
                "end\n");
    std::string book = place.read("shop/book.pawl");
    place.write("shop/book.pawl", book.substr(0, book.find("\nroles")));
    std::string payments = place.read("shop/payments.pawl");
    payments.replace(payments.find("alert owners"), 12, "alert bosses");
    place.write("shop/payments.pawl", payments);
    place.write("shop/tests.pawl",
                "test \"a packer sends what is paid\"\n"
                "  given pat = clerk with name: \"Pat\"\n"
                "  given clerk with name: \"Nameless\"\n"
                "  given p = parcel with title: \"Lamp\", price: 1500\n"
                "  when pat sets p.status to sent\n"
                "  expect p.status is packed\n"
                "  when pat overrides p.status to paid because \"cash\"\n"
                "  when pat sets p.status to sent\n"
                "  expect p.status is sent\n"
                "  when pat requests tell_boss with parcel: p, why: \"it left\"\n"
                "  expect alert to bosses containing \"Lamp: it left\"\n"
                "end\n"
                "test \"back in time\"\n"
                "  given now 2026-03-02T09:00\n"
                "  given p = parcel with title: \"Lamp\", price: 1500\n"
                "  given now 2026-03-01T09:00\n"
                "end\n");
    const Finished done = place.pawl({"test", "shop"});
    CHECK(done.err == "");
    CHECK(done.out ==
          "ok    a packer sends what is paid\n"
          "FAIL  back in time\n"
          "        tests.pawl:16: given now 2026-03-01T09:00\n"
          "          the clock stands at 2026-03-02 09:00 and goes forward only\n"
          "1 passed, 1 failed\n");
}
