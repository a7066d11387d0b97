#include <vector>

#include "compiler_support.h"

// What the compiled rulebook says of triggers and guards that tell time.

namespace pawl::dsl {

namespace {

using rules::CadenceKind;
using rules::Opcode;
using rules::Value;

constexpr std::int64_t minute = 60 * micros_per_second;

constexpr std::string_view entities = R"(
setting patience = 3d "How long we wait"
setting opens = 08:30 "When the office opens"
calendar holidays 2026-12-25, 2026-01-01, 2026-12-25 end
event paid
  client -> profile
  kind   text
end
entity visit
  guest  -> profile
  host   -> profile ?
  at     datetime
  day    date ?
end
)";

rules::Program program_of(const std::string& rule) {
    return compiled(std::string(entities) + rule);
}

rules::Rule rule_of(const std::string& triggers, const std::string& guards = "") {
    const rules::Program program =
        program_of("rule r\n" + triggers + "\n  then\n    log \"x\"\n" + guards + "\nend\n");
    REQUIRE(program.rules.size() == 1);
    return program.rules.front();
}

rules::Cadence cadence_of(const std::string& trigger) {
    const rules::Rule rule = rule_of("  " + trigger);
    REQUIRE(rule.triggers.front().kind == rules::TriggerKind::clock);
    REQUIRE(rule.triggers.front().clock.has_value());
    return rule.triggers.front().clock->cadence;
}

// The opcodes of an entry up to its end.
std::vector<Opcode> code_of(const rules::Program& program, std::optional<std::uint32_t> entry) {
    REQUIRE(entry.has_value());
    std::vector<Opcode> code;
    const rules::Unit& unit = program.units[program.rules.front().unit];
    for (std::size_t at = *entry; at < unit.code.size(); ++at) {
        code.push_back(unit.code[at].op);
        if (code.back() == Opcode::end || code.back() == Opcode::conditions_end) return code;
    }
    FAIL("an entry without an end");
    return code;
}

}  // namespace

TEST_CASE("every form of a clock has its cadence") {
    struct Case {
        std::string trigger;
        CadenceKind kind;
        std::int64_t amount;  // micros of an interval, else the count
        unsigned weekdays;
        std::int32_t on_day;
        std::vector<std::int64_t> at;  // minutes since midnight
    };
    constexpr unsigned all = rules::every_weekday;
    const std::vector<Case> cases = {
        {"every 10min", CadenceKind::interval, 10 * minute, all, 1, {}},
        {"every 15 minutes", CadenceKind::interval, 15 * minute, all, 1, {}},
        {"every minute", CadenceKind::interval, minute, all, 1, {}},
        {"every hour", CadenceKind::interval, 60 * minute, all, 1, {}},
        {"every 2 hours", CadenceKind::interval, 120 * minute, all, 1, {}},
        {"every 24h", CadenceKind::interval, micros_per_day, all, 1, {}},
        {"every day", CadenceKind::days, 1, all, 1, {}},
        {"every day at 10:00", CadenceKind::days, 1, all, 1, {600}},
        {"every 2d at 10:00", CadenceKind::days, 2, all, 1, {600}},
        {"every weekday at 17:00, 09:00", CadenceKind::days, 1, 0x1f, 1, {540, 1020}},
        {"every weekend", CadenceKind::days, 1, 0x60, 1, {}},
        {"every monday, friday at 09:00", CadenceKind::days, 1, 0x11, 1, {540}},
        {"every week", CadenceKind::days, 7, 0x01, 1, {}},
        {"every week on friday", CadenceKind::days, 7, 0x10, 1, {}},
        {"every 2w", CadenceKind::days, 14, 0x01, 1, {}},
        {"every 2w on tuesday, thursday", CadenceKind::days, 14, 0x0a, 1, {}},
        {"every month", CadenceKind::months, 1, all, 1, {}},
        {"every month on day 31 at 07:00", CadenceKind::months, 1, all, 31, {420}},
        {"every 3 months on day 2 at 09:00", CadenceKind::months, 3, all, 2, {540}},
        {"every 6mo", CadenceKind::months, 6, all, 1, {}},
        {"every year", CadenceKind::months, 12, all, 1, {}},
        {"every 2 years on day 5", CadenceKind::months, 24, all, 5, {}},
        {"every 1y", CadenceKind::months, 12, all, 1, {}},
    };
    for (const Case& wanted : cases) {
        INFO(wanted.trigger);
        const rules::Cadence cadence = cadence_of(wanted.trigger);
        CHECK(cadence.kind == wanted.kind);
        const bool is_interval = wanted.kind == CadenceKind::interval;
        CHECK((is_interval ? cadence.micros : cadence.count) == wanted.amount);
        CHECK(cadence.weekdays == wanted.weekdays);
        CHECK(cadence.on_day == wanted.on_day);
        std::vector<std::int64_t> at;
        for (const TimeOfDay time : cadence.at) at.push_back(time.micros / minute);
        CHECK(at == wanted.at);
    }
}

