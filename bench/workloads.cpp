#include "workloads.h"

#include <array>
#include <cstdio>

namespace pawl::bench {

namespace {

constexpr std::size_t kind_count = 20;
constexpr std::size_t segment_count = 50;
constexpr std::array plans{"free", "basic", "plus", "gold"};
constexpr std::array numeric_names{"health_score", "amount", "days_inactive"};

std::string numbered(const char* format, std::uint64_t number) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned long long>(number));
    return buffer.data();
}

std::string kind_name(std::uint64_t index) { return numbered("activity_kind_%02llu", index); }
std::string segment_name(std::uint64_t index) { return numbered("segment_%02llu", index); }
std::string customer_name(std::uint64_t index) { return numbered("cust_%08llu", index); }

// Two decimals, so that text and number are the same value everywhere.
double hundredths(Random& random, std::uint64_t most) {
    return static_cast<double>(random.below(most * 100)) / 100;
}

std::string number_text(double number) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.2f", number);
    return buffer.data();
}

class KindPicker {
 public:
    KindPicker() {
        double sum = 0;
        for (std::size_t i = 0; i < kind_count; ++i) {
            sum += 1 / static_cast<double>(i + 1);
            bounds_[i] = sum;
        }
    }
    std::uint64_t pick(Random& random) const {
        const double place = random.unit() * bounds_.back();
        std::uint64_t kind = 0;
        while (bounds_[kind] < place) ++kind;
        return kind;
    }

 private:
    std::array<double, kind_count> bounds_{};
};

std::string event_text(Random& random, const KindPicker& kinds, std::uint64_t number,
                       std::uint64_t customers) {
    std::string text = R"({"specversion":"1.0","id":"evt-)" + numbered("%09llu", number) +
                       R"(","source":"/bench","type":"activity","time":"2026-03-02T07:15:04Z",)";
    text += R"("data":{"customer_id":")" + customer_name(random.below(customers));
    text += R"(","kind":")" + kind_name(kinds.pick(random));
    text += R"(","segment":")" + segment_name(random.below(segment_count));
    text += R"(","plan":")" + std::string(plans[random.below(plans.size())]);
    text += R"(","health_score":)" + number_text(hundredths(random, 100));
    text += R"(,"amount":)" + number_text(hundredths(random, 10'000));
    text += R"(,"days_inactive":)" + std::to_string(random.below(100));
    text += R"(,"country":"KE","channel":"web","active":true,"visits":)" +
            std::to_string(random.below(1'000));
    text +=
        R"(,"referrer":"newsletter","session":"s-)" + numbered("%012llx", random.below(1ull << 48));
    return text + R"("}})";
}

std::vector<std::string> make_events(std::size_t count, std::uint64_t customers,
                                     std::uint64_t seed) {
    Random random(seed ^ 0x5eed);
    const KindPicker kinds;
    std::vector<std::string> events;
    events.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        events.push_back(event_text(random, kinds, i, customers));
    }
    return events;
}

std::vector<std::string> three_segments(Random& random) {
    const std::uint64_t first = random.below(segment_count);
    std::vector<std::string> segments;
    for (std::uint64_t i = 0; i < 3; ++i) {
        segments.push_back(segment_name((first + i * 7) % segment_count));
    }
    return segments;
}

// So wide a range below `most`.
RangeSpec range_of(Numeric field, Random& random, std::uint64_t most, std::uint64_t width) {
    const std::uint64_t low = random.below((most - width) * 100);
    return {field, true, true, static_cast<double>(low) / 100,
            static_cast<double>(low + width * 100) / 100};
}

std::string condition_text(const RuleSpec& rule) {
    std::string text;
    const auto part = [&](const std::string& condition) {
        text += (text.empty() ? "" : " and ") + condition;
    };
    if (!rule.kind.empty()) part("e.kind is \"" + rule.kind + "\"");
    if (!rule.customer_id.empty()) part("e.customer_id is \"" + rule.customer_id + "\"");
    if (rule.segments.size() == 1) part("e.segment is \"" + rule.segments.front() + "\"");
    if (rule.segments.size() > 1) {
        std::string list;
        for (const std::string& segment : rule.segments) {
            list += (list.empty() ? "\"" : ", \"") + segment + "\"";
        }
        part("e.segment in [" + list + "]");
    }
    for (const RangeSpec& range : rule.ranges) {
        const std::string name =
            std::string("e.") + numeric_names[static_cast<std::size_t>(range.field)];
        if (range.has_low) part(name + " >= " + number_text(range.low));
        if (range.has_high) part(name + " < " + number_text(range.high));
    }
    if (rule.has_or) {
        part("(e.plan is \"" + rule.plan + "\" or e.days_inactive > " + std::to_string(rule.days) +
             ")");
    }
    return text;
}

}  // namespace

Workload make_w1(std::size_t rules, std::size_t events, std::uint64_t seed) {
    Random random(seed);
    Workload made{"W1", {}, make_events(events, 100'000, seed)};
    for (std::size_t i = 0; i < rules; ++i) {
        RuleSpec rule;
        rule.kind = kind_name(random.below(kind_count));
        if (random.below(5) == 0) {
            rule.segments = three_segments(random);
        } else {
            rule.segments = {segment_name(random.below(segment_count))};
        }
        RangeSpec range;
        if (random.below(2) == 0) {
            range.has_high = true;
            range.high = hundredths(random, 100);
        } else {
            range.field = Numeric::amount;
            range.has_low = true;
            range.low = hundredths(random, 10'000);
        }
        rule.ranges.push_back(range);
        if (random.below(10) == 0) {
            rule.has_or = true;
            rule.plan = plans[random.below(plans.size())];
            rule.days = static_cast<std::int64_t>(random.below(100));
        }
        made.rules.push_back(std::move(rule));
    }
    return made;
}

Workload make_w2(std::size_t rules, std::size_t events, std::uint64_t seed) {
    Random random(seed);
    Workload made{"W2", {}, make_events(events, 100'000, seed)};
    for (std::size_t i = 0; i < rules; ++i) {
        RuleSpec rule;
        rule.segments = three_segments(random);
        rule.ranges = {range_of(Numeric::health_score, random, 100, 5),
                       range_of(Numeric::amount, random, 10'000, 500)};
        made.rules.push_back(std::move(rule));
    }
    return made;
}

Workload make_w3(std::size_t rules, std::size_t events, std::uint64_t seed) {
    Workload made{"W3", {}, make_events(events, rules, seed)};
    for (std::size_t i = 0; i < rules; ++i) {
        RuleSpec rule;
        rule.customer_id = customer_name(i);
        made.rules.push_back(std::move(rule));
    }
    return made;
}

std::string rulebook_text(const std::vector<RuleSpec>& rules) {
    std::string text =
        "rulebook bench\n  pawl 1\n  timezone Africa/Nairobi\n  currency KES\nend\n\n"
        "event activity\n  customer_id text\n  kind text\n  segment text\n  plan text\n"
        "  health_score number\n  amount number\n  days_inactive int\n  country text\n"
        "  channel text\n  active bool\n  visits int\n  referrer text\n  session text\nend\n";
    for (std::size_t i = 0; i < rules.size(); ++i) {
        text += "\nrule " + numbered("rule_%06llu", i) + "\n  when activity as e\n  if " +
                condition_text(rules[i]) + "\n  then\n    log \"matched\"\nend\n";
    }
    return text;
}

}  // namespace pawl::bench
