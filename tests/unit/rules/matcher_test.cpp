#include "rules/matcher.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "evaluator_support.h"

namespace pawl::rules {
namespace {

class NoReferences final : public ReferenceLookup {
 public:
    std::optional<RecordKey> find(EntityIndex, std::string_view) override { return std::nullopt; }
};

Program program_with_event() {
    Program program;
    program.header.currency = *Currency::parse("KES");
    program.schema = make_base_schema();
    Schema& schema = program.schema;
    schema.choices.push_back({"reading.plan", {"basic", "plus", "gold"}});
    const auto optional = [&](TypeKind kind, std::uint16_t index = 0) {
        return schema.type_index({kind, true, index});
    };
    const auto choice = static_cast<std::uint16_t>(schema.choices.size() - 1);
    EventType event;
    event.name = "reading";
    const auto field = [&](std::string name, TypeIndex type) {
        Field made;
        made.name = std::move(name);
        made.type = type;
        event.fields.push_back(std::move(made));
    };
    field("kind", optional(TypeKind::text));
    field("segment", optional(TypeKind::text));
    field("plan", optional(TypeKind::choice, choice));
    field("score", optional(TypeKind::number));
    field("days", optional(TypeKind::integer));
    field("amount", optional(TypeKind::money));
    field("flag", optional(TypeKind::boolean));
    field("on", optional(TypeKind::date));
    field("address", optional(TypeKind::email));
    schema.events.push_back(event);
    return program;
}

Rule rule_on_event(std::string id, RuleMatch match) {
    Rule rule;
    rule.id = std::move(id);
    rule.triggers.resize(1);
    rule.match = std::move(match);
    return rule;
}

// A rule's match as the code the compiler would make of it, so that the evaluator can judge.
class MatchCode {
 public:
    explicit MatchCode(const RuleMatch& match) {
        code_.push(Value::boolean(true));
        for (const MatchAtom& atom : match.atoms) {
            add(atom);
            code_.add(Opcode::and_);
        }
        for (const MatchAnyOf& any_of : match.any_of) {
            code_.push(Value::boolean(false));
            for (const std::vector<MatchAtom>& atoms : any_of.alternatives) {
                code_.push(Value::boolean(true));
                for (const MatchAtom& atom : atoms) {
                    add(atom);
                    code_.add(Opcode::and_);
                }
                code_.add(Opcode::or_);
            }
            code_.add(Opcode::and_);
        }
        code_.add(Opcode::end);
    }
    Unit take() { return std::move(code_.unit); }

 private:
    void add(const MatchAtom& atom) {
        code_.add(Opcode::load_local, 0);
        code_.add(Opcode::load_member, atom.field);
        if (atom.op == MatchOperator::in_set) {
            code_.push(Value::list(atom.values));
        } else {
            code_.push(atom.values.front());
        }
        switch (atom.op) {
            case MatchOperator::equal: code_.add(Opcode::equal); break;
            case MatchOperator::in_set: code_.add(Opcode::in_list); break;
            case MatchOperator::less: code_.add(Opcode::less); break;
            case MatchOperator::less_equal: code_.add(Opcode::less_equal); break;
            case MatchOperator::greater: code_.add(Opcode::greater); break;
            case MatchOperator::greater_equal: code_.add(Opcode::greater_equal); break;
        }
    }
    UnitBuilder code_;
};

// Reads the events and compares what the index finds with what the evaluator says of every rule.
class Comparison {
 public:
    explicit Comparison(Program program) : program_(std::move(program)) {
        for (std::size_t i = 0; i < program_.rules.size(); ++i) {
            program_.rules[i].unit = static_cast<UnitIndex>(i);
            program_.units.push_back(MatchCode(program_.rules[i].match).take());
        }
    }

