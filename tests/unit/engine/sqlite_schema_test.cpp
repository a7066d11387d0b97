#include <catch2/catch.hpp>

#include "engine/store/statement.h"
#include "store_folder.h"
#include "typed_program.h"

// What becomes of a store when the rulebook's entities change (meaning.md 36).

namespace pawl::engine {

using rules::TypeKind;
using rules::Value;
using sample::field;

namespace {

constexpr rules::EntityIndex item = rules::builtin_entity_count;

// A rulebook with one entity, `item`; a test says its fields.
struct Book {
    rules::Program program;

    Book() {
        program.schema = rules::make_base_schema();
        program.header.currency = sample::currency("KES");
        rules::Entity entity;
        entity.name = "item";
        entity.fields = sample::system_fields(program.schema);
        program.schema.entities.push_back(entity);
    }
    rules::Entity& entity() { return program.schema.entities[item]; }
    Book& add(const std::string& name, TypeKind kind, bool optional = true,
              std::optional<Value> default_value = std::nullopt, std::uint16_t index = 0) {
        rules::Field added = field(program.schema, name, kind, index, optional);
        added.default_value = std::move(default_value);
        entity().fields.push_back(added);
        return *this;
    }
    Book& choice(const std::string& name, std::vector<std::string> options) {
        const auto index = static_cast<std::uint16_t>(program.schema.choices.size());
        program.schema.choices.push_back({"item." + name, std::move(options)});
        return add(name, TypeKind::choice, true, std::nullopt, index);
    }
    Book& unique(std::vector<rules::FieldIndex> set) {
        entity().unique_sets.push_back(std::move(set));
        return *this;
    }
    Book& asks(rules::FieldIndex index) {
        rules::Query query;
        query.access = rules::Access::equal;
        query.entity = item;
        query.field = index;
        rules::Unit unit;
        unit.queries = {query};
        program.units.push_back(unit);
        return *this;
    }
};

constexpr rules::FieldIndex first_field = rules::system_field_count;

std::shared_ptr<rules::Record> make_item(const std::string& id, std::vector<Value> values) {
    auto record = std::make_shared<rules::Record>();
    record->fields = {Value::text(id), Value::datetime({1}), Value::datetime({1})};
    record->fields.insert(record->fields.end(), values.begin(), values.end());
    return record;
}

// Items i1, i2, … with these values in their fields.
void write(const StoreFolder& folder, Book& book, const std::vector<std::vector<Value>>& items) {
    const auto store = folder.open(book.program);
    WriteBatch batch;
    for (std::size_t i = 0; i < items.size(); ++i)
        batch.records.push_back({{item, static_cast<rules::RecordKey>(i + 1)},
                                 make_item("i" + std::to_string(i + 1), items[i])});
    REQUIRE(store->commit(batch));
}

Value value_of(SqliteStore& store, rules::RecordKey key, std::size_t place) {
    return store.get({item, key})->fields[first_field + place];
}

// Why the rulebook is refused; the store then opens as before with the old one.
std::string refusal(const StoreFolder& folder, Book& changed, Book& old) {
    std::string message;
    {
        auto store = open_sqlite_store(folder.path());
        REQUIRE(store);
        const Status opened = (*store)->open(changed.program);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == "schema");
        message = opened.error().message;
    }
    folder.open(old.program);
    return message;
}

std::vector<std::string> index_names(const StoreFolder& folder) {
    auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    Statement names(**session,
                    "select name from sqlite_master where type = 'index' and "
                    "tbl_name = 'entity_item' order by name",
                    "", "t");
    std::vector<std::string> all;
    for (Rows rows(names); rows.next();) all.push_back(names.text(0));
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a new field that may be missing, or has a default, is there at once") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text);
    write(folder, old, {{Value::text("x")}, {Value()}});
    Book book;
    book.add("a", TypeKind::text)
        .add("b", TypeKind::integer)
        .add("c", TypeKind::text, false, Value::text("it's \"so\""))
        .add("d", TypeKind::number, false, Value::number(0.1))
        .add("e", TypeKind::money, false, Value::money({500, sample::currency("USD")}))
        .add("f", TypeKind::text, false, Value::text(std::string("a\0b", 3)))
        .add("g", TypeKind::integer, false, Value::integer(INT64_MIN));
    const auto text = book.program.schema.type_index({TypeKind::text, false, 0});
    book.add("h", TypeKind::list, false, std::nullopt, text);
    const auto store = folder.open(book.program);
    for (const rules::RecordKey key : {1, 2}) {
        CHECK(value_of(*store, key, 1).is_missing());
        CHECK(value_of(*store, key, 2) == Value::text("it's \"so\""));
        CHECK(value_of(*store, key, 3) == Value::number(0.1));
        CHECK(value_of(*store, key, 4) == Value::money({500, sample::currency("USD")}));
        CHECK(value_of(*store, key, 5) == Value::text(std::string("a\0b", 3)));
        CHECK(value_of(*store, key, 6) == Value::integer(INT64_MIN));
        CHECK(value_of(*store, key, 7) == Value::list({}));
    }
    CHECK(value_of(*store, 1, 0) == Value::text("x"));
}

TEST_CASE("a new entity is there at once, one that went comes back with its records") {
    StoreFolder folder;
    Book book;
    book.add("a", TypeKind::text);
    write(folder, book, {{Value::text("x")}});
    Book none;
    none.program.schema.entities.pop_back();
    folder.open(none.program);
    const auto store = folder.open(book.program);
    CHECK(value_of(*store, 1, 0) == Value::text("x"));
    CHECK(store->find(item, "i1") == 1);
}

TEST_CASE("a required field is refused where records have no value for it") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text);
    SECTION("new, with records") {
        write(folder, old, {{Value()}, {Value()}, {Value()}, {Value()}});
        Book book;
        book.add("a", TypeKind::text).add("b", TypeKind::integer, false);
        const std::string message = refusal(folder, book, old);
        CHECK(message.find("`item.b`") != std::string::npos);
        CHECK(message.find("\"i1\", \"i2\", \"i3\" and more") != std::string::npos);
    }
    SECTION("new, without records") {
        write(folder, old, {});
        Book book;
        book.add("a", TypeKind::text).add("b", TypeKind::integer, false);
        folder.open(book.program);
    }
    SECTION("optional until now") {
        write(folder, old, {{Value::text("x")}, {Value()}});
        Book book;
        book.add("a", TypeKind::text, false);
        const std::string message = refusal(folder, book, old);
        CHECK(message.find("`item.a`") != std::string::npos);
        CHECK(message.find("\"i2\"") != std::string::npos);
        CHECK(message.find("\"i1\"") == std::string::npos);
    }
}

