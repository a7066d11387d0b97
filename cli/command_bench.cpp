#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"
#include "rules/matcher.h"
#include "simulation/line_reader.h"

namespace pawl::cli {

namespace {

constexpr std::size_t rounds = 5;  // the middle one is told

// Matching has no records: what a condition asks of them is missing.
class NoRecords : public rules::Records, public rules::ReferenceLookup {
 public:
    rules::RecordPointer get(rules::Reference) override { return nullptr; }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
        return std::make_unique<Nothing>();
    }
    std::optional<rules::RecordKey> find(rules::EntityIndex, std::string_view) override {
        return std::nullopt;
    }

 private:
    class Nothing : public rules::RecordCursor {
     public:
        std::optional<rules::RecordKey> next() override { return std::nullopt; }
    };
};

// An event parsed once and for all. Its texts lie in `texts`.
struct ParsedEvent {
    rules::EventView view;
    std::deque<std::string> texts;
    std::vector<rules::Value> values;  // of events that inexact rules look at
};

// From events to the rules that match: the index, and where it is not exact the rule's conditions.
class MatchBench {
 public:
    explicit MatchBench(const rules::Program& program)
        : program_(program), matcher_(program), reader_(program), evaluator_(program) {
        inexact_.resize(program.schema.events.size());
        for (const rules::Rule& rule : program.rules) {
            for (const rules::Trigger& trigger : rule.triggers) {
                if (trigger.kind == rules::TriggerKind::event && !rule.match.exact) {
                    inexact_[trigger.event] = true;
                }
            }
        }
    }

    // The rules of one event's text, ascending. The reason where it is refused.
    std::optional<rules::EventRefusal> match_text(const std::string& text,
                                                  std::vector<rules::RuleIndex>& found) {
        found.clear();
        if (auto refusal = reader_.read(text, view_)) return refusal;
        matcher_.match(view_, found);
        if (!inexact_[view_.event] || found.empty()) return std::nullopt;
        if (auto refusal = reader_.values(view_, records_, values_)) return refusal;
        decide(view_.event, values_, found);
        return std::nullopt;
    }

    void match_parsed(const ParsedEvent& event, std::vector<rules::RuleIndex>& found) {
        found.clear();
        matcher_.match(event.view, found);
        if (inexact_[event.view.event]) decide(event.view.event, event.values, found);
    }

    // Nothing for an event that is refused.
    std::unique_ptr<ParsedEvent> parse(const std::string& text) {
        if (reader_.read(text, view_)) return nullptr;
        auto parsed = std::make_unique<ParsedEvent>();
        if (inexact_[view_.event] && reader_.values(view_, records_, parsed->values)) {
            return nullptr;
        }
        parsed->view = view_;
        for (rules::Slot& slot : parsed->view.slots) {
            slot.text = parsed->texts.emplace_back(slot.text);
        }
        return parsed;
    }

 private:
    // Drops the rules whose conditions do not hold.
    void decide(rules::EventIndex event, const std::vector<rules::Value>& values,
                std::vector<rules::RuleIndex>& found) {
        std::erase_if(found, [&](rules::RuleIndex index) {
            const rules::Rule& rule = program_.rules[index];
            return !rule.match.exact && !holds(rule, event, values);
        });
    }

    bool holds(const rules::Rule& rule, rules::EventIndex event,
               const std::vector<rules::Value>& values) {
        std::vector<rules::Value> locals(program_.units[rule.unit].local_count);
        for (const rules::Trigger& trigger : rule.triggers) {
            if (trigger.kind != rules::TriggerKind::event || trigger.event != event) continue;
            if (trigger.record_local) {
                constexpr std::uint16_t no_record_type = 0xffff;
                locals[*trigger.record_local] = rules::Value::record(no_record_type, values);
            }
            break;
        }
        const Instant now = view_.time.value_or(Instant{});
        rules::Budget budget;
        const rules::Outcome outcome =
            evaluator_.evaluate(rule.unit, rule.conditions_entry, locals, records_,
                                {.now = now, .firing = now}, budget);
        return outcome.kind == rules::OutcomeKind::conditions_hold;
    }

