#include "engine/internal/layer.h"

#include <catch2/catch.hpp>

#include "sample_program.h"

namespace pawl::engine {

using namespace sample;  // NOLINT: the words of these tests
using rules::Value;
using Keys = std::vector<rules::RecordKey>;

namespace {

struct World {
    World() {
        REQUIRE(store->open(program));
        WriteBatch batch;
        batch.records = {{{client, 1}, make_client("asha", "asha@x.org")},
                         {{client, 2}, make_client("bob", "bob@x.org")},
                         {{order, 3}, make_order("o3", 1, 30)},
                         {{order, 5}, make_order("o5", 1, 50)}};
        REQUIRE(store->commit(batch));
    }
    Keys of(rules::Records& records, rules::RecordKey who) {
        return keys(records.scan(equal(order, order_of, Value::reference({client, who}))));
    }

    const rules::Program program = make_program();
    const std::unique_ptr<Store> store = make_memory_store();
    Layer turn{program, *store};
    Layer advance{program, turn};
};

}  // namespace

TEST_CASE("a layer's own records hide those below, in scans too") {
    World world;
    world.advance.create({order, 7}, make_order("o7", 1, 70));
    world.advance.set_field({order, 3}, order_of, Value::reference({client, 2}));
    world.advance.remove({order, 5});
    CHECK(keys(world.advance.scan(every(order))) == Keys{3, 7});
    CHECK(world.of(world.advance, 1) == Keys{7});
    CHECK(world.of(world.advance, 2) == Keys{3});
    CHECK(world.advance.get({order, 5}) == nullptr);
    CHECK_FALSE(world.advance.find(order, "o5"));
    CHECK(world.advance.find(order, "o7") == 7);
    CHECK(keys(world.turn.scan(every(order))) == Keys{3, 5});
    CHECK(world.of(world.turn, 1) == Keys{3, 5});
}

TEST_CASE("dropping a layer undoes all of it, merging passes all of it down") {
    World world;
    world.advance.create({order, 7}, make_order("o7", 1, 70));
    world.advance.put_mark({"m", "1", std::nullopt});
    world.advance.drop();
    CHECK(keys(world.advance.scan(every(order))) == Keys{3, 5});
    CHECK_FALSE(world.advance.find(order, "o7"));
    CHECK_FALSE(world.advance.mark("m", Instant{}));

    world.advance.create({order, 7}, make_order("o7", 1, 70));
    world.advance.remove({order, 3});
    world.advance.put_mark({"m", "1", std::nullopt});
    world.advance.merge_down();
    CHECK(world.advance.own().empty());
    CHECK(keys(world.turn.scan(every(order))) == Keys{5, 7});
    CHECK(world.turn.mark("m", Instant{}) == "1");

    world.advance.put_mark({"m", std::nullopt, std::nullopt});
    world.advance.merge_down();
    CHECK_FALSE(world.turn.mark("m", Instant{}));

    WriteBatch batch;
    world.turn.move_to(batch);
    REQUIRE(batch.records.size() == 2);
    CHECK(batch.records[0].record == nullptr);
    REQUIRE(world.store->commit(std::move(batch)));
    CHECK(keys(world.store->scan(every(order))) == Keys{5, 7});
}

TEST_CASE("unique values are known across layers, and free again when their holder goes") {
    World world;
    const auto holder = [&world](std::string_view email) {
        return world.advance.find_unique(client, 0, {Value::text(email)});
    };
    CHECK(holder("asha@x.org") == 1);
    world.advance.set_field({client, 1}, client_email, Value::text("new@x.org"));
    CHECK_FALSE(holder("asha@x.org"));
    CHECK(holder("new@x.org") == 1);
    world.advance.remove({client, 2});
    CHECK_FALSE(holder("bob@x.org"));
    world.advance.create({client, 9}, make_client("eve", "bob@x.org"));
    CHECK(holder("bob@x.org") == 9);
    world.advance.set_field({client, 9}, client_email, Value());
    CHECK_FALSE(holder("bob@x.org"));
    CHECK(world.turn.find_unique(client, 0, {Value::text("bob@x.org")}) == 2);
}

TEST_CASE("a savepoint takes back what came after it and nothing else") {
    World world;
    world.advance.set_field({client, 1}, client_email, Value::text("one@x.org"));
    const std::size_t outer = world.advance.savepoint();
    world.advance.set_field({client, 1}, client_email, Value::text("two@x.org"));
    world.advance.put_mark({"m", "1", std::nullopt});
    const std::size_t inner = world.advance.savepoint();
    world.advance.remove({client, 1});
    world.advance.create({client, 8}, make_client("new", "three@x.org"));
    world.advance.undo_to(inner);
    CHECK(world.advance.get({client, 1})->fields[client_email].as_text() == "two@x.org");
    CHECK(world.advance.find(client, "asha") == 1);
    CHECK_FALSE(world.advance.find(client, "new"));
    CHECK(world.advance.mark("m", Instant{}) == "1");
    world.advance.undo_to(outer);
    CHECK(world.advance.get({client, 1})->fields[client_email].as_text() == "one@x.org");
    CHECK(world.advance.find_unique(client, 0, {Value::text("one@x.org")}) == 1);
    CHECK_FALSE(world.advance.find_unique(client, 0, {Value::text("two@x.org")}));
    CHECK_FALSE(world.advance.mark("m", Instant{}));
    world.advance.end_savepoints();
    CHECK(world.advance.get({client, 1})->fields[client_email].as_text() == "one@x.org");
}

TEST_CASE("a record that a reader holds is not changed under it") {
    World world;
    world.advance.set_field({client, 1}, client_name, Value::text("first"));
    const rules::RecordPointer held = world.advance.get({client, 1});
    world.advance.set_field({client, 1}, client_name, Value::text("second"));
    CHECK(held->fields[client_name].as_text() == "first");
    CHECK(world.advance.get({client, 1})->fields[client_name].as_text() == "second");
}

TEST_CASE("a mark past its time is gone, in every layer") {
    World world;
    world.advance.put_mark({"m", "", Instant{10}});
    CHECK(world.advance.mark("m", Instant{9}));
    CHECK_FALSE(world.advance.mark("m", Instant{10}));
    world.advance.merge_down();
    CHECK_FALSE(world.turn.mark("m", Instant{10}));
}

}  // namespace pawl::engine
