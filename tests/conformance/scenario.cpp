#include "scenario.h"

#include <algorithm>
#include <sstream>

#include "base/diagnostic_render.h"
#include "base/json.h"
#include "dsl/compile.h"
#include "engine/happening_json.h"
#include "simulation/answers.h"
#include "simulation/dry_run.h"

namespace pawl::conformance {

namespace {

constexpr std::string_view section_mark = "=== ";

class JsonLines final : public simulation::Watcher {
 public:
    explicit JsonLines(const rules::Program& program) : program_(program) {}

    void turn_begins(const simulation::Turn&) override {}
    void happened(const engine::Happening& happening, std::uint64_t line,
                  rules::Records& records) override {
        out_ += engine::happening_json(happening, program_, records, line);
        out_ += '\n';
    }
    const std::string& text() const { return out_; }

 private:
    const rules::Program& program_;
    std::string out_;
};

std::string run_program(const rules::Program& program, const Scenario& scenario) {
    Json state;
    if (!scenario.state.empty()) {
        auto parsed = parse_json(scenario.state);
        if (!parsed) return parsed.error().message + "\n";
        state = std::move(*parsed);
    }
    simulation::Answers answers(program);
    std::istringstream scripted(scenario.answers);
    if (Status loaded = answers.load(scripted); !loaded) return loaded.error().message + "\n";
    std::istringstream events(scenario.events);
    JsonLines lines(program);
    const auto summary =
        simulation::dry_run(program, events, scenario.state.empty() ? nullptr : &state, answers,
                            scenario.options, lines);
    if (!summary) return lines.text() + summary.error().message + "\n";
    return lines.text();
}

// "options outage 2026-03-02T09:00:00Z 2026-03-02T12:00:00Z"
bool read_option(const std::string& section, simulation::DryRunOptions& options) {
    std::istringstream words(section);
    std::string word, name, first, second;
    words >> word >> name >> first >> second;
    if (word != "options") return false;
    const auto at = parse_instant(first);
    if (name == "all") {
        options.trace_false_conditions = true;
    } else if (name == "from" && at) {
        options.from = at;
    } else if (name == "until") {
        options.until = at;
        if (!at) options.until_after = parse_duration(first);
        return options.until || options.until_after;
    } else if ((name == "outage" || name == "storm") && at) {
        const auto end = parse_instant(second);
        if (end) (name == "storm" ? options.storms : options.outages).emplace_back(*at, *end);
        return end.has_value();
    } else {
        return false;
    }
    return true;
}

}  // namespace

Scenario parse_scenario(const std::string& text) {
    Scenario scenario;
    std::istringstream in(text);
    std::string line;
    std::string* section = nullptr;
    while (std::getline(in, line)) {
        if (line.rfind(section_mark, 0) != 0) {
            if (section != nullptr)
                *section += line + "\n";
            else if (line.rfind("# ", 0) == 0)
                scenario.title += (scenario.title.empty() ? "" : " ") + line.substr(2);
            continue;
        }
        const std::string name = line.substr(section_mark.size());
        if (name == "book" || name.rfind("book ", 0) == 0) {
            scenario.book.emplace_back(name == "book" ? "book.pawl" : name.substr(5), "");
            section = &scenario.book.back().second;
        } else if (name == "state") {
            section = &scenario.state;
        } else if (name == "events") {
            section = &scenario.events;
        } else if (name == "answers") {
            section = &scenario.answers;
        } else if (name == "expect") {
            section = &scenario.expect;
        } else if (!read_option(name, scenario.options)) {
            scenario.problem = "there is no section `" + name + "`";
        }
    }
    if (scenario.title.empty()) scenario.problem = "the sentence it shows is missing at the top";
    if (scenario.book.empty()) scenario.problem = "the section `book` is missing";
    return scenario;
}

std::string with_expectation(const std::string& text, const std::string& expect) {
    const std::string mark = "=== expect\n";
    const std::size_t place = text.find(mark);
    const std::string head = place == std::string::npos ? text : text.substr(0, place);
    return head + mark + expect;
}

Scenario with_restarts(Scenario scenario) {
    if (!scenario.options.outages.empty()) return scenario;
    std::vector<Instant> instants;
    std::istringstream events(scenario.events);
    for (std::string line; std::getline(events, line);) {
        const auto event = parse_json(line);
        const Json* time = event ? event->find("time") : nullptr;
        const auto at = time == nullptr ? std::nullopt : parse_instant(time->text);
        if (at && (instants.empty() || instants.back() < *at)) instants.push_back(*at);
    }
    if (instants.empty()) return scenario;
    // Time begins with the first event, or with `from`.
    const Instant begin = std::max(instants.front(), scenario.options.from.value_or(Instant{}));
    instants.push_back({instants.back().micros + micros_per_second});
    for (const Instant instant : instants)
        if (instant > begin) scenario.options.outages.emplace_back(instant, instant);
    return scenario;
}

std::string run_scenario(const Scenario& scenario) {
    SourceSet sources;
    for (const auto& [path, text] : scenario.book) sources.add(path, text);
    const dsl::Compilation compiled = dsl::compile(sources);
    if (!compiled.program) {
        std::string out;
        for (const Diagnostic& diagnostic : compiled.diagnostics)
            out += render_diagnostic(diagnostic, sources, Color::off);
        return out;
    }
    return run_program(*compiled.program, scenario);
}

}  // namespace pawl::conformance
