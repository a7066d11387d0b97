#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// One JSON text cut into its tokens (simdjson's first stage, which also looks at the UTF-8), and a
// walk over them that accepts JSON and nothing else. Not recursive.

namespace pawl::rules::internal {

enum class ScanError : std::uint8_t {
    none,
    syntax,
    utf8,
    depth,
    memory,
};

class EventScanner {
 public:
    EventScanner();
    ~EventScanner();

    // Copies the text and cuts it. Tokens and texts are valid until the next call.
    ScanError start(std::string_view json);

    std::size_t token_count() const { return count_; }
    // The first byte of a token: one of `{}[]:,"`, or that of a number, true, false or null. A
    // space behind the last token and behind that.
    char first(std::size_t token) const { return text_[begins_[token]]; }
    std::uint32_t offset(std::size_t token) const { return begins_[token]; }
    // Where a token begins. Behind it lie readable bytes, 32 at least, whatever they hold.
    const char* at(std::size_t token) const { return text_ + offset(token); }
    // A number's or word's characters, without the white space behind.
    std::string_view word(std::size_t token) const { return between(token, token + 1); }
    // The value of a text's token, which begins with a quote, escapes resolved; false where an
    // escape is none.
    [[gnu::always_inline]] bool text(std::size_t token, std::string_view& out) {
        out = between(token, token + 1);
        if (out.size() < 2 || out.back() != '"') return false;
        out = out.substr(1, out.size() - 2);
        return !has_escapes_ || unescape(out);
    }
    // The characters from one token up to another, without the white space behind.
    [[gnu::always_inline]] std::string_view between(std::size_t from, std::size_t to) const {
        const std::uint32_t begin = offset(from);
        std::uint32_t end = offset(to);
        while (end > begin && is_space(text_[end - 1])) --end;
        return {text_ + begin, end - begin};
    }

    // Checks the value that begins at the token, whatever it holds, and goes behind it.
    ScanError skip(std::size_t& token);

 private:
    static bool is_space(char c) {
        return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    }
    ScanError check_scalar(std::size_t token);
    bool unescape(std::string_view& text);

    struct Tokenizer;
    std::unique_ptr<Tokenizer> tokenizer_;
    std::vector<char> buffer_;
    std::vector<char> unescaped_;  // the texts with escapes, one behind the other
    std::size_t unescaped_size_ = 0;
    std::vector<char> open_;  // brackets, while skipping
    const char* text_ = nullptr;
    const std::uint32_t* begins_ = nullptr;
    std::size_t count_ = 0;
    std::uint32_t size_ = 0;
    bool has_escapes_ = false;
};

// Whether the characters are a JSON number.
bool is_json_number(std::string_view word);

}  // namespace pawl::rules::internal