TEST_CASE("a field that was taken out keeps its column and comes back with its values") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text).add("b", TypeKind::integer);
    write(folder, old, {{Value::text("x"), Value::integer(7)}});
    Book without;
    without.add("a", TypeKind::text);
    {
        const auto store = folder.open(without.program);
        CHECK(store->get({item, 1})->fields.size() == first_field + 1u);
        WriteBatch batch;
        batch.records = {{{item, 1}, make_item("i1", {Value::text("y")})},
                         {{item, 2}, make_item("i2", {Value::text("z")})}};
        REQUIRE(store->commit(batch));
    }
    SECTION("with the same type") {
        const auto store = folder.open(old.program);
        CHECK(value_of(*store, 1, 0) == Value::text("y"));
        CHECK(value_of(*store, 1, 1) == Value::integer(7));
        CHECK(value_of(*store, 2, 1).is_missing());
    }
    SECTION("with another type it is another field, and the first one is kept") {
        Book other;
        other.add("a", TypeKind::text).add("b", TypeKind::text);
        {
            const auto store = folder.open(other.program);
            CHECK(value_of(*store, 1, 1).is_missing());
            WriteBatch batch;
            batch.records = {{{item, 1}, make_item("i1", {Value::text("y"), Value::text("t")})}};
            REQUIRE(store->commit(batch));
        }
        folder.open(without.program);
        CHECK(value_of(*folder.open(old.program), 1, 1) == Value::integer(7));
        folder.open(without.program);
        CHECK(value_of(*folder.open(other.program), 1, 1) == Value::text("t"));
    }
    SECTION("required, it is refused for records made in between") {
        Book required;
        required.add("a", TypeKind::text).add("b", TypeKind::integer, false);
        CHECK(refusal(folder, required, without).find("\"i2\"") != std::string::npos);
    }
    SECTION("with a default, records made in between have it") {
        Book with_default;
        with_default.add("a", TypeKind::text).add("b", TypeKind::integer, false, Value::integer(3));
        const auto store = folder.open(with_default.program);
        CHECK(value_of(*store, 1, 1) == Value::integer(7));
        CHECK(value_of(*store, 2, 1) == Value::integer(3));
    }
}

