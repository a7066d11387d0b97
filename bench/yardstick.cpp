#include "yardstick.h"

#include <simdjson.h>

#include <cstring>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace pawl::bench {

namespace {

constexpr std::uint32_t none = 0;  // a text that no rule names
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Rule {
    std::uint32_t number = 0;
    std::uint32_t kind = none, customer = none, plan = none;  // none: any
    std::uint64_t segments = 0;                               // a bit a segment
    double low[numeric_count] = {-infinity, -infinity, -infinity};
    double high[numeric_count] = {infinity, infinity, infinity};
    bool has_or = false;
    double days = 0;
};

struct Event {
    std::uint32_t kind, segment, customer, plan;
    double numbers[numeric_count];
};

}  // namespace

struct Yardstick::Data {
    YardstickKind kind;
    std::unordered_map<std::string_view, std::uint32_t> words, customers;
    std::vector<std::string> texts;  // what the words point to
    std::vector<Rule> rules;
    std::unordered_map<std::uint64_t, std::vector<Rule>> index;
    simdjson::ondemand::parser parser;
    std::vector<char> buffer = std::vector<char>(4'096);

    static std::uint32_t number(std::unordered_map<std::string_view, std::uint32_t>& map,
                                std::string_view text) {
        return text.empty()
                   ? none
                   : map.emplace(text, static_cast<std::uint32_t>(map.size() + 1)).first->second;
    }
    static std::uint32_t find(const std::unordered_map<std::string_view, std::uint32_t>& map,
                              std::string_view text) {
        const auto found = map.find(text);
        return found == map.end() ? none : found->second;
    }
    static bool holds(const Rule& rule, const Event& event) {
        for (std::size_t i = 0; i < numeric_count; ++i) {
            if (!(event.numbers[i] >= rule.low[i] && event.numbers[i] < rule.high[i])) return false;
        }
        return !rule.has_or || event.plan == rule.plan || event.numbers[2] > rule.days;
    }
};

Yardstick::Yardstick(const std::vector<RuleSpec>& rules, YardstickKind kind)
    : data_(std::make_unique<Data>()) {
    data_->kind = kind;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
        const RuleSpec& spec = rules[i];
        Rule rule;
        rule.number = i;
        rule.kind = Data::number(data_->words, spec.kind);
        rule.plan = Data::number(data_->words, spec.plan);
        rule.customer = Data::number(data_->customers, spec.customer_id);
        for (const RangeSpec& range : spec.ranges) {
            const auto field = static_cast<std::size_t>(range.field);
            if (range.has_low) rule.low[field] = range.low;
            if (range.has_high) rule.high[field] = range.high;
        }
        rule.has_or = spec.has_or;
        rule.days = static_cast<double>(spec.days);
        for (const std::string& segment : spec.segments) {
            const std::uint32_t word = Data::number(data_->words, segment);
            rule.segments |= std::uint64_t{1} << (std::stoul(segment.substr(8)) & 63);
            if (rule.kind != none) {
                data_->index[std::uint64_t{rule.kind} << 32 | word].push_back(rule);
            }
        }
        if (rule.customer != none) data_->index[rule.customer].push_back(rule);
        data_->rules.push_back(rule);
    }
}

Yardstick::~Yardstick() = default;

void Yardstick::match(const std::string& text, std::vector<std::uint32_t>& out) {
    std::memcpy(data_->buffer.data(), text.data(), text.size());
    auto document = data_->parser.iterate(data_->buffer.data(), text.size(), data_->buffer.size());
    Event event{};
    std::uint64_t segment_bit = 0;
    for (auto field : document["data"].get_object()) {
        const simdjson::ondemand::raw_json_string name = field.key();
        auto value = field.value();
        if (name == "kind") {
            event.kind = Data::find(data_->words, value.get_string());
        } else if (name == "segment") {
            const std::string_view segment = value.get_string();
            event.segment = Data::find(data_->words, segment);
            const int number = (segment[8] - '0') * 10 + (segment[9] - '0');
            segment_bit = std::uint64_t{1} << (number & 63);
        } else if (name == "customer_id") {
            event.customer = Data::find(data_->customers, value.get_string());
        } else if (name == "plan") {
            event.plan = Data::find(data_->words, value.get_string());
        } else if (name == "health_score") {
            event.numbers[0] = value.get_double();
        } else if (name == "amount") {
            event.numbers[1] = value.get_double();
        } else if (name == "days_inactive") {
            event.numbers[2] = value.get_double();
        }
    }
    if (data_->kind == YardstickKind::loop) {
        for (const Rule& rule : data_->rules) {
            if ((rule.segments & segment_bit) != 0 && Data::holds(rule, event)) {
                out.push_back(rule.number);
            }
        }
        return;
    }
    for (const std::uint64_t key :
         {std::uint64_t{event.kind} << 32 | event.segment, std::uint64_t{event.customer}}) {
        const auto bucket = data_->index.find(key);
        if (bucket == data_->index.end()) continue;
        for (const Rule& rule : bucket->second) {
            if (Data::holds(rule, event)) out.push_back(rule.number);
        }
    }
}

}  // namespace pawl::bench
