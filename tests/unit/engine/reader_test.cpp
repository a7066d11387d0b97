#include <catch2/catch.hpp>

#include "base/limits.h"
#include "engine/ports/store_reader.h"
#include "history_program.h"

namespace pawl::engine {

using namespace history;  // NOLINT: the words of these tests
using rules::Value;

namespace {

Instant second(int number) {
    return Instant{at("2026-03-02T06:00:00Z").micros + number * 1'000'000};
}

std::vector<std::string> ids(const Result<std::vector<ListedRecord>>& listed) {
    if (!listed) FAIL(listed.error().message);
    std::vector<std::string> found;
    for (const ListedRecord& each : *listed)
        found.emplace_back(each.record->fields[rules::field_id].as_text());
    return found;
}

using Ids = std::vector<std::string>;

void create_profile(Kept& kept, const std::string& id, const std::string& role, int moment) {
    kept.take("pawl.create",
              R"({"entity":"profile","id":")" + id + R"(","values":{"name":")" + id +
                  R"(","email":")" + id + R"(@x.org","role":")" + role + R"(","token":"hush-)" +
                  id + R"(","notes":")" + role + R"("}})",
              second(moment));
}

}  // namespace

TEST_CASE("a list goes by filters, page by page, forwards and backwards") {
    const rules::Program program = make_program();
    Kept kept(program);
    int moment = 0;
    for (const char* id : {"a", "b", "c", "d", "e", "f"}) {
        ++moment;
        create_profile(kept, id, moment % 2 == 0 ? "admin" : "client", moment);
        kept.take("pawl.create",
                  R"({"entity":"project","id":"p)" + std::string(id) +
                      R"(","values":{"title":"T","client":")" + (moment % 2 == 0 ? "b" : "a") +
                      R"(","amount":)" + std::to_string(moment / 3) + "}}",
                  second(moment));
        if (moment == 1) create_profile(kept, "z", "client", moment);
    }
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    ListRequest request{.entity = profile, .where = {}, .after = std::nullopt};
    CHECK(ids(reader->list(request)) == Ids{"a", "z", "b", "c", "d", "e", "f"});
    request.newest_first = true;
    CHECK(ids(reader->list(request)) == Ids{"f", "e", "d", "c", "b", "z", "a"});
    request.limit = 3;
    auto page = reader->list(request);
    CHECK(ids(page) == Ids{"f", "e", "d"});
    request.after = page->back().key;
    CHECK(ids(page = reader->list(request)) == Ids{"c", "b", "z"});
    request.after = page->back().key;
    CHECK(ids(page = reader->list(request)) == Ids{"a"});
    request.after = page->back().key;
    CHECK(ids(reader->list(request)).empty());

    SECTION("by a field with an index and by one without, pages alike") {
        for (const auto& [field, value] :
             {std::pair(rules::FieldIndex{profile_role}, Value::choice("client")),
              std::pair(rules::FieldIndex{profile_notes}, Value::text("client"))}) {
            for (const bool newest_first : {false, true}) {
                ListRequest by{.entity = profile, .where = {{field, value}}, .after = {}};
                by.limit = 2;
                by.newest_first = newest_first;
                Ids all;
                for (;;) {
                    const auto next = reader->list(by);
                    for (const std::string& id : ids(next)) all.push_back(id);
                    if (next->size() < by.limit) break;
                    by.after = next->back().key;
                }
                CHECK(all == (newest_first ? Ids{"e", "c", "z", "a"} : Ids{"a", "z", "c", "e"}));
            }
        }
    }
    SECTION("by several fields together, by id, by a reference, by what is missing") {
        ListRequest by{.entity = project, .where = {}, .after = {}};
        const auto a = reader->find(profile, "a");
        REQUIRE(a);
        by.where = {{project_of, Value::reference({profile, *a})},
                    {project_amount, Value::money({100, *Currency::parse("KES")})}};
        CHECK(ids(reader->list(by)) == Ids{"pc", "pe"});
        by.where = {{rules::field_id, Value::text("pd")}};
        CHECK(ids(reader->list(by)) == Ids{"pd"});
        by.where.push_back({project_title, Value::text("other")});
        CHECK(ids(reader->list(by)).empty());
        by.where = {{project_amount, Value::money({100, *Currency::parse("USD")})}};
        CHECK(ids(reader->list(by)).empty());
        by.where = {{project_due, Value()}, {project_status, Value::choice("new")}};
        CHECK(ids(reader->list(by)).size() == 6);
        by.where = {{project_tags, Value::list({})}};
        CHECK(ids(reader->list(by)).size() == 6);
    }
    SECTION("a secret stays one") {
        const Value token =
            reader->get({profile, *reader->find(profile, "c")})->fields[profile_token];
        CHECK(token.kind() == rules::Kind::secret);
        CHECK(token == Value::secret("hush-c"));
    }
}

