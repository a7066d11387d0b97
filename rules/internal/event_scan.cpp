#include "rules/internal/event_scan.h"

#include <simdjson.h>

#include <cstring>

#include "base/limits.h"

namespace pawl::rules::internal {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// simdjson's own parser would build a tree, which an event does not need.
struct EventScanner::Tokenizer {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

EventScanner::EventScanner() : tokenizer_(std::make_unique<Tokenizer>()) {}
EventScanner::~EventScanner() = default;

ScanError EventScanner::start(std::string_view json) {
    count_ = 0;
    unescaped_size_ = 0;
    const std::size_t padded = json.size() + simdjson::SIMDJSON_PADDING;
    if (buffer_.size() < padded) {
        const std::size_t capacity = std::max<std::size_t>(padded, 4'096);
        buffer_.resize(capacity);
        const simdjson::error_code error =
            tokenizer_->stage == nullptr
                ? simdjson::get_active_implementation()->create_dom_parser_implementation(
                      capacity, limits::json_depth_max, tokenizer_->stage)
                : tokenizer_->stage->set_capacity(capacity);
        if (error != simdjson::SUCCESS) return ScanError::memory;
    }
    if (json.empty()) return ScanError::syntax;
    std::memcpy(buffer_.data(), json.data(), json.size());
    std::memset(buffer_.data() + json.size(), ' ', simdjson::SIMDJSON_PADDING);
    text_ = buffer_.data();
    size_ = static_cast<std::uint32_t>(json.size());
    has_escapes_ = std::memchr(text_, '\\', json.size()) != nullptr;
    const simdjson::error_code error = tokenizer_->stage->stage1(
        reinterpret_cast<const std::uint8_t*>(text_), json.size(), simdjson::stage1_mode::regular);
    if (error == simdjson::UTF8_ERROR) return ScanError::utf8;
    if (error != simdjson::SUCCESS) return ScanError::syntax;
    std::uint32_t* const begins = tokenizer_->stage->structural_indexes.get();
    count_ = tokenizer_->stage->n_structural_indexes;
    // A walk looks at most one token past the last one; simdjson keeps room for three.
    begins[count_] = begins[count_ + 1] = size_;
    begins_ = begins;
    return ScanError::none;
}

bool EventScanner::unescape(std::string_view& out) {
    if (std::memchr(out.data(), '\\', out.size()) == nullptr) return true;
    // What is unescaped is never longer than before; simdjson writes some bytes beyond the end.
    if (unescaped_.size() < buffer_.size() + simdjson::SIMDJSON_PADDING) {
        // No text has been handed out from a smaller one: it is as large as the whole.
        unescaped_.resize(buffer_.size() + simdjson::SIMDJSON_PADDING);
    }
    char* const to = unescaped_.data() + unescaped_size_;
    const std::uint8_t* const end = tokenizer_->stage->parse_string(
        reinterpret_cast<const std::uint8_t*>(out.data()), reinterpret_cast<std::uint8_t*>(to));
    if (end == nullptr) return false;
    out = {to, static_cast<std::size_t>(reinterpret_cast<const char*>(end) - to)};
    unescaped_size_ += out.size();
    return true;
}

bool is_json_number(std::string_view word) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t begin = at;
        while (at < word.size() && is_digit(word[at])) ++at;
        return at > begin;
    };
    if (at < word.size() && word[at] == '-') ++at;
    if (at < word.size() && word[at] == '0') {
        ++at;
    } else if (!digits()) {
        return false;
    }
    if (at < word.size() && word[at] == '.') {
        ++at;
        if (!digits()) return false;
    }
    if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
        ++at;
        if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
        if (!digits()) return false;
    }
    return at == word.size();
}

ScanError EventScanner::check_scalar(std::size_t token) {
    const char c = first(token);
    bool good = false;
    if (c == '"') {
        // Looked at and forgotten again: nobody reads a text that is skipped.
        const std::size_t before = unescaped_size_;
        std::string_view ignored;
        good = text(token, ignored);
        unescaped_size_ = before;
    } else if (c == 't') {
        good = word(token) == "true";
    } else if (c == 'f') {
        good = word(token) == "false";
    } else if (c == 'n') {
        good = word(token) == "null";
    } else if (c == '-' || is_digit(c)) {
        good = is_json_number(word(token));
    }
    return good ? ScanError::none : ScanError::syntax;
}

ScanError EventScanner::skip(std::size_t& token) {
    enum class Due : std::uint8_t { value, value_or_end, key, key_or_end, comma_or_end };
    open_.clear();
    Due due = Due::value;
    do {
        const char c = first(token);
        const bool closes = (c == ']' && !open_.empty() && open_.back() == '[') ||
                            (c == '}' && !open_.empty() && open_.back() == '{');
        const bool may_end =
            due == Due::value_or_end || due == Due::key_or_end || due == Due::comma_or_end;
        if (closes && may_end) {
            open_.pop_back();
            due = Due::comma_or_end;
            ++token;
            continue;
        }
        if (due == Due::comma_or_end) {
            if (c != ',') return ScanError::syntax;
            due = open_.back() == '{' ? Due::key : Due::value;
            ++token;
            continue;
        }
        if (due == Due::key || due == Due::key_or_end) {
            if (c != '"' || first(token + 1) != ':') return ScanError::syntax;
            if (check_scalar(token) != ScanError::none) return ScanError::syntax;
            due = Due::value;
            token += 2;
            continue;
        }
        if (c == '{' || c == '[') {
            if (open_.size() >= limits::json_depth_max) return ScanError::depth;
            open_.push_back(c);
            due = c == '{' ? Due::key_or_end : Due::value_or_end;
        } else {
            if (check_scalar(token) != ScanError::none) return ScanError::syntax;
            due = Due::comma_or_end;
        }
        ++token;
    } while (!open_.empty());
    return ScanError::none;
}

}  // namespace pawl::rules::internal