    // The matches; false where the two disagree.
    std::optional<std::size_t> agree(const std::string& data) {
        const std::string json =
            R"({"specversion":"1.0","id":"1","source":"/s","type":"reading","data":)" + data + "}";
        EventView view;
        const auto refusal = reader_.read(json, view);
        if (refusal) return refuse(refusal->message);
        std::vector<Value> values;
        const auto wrong = reader_.values(view, lookup_, values);
        if (wrong) return refuse(wrong->message);
        std::vector<RuleIndex> found;
        matcher_.match(view, found);
        std::vector<RuleIndex> expected;
        std::vector<Value> locals{Value::record(0, std::move(values))};
        for (RuleIndex i = 0; i < program_.rules.size(); ++i) {
            Budget budget;
            Records& records = records_;
            const Outcome outcome =
                evaluator_.evaluate(program_.rules[i].unit, 0, locals, records, {}, budget);
            if (outcome.value.is_true()) expected.push_back(i);
        }
        if (found != expected) {
            std::string why = "the index and the evaluator differ: " + data + "\nfound";
            for (const RuleIndex rule : found) why += ' ' + std::to_string(rule);
            why += "\nexpected";
            for (const RuleIndex rule : expected) why += ' ' + std::to_string(rule);
            return refuse(why);
        }
        return found.size();
    }

 private:
    std::optional<std::size_t> refuse(const std::string& why) {
        FAIL_CHECK(why);
        return std::nullopt;
    }

    Program program_;
    EventReader reader_{program_};
    Matcher matcher_{program_};
    Evaluator evaluator_{program_};
    NoReferences lookup_;
    TestHost records_;
};

class Generator {
 public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }

    std::string word(std::string_view prefix, std::uint64_t count) {
        return std::string(prefix) + std::to_string(below(count));
    }

