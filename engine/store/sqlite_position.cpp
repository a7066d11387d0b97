#include "engine/store/sqlite_position.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "engine/store/sqlite_scan.h"

namespace pawl::engine {

namespace {

struct NextId {
    std::string entity;
    std::int64_t number = 1;
};

// Lines of "name number".
std::vector<NextId> parse_next_ids(std::string_view text) {
    std::vector<NextId> ids;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t space = line.find(' ');
        NextId id;
        const char* end = line.data() + line.size();
        if (space == std::string_view::npos ||
            std::from_chars(line.data() + space + 1, end, id.number).ptr != end)
            throw StoreDamage("the numbers of ids cannot be read back");
        id.entity = line.substr(0, space);
        ids.push_back(std::move(id));
    }
    return ids;
}

}  // namespace

Counters read_counters(Statements& statements, const rules::Program& program) {
    Counters counters;
    counters.next_ids.assign(program.schema.entities.size(), 1);
    const auto set_next_id = [&](const std::string& entity, std::int64_t number) {
        if (const auto index = program.schema.find_entity(entity))
            counters.next_ids[*index] = number;
    };
    Statement& settled = statements.get("select name, next_id from entity", "", "ti");
    for (Rows rows(settled); rows.next();) set_next_id(settled.text(0), settled.integer(1));
    Statement& row = statements.get(
        "select next_key, next_run, next_event, turn, now, next_input, position, is_clean, "
        "next_timer, next_ids from position",
        "", "iiiiiiiiit");
    bool is_there = false;
    for (Rows rows(row); rows.next(); is_there = true) {
        counters.next_key = row.integer(0);
        counters.next_run = row.integer(1);
        counters.next_event = row.integer(2);
        counters.turn = row.integer(3);
        counters.now = Instant{row.integer(4)};
        counters.next_input = row.integer(5);
        counters.position = row.integer(6);
        counters.is_clean = row.integer(7) != 0;
        counters.next_timer = row.integer(8);
        for (const NextId& id : parse_next_ids(row.text(9))) set_next_id(id.entity, id.number);
    }
    return is_there ? counters : Counters{};
}

void settle_ids(SqliteSession& session) {
    std::vector<NextId> moved;
    Statement row(session, "select next_ids from position where next_ids <> ''", "", "t");
    for (Rows rows(row); rows.next();) moved = parse_next_ids(row.text(0));
    if (moved.empty()) return;
    Statement entity(session, "update entity set next_id = :a where name = :b", "it");
    for (const NextId& id : moved) {
        entity.set_integer(0, id.number);
        entity.set_text(1, id.entity);
        entity.run();
    }
    session.execute("update position set next_ids = ''");
}

PositionWriter::PositionWriter(SqliteSession& session, const rules::Program& program)
    : session_(session), program_(program), settled_ids_(program.schema.entities.size(), 1) {
    Statement ids(session, "select name, next_id from entity", "", "ti");
    for (Rows rows(ids); rows.next();)
        if (const auto entity = program.schema.find_entity(ids.text(0)))
            settled_ids_[*entity] = ids.integer(1);
    next_ids_ = settled_ids_;
}

void PositionWriter::write(const Counters& counters) {
    PAWL_CHECK(counters.next_ids.size() <= next_ids_.size());
    written_ids_ = next_ids_;
    std::copy(counters.next_ids.begin(), counters.next_ids.end(), written_ids_.begin());
    std::string moved;
    for (std::size_t i = 0; i < written_ids_.size(); ++i) {
        if (written_ids_[i] == settled_ids_[i]) continue;
        if (!moved.empty()) moved += '\n';
        moved += program_.schema.entities[i].name + ' ' + std::to_string(written_ids_[i]);
    }
    if (!row_)
        row_.emplace(session_,
                     "insert or replace into position (id, next_key, next_run, next_event, turn, "
                     "now, next_input, position, is_clean, next_timer, next_ids) "
                     "values (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                     "iiiiiiiiit");
    const std::int64_t values[] = {
        counters.next_key, counters.next_run,         counters.next_event,
        counters.turn,     counters.now.micros,       counters.next_input,
        counters.position, counters.is_clean ? 1 : 0, counters.next_timer};
    for (std::size_t i = 0; i < std::size(values); ++i) row_->set_integer(i, values[i]);
    row_->set_text(std::size(values), moved);
    row_->run();
}

void PositionWriter::keep() { next_ids_ = written_ids_; }

void PositionWriter::drop() { row_.reset(); }

}  // namespace pawl::engine
