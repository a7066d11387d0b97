#include <map>
#include <sstream>

#include "base/diagnostic_render.h"
#include "base/json.h"
#include "book.h"
#include "dsl/compile.h"
#include "engine/happening_json.h"
#include "simulation/dry_run.h"

// The engine of production over a memory store, driven by a dry-run; what it tells, as the lines
// that the model gives.

namespace pawl::sim {

namespace {

std::string text_of(const Json& line, const char* name) {
    const Json* member = line.find(name);
    if (member == nullptr || member->kind == JsonKind::null) return "missing";
    if (member->kind == JsonKind::boolean) return member->boolean ? "true" : "false";
    return member->text;
}

std::string members_of(const Json& line, const char* name) {
    std::map<std::string, std::string> values;
    if (const Json* object = line.find(name))
        for (const JsonMember& member : object->members)
            values[member.first] = text_of(*object, member.first.c_str());
    std::string out;
    for (const auto& [key, value] : values)
        if (value != "missing") out += " " + key + "=" + value;
    return out;
}

class Lines final : public simulation::Watcher {
 public:
    explicit Lines(const rules::Program& program) : program_(program) {}

    void turn_begins(const simulation::Turn&) override {}
    void happened(const engine::Happening& happening, std::uint64_t number,
                  rules::Records& records) override {
        // The model knows nothing of people: what they are told is left out.
        if (std::holds_alternative<engine::Alerted>(happening.form)) return;
        if (std::holds_alternative<engine::Notified>(happening.form)) return;
        const auto line = parse_json(engine::happening_json(happening, program_, records, number));
        if (line) take(*line);
    }

    std::vector<std::string> take_lines() { return std::move(lines_); }

 private:
    void take(const Json& line) {
        const auto get = [&](const char* name) { return text_of(line, name); };
        const auto has = [&](const char* name) { return line.find(name) != nullptr; };
        const std::string kind = get("kind");
        std::string out = get(has("told_at") ? "told_at" : "at") + " " + kind;
        const std::string record = has("id") ? " " + get("entity") + "/" + get("id") : "";
        if (kind == "event") out += " " + get("type");
        if (kind == "refuse") out += " " + get("type");
        if (kind == "fire") out += " " + get("rule") + (has("entity") ? record : "");
        if (kind == "skip")
            out += " " + get("rule") + " " + get("guard") + (has("entity") ? record : "");
        if (kind == "set")
            out += record + "." + get("field") + " " + get("from") + " -> " + get("to");
        if (kind == "create" || kind == "delete") {
            out += record + members_of(line, "values");
        }
        if (kind == "emit") out += " " + get("type") + members_of(line, "data");
        if (kind == "log") out += " " + get("text");
        if (kind == "wait")
            out += " until " + get("until") + (has("for") ? " for " + get("for") : "");
        if (kind == "hold") {
            out += " " + get("rule") + " " + get("guard") + (has("entity") ? record : "") +
                   (has("until") ? " until " + get("until") : "");
        }
        if (kind == "end") out += " " + get("status");
        if (kind == "step") {
            out += " " + get("journey") + " " + get("of") + " " + get("step") + " " + get("state") +
                   " at " + get("at");
            if (has("reason")) out += " (" + get("reason") + ")";
        }
        if (kind == "journey") out += " " + get("journey") + " " + get("of") + " " + get("state");
        if (has("run")) out += " " + run_of(get("run"));
        lines_.push_back(out);
    }

    // Runs are numbered as they appear.
    std::string run_of(const std::string& name) {
        return "r" + std::to_string(runs_.emplace(name, runs_.size() + 1).first->second);
    }

    const rules::Program& program_;
    std::map<std::string, std::size_t> runs_;
    std::vector<std::string> lines_;
};

}  // namespace

Outcome run_engine(const Scenario& scenario) {
    SourceSet sources;
    sources.add("book.pawl", book_text(scenario));
    const dsl::Compilation compiled = dsl::compile(sources);
    Outcome outcome;
    if (!compiled.program) {
        for (const Diagnostic& diagnostic : compiled.diagnostics)
            if (diagnostic.severity() == Severity::error)
                outcome.refusal += render_diagnostic(diagnostic, sources, Color::off);
        return outcome;
    }
    simulation::Answers answers(*compiled.program);
    std::istringstream events(events_text(scenario));
    simulation::DryRunOptions options;
    options.until = scenario.until;
    options.outages = scenario.outages;
    options.storms = scenario.storms;
    Lines lines(*compiled.program);
    const auto summary =
        simulation::dry_run(*compiled.program, events, nullptr, answers, options, lines);
    if (!summary) outcome.refusal = summary.error().message;
    outcome.lines = lines.take_lines();
    return outcome;
}

}  // namespace pawl::sim
