#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "dsl/compile.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"
#include "rules/matcher.h"

// The reader of events takes any bytes. What it refuses has a code and a message that can be shown;
// what it takes is JSON, has values of its types that print as JSON which reads back as the same,
// and the rules that the index finds are those whose conditions hold.

namespace {

using namespace pawl;

constexpr std::string_view rulebook = R"(
rulebook fuzzed
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

entity profile  name text  end

record line  sku text  quantity int = 1  price money ?  end

event order
  title   text
  count   int ?
  score   number ?
  paid    bool ?
  amount  money ?
  on      date ?
  at      datetime ?
  opens   time ?
  within  duration ?
  email   email ?
  phone   phone ?
  site    url ?
  kind    one of hot, warm, cold ?
  client  -> profile ?
  lines   list of line ?
  tags    list of text ?
  extra   json ?
  token   secret text ?
  plan    text = "basic"
end

rule r01  when order as o  if o.title is "t"  then log "x"  end
rule r02  when order as o  if o.title in ["a", "t", "longer than eight bytes"] and o.count > 3
  then log "x"  end
rule r03  when order as o  if o.count <= 0  then log "x"  end
rule r04  when order as o  if o.count between 1 and 9 and o.kind is hot  then log "x"  end
rule r05  when order as o  if o.score < 0.5 or o.score >= 100 or o.title is "a"  then log "x"  end
rule r06  when order as o  if o.paid and o.kind in [warm, cold]  then log "x"  end
rule r07  when order as o  if not o.paid  then log "x"  end
rule r08  when order as o  if o.score > -1 and o.score < 1 and (o.title is "t" or o.count is 7)
  then log "x"  end
rule r09  when order as o  if o.amount >= 100 and o.on < 2026-06-01  then log "x"  end
rule r10  when order as o  if o.email is "a@b.co" or o.plan is "gold"  then log "x"  end
)";

rules::Program compiled() {
    SourceSet sources;
    sources.add("book.pawl", std::string(rulebook));
    dsl::Compilation compilation = dsl::compile(sources);
    for (const Diagnostic& mistake : compilation.diagnostics) {
        std::fprintf(stderr, "%s\n", mistake.message.c_str());
    }
    PAWL_CHECK(compilation.program.has_value());
    return std::move(*compilation.program);
}

// Three people; the others are not there.
class People final : public rules::Records, public rules::ReferenceLookup {
 public:
    explicit People(const rules::Program& program)
        : entity_(*program.schema.find_entity("profile")) {
        for (const char* id : {"ann", "bob", "cy"}) {
            auto record = std::make_shared<rules::Record>();
            record->fields = {rules::Value::text(id), {}, {}, rules::Value::text(id)};
            records_.push_back(std::move(record));
        }
    }
    rules::RecordPointer get(rules::Reference reference) override {
        const auto key = static_cast<std::size_t>(reference.key);
        return reference.entity == entity_ && key < records_.size() ? records_[key] : nullptr;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
        return nullptr;
    }
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override {
        for (std::size_t i = 0; i < records_.size() && entity == entity_; ++i) {
            if (records_[i]->fields[0].as_text() == id) return static_cast<rules::RecordKey>(i);
        }
        return std::nullopt;
    }

 private:
    rules::EntityIndex entity_;
    std::vector<rules::RecordPointer> records_;
};

class EventFuzz {
 public:
    void one(const std::string& text) {
        rules::EventView view;
        if (const auto refusal = reader_.read(text, view)) return check(*refusal);
        PAWL_CHECK(parse_json(text, {.bytes_max = limits::event_bytes_max}).has_value() ||
                   is_passed_over(text));
        std::vector<rules::RuleIndex> found;
        matcher_.match(view, found);
        std::vector<rules::Value> values;
        if (const auto refusal = reader_.values(view, people_, values)) return check(*refusal);
        check_values(view, values);
        check_matches(view, values, found);
    }

