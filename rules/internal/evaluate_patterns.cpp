#include "rules/internal/evaluate_patterns.h"

#include <re2/re2.h>

#include <string>
#include <unordered_map>

namespace pawl::rules::internal {

namespace {

// A pattern's automaton may take so much memory; a pattern that needs more is not understood.
constexpr std::int64_t pattern_memory_max = 1 << 20;
constexpr std::size_t pattern_bytes_max = 4'096;
// Patterns can come out of records, so that their number has no end.
constexpr std::size_t patterns_kept = 256;

}  // namespace

struct PatternCache::Data {
    std::unordered_map<std::string, std::unique_ptr<RE2>> patterns;
};

PatternCache::PatternCache() : data_(std::make_unique<Data>()) {}
PatternCache::~PatternCache() = default;

PatternCache::Answer PatternCache::matches(std::string_view text, std::string_view pattern,
                                           Case text_case) {
    if (pattern.size() > pattern_bytes_max) return Answer::not_understood;
    std::string key(text_case == Case::ignored ? "i" : "c");
    key.append(pattern);
    auto found = data_->patterns.find(key);
    if (found == data_->patterns.end()) {
        if (data_->patterns.size() >= patterns_kept) data_->patterns.clear();
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(pattern_memory_max);
        options.set_case_sensitive(text_case == Case::exact);
        options.set_dot_nl(true);
        auto compiled =
            std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
        found = data_->patterns.emplace(std::move(key), std::move(compiled)).first;
    }
    if (!found->second->ok()) return Answer::not_understood;
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *found->second) ? Answer::yes
                                                                                      : Answer::no;
}

}  // namespace pawl::rules::internal
