#include "base/text.h"

#include <catch2/catch.hpp>
#include <string>

using namespace pawl;
using namespace std::string_view_literals;

TEST_CASE("well-formed UTF-8 has no malformed byte") {
    for (const std::string_view text :
         {""sv, "plain"sv, "čau"sv, "日本語"sv, "🦉"sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv,
          "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv,
          "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
        CHECK_FALSE(find_malformed_utf8(text));
    }
}

TEST_CASE("the first malformed byte is found wherever it stands") {
    const std::string_view malformed[] = {
        "\x80"sv,              // continues nothing
        "\xC0\xAF"sv,          // overlong
        "\xC1\xBF"sv,          //
        "\xE0\x9F\xBF"sv,      // overlong
        "\xED\xA0\x80"sv,      // surrogate
        "\xF0\x8F\xBF\xBF"sv,  // overlong
        "\xF4\x90\x80\x80"sv,  // past U+10FFFF
        "\xF5\x80\x80\x80"sv,  //
        "\xFF"sv,
        "\xC3"sv,          // cut off
        "\xE2\x82"sv,      //
        "\xF0\x9F\xA6"sv,  //
        "\xC3x"sv,
    };
    for (const std::string_view bytes : malformed) {
        // The fast path takes eight bytes at once: every place relative to it.
        for (std::size_t before = 0; before < 20; ++before) {
            for (const std::string_view after : {""sv, "and more text behind"sv}) {
                const std::string text =
                    std::string(before, 'a') + std::string(bytes) + std::string(after);
                CHECK(find_malformed_utf8(text) == before);
            }
        }
    }
}

TEST_CASE("code points are counted, taken from the front and written") {
    CHECK(count_code_points("") == 0);
    CHECK(count_code_points("čau 🦉") == 5);
    for (const char32_t point : {U'a', U'č', U'日', U'🦉', U'\U0010FFFF'}) {
        std::string text;
        append_code_point(text, point);
        const CodePoint read = first_code_point(text + "x");
        CHECK(read.value == point);
        CHECK(read.bytes == text.size());
        CHECK(read.is_well_formed);
    }
    const CodePoint bad = first_code_point("\xE2\x82x");
    CHECK(bad.value == 0xFFFD);
    CHECK(bad.bytes == 1);
    CHECK_FALSE(bad.is_well_formed);
}

TEST_CASE("case is folded in ASCII, Latin, Greek and Cyrillic") {
    CHECK(fold_case("HELLO, World 1") == "hello, world 1");
    CHECK(fold_case("ŽLUŤOUČKÝ KŮŇ") == "žluťoučký kůň");
    CHECK(fold_case("ÀÉÎÕÜØÞŸ") == "àéîõüøþÿ");
    CHECK(fold_case("×÷ß") == "×÷ß");
    CHECK(fold_case("ƁƊƐƆŊ") == "ɓɗɛɔŋ");
    CHECK(fold_case("ὈΔΥΣΣΕΎΣ") == fold_case("ὀδυσσεύς"));
    CHECK(fold_case("Ἀ") == "ἀ");
    CHECK(fold_case("ЀЏАЯѢҐ") == "ѐџаяѣґ");
    CHECK(fold_case("ẞ") == "ß");
    CHECK(fold_case("日本語🦉") == "日本語🦉");
    CHECK(fold_case("A\xFF\xC3Z") == "a\xFF\xC3z");
}

TEST_CASE("folding twice changes nothing more") {
    for (char32_t point = 0; point < 0x3000; ++point) {
        std::string text;
        append_code_point(text, point);
        const std::string folded = fold_case(text);
        if (fold_case(folded) != folded) FAIL("U+" << std::hex << static_cast<unsigned>(point));
    }
}

TEST_CASE("surrounding space is trimmed and inner kept") {
    CHECK(trim(" \t\r\n a b \v\f") == "a b");
    CHECK(trim("   ").empty());
    CHECK(trim("").empty());
}

TEST_CASE("what came from outside is quoted so that it is safe to print") {
    CHECK(quote_for_message("plain čau") == "\"plain čau\"");
    CHECK(quote_for_message("a\"b\\c\n\t\r") == R"("a\"b\\c\n\t\r")");
    CHECK(quote_for_message("\x1b[2J\x7F"sv) == R"("\u001b[2J\u007f")");
    CHECK(quote_for_message("a\0b"sv) == R"("a\u0000b")");
    CHECK(quote_for_message("\xFFz") == R"("\xffz")");
    CHECK(quote_for_message("a\u202Eb\u2066\u2028") == R"("a\u202eb\u2066\u2028")");
}

TEST_CASE("a long quotation is cut between characters") {
    CHECK(quote_for_message("abcdef", 6) == "\"abcdef\"");
    CHECK(quote_for_message("abcdefg", 6) == "\"abcdef\"…");
    CHECK(quote_for_message("abcdeč", 6) == "\"abcde\"…");
    CHECK(quote_for_message("abcdč", 6) == "\"abcdč\"");
    CHECK(quote_for_message("a", 0) == "\"\"…");
}

TEST_CASE("HTML is escaped") {
    CHECK(escape_html("<a href=\"x\">Tom & 'Jerry'</a>") ==
          "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;");
    CHECK(escape_html("čau") == "čau");
}

TEST_CASE("an address is brought to one form") {
    CHECK(normalize_email("  Asha.K+shop@Example.COM ") == "asha.k+shop@example.com");
    CHECK(normalize_email("o'neil@mail.example.co.ke") == "o'neil@mail.example.co.ke");
    CHECK(normalize_email("jiří@příklad.cz") == "jiří@příklad.cz");
    CHECK(normalize_email(std::string(64, 'a') + "@example.com"));
}

TEST_CASE("what is no plausible address is refused") {
    const std::string long_local = std::string(65, 'a') + "@example.com";
    const std::string long_label = "a@" + std::string(64, 'b') + ".com";
    for (const std::string_view text : {""sv,
                                        "asha"sv,
                                        "asha@"sv,
                                        "@example.com"sv,
                                        "asha@example"sv,
                                        "a b@example.com"sv,
                                        "a@b@example.com"sv,
                                        "asha@example..com"sv,
                                        "asha@.com"sv,
                                        "asha@example.com."sv,
                                        "asha@-example.com"sv,
                                        "asha@exa mple.com"sv,
                                        "Asha <asha@example.com>"sv,
                                        "asha@example.com,b@example.com"sv,
                                        "asha@example.com\nBcc: x@example.com"sv,
                                        "as\0ha@example.com"sv,
                                        "asha@exam_ple.com"sv,
                                        "\xFF@example.com"sv,
                                        std::string_view(long_local),
                                        std::string_view(long_label)}) {
        CAPTURE(text);
        CHECK_FALSE(normalize_email(text));
    }
}

TEST_CASE("a phone number is brought to E.164") {
    CHECK(normalize_phone("+254712345678", "") == "+254712345678");
    CHECK(normalize_phone(" +254 (712) 345-678 ", "") == "+254712345678");
    CHECK(normalize_phone("00254712345678", "") == "+254712345678");
    CHECK(normalize_phone("0712 345 678", "254") == "+254712345678");
    CHECK(normalize_phone("254712345678", "254") == "+254712345678");
    CHECK(normalize_phone("+44 (0)20 7946 0018", "254") == "+442079460018");
    CHECK(normalize_phone("+254\u00A0712\u2011345\u2013678", "") == "+254712345678");
    CHECK(normalize_phone("+12345678", "") == "+12345678");
    CHECK(normalize_phone("+123456789012345", "") == "+123456789012345");
}

TEST_CASE("what is no phone number is refused") {
    for (const std::string_view text :
         {""sv, "+"sv, "+1234567"sv, "+1234567890123456"sv, "0712345678"sv, "254712345678"sv,
          "+2547123a5678"sv, "+254+712345678"sv, "+0712345678"sv, "+254712345678;ext=1"sv,
          "+254712345678\0"sv, "712345678"sv, "+٢٥٤٧١٢٣٤٥٦٧٨"sv}) {
        CAPTURE(text);
        CHECK_FALSE(normalize_phone(text, ""));
    }
    CHECK_FALSE(normalize_phone("712345678", "254"));
}
