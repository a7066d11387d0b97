#include "rules/event_reader.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/limits.h"
#include "evaluator_support.h"

namespace pawl::rules {
namespace {

class Lookup final : public ReferenceLookup {
 public:
    std::map<std::string, RecordKey, std::less<>> known{{"asha", 7}};
    std::optional<RecordKey> find(EntityIndex, std::string_view id) override {
        const auto found = known.find(id);
        return found == known.end() ? std::nullopt : std::optional(found->second);
    }
};

// One event, `order`, with a field of every kind.
struct Fixture {
    Program program;
    Lookup lookup;
    TestHost records;

    Fixture() {
        program.header.currency = *Currency::parse("KES");
        program.schema = make_base_schema();
        Schema& schema = program.schema;
        schema.choices.push_back({"order.status", {"pending", "queued", "in_production"}});
        const auto choice = static_cast<std::uint16_t>(schema.choices.size() - 1);
        Entity profile;
        profile.name = "profile";
        schema.entities.push_back(profile);
        RecordType line;
        line.name = "line";
        line.fields = {named("sku", type(TypeKind::text, 0, false)),
                       named("count", type(TypeKind::integer))};
        line.fields[1].default_value = Value::integer(1);
        schema.records.push_back(line);
        const auto record = static_cast<std::uint16_t>(schema.records.size() - 1);
        const auto entity = static_cast<std::uint16_t>(schema.entities.size() - 1);
        EventType event;
        event.name = "order";
        const TypeIndex line_type = type(TypeKind::record, record, false);
        event.fields = {named("title", type(TypeKind::text, 0, false)),
                        named("count", type(TypeKind::integer)),
                        named("score", type(TypeKind::number)),
                        named("paid", type(TypeKind::boolean)),
                        named("amount", type(TypeKind::money)),
                        named("on", type(TypeKind::date)),
                        named("at", type(TypeKind::datetime)),
                        named("opens", type(TypeKind::time)),
                        named("within", type(TypeKind::duration)),
                        named("email", type(TypeKind::email)),
                        named("phone", type(TypeKind::phone)),
                        named("status", type(TypeKind::choice, choice)),
                        named("client", type(TypeKind::reference, entity)),
                        named("lines", type(TypeKind::list, line_type)),
                        named("extra", type(TypeKind::json)),
                        named("token", type(TypeKind::secret)),
                        named("kind", type(TypeKind::text, 0, false))};
        event.fields.back().default_value = Value::text("normal");
        schema.events.push_back(event);
    }

    TypeIndex type(TypeKind kind, std::uint16_t index = 0, bool optional = true) {
        return program.schema.type_index({kind, optional, index});
    }
    static Field named(std::string name, TypeIndex of) {
        Field field;
        field.name = std::move(name);
        field.type = of;
        return field;
    }
    FieldIndex field(std::string_view name) {
        return *find_field(program.schema.events[0].fields, name);
    }