TEST_CASE("a cron line, its zone, and times from settings") {
    const rules::Rule cron = rule_of("  cron \"30 9 1 * *\" in Europe/Prague");
    const rules::Clock& clock = *cron.triggers.front().clock;
    CHECK(clock.cadence.kind == CadenceKind::cron);
    CHECK(clock.cadence.cron == *rules::parse_cron("30 9 1 * *"));
    CHECK(clock.zone == "Europe/Prague");
    CHECK(cron.triggers.front().text == "cron \"30 9 1 * *\" in Europe/Prague");

    const rules::Program program =
        program_of("rule r\n  every day at opens, 17:00\n  then\n    log \"x\"\nend\n");
    const rules::Clock& by_setting = *program.rules.front().triggers.front().clock;
    CHECK(by_setting.cadence.at.empty());
    CHECK(by_setting.zone.empty());
    CHECK(code_of(program, by_setting.at_entry) ==
          std::vector<Opcode>{Opcode::load_setting, Opcode::push_constant, Opcode::make_list,
                              Opcode::end});
}

TEST_CASE("an anchor says its offset and its time, or has code for them") {
    const rules::Rule rule = rule_of(
        "  when 24h before visit.at\n  when patience after visit.at\n  when at visit.day at "
        "09:00\n  when 90d before visit.day at opens");
    using rules::TriggerKind;
    for (const rules::Trigger& trigger : rule.triggers) {
        CHECK(trigger.kind == TriggerKind::anchor);
        CHECK(trigger.anchor.has_value());
        CHECK(trigger.record_local == rule.triggers.front().record_local);
    }
    const rules::Anchor& before = *rule.triggers[0].anchor;
    CHECK(before.offset.value == Value::duration({0, 0, 24 * 60 * minute}));
    CHECK(before.is_before);
    CHECK_FALSE(before.at.is_said());
    CHECK(rule.triggers[0].text == "24h before visit.at");
    const rules::Anchor& after = *rule.triggers[1].anchor;
    CHECK(after.offset.value.is_missing());
    CHECK(after.offset.entry.has_value());
    CHECK_FALSE(after.is_before);
    const rules::Anchor& at = *rule.triggers[2].anchor;
    CHECK_FALSE(at.offset.is_said());
    CHECK(at.at.value == Value::time({9 * 60 * minute}));
    const rules::Anchor& both = *rule.triggers[3].anchor;
    CHECK(both.offset.value == Value::duration({0, 90, 0}));
    CHECK(both.at.entry.has_value());
}

