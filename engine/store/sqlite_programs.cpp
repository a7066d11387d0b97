#include "engine/store/sqlite_programs.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/run_codec.h"
#include "engine/store/statement.h"
#include "rules/program_file.h"

namespace pawl::engine {

namespace {

// A program that is kept, and its row.
struct Kept {
    std::int64_t number = 0;
    std::string bytes;
};

// What a test says is no part of what runs; and its people are nobody whom `pawl erase` could find.
rules::Program without_tests(rules::Program program) {
    for (rules::Test& test : program.tests) {
        rules::Unit empty;
        empty.kind = rules::UnitKind::test;
        program.units[test.unit] = std::move(empty);
        rules::Test untitled;
        untitled.unit = test.unit;
        test = std::move(untitled);
    }
    rules::hash_program(program);
    return program;
}

void keep(SqliteSession& session, const rules::Program& program) {
    Statement known(session, "select 1 from program where hash = :a", "t", "i");
    known.set_text(0, program.hash.hex());
    const bool is_known = known.first();
    known.finish();
    if (is_known) return;
    Statement row(session, "insert into program (hash, bytes) values (:a, :b)", "tt");
    row.set_text(0, program.hash.hex());
    row.set_text(1, rules::write_program(without_tests(program)));
    row.run();
}

// The newest first: of several that have a unit, the one that its runs saw last.
std::vector<Kept> others(SqliteSession& session, const rules::Program& program) {
    std::vector<Kept> kept;
    Statement rows(session,
                   "select number, bytes from program where hash <> :a order by number desc", "t",
                   "it");
    rows.set_text(0, program.hash.hex());
    for (Rows all(rows); all.next();) kept.push_back({rows.integer(0), rows.text(1)});
    return kept;
}

std::optional<rules::UnitIndex> find(const rules::Program& program, const UnitOfRun& wanted) {
    const auto found =
        std::find_if(program.units.begin(), program.units.end(),
                     [&](const rules::Unit& unit) { return is_unit_of_run(unit, wanted); });
    if (found == program.units.end()) return std::nullopt;
    return static_cast<rules::UnitIndex>(found - program.units.begin());
}

// What runs stand in, and the program has no more.
std::set<UnitOfRun> missing_units(SqliteSession& session, const rules::Program& program) {
    std::set<UnitOfRun> units;
    Statement runs(session, "select state from waiting_run", "", "t");
    for (Rows all(runs); all.next();)
        for (UnitOfRun& unit : units_of_run(runs.text(0))) units.insert(std::move(unit));
    std::erase_if(units, [&](const UnitOfRun& unit) { return find(program, unit).has_value(); });
    return units;
}

std::string told(const UnitOfRun& unit, const std::string& why) {
    return "runs that wait in " + name_of(unit) +
           " cannot go on with the text that they began with: " + why;
}

}  // namespace

Result<FormerTexts> take_former_texts(SqliteSession& session, rules::Program& program) {
    return session.attempt("be read", [&]() -> Result<FormerTexts> {
        FormerTexts taken;
        WriteTransaction transaction(session);
        keep(session, program);
        const std::vector<Kept> kept = others(session, program);
        std::set<UnitOfRun> missing;
        if (!kept.empty()) missing = missing_units(session, program);
        for (const Kept& each : kept) {
            bool is_needed = false;
            // Of another release, whose programs this one cannot read, nothing can be taken.
            const auto former =
                missing.empty() ? rules::Program{} : rules::read_program(each.bytes);
            for (auto unit = missing.begin(); former && unit != missing.end();) {
                const auto found = find(*former, *unit);
                if (!found) {
                    ++unit;
                    continue;
                }
                is_needed = true;
                const auto adopted = rules::adopt_unit(program, *former, *found, taken.texts);
                if (!adopted) taken.lost.push_back(told(*unit, adopted.error().message));
                unit = missing.erase(unit);
            }
            if (is_needed) continue;
            Statement gone(session, "delete from program where number = :a", "i");
            gone.set_integer(0, each.number);
            gone.run();
        }
        for (const UnitOfRun& unit : missing)
            taken.lost.push_back(told(unit, "it was not kept by the release that they began with"));
        transaction.commit();
        return taken;
    });
}

}  // namespace pawl::engine