    std::optional<EventRefusal> read_whole(std::string_view json) {
        EventReader reader(program);
        EventView view;
        auto refusal = reader.read(json, view);
        if (!refusal) refusal = reader.values(view, lookup, values);
        return refusal;
    }
    std::optional<EventRefusal> read(std::string_view data) {
        return read_whole(R"({"specversion":"1.0","id":"e1","source":"/s","type":"order","data":)" +
                          std::string(data) + "}");
    }
    static std::string data(std::string_view name, std::string_view json) {
        return std::string(name == "title" ? "{\"" : "{\"title\":\"t\",\"") + std::string(name) +
               "\":" + std::string(json) + "}";
    }
    // The value of one field of an event that is taken.
    Value value(std::string_view name, std::string_view json) {
        const auto refusal = read(data(name, json));
        INFO((refusal ? refusal->message : ""));
        REQUIRE_FALSE(refusal);
        return values[field(name)];
    }
    // The code that refuses it, and where.
    std::string refused(std::string_view name, std::string_view json) {
        const auto refusal = read(data(name, json));
        return refusal ? refusal->code + " " + refusal->field : "taken";
    }
    std::vector<Value> values;
};

TEST_CASE("an event's fields become values of their types") {
    Fixture order;
    CHECK(order.value("title", R"("a\u00e9\n\"b")") == Value::text("aé\n\"b"));
    CHECK(order.value("count", "-12") == Value::integer(-12));
    CHECK(order.value("count", "12.0") == Value::integer(12));
    CHECK(order.value("score", "12") == Value::number(12));
    CHECK(order.value("score", "0.1") == Value::number(0.1));
    CHECK(order.value("score", "-1.5e3") == Value::number(-1500));
    CHECK(order.value("paid", "true") == Value::boolean(true));
    CHECK(order.value("on", "\"2026-12-25\"") == Value::date(*parse_date("2026-12-25")));
    CHECK(order.value("at", "\"2026-03-02T10:15:04+03:00\"") ==
          Value::datetime(*parse_instant("2026-03-02T07:15:04Z")));
    CHECK(order.value("opens", "\"09:00\"") == Value::time(*parse_time("09:00")));
    CHECK(order.value("within", "\"P1DT12H\"") == Value::duration(*parse_duration("1d12h")));
    CHECK(order.value("status", "\"queued\"") == Value::choice("queued"));
    CHECK(order.value("token", "\"hush\"") == Value::secret("hush"));
    CHECK(order.value("extra", "{\"a\":[1]}").as_json().find("a")->items[0].text == "1");
    CHECK(order.value("lines", R"([{"sku":"x"},{"sku":"y","count":2}])") ==
          Value::list({Value::record(2, {Value::text("x"), Value::integer(1)}),
                       Value::record(2, {Value::text("y"), Value::integer(2)})}));
    CHECK(order.value("paid", "null").is_missing());
    CHECK(order.value("title", "\"t2\"") == Value::text("t2"));
    CHECK(order.values[order.field("kind")] == Value::text("normal"));
}

TEST_CASE("meaning 10: email is normalised without case, phone to E.164, on entry") {
    Fixture order;
    CHECK(order.value("email", "\" Asha@Example.COM \"") == Value::text("asha@example.com"));
    CHECK(order.value("phone", "\"+254 700-000 000\"") == Value::text("+254700000000"));
    CHECK(order.refused("email", "\"asha\"") == "PW0908 data.email");
    CHECK(order.refused("phone", "\"12\"") == "PW0908 data.phone");
}

TEST_CASE("meaning 11: money is read from its digits") {
    Fixture order;
    const auto kes = [](std::string_view digits) {
        return Value::money(*parse_money(digits, *Currency::parse("KES")));
    };
    CHECK(order.value("amount", "5000") == kes("5000"));
    CHECK(order.value("amount", "0.07") == kes("0.07"));
    CHECK(order.value("amount", "90071992547409.93") == kes("90071992547409.93"));
    CHECK(order.value("amount", R"({"amount":"5000.00","currency":"KES"})") == kes("5000"));
    CHECK(order.value("amount", R"({"amount":5,"currency":"USD"})") ==
          Value::money(*parse_money("5", *Currency::parse("USD"))));
    CHECK(order.refused("amount", "0.001") == "PW0909 data.amount");
    CHECK(order.refused("amount", "1e3") == "PW0909 data.amount");
    CHECK(order.refused("amount", "99999999999999999999") == "PW0909 data.amount");
    CHECK(order.refused("amount", R"({"amount":"5"})") == "PW0908 data.amount");
    CHECK(order.refused("amount", R"({"amount":"5","currency":"shilling"})") ==
          "PW0908 data.amount");
    CHECK(order.refused("amount", "\"5000\"") == "PW0908 data.amount");
}

TEST_CASE("meaning 8: an event that names a record that is not there is kept") {
    Fixture order;
    CHECK(order.value("client", "\"asha\"") == Value::reference({builtin_entity_count, 7}));
    CHECK(order.value("client", "\"nobody\"").is_missing());
    order.program.schema.events[0].fields[order.field("client")].required = true;
    CHECK(order.refused("client", "\"nobody\"") == "PW0911 data.client");
    CHECK(order.refused("client", "\"asha\"") == "taken");
    CHECK(order.refused("client", "\"" + std::string(201, 'a') + "\"") == "PW0905 data.client");
}

TEST_CASE("a value of another kind is refused with its place") {
    Fixture order;
    CHECK(order.refused("title", "5") == "PW0908 data.title");
    CHECK(order.refused("count", "\"5\"") == "PW0908 data.count");
    CHECK(order.refused("count", "1.5") == "PW0908 data.count");
    CHECK(order.refused("paid", "1") == "PW0908 data.paid");
    CHECK(order.refused("lines", "{}") == "PW0908 data.lines");
    CHECK(order.refused("lines", "[{\"sku\":\"x\"},{\"sku\":5}]") == "PW0908 data.lines[1].sku");
    CHECK(order.refused("lines", "[{}]") == "PW0907 data.lines[0].sku");
    CHECK(order.refused("lines", "[null]") == "PW0907 data.lines[0]");
    CHECK(order.refused("at", "\"2026-03-02\"") == "PW0909 data.at");
    CHECK(order.read("5")->code == "PW0908");
    CHECK(order.read("[]")->field == "data");
}

TEST_CASE("a value beyond what its type holds is refused") {
    Fixture order;
    CHECK(order.refused("count", "9223372036854775807") == "taken");
    CHECK(order.refused("count", "9223372036854775808") == "PW0909 data.count");
    CHECK(order.refused("score", "1e999") == "PW0909 data.score");
    CHECK(order.refused("score", "1e-999") == "PW0909 data.score");
    CHECK(order.refused("on", "\"10000-01-01\"") == "PW0909 data.on");
    CHECK(order.refused("on", "\"2026-02-30\"") == "PW0909 data.on");
    CHECK(order.refused("title", R"("a\u0000b")") == "PW0909 data.title");
    std::string list = "[";
    for (std::size_t i = 0; i < limits::list_items_max; ++i) list += "{\"sku\":\"x\"},";
    list.back() = ']';
    CHECK(order.refused("lines", list) == "taken");
    list.back() = ',';
    CHECK(order.refused("lines", list + "{\"sku\":\"x\"}]") == "PW0909 data.lines");
}

TEST_CASE("an unknown option is refused with the nearest") {
    Fixture order;
    const auto refusal = order.read(R"({"title":"t","status":"quued"})");
    REQUIRE(refusal);
    CHECK(refusal->code == "PW0910");
    CHECK(refusal->field == "data.status");
    CHECK(refusal->id == "e1");
    CHECK(refusal->type == "order");
    CHECK(refusal->message ==
          "`data.status` is the text \"quued\"; did you mean `queued`? it takes "
          "`pending`, `queued` or `in_production`");
}

TEST_CASE("a secret that does not fit is not repeated") {
    Fixture order;
    const auto refusal = order.read(R"({"title":"t","token":123456})");
    REQUIRE(refusal);
    CHECK(refusal->message.find("123456") == std::string::npos);
}

TEST_CASE("a required field that is missing is refused, a default fills in") {
    Fixture order;
    CHECK(order.read("{}")->code == "PW0907");
    CHECK(order.read("{}")->field == "data.title");
    CHECK(order.read("{\"title\":null}")->code == "PW0907");
    const std::string_view no_data =
        R"({"specversion":"1.0","id":"e1","source":"/s","type":"order"})";
    CHECK(order.read_whole(no_data)->field == "data.title");
}

TEST_CASE("the envelope is CloudEvents 1.0") {
    Fixture order;
    const auto refused = [&](std::string_view json) {
        const auto refusal = order.read_whole(json);
        return refusal ? refusal->code + " " + refusal->field : "taken";
    };
    CHECK(refused(R"({"specversion":"1.0","source":"/s","type":"order"})") == "PW0904 id");
    CHECK(refused(R"({"specversion":"1.0","id":"","source":"/s","type":"order"})") == "PW0904 id");
    CHECK(refused(R"({"specversion":"1.0","id":5,"source":"/s","type":"order"})") == "PW0904 id");
    CHECK(refused(R"({"specversion":"1.0","id":"1","type":"order"})") == "PW0904 source");
    CHECK(refused(R"({"specversion":"1.0","id":"1","source":"/s"})") == "PW0904 type");
    CHECK(refused(R"({"id":"1","source":"/s","type":"order"})") == "PW0904 specversion");
    CHECK(refused(R"({"specversion":"0.3","id":"1","source":"/s","type":"order"})") ==
          "PW0904 specversion");
    CHECK(refused("[]") == "PW0904 ");
    CHECK(refused(R"({"specversion":"1.0","id":"1","source":"/s","type":"order","time":"noon"})") ==
          "PW0909 time");
    const auto unknown =
        order.read_whole(R"({"specversion":"1.0","id":"1","source":"/s","type":"ordr","data":{}})");
    CHECK(unknown->code == "PW0906");
    CHECK(unknown->message.find("did you mean `order`?") != std::string::npos);
    const auto with_id = [&](std::size_t size) {
        return refused(R"({"specversion":"1.0","source":"/s","type":"order","data":{"title":"t"},)"
                       R"("id":")" +
                       std::string(size, 'x') + "\"}");
    };
    CHECK(with_id(limits::record_id_bytes_max) == "taken");
    CHECK(with_id(limits::record_id_bytes_max + 1) == "PW0905 id");
    CHECK(with_id(1 << 19) == "PW0905 id");
}