    const rules::Program& program_;
    rules::Matcher matcher_;
    rules::EventReader reader_;
    rules::Evaluator evaluator_;
    NoRecords records_;
    rules::EventView view_;
    std::vector<rules::Value> values_;
    std::vector<bool> inexact_;  // by event: some rule of it is not decided by the index alone
};

template <class Work>
double seconds_of(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double middle(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Measured {
    std::size_t events = 0;
    std::uint64_t matches = 0;
    double from_text_per_s = 0;
    double parsed_per_s = 0;
};

Measured measure(MatchBench& bench, const std::vector<std::string>& lines) {
    Measured result{.events = lines.size()};
    std::vector<std::unique_ptr<ParsedEvent>> parsed;
    for (const std::string& line : lines) {
        if (auto event = bench.parse(line)) parsed.push_back(std::move(event));
    }
    std::vector<rules::RuleIndex> found;
    std::vector<double> from_text;
    std::vector<double> from_parsed;
    for (std::size_t round = 0; round < rounds; ++round) {
        std::uint64_t matches = 0;
        from_text.push_back(seconds_of([&] {
            for (const std::string& line : lines) {
                if (!bench.match_text(line, found)) matches += found.size();
            }
        }));
        result.matches = matches;
        matches = 0;
        from_parsed.push_back(seconds_of([&] {
            for (const auto& event : parsed) {
                bench.match_parsed(*event, found);
                matches += found.size();
            }
        }));
        // The same events must meet the same rules, however they come.
        PAWL_CHECK(matches == result.matches);
    }
    result.from_text_per_s = static_cast<double>(lines.size()) / middle(from_text);
    result.parsed_per_s = static_cast<double>(parsed.size()) / middle(from_parsed);
    return result;
}

// The lines of an events file, all in memory: reading them is not what is measured.
Result<std::vector<std::string>> load_events(const std::string& path) {
    Result<std::unique_ptr<std::istream>> in = open_stream(path);
    if (!in) return in.error();
    simulation::LineReader reader(**in, limits::event_bytes_max + 1);
    std::vector<std::string> lines;
    while (auto line = reader.next()) lines.push_back(std::move(line->text));
    return lines;
}

void tell(const rules::Program& program, const Measured& measured, bool json, Output& out) {
    if (json) {
        JsonWriter line;
        line.begin_object();
        line.key("rules");
        line.integer(static_cast<std::int64_t>(program.rules.size()));
        line.key("events");
        line.integer(static_cast<std::int64_t>(measured.events));
        line.key("matches");
        line.integer(static_cast<std::int64_t>(measured.matches));
        line.key("from_text_per_s");
        line.integer(static_cast<std::int64_t>(measured.from_text_per_s));
        line.key("parsed_per_s");
        line.integer(static_cast<std::int64_t>(measured.parsed_per_s));
        line.end_object();
        out.write(line.text() + "\n");
        return;
    }
    char rates[120];
    std::snprintf(rates, sizeof rates, "%.0f events a second from text, %.0f once parsed\n",
                  measured.from_text_per_s, measured.parsed_per_s);
    out.write(counted(program.rules.size(), "rule", "rules") + ", " +
              counted(measured.events, "event", "events") + ", " +
              counted(measured.matches, "match", "matches") + "\n" + rates);
}

}  // namespace

Exit bench_match(const BenchMatchOptions& options, Terminal& terminal) {
    Exit exit = Exit::done;
    const std::optional<rules::Program> program = load_program(options.book, terminal, exit);
    if (!program) return exit;
    const Result<std::vector<std::string>> lines = load_events(options.events);
    if (!lines) return refuse(terminal, Exit::usage, lines.error().message);
    MatchBench bench(*program);

    std::size_t refused = 0;
    std::string reason;
    std::vector<rules::RuleIndex> found;
    for (std::size_t index = 0; index < lines->size(); ++index) {
        if (const auto refusal = bench.match_text((*lines)[index], found)) {
            if (refused++ == 0) reason = refusal->message + " (" + refusal->code + ")";
            continue;
        }
        if (!options.list) continue;
        for (const rules::RuleIndex rule : found) {
            terminal.out.write(std::to_string(index) + " " + program->rules[rule].id + "\n");
        }
    }
    if (refused != 0) {
        terminal.complain(counted(refused, "event was", "events were") +
                          " refused and match nothing; the first: " + reason);
    }
    if (!options.list) tell(*program, measure(bench, *lines), options.json, terminal.out);
    return Exit::done;
}

}  // namespace pawl::cli