TEST_CASE("a reader sees one moment until it ends") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_profile(kept, "a", "client", 1);
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    create_profile(kept, "b", "client", 2);
    CHECK_FALSE(reader->find(profile, "b"));
    CHECK(reader->inputs(0, 10).size() == 1);
    CHECK(reader->counters().now == second(1));
    CHECK(ids(reader->list({.entity = profile, .where = {}, .after = {}})) == Ids{"a"});
    reader->end();
    REQUIRE(reader->begin());
    CHECK(reader->find(profile, "b"));
    CHECK(reader->inputs(0, 10).size() == 2);
    CHECK(reader->inputs(1, 10).size() == 1);
    CHECK(reader->counters().now == second(2));
    CHECK(reader->counters().next_input == 3);
    CHECK(reader->status());
}

TEST_CASE("rows of the engine's own entities are found by their ids") {
    const rules::Program program = make_program();
    Kept kept(program);
    for (int i = 1; i <= 20; ++i)
        kept.take("note_left", R"({"text":"n)" + std::to_string(i) + R"("})", second(i));
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    for (int i = 1; i <= 20; ++i) {
        const auto key = reader->find(rules::entity_run, "r" + std::to_string(i));
        REQUIRE(key);
        CHECK(reader->get({rules::entity_run, *key})->fields[rules::field_id] ==
              Value::text("r" + std::to_string(i)));
    }
    CHECK(reader->find(rules::entity_automation_log, "automation_log-7"));
    for (const char* id : {"r0", "r21", "r-1", "r", "", "x1", "r1x", "r99999999999999999999"})
        CHECK_FALSE(reader->find(rules::entity_run, id));
}

TEST_CASE("the history is told from its end, up to an instant") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_profile(kept, "a", "client", 1);
    kept.take("pawl.change", R"({"entity":"profile","id":"a","set":{"notes":null}})", second(2));
    kept.take("pawl.delete", R"({"entity":"profile","id":"a"})", second(3));
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    std::vector<FieldChange> changes;
    const auto collect = [&changes](const FieldChange& change) {
        changes.push_back(change);
        return true;
    };
    REQUIRE(reader->changes_after(second(2), collect));
    REQUIRE_FALSE(changes.empty());
    bool is_deleted = false;
    for (const FieldChange& change : changes) {
        CHECK(change.at == second(3));
        CHECK(change.input == 3);
        CHECK(change.after.is_missing());
        is_deleted =
            is_deleted || (change.field == rules::field_id && change.before == Value::text("a"));
    }
    CHECK(is_deleted);
    changes.clear();
    REQUIRE(reader->changes_after(second(1), collect));
    CHECK(std::any_of(changes.begin(), changes.end(), [](const FieldChange& change) {
        return change.field == profile_notes && change.before == Value::text("client") &&
               change.after.is_missing() && change.input == 2;
    }));
    changes.clear();
    REQUIRE(reader->changes_after(second(0), [&](const FieldChange& change) {
        changes.push_back(change);
        return changes.size() < 2;
    }));
    CHECK(changes.size() == 2);
}