TEST_CASE("the order of an event's names, white space and extensions mean nothing") {
    Fixture order;
    EventReader reader(order.program);
    EventView view;
    const auto refusal = reader.read(
        "\t{ \"data\" : { \"unknown\" : { \"a\" : [ ] } , \"title\" : \"t\" } ,\r\n"
        "\"traceparent\":\"00\", \"weight\": 1.5, \"pawlat\":\"2026-03-02T07:15:04Z\","
        "\"type\" : \"order\" , \"source\":\"/s\",\"id\":\"e1\" , \"specversion\":\"1.0\" } \n",
        view);
    REQUIRE_FALSE(refusal);
    CHECK(view.id == "e1");
    CHECK(view.source == "/s");
    CHECK(view.pawlat == parse_instant("2026-03-02T07:15:04Z"));
    CHECK(view.slots[0].text == "t");
    CHECK(view.data == R"({ "unknown" : { "a" : [ ] } , "title" : "t" })");
    CHECK(reader.unknown_fields() == std::vector<std::string>{"unknown"});
}

TEST_CASE("a name written with escapes is the name it stands for") {
    Fixture order;
    CHECK_FALSE(order.read(R"({"\u0074itle":"t"})"));
    CHECK(order.values[0] == Value::text("t"));
}

TEST_CASE("what is no JSON is refused, wherever it stands") {
    Fixture order;
    const auto code = [&](std::string_view data) {
        const auto refusal = order.read(data);
        return refusal ? refusal->code : "taken";
    };
    for (const std::string_view data : {R"({"title":"t",})",
                                        R"({"title" "t"})",
                                        R"({"title":"t" "count":1})",
                                        R"({title:"t"})",
                                        R"({"title":'t'})",
                                        R"({"title":"t","count":01})",
                                        R"({"title":"t","count":+1})",
                                        R"({"title":"t","count":1.})",
                                        R"({"title":"t","count":.5})",
                                        R"({"title":"t","count":1e})",
                                        R"({"title":"t","paid":tru})",
                                        R"({"title":"t","paid":truee})",
                                        R"({"title":"t\x"})",
                                        R"({"title":"t","unknown":[1,]})",
                                        R"({"title":"t","unknown":{"a"}})",
                                        R"({"title":"t","unknown":"\ud800"})",
                                        R"({"title":"t","unknown":nul})",
                                        R"({"title":"t","extra":[1 2]})",
                                        R"({"title":"t"}})",
                                        R"({"title":"t")",
                                        "\"",
                                        "",
                                        R"({"title":"t"]})",
                                        R"({"title":"t","count":1,,"paid":true})",
                                        R"({"title":"a"b"})"}) {
        INFO(data);
        CHECK(code(data) == "PW0901");
    }
    CHECK(order.read_whole("")->code == "PW0901");
    CHECK(order.read_whole("{")->code == "PW0901");
    CHECK(order.read_whole("{}{}")->code == "PW0901");
    CHECK(order.read_whole("nul")->code == "PW0901");
    CHECK(code("{\"title\":\"a\nb\"}") == "PW0901");
    CHECK(code("{\"title\":\"a\xff\"}") == "PW0902");
    CHECK(code("{\"title\":\"t\",\"unknown\":\"\xc0\x80\"}") == "PW0902");
}