    // The text as a value of each type: for state files, answers and settings.
    void as_values(const std::string& text) {
        const Result<Json> json = parse_json(text);
        if (!json) return;
        const std::size_t count = program_.schema.types.size();
        for (std::size_t i = 1; i < count; ++i) {
            const auto type = static_cast<rules::TypeIndex>(i);
            rules::Value value;
            const auto refusal =
                rules::value_from_json(*json, type, program_, people_, "value", value);
            if (refusal) {
                PAWL_CHECK(!refusal->message.empty() && refusal->code.starts_with("PW09"));
            } else {
                check_round_trip(value, type);
            }
        }
    }

 private:
    // In what no field asks for, names given twice and numbers beyond every double do no harm; and
    // a field counts its brackets from its own.
    static bool is_passed_over(const std::string& text) {
        const Result<Json> json = parse_json(text);
        if (json) return false;
        for (const char* what : {"second time", "larger than any", "deep"}) {
            if (json.error().message.find(what) != std::string::npos) return true;
        }
        return false;
    }

    static void check(const rules::EventRefusal& refusal) {
        PAWL_CHECK(refusal.code.starts_with("PW09"));
        PAWL_CHECK(!refusal.message.empty());
        PAWL_CHECK(refusal.id.size() <= limits::record_id_bytes_max);
        PAWL_CHECK(refusal.message.size() < 2'000);
    }

    std::string printed(const rules::Value& value) {
        JsonWriter writer;
        rules::append_value_json(writer, value, program_, people_);
        return writer.take();
    }

    void check_round_trip(const rules::Value& value, rules::TypeIndex type) {
        const rules::TypeKind kind = program_.schema.type(type).kind;
        const std::string text = printed(value);
        const Result<Json> json = parse_json(text);
        PAWL_CHECK(json.has_value());
        // A secret does not come back, nor does a record that is not there.
        if (kind == rules::TypeKind::secret || kind == rules::TypeKind::none) return;
        if (text.find("•••") != std::string::npos) return;
        rules::Value again;
        const auto refusal = rules::value_from_json(*json, type, program_, people_, "value", again);
        if (value.is_missing()) return;
        PAWL_CHECK(!refusal.has_value());
        PAWL_CHECK(printed(again) == text);
    }

    void check_values(const rules::EventView& view, const std::vector<rules::Value>& values) {
        const auto& fields = program_.schema.events[view.event].fields;
        PAWL_CHECK(values.size() == fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            check_round_trip(values[i], fields[i].type);
            (void)rules::display_text(values[i], program_, people_, Zone::utc());
        }
    }

    void check_matches(const rules::EventView& view, const std::vector<rules::Value>& values,
                       const std::vector<rules::RuleIndex>& found) {
        PAWL_CHECK(std::is_sorted(found.begin(), found.end()));
        for (rules::RuleIndex i = 0; i < program_.rules.size(); ++i) {
            const rules::Rule& rule = program_.rules[i];
            if (rule.triggers.front().event != view.event) continue;
            std::vector<rules::Value> locals(program_.units[rule.unit].local_count);
            locals[*rule.triggers.front().record_local] = rules::Value::record(0xffff, values);
            rules::Budget budget;
            rules::Records& records = people_;
            const rules::Outcome outcome =
                evaluator_.evaluate(rule.unit, rule.conditions_entry, locals, records, {}, budget);
            const bool holds = outcome.kind == rules::OutcomeKind::conditions_hold;
            const bool is_found = std::find(found.begin(), found.end(), i) != found.end();
            PAWL_CHECK(is_found || !holds);
            PAWL_CHECK(holds || !is_found || !rule.match.exact);
        }
    }

    const rules::Program program_ = compiled();
    People people_{program_};
    rules::EventReader reader_{program_};
    rules::Matcher matcher_{program_};
    rules::Evaluator evaluator_{program_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static EventFuzz fuzz;
    const std::string text(reinterpret_cast<const char*>(data), size);
    fuzz.one(text);
    // The same as `data` of a sound envelope, so that fields are reached sooner.
    fuzz.one(R"({"specversion":"1.0","id":"1","source":"/f","type":"order","data":)" + text + "}");
    fuzz.as_values(text);
    return 0;
}
