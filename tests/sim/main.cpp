#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "book.h"

// `model_check --from SEED --count N`: the engine and the model side by side, a scenario a seed.
// `model_check SEED`: one of them, told whole. Where they differ, the scenario is made small and
// printed with the first line that differs.

namespace {

using namespace pawl::sim;

std::size_t first_difference(const Outcome& left, const Outcome& right) {
    const auto [one, other] =
        std::mismatch(left.lines.begin(), left.lines.end(), right.lines.begin(), right.lines.end());
    return static_cast<std::size_t>(one - left.lines.begin());
}

bool differ(const Scenario& scenario) {
    const Outcome engine = run_engine(scenario);
    return engine.refusal.empty() && engine.lines != run_model(scenario).lines;
}

void print_outcomes(const Scenario& scenario, std::size_t before, std::size_t behind) {
    const Outcome engine = run_engine(scenario);
    const Outcome model = run_model(scenario);
    const std::size_t first = first_difference(engine, model);
    const std::size_t begin = first > before ? first - before : 0;
    for (std::size_t line = begin; line < first && line < engine.lines.size(); ++line)
        std::printf("  both:   %s\n", engine.lines[line].c_str());
    for (const auto* side : {&engine, &model})
        for (std::size_t line = first; line < std::min(first + behind, side->lines.size()); ++line)
            std::printf("  %s %s\n",
                        side == &engine ? "engine:" : "model: ", side->lines[line].c_str());
}

void print_scenario(const Scenario& scenario) {
    std::printf("=== book\n%s=== options until %s\n", book_text(scenario).c_str(),
                pawl::format_instant(scenario.until).c_str());
    for (const auto& [from, to] : scenario.outages)
        std::printf("=== options outage %s %s\n", pawl::format_instant(from).c_str(),
                    pawl::format_instant(to).c_str());
    for (const auto& [from, to] : scenario.storms)
        std::printf("=== options storm %s %s\n", pawl::format_instant(from).c_str(),
                    pawl::format_instant(to).c_str());
    std::printf("=== events\n%s", events_text(scenario).c_str());
}

// True when both tell the same.
bool check_seed(std::uint64_t seed, std::uint64_t& lines) {
    const Scenario scenario = generate(seed);
    const Outcome engine = run_engine(scenario);
    if (!engine.refusal.empty()) {
        std::printf("FAIL seed %llu: its book is refused\n%s",
                    static_cast<unsigned long long>(seed), engine.refusal.c_str());
        return false;
    }
    lines += engine.lines.size();
    if (engine.lines == run_model(scenario).lines) return true;
    const Scenario small = shrink(scenario, differ);
    std::printf("FAIL seed %llu\n", static_cast<unsigned long long>(seed));
    print_scenario(small);
    std::printf("=== first difference\n");
    print_outcomes(small, 12, 4);
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t from = 1, count = 200;
    bool is_told = false;
    for (int each = 1; each < argc; ++each) {
        const std::string_view argument = argv[each];
        if (argument == "--from" && each + 1 < argc) {
            from = std::strtoull(argv[++each], nullptr, 10);
        } else if (argument == "--count" && each + 1 < argc) {
            count = std::strtoull(argv[++each], nullptr, 10);
        } else {
            from = std::strtoull(argv[each], nullptr, 10);
            count = 1;
            is_told = true;
        }
    }
    std::uint64_t failed = 0, lines = 0;
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        if (is_told) {
            print_scenario(generate(seed));
            print_outcomes(generate(seed), 1'000'000, 1'000'000);
        }
        if (!check_seed(seed, lines)) ++failed;
    }
    std::printf(
        "%llu lines agree\n%llu passed, %llu failed\n", static_cast<unsigned long long>(lines),
        static_cast<unsigned long long>(count - failed), static_cast<unsigned long long>(failed));
    return failed == 0 ? 0 : 1;
}
