#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The workloads of the matching benchmark, made from a seed: the same on every machine. A rule is
// kept as plain data, from which the rulebook's text is written and the yardstick builds its index.

namespace pawl::bench {

// splitmix64, so that other programs can make the same inputs.
class Random {
 public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
    std::uint64_t state_;
};

// What an event carries of what rules look at.
enum class Numeric : std::uint8_t { health_score, amount, days_inactive };
constexpr std::size_t numeric_count = 3;

struct RangeSpec {
    Numeric field = Numeric::health_score;
    bool has_low = false;
    bool has_high = false;
    double low = 0;   // value >= low
    double high = 0;  // value < high
};

// All that stands must hold.
struct RuleSpec {
    std::string kind;                   // empty: any
    std::vector<std::string> segments;  // empty: any
    std::string customer_id;            // empty: any
    std::vector<RangeSpec> ranges;
    bool has_or = false;  // and (plan is `plan` or days_inactive > `days`)
    std::string plan;
    std::int64_t days = 0;
};

struct Workload {
    std::string name;  // "W1"
    std::vector<RuleSpec> rules;
    std::vector<std::string> events;  // CloudEvents, about 400 bytes each
};

// W1: an equality on kind, an equality or a set of three on segment, a comparison, one in ten an
// `or` besides. Kinds of events follow Zipf's law.
Workload make_w1(std::size_t rules, std::size_t events, std::uint64_t seed);
// W2: two narrow ranges and a set of three segments, no equality.
Workload make_w2(std::size_t rules, std::size_t events, std::uint64_t seed);
// W3: an equality on customer_id with as many values as rules: one match an event.
Workload make_w3(std::size_t rules, std::size_t events, std::uint64_t seed);

std::string rulebook_text(const std::vector<RuleSpec>& rules);

}  // namespace pawl::bench