TEST_CASE("a sweep finds its records as a query does") {
    using rules::Access;
    struct Case {
        std::string where;
        Access access;
        std::string field;
        bool has_key, has_where;
    };
    const std::vector<Case> cases = {
        {"", Access::every_record, "id", false, false},
        {" where p.status is open and p.amount > 5", Access::equal, "status", true, true},
        {" where p.amount > 5", Access::range, "amount", true, true},
        {" where p.amount between 5 and 9", Access::range, "amount", true, true},
        {" where p.title contains \"x\"", Access::every_record, "id", false, true},
    };
    for (const Case& wanted : cases) {
        INFO(wanted.where);
        const rules::Program program =
            program_of("rule r\n  every day at 10:00 for each p in project" + wanted.where +
                       "\n  then\n    log \"{{p.title}}\"\nend\n");
        const rules::Trigger& trigger = program.rules.front().triggers.front();
        REQUIRE(trigger.clock->sweep.has_value());
        const rules::Sweep& sweep = *trigger.clock->sweep;
        const rules::Entity& entity = program.schema.entities[sweep.entity];
        CHECK(entity.name == "project");
        CHECK(sweep.access == wanted.access);
        CHECK(entity.fields[sweep.field].name == wanted.field);
        CHECK(sweep.key_entry.has_value() == wanted.has_key);
        CHECK(sweep.where_entry.has_value() == wanted.has_where);
        REQUIRE(trigger.record_local.has_value());
        CHECK(unit_of(program, "r").local_names[*trigger.record_local] == "p");
        if (wanted.access == Access::range)
            CHECK(code_of(program, sweep.key_entry).size() == 4);  // low, high, list, end
    }
}

TEST_CASE("a sequence binds both of its parts, each with a key of its own") {
    const rules::Program program = program_of(R"(
rule r
  when paid followed by project per paid.client.email within patience
  then
    log "{{paid.kind}} {{project.title}}"
end
)");
    const rules::Pattern& pattern = *program.rules.front().triggers.front().pattern;
    CHECK_FALSE(pattern.is_negated);
    CHECK(pattern.first.kind == rules::PatternPartKind::event);
    CHECK(pattern.second.kind == rules::PatternPartKind::created);
    CHECK(code_of(program, pattern.first.key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::load_member, Opcode::load_field,
                              Opcode::end});
    CHECK(code_of(program, pattern.second.key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::load_field, Opcode::load_field,
                              Opcode::end});
    const rules::Unit& unit = unit_of(program, "r");
    CHECK(unit.local_names[pattern.first.local] == "paid");
    CHECK(unit.local_names[pattern.second.local] == "project");
}

TEST_CASE("a count binds the last one and all of them, the same from every trigger") {
    const rules::Program program = program_of(R"(
rule r
  when 3 paid per client within 1h all as events
  when 3 paid per paid.client.email within patience all as events
  then
    log "{{paid.kind}} {{count(e in events where e.kind is paid.kind)}}"
end
)");
    const rules::Rule& rule = program.rules.front();
    const rules::Pattern& first = *rule.triggers[0].pattern;
    CHECK(rule.triggers[0].kind == rules::TriggerKind::count);
    CHECK(first.count.value == Value::integer(3));
    CHECK(first.within.value == Value::duration({0, 0, 60 * minute}));
    CHECK(program.schema.events[first.first.event].name == "paid");
    CHECK(code_of(program, first.first.key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::load_member, Opcode::end});
    const rules::Pattern& second = *rule.triggers[1].pattern;
    CHECK(second.within.entry.has_value());
    CHECK(code_of(program, second.first.key_entry).size() == 4);
    CHECK(first.first.local == second.first.local);
    REQUIRE(first.all_local.has_value());
    CHECK(first.all_local == second.all_local);
    const rules::Unit& unit = unit_of(program, "r");
    CHECK(unit.local_names[first.first.local] == "paid");
    CHECK(unit.local_names[*first.all_local] == "events");
    CHECK(program.schema.type_text(unit.local_types[*first.all_local]) == "list of event paid");
}

TEST_CASE("an absence that may never have been anything binds what may be missing") {
    const rules::Program program = program_of(R"(
rule r
  when no visit as v where v.host is present per v.guest for 7d including never
  then
    if v is missing then
      log "never"
    end
end
)");
    const rules::Pattern& pattern = *program.rules.front().triggers.front().pattern;
    CHECK(pattern.first.kind == rules::PatternPartKind::created);
    CHECK(program.schema.entities[pattern.first.entity].name == "visit");
    REQUIRE(pattern.never_entity.has_value());
    CHECK(program.schema.entities[*pattern.never_entity].name == "profile");
    CHECK(pattern.first.where_entry.has_value());
    CHECK(pattern.first.key_entry.has_value());
    const rules::Unit& unit = unit_of(program, "r");
    CHECK(program.schema.type(unit.local_types[pattern.first.local]).optional);
}