TEST_CASE("another type is refused where records have a value, and taken where none has") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text);
    Book book;
    book.add("a", TypeKind::integer);
    SECTION("with a value") {
        write(folder, old, {{Value()}, {Value::text("x")}});
        const std::string message = refusal(folder, book, old);
        CHECK(message.find("`item.a` was `text ?` and is `int ?` now") != std::string::npos);
        CHECK(message.find("\"i2\"") != std::string::npos);
        CHECK(message.find("\"i1\"") == std::string::npos);
    }
    SECTION("without") {
        write(folder, old, {{Value()}});
        write(folder, book, {{Value::integer(5)}});
        CHECK(value_of(*folder.open(book.program), 1, 0) == Value::integer(5));
    }
}

TEST_CASE("a wider type is taken with its values") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::integer).add("b", TypeKind::email).choice("c", {"x", "y"});
    Book book;
    book.add("a", TypeKind::number)
        .add("b", TypeKind::text)
        .add("c", TypeKind::text)
        .asks(first_field);
    SECTION("values that fit") {
        write(folder, old,
              {{Value::integer(7), Value::text("a@x.org"), Value::choice("x")},
               {Value(), Value(), Value()}});
        const auto store = folder.open(book.program);
        CHECK(value_of(*store, 1, 0) == Value::number(7));
        CHECK(value_of(*store, 1, 1) == Value::text("a@x.org"));
        CHECK(value_of(*store, 1, 2) == Value::text("x"));
        WriteBatch batch;
        batch.records = {{{item, 2}, make_item("i2", {Value::number(7.5), Value(), Value()})},
                         {{item, 3}, make_item("i3", {Value::number(1e18), Value(), Value()})}};
        REQUIRE(store->commit(batch));
        const auto found = [&](double number) {
            return sample::keys(
                store->scan(sample::equal(item, first_field, Value::number(number))));
        };
        CHECK(found(7) == std::vector<rules::RecordKey>{1});
        CHECK(found(7.5) == std::vector<rules::RecordKey>{2});
        CHECK(found(1e18) == std::vector<rules::RecordKey>{3});
    }
    SECTION("an int that is no number exactly") {
        write(folder, old, {{Value::integer(INT64_MAX), Value(), Value()}});
        CHECK(refusal(folder, book, old).find("\"i1\"") != std::string::npos);
    }
}

TEST_CASE("a record type keeps its values when another one is declared before it") {
    const auto book_with = [](std::vector<std::string> records) {
        Book book;
        rules::Schema& schema = book.program.schema;
        for (std::string& name : records) {
            rules::RecordType type;
            type.name = std::move(name);
            type.fields = {field(schema, "what", TypeKind::text)};
            schema.records.push_back(std::move(type));
        }
        const auto last = static_cast<std::uint16_t>(schema.records.size() - 1);
        book.add("a", TypeKind::record, true, std::nullopt, last);
        const auto element = schema.type_index({TypeKind::record, false, last});
        book.add("b", TypeKind::list, true, std::nullopt, element);
        return book;
    };
    StoreFolder folder;
    Book old = book_with({"line"});
    Book book = book_with({"address", "line"});
    const auto index = [](const Book& of) {
        return static_cast<std::uint16_t>(of.program.schema.records.size() - 1);
    };
    const Value line = Value::record(index(old), {Value::text("pen")});
    write(folder, old, {{line, Value::list({line})}});
    const auto store = folder.open(book.program);
    CHECK(value_of(*store, 1, 0).record_type() == index(book));
    CHECK(value_of(*store, 1, 0).as_record() == line.as_record());
    CHECK(value_of(*store, 1, 1).as_list().at(0).record_type() == index(book));
}

TEST_CASE("another currency is refused where records have an amount") {
    StoreFolder folder;
    Book old;
    old.add("price", TypeKind::money);
    Book book;
    book.program.header.currency = sample::currency("UGX");
    book.add("price", TypeKind::money);
    SECTION("in the old currency") {
        write(folder, old, {{Value::money({5, sample::currency("KES")})}});
        CHECK(refusal(folder, book, old).find("`money KES ?`") != std::string::npos);
    }
    SECTION("in a third one") {
        write(folder, old, {{Value::money({5, sample::currency("USD")})}});
        CHECK(refusal(folder, book, old).find("\"i1\"") != std::string::npos);
    }
    SECTION("in none") {
        write(folder, old, {{Value()}});
        folder.open(book.program);
    }
}