TEST_CASE("a name given twice is refused: which of the two is meant?") {
    Fixture order;
    CHECK(order.read(R"({"title":"t","title":"u"})")->field == "data.title");
    CHECK(order.read(R"({"title":"t","title":"t"})")->code == "PW0901");
    CHECK(order.read(R"({"title":"t","x":1,"y":2,"x":1})")->field == "data.x");
    CHECK(order.read(R"({"title":"t","extra":{"a":1,"a":1}})")->code == "PW0901");
    CHECK(order.read_whole(R"({"id":"1","id":"1"})")->field == "id");
}

TEST_CASE("an event nests at most so deep, and far deeper does no harm") {
    Fixture order;
    const auto nested = [&](std::size_t levels) {
        const auto refusal = order.read("{\"title\":\"t\",\"extra\":" + std::string(levels, '[') +
                                        std::string(levels, ']') + "}");
        return refusal ? refusal->code : "taken";
    };
    CHECK(nested(limits::json_depth_max) == "taken");
    CHECK(nested(limits::json_depth_max + 1) == "PW0901");
    CHECK(nested(100'000) == "PW0901");
    CHECK(order.read_whole(std::string(100'000, '['))->code == "PW0901");
    CHECK(order.read_whole(std::string(100'000, '{'))->code == "PW0901");
}

TEST_CASE("an event beyond the largest size is refused") {
    Fixture order;
    const auto sized = [&](std::size_t size) {
        const std::string begin = R"({"specversion":"1.0","id":"e1","source":"/s","type":"order",)"
                                  R"("data":{"title":"t","x":")";
        const auto refusal =
            order.read_whole(begin + std::string(size - begin.size() - 3, 'x') + "\"}}");
        return refusal ? refusal->code : "taken";
    };
    CHECK(sized(limits::event_bytes_max) == "taken");
    CHECK(sized(limits::event_bytes_max + 1) == "PW0903");
    CHECK(order.read_whole(std::string(10 << 20, 'x'))->code == "PW0903");
}

TEST_CASE("one reader reads one event after the other") {
    Fixture order;
    EventReader reader(order.program);
    EventView view;
    const auto event = [](std::string_view data) {
        return R"({"specversion":"1.0","id":"e1","source":"/s","type":"order","data":)" +
               std::string(data) + "}";
    };
    REQUIRE_FALSE(reader.read(event(R"({"title":"t","count":5,"score":1})"), view));
    REQUIRE(reader.read(event("{"), view));
    REQUIRE_FALSE(reader.read(event(R"({"score":2,"title":"u"})"), view));
    CHECK(view.slots[0].text == "u");
    CHECK(view.slots[1].kind == SlotKind::missing);
    CHECK(view.slots[2].integer == 2);
    REQUIRE_FALSE(reader.read(event(R"({"score":2,"x":1,"count":9,"title":"u"})"), view));
    CHECK(view.slots[1].integer == 9);
}

TEST_CASE("values print as what reads back as them") {
    Fixture order;
    const auto printed = [&](const Value& value) {
        JsonWriter writer;
        append_value_json(writer, value, order.program, order.records);
        return writer.take();
    };
    CHECK(printed(Value()) == "null");
    CHECK(printed(order.value("amount", "5000.5")) == "5000.50");
    CHECK(printed(order.value("amount", R"({"amount":5,"currency":"USD"})")) ==
          R"({"amount":"5.00","currency":"USD"})");
    CHECK(printed(Value::secret("hush")) == "\"•••\"");
    CHECK(printed(order.value("lines", R"([{"sku":"x"}])")) == R"([{"sku":"x","count":1}])");
    CHECK(printed(order.value("extra", R"({"b":1.50,"a":[true,null]})")) ==
          R"({"b":1.50,"a":[true,null]})");
    CHECK(printed(Value::datetime(*parse_instant("2026-03-02T10:15:04+03:00"))) ==
          "\"2026-03-02T07:15:04Z\"");
    CHECK(printed(Value::reference({9, 77})) == "null");
    CHECK(printed(Value::duration(*parse_duration("P1DT12H"))) == "\"1d12h\"");
    const Reference asha = order.records.add(builtin_entity_count, {Value::text("asha")});
    CHECK(printed(Value::reference(asha)) == "\"asha\"");
}

}  // namespace
}  // namespace pawl::rules