TEST_CASE("a bare entity becomes a value by the one field that has it") {
    const rules::Program program = program_of(R"(
rule r
  when project.status becomes closed not followed by project becomes open per project within 1d
  then
    log "{{project.title}}"
end
)");
    const rules::Pattern& pattern = *program.rules.front().triggers.front().pattern;
    CHECK(pattern.is_negated);
    CHECK(pattern.first.kind == rules::PatternPartKind::becomes);
    CHECK(pattern.first.value.value == Value::choice("closed"));
    CHECK(pattern.second.value.value == Value::choice("open"));
    CHECK(pattern.first.field == pattern.second.field);
    CHECK(pattern.first.local != pattern.second.local);
    // The record itself is the key.
    CHECK(code_of(program, pattern.second.key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::end});
}

TEST_CASE("values over time: how far, and over what time") {
    const rules::Rule rule = rule_of(
        "  when profile.score falls by 10 within 7d\n  when profile.score moves by 5 within "
        "patience\n  when profile.score drops below 60 by at least 5 within 1d");
    CHECK(rule.triggers[0].kind == rules::TriggerKind::moves);
    CHECK(rule.triggers[0].direction == rules::MovesDirection::falls);
    CHECK(rule.triggers[0].by_at_least.value == Value::integer(10));
    CHECK(rule.triggers[0].within.value == Value::duration({0, 7, 0}));
    CHECK(rule.triggers[1].direction == rules::MovesDirection::moves);
    CHECK(rule.triggers[1].within.entry.has_value());
    CHECK(rule.triggers[2].kind == rules::TriggerKind::drops_below);
    CHECK(rule.triggers[2].value == Value::integer(60));
    CHECK(rule.triggers[2].by_at_least.value == Value::integer(5));
    CHECK(rule.triggers[2].within.value == Value::duration({0, 1, 0}));
    CHECK(rule.triggers[2].text == "profile.score drops below 60 by at least 5 within 1d");
}

TEST_CASE("every guard is in the rule") {
    const std::string watch = "  when visit is updated";
    const rules::Rule counted = rule_of(watch, "  at most 2 per visit.guest per week");
    REQUIRE(counted.at_most.has_value());
    CHECK(counted.at_most->count.value == Value::integer(2));
    CHECK(counted.at_most->unit == rules::CalendarUnit::week);
    CHECK(counted.at_most->key_entry.has_value());
    CHECK_FALSE(rule_of(watch, "  at most 2 per day").at_most->key_entry.has_value());

    const rules::Rule queue = rule_of(watch, "  while running queue per visit.guest");
    CHECK(queue.while_running.overlap == rules::Overlap::queue);
    CHECK(queue.while_running.key_entry.has_value());
    CHECK(rule_of(watch).while_running.overlap == rules::Overlap::parallel);

    const rules::Rule window = rule_of(
        watch,
        "  only between opens and 18:00 on weekdays except holidays in Europe/Prague, else hold");
    REQUIRE(window.only_between.has_value());
    CHECK(window.only_between->from.entry.has_value());
    CHECK(window.only_between->to.value == Value::time({18 * 60 * minute}));
    CHECK(window.only_between->weekdays == 0x1f);
    CHECK(window.only_between->calendar == std::optional<std::uint32_t>(0));
    CHECK(window.only_between->zone_entry.has_value());
    CHECK(window.only_between->holds);
    CHECK_FALSE(rule_of(watch, "  only between 21:00 and 07:00").only_between->holds);

    const rules::Rule paced =
        rule_of(watch,
                "  debounce for 10min\n  only every patience per visit.guest\n  budget 5 per day, "
                "then pause\n  on change cancel");
    CHECK(paced.debounce->period.value == Value::duration({0, 0, 10 * minute}));
    CHECK_FALSE(paced.debounce->key_entry.has_value());
    CHECK(paced.only_every->period.entry.has_value());
    CHECK(paced.only_every->key_entry.has_value());
    CHECK(paced.budget->count.value == Value::integer(5));
    CHECK(paced.on_change == rules::OnChange::cancel);

    const auto missed = [](const std::string& guard) {
        return rule_of("  every day at 10:00", guard).missed;
    };
    CHECK(missed("  missed runs once within 2h").policy == rules::MissedPolicy::once);
    CHECK(missed("  missed runs once within 2h").within.value ==
          Value::duration({0, 0, 120 * minute}));
    CHECK_FALSE(missed("  missed runs once").within.is_said());
    CHECK(missed("  missed skips").policy == rules::MissedPolicy::skips);
    CHECK(missed("  missed runs all").policy == rules::MissedPolicy::all);
}

