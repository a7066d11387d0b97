#include "engine/store/sqlite_words.h"

#include <catch2/catch.hpp>

#include "engine/ports/store_reader.h"
#include "history_program.h"
#include "own_rows_suite.h"
#include "store_folder.h"

namespace pawl::engine {

namespace {

using Texts = std::vector<std::string>;

Texts texts(const StoreFolder& folder, const std::string& sql) {
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    Texts all;
    Statement statement(**session, sql, "", "t");
    for (Rows rows(statement); rows.next();) all.push_back(statement.text(0));
    return all;
}

}  // namespace

TEST_CASE("new words go with a transaction that comes to nothing, and there are never too many") {
    StoreFolder folder;
    folder.open(own_rows::make_program());
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::write});
    REQUIRE(session);
    WordTable words(**session, "word", 2);
    words.load();
    const auto number = [&words](std::string_view text) {
        const Word* word = words.word(text);
        return word == nullptr ? std::string("none") : word->digits;
    };
    {
        WriteTransaction transaction(**session);
        CHECK(number("lost") == "1");
    }
    words.drop();
    {
        WriteTransaction transaction(**session);
        CHECK(number("pay") == "2");
        CHECK(number("remind") == "3");
        CHECK(number("pay") == "2");
        CHECK(number("more") == "none");
        transaction.commit();
    }
    words.keep();
    {
        WriteTransaction transaction(**session);
        words.remove("pay");
        CHECK(number("pay") == "2");
    }
    words.drop();
    CHECK(number("pay") == "2");
    {
        WriteTransaction transaction(**session);
        words.remove("pay");
        transaction.commit();
    }
    words.keep();
    words.load();
    CHECK(words.texts() == std::map<std::int64_t, std::string>{{3, "remind"}});
}

TEST_CASE("inputs are read as they came, though what they have in common is kept once") {
    StoreFolder folder;
    const rules::Program program = sample::make_program();
    const Texts bodies = {
        R"({"id":"e1","type":"paid","data":{"amount":1,"note":""}})",
        R"({"id":"e2","type":"paid","data":{"amount":22.50,"note":"for \"tea\""}})",
        R"({ "id": "e3" })",
        R"({"id":"e4","type":"paid","data":{"amount":[1,2],"note":{"a b":"c"}}})",
        R"({"a b":1})",
        "{}",
        "no JSON"};
    {
        const auto store = folder.open(program);
        WriteBatch batch;
        for (std::size_t i = 0; i < bodies.size(); ++i)
            batch.inputs.push_back({static_cast<InputNumber>(i + 1),
                                    Instant{static_cast<std::int64_t>(i)}, bodies[i]});
        REQUIRE(store->commit(batch));
    }
    CHECK(texts(folder, "select replace(text, char(1), '#') from shape order by number") ==
          Texts{R"({"id":"#","type":"paid","data":{"amount":#,"note":"#"}})", R"({ "id": "#" })",
                R"({"id":"#","type":"paid","data":{"amount":#,"note":#}})"});
    CHECK(texts(folder, "select replace(body, char(10), '/') from input order by number limit 4") ==
          Texts{"e1/1/", R"(e2/22.50/for \"tea\")", "e3", R"(e4/[1,2]/{"a b":"c"})"});
    CHECK(texts(folder, "select body from input_text order by number") == bodies);
    const auto store = folder.open(program);
    const auto reader = store->make_reader();
    REQUIRE(reader);
    REQUIRE((*reader)->begin());
    for (const auto& inputs : {store->inputs(0, 10), (*reader)->inputs(0, 10)}) {
        REQUIRE(inputs.size() == bodies.size());
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            CHECK(inputs[i].body == bodies[i]);
            CHECK(inputs[i].number == static_cast<InputNumber>(i + 1));
            CHECK(inputs[i].arrival == Instant{static_cast<std::int64_t>(i)});
        }
    }
    CHECK(store->inputs(5, 1).at(0).body == bodies[5]);
}

TEST_CASE("that a record was updated is told in the row of what changed") {
    StoreFolder folder;
    const rules::Program program = sample::make_program();
    using rules::Value;
    const auto at = [](std::int64_t micros) { return Value::datetime(Instant{micros}); };
    const rules::Reference one{sample::order, 1}, other{sample::order, 2};
    const rules::FieldIndex updated = rules::field_updated_at;
    const std::vector<FieldChange> changes = {
        {1, Instant{5}, one, updated, at(3), at(5)},
        {1, Instant{5}, one, sample::order_amount, Value::number(1), Value()},
        {1, Instant{5}, one, sample::order_number, Value(), Value::integer(9)},
        {1, Instant{5}, other, updated, at(3), at(5)},  // alone: nothing of the same follows
        {2, Instant{6}, other, updated, at(5), at(6)},
        {2, Instant{6}, one, sample::order_number, Value::integer(9), Value()},
        {3, Instant{7}, one, updated, Value(), at(7)},  // created
        {3, Instant{7}, one, sample::order_amount, Value(), Value::number(2)},
        {4, Instant{8}, one, updated, at(7), at(9)},  // not of this instant
        {4, Instant{8}, one, sample::order_amount, Value::number(2), Value()},
        {5, Instant{9}, other, updated, at(6), at(9)},
    };
    const auto store = folder.open(program);
    WriteBatch batch;
    batch.changes = changes;
    REQUIRE(store->commit(batch));
    REQUIRE(store->commit(batch));
    CHECK(texts(folder,
                "select number || ' ' || field || ' ' || ifnull(updated_before, '-') from "
                "change_text where number < 4 or number > 19 order by number") ==
          Texts{"1 amount 3", "2 number -", "3 updated_at -", "20 updated_at -"});
    const auto reader = store->make_reader();
    REQUIRE(reader);
    REQUIRE((*reader)->begin());
    std::vector<FieldChange> told;
    REQUIRE((*reader)->changes_after(Instant{0}, [&told](const FieldChange& change) {
        told.push_back(change);
        return true;
    }));
    // The newest first; of one turn's changes of a record the order says nothing.
    std::vector<FieldChange> twice = changes;
    twice.insert(twice.end(), changes.begin(), changes.end());
    std::reverse(twice.begin(), twice.end());
    REQUIRE(told.size() == twice.size());
    const auto row = [&program](const FieldChange& each) {
        return std::tuple(each.input, each.record.key, each.field,
                          encode_value(each.before, program.schema),
                          encode_value(each.after, program.schema), each.at.micros);
    };
    const auto sorted = [&row](const std::vector<FieldChange>& all, std::size_t from) {
        std::vector<decltype(row(all[0]))> rows;
        for (std::size_t i = from; i < from + 11; ++i) rows.push_back(row(all[i]));
        std::sort(rows.begin(), rows.end());
        return rows;
    };
    CHECK(sorted(told, 0) == sorted(twice, 0));
    CHECK(sorted(told, 11) == sorted(twice, 11));
}

}  // namespace pawl::engine