TEST_CASE("a value of an enum may come, and go when nobody has it") {
    StoreFolder folder;
    Book old;
    old.choice("state", {"open", "paid", "lost"});
    write(folder, old, {{Value::choice("open")}, {Value::choice("paid")}, {Value()}});
    Book more, fewer, too_few;
    more.choice("state", {"new", "open", "paid", "lost"});
    fewer.choice("state", {"paid", "open"});
    too_few.choice("state", {"open", "lost"});
    CHECK(value_of(*folder.open(more.program), 2, 0) == Value::choice("paid"));
    CHECK(value_of(*folder.open(fewer.program), 2, 0) == Value::choice("paid"));
    const std::string message = refusal(folder, too_few, fewer);
    CHECK(message.find("`item.state`") != std::string::npos);
    CHECK(message.find("`paid`") != std::string::npos);
    CHECK(message.find("\"i2\"") != std::string::npos);
    CHECK(message.find("\"i1\"") == std::string::npos);
}

TEST_CASE("unique is refused where records share a value") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text).add("b", TypeKind::integer).asks(first_field);
    write(folder, old,
          {{Value::text("x"), Value::integer(1)},
           {Value::text("x"), Value::integer(2)},
           {Value(), Value::integer(2)},
           {Value(), Value::integer(2)}});
    Book pair, single;
    pair.add("a", TypeKind::text)
        .add("b", TypeKind::integer)
        .unique({first_field, first_field + 1});
    single.add("a", TypeKind::text).add("b", TypeKind::integer).unique({first_field});
    const std::string message = refusal(folder, single, old);
    CHECK(message.find("`item.a` must be unique") != std::string::npos);
    CHECK(message.find("\"i1\", \"i2\"") != std::string::npos);
    const auto store = folder.open(pair.program);
    CHECK(store->find_unique(item, 0, {Value::text("x"), Value::integer(2)}) == 2);
}

TEST_CASE("indexes follow what the program asks for") {
    StoreFolder folder;
    Book plain, asking, unique;
    plain.add("a", TypeKind::text).add("b", TypeKind::integer);
    asking.add("a", TypeKind::text).add("b", TypeKind::integer).asks(first_field + 1);
    unique.add("a", TypeKind::text)
        .add("b", TypeKind::integer)
        .unique({first_field})
        .asks(first_field);
    folder.open(plain.program);
    CHECK(index_names(folder) == Names{"entity_item.id", "other entity_item"});
    folder.open(asking.program);
    CHECK(index_names(folder) == Names{"entity_item.b", "entity_item.id", "other entity_item"});
    folder.open(unique.program);
    CHECK(index_names(folder) ==
          Names{"entity_item.id", "other entity_item", "unique entity_item.a"});
}

TEST_CASE("every mistake of a rulebook is told, and nothing of it is done") {
    StoreFolder folder;
    Book old;
    old.add("a", TypeKind::text).add("b", TypeKind::text);
    write(folder, old, {{Value::text("x"), Value::text("y")}});
    Book book;
    book.add("a", TypeKind::integer)
        .add("b", TypeKind::date)
        .add("c", TypeKind::text)
        .add("d", TypeKind::text, false);
    const std::string message = refusal(folder, book, old);
    for (const char* place : {"`item.a`", "`item.b`", "`item.d`"})
        CHECK(message.find(place) != std::string::npos);
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    Statement column(**session, "select 1 from pragma_table_info('entity_item') where name = 'c'",
                     "", "i");
    CHECK_FALSE(column.first());
}

TEST_CASE("an entity's ids go on where they were, also after a rulebook without it") {
    StoreFolder folder;
    Book with, without;
    with.add("name", TypeKind::text);
    without.program.schema.entities.pop_back();
    // Each opens the store, looks and lets one of the numbers move.
    const auto open_and_move = [&](Book& book, rules::EntityIndex entity, std::int64_t next) {
        const auto store = folder.open(book.program);
        Counters counters = store->counters();
        counters.next_ids.resize(book.program.schema.entities.size(), 1);
        const std::int64_t before = counters.next_ids.at(entity);
        counters.next_ids.at(entity) = next;
        WriteBatch batch;
        batch.counters = counters;
        REQUIRE(store->commit(batch));
        CHECK(store->counters().next_ids.at(entity) == next);
        return before;
    };
    CHECK(open_and_move(with, item, 12) == 1);
    CHECK(open_and_move(with, item, 13) == 12);
    CHECK(open_and_move(without, rules::builtin_entity_count - 1, 5) == 1);
    CHECK(open_and_move(without, rules::builtin_entity_count - 1, 6) == 5);
    CHECK(open_and_move(with, item, 14) == 13);
    CHECK(open_and_move(with, rules::builtin_entity_count - 1, 7) == 6);
}

}  // namespace pawl::engine