TEST_CASE("a calendar holds each of its days once, ascending") {
    const rules::Program program = program_of(
        "rule r\n  every day\n  then\n    log \"x\"\n  only between 08:00 and 09:00 except "
        "holidays\nend\n");
    REQUIRE(program.calendars.size() == 1);
    const std::vector<Date> days = {*parse_date("2026-01-01"), *parse_date("2026-12-25")};
    CHECK(program.calendars.front().days == days);
}

TEST_CASE("what is read after a wait is `unless` and the `let`s it uses, nothing else") {
    const rules::Program program = program_of(R"(
rule r
  when visit is updated
  let guest = visit.guest
  let name = guest.full_name
  let other = visit.at
  if name is "x" and other < now
  unless guest.score > 5 or name is "y"
  then
    log "x"
end
)");
    const rules::Rule& rule = program.rules.front();
    REQUIRE(rule.unless_entry.has_value());
    const rules::Unit& unit = program.units[rule.unit];
    std::vector<std::string> stored;
    std::vector<std::int32_t> clauses;
    for (std::size_t at = *rule.unless_entry; unit.code[at].op != Opcode::conditions_end; ++at) {
        const rules::Instruction& instruction = unit.code[at];
        CHECK(instruction.op != Opcode::require);
        if (instruction.op == Opcode::store_local)
            stored.push_back(unit.local_names[static_cast<std::size_t>(instruction.c)]);
        if (instruction.op == Opcode::exclude) clauses.push_back(instruction.c);
    }
    CHECK(stored == std::vector<std::string>{"guest", "name"});
    CHECK(clauses == std::vector<std::int32_t>{2, 3});
    REQUIRE(rule.clauses.size() == 4);
    CHECK(rule.clauses[2].is_unless);
    CHECK_FALSE(rule_of("  when visit is updated\n  if visit.at < now").unless_entry.has_value());
}

TEST_CASE("the key of a guard sets the lets it uses: it may be read before the conditions") {
    const rules::Program program = program_of(R"(
rule r
  when visit is updated
  let guest = visit.guest
  let other = visit.at
  then
    log "{{other}}"
  debounce for 10min per guest
end
)");
    CHECK(code_of(program, program.rules.front().debounce->key_entry) ==
          std::vector<Opcode>{Opcode::load_local, Opcode::load_field, Opcode::store_local,
                              Opcode::load_local, Opcode::end});
}

TEST_CASE("the match of an event trigger is not that of a rule that tells time, too") {
    const auto match_of = [](const std::string& triggers) {
        return program_of("rule r\n" + triggers +
                          "\n  if paid.kind is \"a\"\n  then\n    log \"x\"\nend\n")
            .rules.front()
            .match;
    };
    CHECK(match_of("  when paid").atoms.size() == 1);
    CHECK(match_of("  when paid").exact);
    const rules::RuleMatch mixed = match_of("  when paid\n  when no paid per paid.client for 7d");
    CHECK(mixed.atoms.empty());
    CHECK_FALSE(mixed.exact);
    const rules::RuleMatch counted = match_of("  when 3 paid per client within 1h");
    CHECK(counted.atoms.empty());
    CHECK_FALSE(counted.exact);
}

}  // namespace pawl::dsl
