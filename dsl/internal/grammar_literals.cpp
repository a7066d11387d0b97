#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/grammar_base.h"

// Numbers, amounts, durations and moments as written.

namespace pawl::dsl::grammar {

namespace {

struct part_of_name : p::sor<p::alnum, p::one<'_'>> {};
struct ends : p::not_at<part_of_name> {};

template <LiteralKind Kind, class... Rules>
struct token : p::seq<node<build_word_literal<Kind>, Rules..., ends>, gate<match_space>> {};

struct two : p::rep<2, p::digit> {};
struct date_form : p::seq<p::rep<4, p::digit>, p::one<'-'>, two, p::one<'-'>, two> {};
struct time_form : p::seq<two, p::one<':'>, two,
                          p::opt<p::one<':'>, two, p::opt<p::one<'.'>, p::plus<p::digit>>>> {};
struct offset : p::sor<p::one<'Z'>, p::seq<p::one<'+', '-'>, two, p::one<':'>, two>> {};
struct unit
    : p::sor<p::string<'m', 'i', 'n'>, p::string<'m', 'o'>, p::one<'s', 'h', 'd', 'w', 'y'>> {};
struct number_form : p::seq<p::plus<p::digit>, p::one<'.'>, p::plus<p::digit>> {};
struct letters : p::rep<3, p::upper> {};

struct datetime : token<LiteralKind::datetime, date_form, p::one<'T'>, time_form, p::opt<offset>> {
};
struct date : token<LiteralKind::date, date_form> {};
struct time : token<LiteralKind::time, time_form> {};
struct duration : token<LiteralKind::duration, p::plus<p::plus<p::digit>, unit>> {};
struct amount : token<LiteralKind::money, p::sor<number_form, p::plus<p::digit>>,
                      p::plus<p::one<' '>>, letters> {};
struct number : token<LiteralKind::number, number_form> {};
struct integer : token<LiteralKind::integer, p::plus<p::digit>, p::not_at<p::one<'.'>, p::digit>> {
};
struct any_literal
    : p::seq<p::at<p::digit>, p::sor<datetime, date, time, duration, amount, number, integer>> {};

struct KnownUnit {
    std::string_view written, meant;
};
constexpr KnownUnit known_units[] = {
    {"sec", "s"},      {"secs", "s"},      {"second", "s"}, {"seconds", "s"}, {"mins", "min"},
    {"minute", "min"}, {"minutes", "min"}, {"hr", "h"},     {"hrs", "h"},     {"hour", "h"},
    {"hours", "h"},    {"day", "d"},       {"days", "d"},   {"wk", "w"},      {"wks", "w"},
    {"week", "w"},     {"weeks", "w"},     {"mon", "mo"},   {"month", "mo"},  {"months", "mo"},
    {"yr", "y"},       {"yrs", "y"},       {"year", "y"},   {"years", "y"},   {"H", "h"},
    {"D", "d"},        {"S", "s"},         {"W", "w"},      {"Y", "y"},       {"M", "m"}};

// A number with letters behind it that are no unit.
[[noreturn]] void refuse_unit(Input& in, Builder& b) {
    b.refuse_time_slip(b.offset(in.current()), "");
    const char* at = in.current();
    while (at != in.end() && (is_digit(*at) || *at == '.')) ++at;
    const char* end = at;
    while (end != in.end() && is_name_part(*end) && end - at < 40) ++end;
    const std::string digits(
        in.current(), static_cast<std::size_t>(std::min<std::ptrdiff_t>(at - in.current(), 40)));
    std::string unit(at, static_cast<std::size_t>(end - at));
    Diagnostic mistake{DiagnosticCode::unknown_unit, b.span(in.current(), end), ""};
    for (const KnownUnit& known : known_units) {
        if (known.written != unit) continue;
        if (known.meant != "m") mistake.hint = "write `" + digits + std::string(known.meant) + "`";
    }
    if (unit == "m" || unit == "M") {
        mistake.message = "`" + digits + unit + "` could be minutes or months";
        mistake.hint = "write `" + digits + "min` or `" + digits + "mo`";
    } else if (digits.find('.') != std::string::npos) {
        mistake.message = "`" + digits + unit + "` is no duration: its numbers are whole";
        mistake.hint = "join two units, as in `1h30min`";
    } else {
        mistake.message =
            "`" + unit + "` is no unit; a duration has `s`, `min`, `h`, `d`, `w`, `mo` or `y`";
    }
    b.fail(std::move(mistake));
}

}  // namespace

bool match_literal(Input& in, Builder& b) {
    if (in.empty() || !is_digit(in.peek_char())) return false;
    if (run<any_literal>(in, b)) return true;
    refuse_unit(in, b);
}

}  // namespace pawl::dsl::grammar
