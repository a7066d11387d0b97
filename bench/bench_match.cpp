// From JSON text to the rules that match, beside a yardstick written by hand for the same rules, in
// the same run: see docs/performance.md.
//
//     bench_match [--json] [--workload W1|W2|W3] [--rules N] [--events N] [--seed N] [--rounds N]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "dsl/compile.h"
#include "rules/event_reader.h"
#include "rules/matcher.h"
#include "workloads.h"
#include "yardstick.h"

namespace pawl::bench {
namespace {

struct Options {
    bool json = false;
    std::string workload;   // empty: all
    std::size_t rules = 0;  // 0: the workload's own numbers
    std::size_t events = 100'000;
    std::uint64_t seed = 1;
    std::size_t rounds = 7;
};

// One pass over all events: how long, how many matches, and their sum in no order.
struct Pass {
    double seconds = 0;
    std::uint64_t matches = 0;
    std::uint64_t checksum = 0;
};

struct Row {
    std::string workload;
    std::size_t rules = 0;
    std::size_t events = 0;
    std::uint64_t matches = 0;
    double compile_seconds = 0;  // text to program
    double index_seconds = 0;    // program to index
    double ours_per_s = 0;
    double yardstick_per_s = 0;
    double ratio = 0;  // ours to yardstick, median of the rounds
};

using Finder = std::function<void(const std::string&, std::vector<std::uint32_t>&)>;

double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Pass pass(const std::vector<std::string>& events, const Finder& find) {
    Pass done;
    std::vector<std::uint32_t> found;
    done.seconds = seconds_of([&] {
        for (std::size_t i = 0; i < events.size(); ++i) {
            found.clear();
            find(events[i], found);
            done.matches += found.size();
            for (const std::uint32_t rule : found) {
                done.checksum += (i * 1'000'003 + rule + 1) * 0x9e3779b97f4a7c15u;
            }
        }
    });
    return done;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "bench_match: %s\n", why.c_str());
    std::exit(3);
}

Row measure(const Workload& workload, YardstickKind kind, const Options& options) {
    Row row{workload.name, workload.rules.size(), workload.events.size(), 0, 0, 0, 0, 0, 0};
    SourceSet sources;
    sources.add("bench.pawl", rulebook_text(workload.rules));
    dsl::Compilation compilation;
    row.compile_seconds = seconds_of([&] { compilation = dsl::compile(sources); });
    if (!compilation.program) {
        stop("the rulebook has a mistake: " + compilation.diagnostics.front().message);
    }
    const rules::Program& program = *compilation.program;
    std::unique_ptr<rules::Matcher> matcher;
    row.index_seconds = seconds_of([&] { matcher = std::make_unique<rules::Matcher>(program); });
    for (const rules::Rule& rule : program.rules) {
        if (!rule.match.exact) stop("the index does not decide `" + rule.id + "` by itself");
    }
    rules::EventReader reader(program);
    rules::EventView view;
    const Finder ours = [&](const std::string& event, std::vector<std::uint32_t>& out) {
        const auto refusal = reader.read(event, view);
        if (refusal) stop("an event was refused: " + refusal->message);
        matcher->match(view, out);
    };
    Yardstick yardstick(workload.rules, kind);
    const Finder theirs = [&](const std::string& event, std::vector<std::uint32_t>& out) {
        yardstick.match(event, out);
    };
    std::vector<double> our_rates, their_rates, ratios;
    for (std::size_t round = 0; round < options.rounds + 1; ++round) {
        const Pass our = pass(workload.events, ours);
        const Pass their = pass(workload.events, theirs);
        if (our.matches != their.matches || our.checksum != their.checksum) {
            stop(workload.name + ": the matches differ: " + std::to_string(our.matches) + " and " +
                 std::to_string(their.matches));
        }
        row.matches = our.matches;
        if (round == 0) continue;  // the first warms up
        const auto count = static_cast<double>(workload.events.size());
        our_rates.push_back(count / our.seconds);
        their_rates.push_back(count / their.seconds);
        ratios.push_back(their.seconds / our.seconds);
    }
    row.ours_per_s = median(our_rates);
    row.yardstick_per_s = median(their_rates);
    row.ratio = median(ratios);
    return row;
}

void print(const Row& row, bool json) {
    if (!json) {
        std::printf(
            "%-3s %8zu rules  %9.3f matches/event  ours %9.0f/s  yardstick %9.0f/s  "
            "ratio %6.2f  (text to program %.2f s, to index %.3f s)\n",
            row.workload.c_str(), row.rules,
            static_cast<double>(row.matches) / static_cast<double>(row.events), row.ours_per_s,
            row.yardstick_per_s, row.ratio, row.compile_seconds, row.index_seconds);
        std::fflush(stdout);
        return;
    }
    JsonWriter out;
    out.begin_object();
    out.member("workload", row.workload);
    out.key("rules");
    out.integer(static_cast<std::int64_t>(row.rules));
    out.key("events");
    out.integer(static_cast<std::int64_t>(row.events));
    out.key("matches");
    out.integer(static_cast<std::int64_t>(row.matches));
    out.key("from_text_per_s");
    out.number(row.ours_per_s);
    out.key("yardstick_per_s");
    out.number(row.yardstick_per_s);
    out.key("ratio");
    out.number(row.ratio);
    out.key("compile_seconds");
    out.number(row.compile_seconds);
    out.key("index_seconds");
    out.number(row.index_seconds);
    out.end_object();
    std::printf("%s\n", out.text().c_str());
    std::fflush(stdout);
}

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--json") {
            options.json = true;
            continue;
        }
        if (i + 1 == count) stop("`" + word + "` is no option, or has no value");
        const std::string value = words[++i];
        if (word == "--workload") {
            options.workload = value;
        } else if (word == "--rules") {
            options.rules = std::stoul(value);
        } else if (word == "--events") {
            options.events = std::stoul(value);
        } else if (word == "--seed") {
            options.seed = std::stoull(value);
        } else if (word == "--rounds") {
            options.rounds = std::stoul(value);
        } else {
            stop("`" + word + "` is no option");
        }
    }
    if (options.rounds == 0 || options.events == 0) stop("`--rounds` and `--events` begin at 1");
    return options;
}

struct Plan {
    std::string name;
    std::vector<std::size_t> rules;
    Workload (*make)(std::size_t, std::size_t, std::uint64_t);
    YardstickKind yardstick;
};

int run(const Options& options) {
    const std::vector<Plan> plans{
        {"W1", {100, 1'000, 10'000, 100'000}, make_w1, YardstickKind::hash_index},
        {"W2", {10'000}, make_w2, YardstickKind::loop},
        {"W3", {1'000, 100'000}, make_w3, YardstickKind::hash_index},
    };
    for (const Plan& plan : plans) {
        if (!options.workload.empty() && options.workload != plan.name) continue;
        const std::vector<std::size_t> own{options.rules};
        for (const std::size_t rules : options.rules == 0 ? plan.rules : own) {
            print(measure(plan.make(rules, options.events, options.seed), plan.yardstick, options),
                  options.json);
        }
    }
    return 0;
}

}  // namespace
}  // namespace pawl::bench

int main(int count, char** words) {
    return pawl::bench::run(pawl::bench::read_options(count, words));
}