TEST_CASE("marks are told as they were") {
    const rules::Program program = make_program();
    Kept kept(program);
    const auto write = [&kept](int moment, std::vector<MarkWrite> marks) {
        WriteBatch batch;
        for (MarkWrite& mark : marks) mark.at = second(moment);
        batch.marks = std::move(marks);
        batch.counters = kept.engine().counters();
        batch.counters.now = second(moment);
        REQUIRE(kept.store().commit(std::move(batch)));
    };
    write(1, {{"a", "1", std::nullopt}, {"b", "1", second(5)}});
    write(2, {{"a", "2", std::nullopt}, {"c", "", std::nullopt}});
    write(3, {{"a", std::nullopt, std::nullopt}, {"d", "1", std::nullopt}});
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    const auto marks = [&reader](int moment) {
        std::string text;
        REQUIRE(reader->marks_at(second(moment), [&text](const StoredMark& mark) {
            text += mark.key + "=" + mark.value + (mark.expires_at ? "! " : " ");
            return true;
        }));
        return text;
    };
    CHECK(marks(0).empty());
    CHECK(marks(1) == "a=1 b=1! ");
    CHECK(marks(2) == "a=2 b=1! c= ");
    CHECK(marks(3) == "b=1! c= d=1 ");
    CHECK(marks(5) == "c= d=1 ");
}

TEST_CASE("a list that would look at too many records says by what they are found quickly") {
    const rules::Program program = make_program();
    Kept kept(program);
    WriteBatch batch;
    const auto count = static_cast<rules::RecordKey>(limits::list_rows_max);
    const auto put = [&batch](rules::RecordKey key, std::string_view title) {
        auto record = std::make_shared<rules::Record>();
        record->fields.resize(project_extra + 1);
        record->fields[rules::field_id] = Value::text("w" + std::to_string(key));
        record->fields[project_title] = Value::text(title);
        record->fields[project_tags] = Value::list({});
        batch.records.push_back({{project, key}, std::move(record)});
    };
    for (rules::RecordKey key = 1; key < count; ++key) put(key, "T");
    put(count, "last");
    REQUIRE(kept.store().commit(std::move(batch)));
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    ListRequest last{
        .entity = project, .where = {{project_title, Value::text("last")}}, .after = {}};
    last.limit = 1;
    ListRequest none = last;
    none.where = {{project_title, Value::text("none")}};
    // As many as may be looked at.
    CHECK(ids(reader->list(last)) == Ids{"w" + std::to_string(count)});
    CHECK(ids(reader->list(none)).empty());
    // The page after the first is found without looking at what lies before it.
    ListRequest page{.entity = project, .where = {}, .after = count - 1};
    CHECK(ids(reader->list(page)) == Ids{"w" + std::to_string(count)});
    reader->end();

    batch = WriteBatch{};
    put(count + 1, "one more");
    REQUIRE(kept.store().commit(std::move(batch)));
    REQUIRE(reader->begin());
    CHECK(ids(reader->list(last)) == Ids{"w" + std::to_string(count)});
    const auto refused = reader->list(none);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "unindexed");
    CHECK(refused.error().message ==
          "to find records of `project` by `title`, more than 200000 records would be looked at; "
          "quickly found they are by `id` or `client`");
    none.after = 1;
    CHECK(ids(reader->list(none)).empty());
}

TEST_CASE("a folder without a store cannot be read") {
    const rules::Program program = make_program();
    const Folder folder;
    const auto reader = open_store_reader(folder.path(), program);
    REQUIRE_FALSE(reader);
    CHECK(reader.error().message.find("cannot be opened") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder.path()));
}

TEST_CASE("a store is read beside the engine that writes it, and without one") {
    const rules::Program program = make_program();
    Kept kept(program);
    create_profile(kept, "a", "client", 1);
    for (const bool is_running : {true, false}) {
        if (!is_running) kept.close();
        auto reader = open_store_reader(kept.folder().path(), program);
        if (!reader) FAIL(reader.error().message);
        REQUIRE((*reader)->begin());
        CHECK((*reader)->find(profile, "a"));
        REQUIRE((*reader)->status());
    }
}

}  // namespace pawl::engine