    Value value_of(FieldIndex field) {
        switch (field) {
            case 0: return Value::text(word("kind_number_", 5));
            case 1: return Value::text(word("s", 8));
            case 2: return Value::choice(plans_[below(3)]);
            case 3: return Value::number(numbers_[below(std::size(numbers_))]);
            case 4: return Value::integer(integers_[below(std::size(integers_))]);
            case 5:
                return Value::money(
                    *parse_money(amounts_[below(std::size(amounts_))], *Currency::parse("KES")));
            case 6: return Value::boolean(one_in(2));
            case 7: return Value::date({static_cast<std::int32_t>(20'000 + below(6))});
            default: return Value::text(word("a@b.c", 3));
        }
    }
    MatchAtom atom() {
        MatchAtom atom;
        atom.field = static_cast<FieldIndex>(below(9));
        const bool ordered = (atom.field >= 3 && atom.field <= 5) || atom.field == 7;
        if (ordered && !one_in(4)) {
            atom.op = static_cast<MatchOperator>(2 + below(4));
        } else if (one_in(2)) {
            atom.op = MatchOperator::in_set;
        }
        const std::size_t count = atom.op == MatchOperator::in_set ? 1 + below(4) : 1;
        for (std::size_t i = 0; i < count; ++i) atom.values.push_back(value_of(atom.field));
        return atom;
    }
    std::vector<MatchAtom> atoms(std::uint64_t least, std::uint64_t most) {
        std::vector<MatchAtom> made(least + below(most - least + 1));
        for (MatchAtom& each : made) each = atom();
        return made;
    }
    RuleMatch match() {
        RuleMatch match;
        match.atoms = atoms(0, 4);
        for (std::uint64_t i = below(8) / 6; i > 0; --i) {
            MatchAnyOf any_of;
            for (std::uint64_t j = 1 + below(3); j > 0; --j) {
                any_of.alternatives.push_back(atoms(1, 2));
            }
            match.any_of.push_back(std::move(any_of));
        }
        match.exact = true;
        return match;
    }
    std::string data() {
        std::string text = "{";
        const auto add = [&](const char* name, const std::string& value) {
            if (one_in(6)) return;
            if (text.size() > 1) text += ',';
            text += '"' + std::string(name) + "\":" + value;
        };
        add("kind", '"' + word("kind_number_", 6) + '"');
        add("segment", '"' + word("s", 10) + '"');
        add("plan", '"' + plans_[below(3)] + '"');
        JsonWriter number;
        number.number(numbers_[below(std::size(numbers_))]);
        add("score", one_in(2) ? number.text() : std::to_string(below(4)));
        add("days", one_in(8) ? "2.0" : std::to_string(integers_[below(std::size(integers_))]));
        const std::string amount(amounts_[below(std::size(amounts_))]);
        add("amount", one_in(3)   ? R"({"amount":")" + amount + R"(","currency":"KES"})"
                      : one_in(8) ? R"({"amount":")" + amount + R"(","currency":"USD"})"
                                  : amount);
        add("flag", one_in(2) ? "true" : one_in(8) ? "null" : "false");
        add("on", '"' + format_date({static_cast<std::int32_t>(20'000 + below(7))}) + '"');
        add("address", '"' + word(one_in(2) ? "a@b.c" : " A@B.C", 4) + '"');
        return text + "}";
    }

 private:
    std::mt19937_64 random_;
    const std::string plans_[3] = {"basic", "plus", "gold"};
    static constexpr double numbers_[] = {
        -1e300, -2.5, -1, -0.0, 0, 0.1, 1, 1.5, 2, 3, 9007199254740993.0, 1e300, 5e-324};
    static constexpr std::int64_t integers_[] = {std::numeric_limits<std::int64_t>::min(),
                                                 std::numeric_limits<std::int64_t>::min() + 1,
                                                 -1,
                                                 0,
                                                 1,
                                                 2,
                                                 3,
                                                 std::numeric_limits<std::int64_t>::max() - 1,
                                                 std::numeric_limits<std::int64_t>::max()};
    static constexpr std::string_view amounts_[] = {
        "-0.01", "0", "0.01", "1", "1.50", "2", "92233720368547758.07"};
};

// The least threshold of a whole number is one the index leaves to the conditions.
bool is_left_to_conditions(const RuleMatch& match) {
    const auto least = [](const MatchAtom& atom) {
        const Value& value = atom.values.front();
        if (atom.op == MatchOperator::equal || atom.op == MatchOperator::in_set) return false;
        if (atom.field != 4 && atom.field != 5) return false;
        const std::int64_t key = atom.field == 4 ? value.as_integer() : value.as_money().minor;
        const std::int64_t edge = key < 0 ? key - std::numeric_limits<std::int64_t>::min()
                                          : std::numeric_limits<std::int64_t>::max() - key;
        return edge <= 1;
    };
    bool any = std::any_of(match.atoms.begin(), match.atoms.end(), least);
    for (const MatchAnyOf& any_of : match.any_of) {
        for (const auto& atoms : any_of.alternatives) {
            any = any || std::any_of(atoms.begin(), atoms.end(), least);
        }
    }
    return any;
}

void compare(std::uint64_t seed, std::size_t rule_count, std::size_t event_count,
             const std::function<RuleMatch(Generator&)>& make) {
    INFO("seed " << seed);
    Generator generator(seed);
    Program program = program_with_event();
    while (program.rules.size() < rule_count) {
        RuleMatch match = make(generator);
        if (is_left_to_conditions(match)) continue;
        char id[16];
        std::snprintf(id, sizeof id, "r%06zu", program.rules.size());
        program.rules.push_back(rule_on_event(id, std::move(match)));
    }
    Comparison comparison(std::move(program));
    std::size_t matches = 0;
    for (std::size_t i = 0; i < event_count; ++i) {
        const std::optional<std::size_t> found = comparison.agree(generator.data());
        if (!found) return;
        matches += *found;
    }
    CHECK(matches > 0);  // else nothing was shown
}

TEST_CASE("the index finds what the evaluator says, over random rules and events") {
    const std::uint64_t seed = Catch::rngSeed();
    for (std::uint64_t i = 0; i < 20; ++i) {
        compare(seed + i, 60, 40, [](Generator& generator) { return generator.match(); });
    }
}

TEST_CASE("the index finds what the evaluator says, where ranges alone make cells") {
    const std::uint64_t seed = Catch::rngSeed();
    const auto ranges = [](Generator& generator) {
        RuleMatch match;
        const auto low = static_cast<std::int64_t>(generator.below(200));
        const auto range = [&](FieldIndex field, auto make) {
            match.atoms.push_back({field, MatchOperator::greater_equal, {make(low)}});
            const auto high = low + static_cast<std::int64_t>(generator.below(12));
            match.atoms.push_back({field, MatchOperator::less, {make(high)}});
        };
        range(4, [](std::int64_t key) { return Value::integer(key % 4); });
        if (!generator.one_in(3)) {
            match.atoms.clear();
            range(3, [](std::int64_t key) { return Value::number(static_cast<double>(key) / 40); });
        }
        if (generator.one_in(2)) match.atoms.push_back(generator.atom());
        match.exact = true;
        return match;
    };
    for (std::uint64_t i = 0; i < 6; ++i) compare(seed + i, 1'500, 60, ranges);
}

struct Fixture {
    Program program = program_with_event();
    void add(std::string id, std::vector<MatchAtom> atoms, RuleMode mode = RuleMode::live) {
        RuleMatch match;
        match.atoms = std::move(atoms);
        program.rules.push_back(rule_on_event(std::move(id), std::move(match)));
        program.rules.back().mode = mode;
    }
    std::vector<RuleIndex> match(const std::string& data) {
        const std::string json =
            R"({"specversion":"1.0","id":"1","source":"/s","type":"reading","data":)" + data + "}";
        EventReader reader(program);
        EventView view;
        REQUIRE_FALSE(reader.read(json, view));
        std::vector<RuleIndex> found;
        Matcher(program).match(view, found);
        return found;
    }
};

using Found = std::vector<RuleIndex>;

TEST_CASE("meaning 9: missing meets no comparison, whichever way it points") {
    Fixture fixture;
    fixture.add("a", {{4, MatchOperator::less, {Value::integer(5)}}});
    fixture.add("b", {{4, MatchOperator::greater_equal, {Value::integer(-5)}}});
    fixture.add("c", {{0, MatchOperator::equal, {Value::text("x")}}});
    fixture.add("d", {});
    CHECK(fixture.match("{}") == Found{3});
    CHECK(fixture.match(R"({"days":null,"kind":null})") == Found{3});
    CHECK(fixture.match(R"({"days":0,"kind":"x"})") == Found{0, 1, 2, 3});
}

TEST_CASE("paused and draft rules are silent") {
    Fixture fixture;
    fixture.add("a", {}, RuleMode::paused);
    fixture.add("b", {}, RuleMode::draft);
    fixture.add("c", {});
    CHECK(fixture.match("{}") == Found{2});
}

TEST_CASE("a rule of several events is a candidate for each") {
    Fixture fixture;
    fixture.add("a", {{0, MatchOperator::equal, {Value::text("x")}}});
    fixture.program.schema.events.push_back({"other", {}, {}});
    Trigger other;
    other.event = 1;
    fixture.program.rules[0].triggers.push_back(other);
    CHECK(fixture.match(R"({"kind":"y"})") == Found{0});
}

TEST_CASE("sets beyond the largest expansion still decide") {
    Fixture fixture;
    MatchAtom set{0, MatchOperator::in_set, {}};
    for (std::size_t i = 0; i <= limits::set_expansion_max; ++i) {
        set.values.push_back(Value::text("k" + std::to_string(i)));
    }
    fixture.add("a", {set});
    CHECK(fixture.match(R"({"kind":"k16"})") == Found{0});
    CHECK(fixture.match(R"({"kind":"k17"})").empty());
}

// It is put off by each event of the type, and reads its conditions when that is over.
TEST_CASE("a rule with `debounce` is a candidate for every event, and alone is") {
    Fixture fixture;
    fixture.add("a", {{0, MatchOperator::equal, {Value::text("x")}}});
    fixture.add("b", {{0, MatchOperator::equal, {Value::text("x")}}});
    fixture.program.rules[1].debounce = Pace{{Value::duration({0, 0, 1}), std::nullopt}, {}};
    CHECK(fixture.match(R"({"kind":"x"})") == Found{0, 1});
    CHECK(fixture.match(R"({"kind":"y"})") == Found{1});
    CHECK(fixture.match("{}") == Found{1});
}

TEST_CASE("a default value is not decided by the index") {
    Fixture fixture;
    fixture.program.schema.events[0].fields[0].default_value = Value::text("x");
    fixture.add("a", {{0, MatchOperator::equal, {Value::text("x")}}});
    CHECK(fixture.match("{}") == Found{0});
    CHECK(fixture.match(R"({"kind":"y"})") == Found{0});  // a candidate: its conditions decide
}

}  // namespace
}  // namespace pawl::rules
