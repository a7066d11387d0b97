#include "rules/internal/event_number.h"

#include <array>
#include <charconv>
#include <limits>

#include "rules/internal/event_scan.h"

namespace pawl::rules::internal {

namespace {

// Powers of ten that doubles hold exactly: quotient and product of two exact doubles are rounded
// once, as the language's definition of a number asks for.
constexpr std::array<double, 23> powers{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t exact_max = std::uint64_t{1} << 53;
constexpr std::size_t digits_max = 18;  // of a whole number that surely fits

bool read_any(Slot& slot) {
    if (!is_json_number(slot.text)) return false;
    const char* const begin = slot.text.data();
    const char* const end = begin + slot.text.size();
    std::int64_t whole = 0;
    const auto [stop, error] = std::from_chars(begin, end, whole);
    if (error == std::errc() && stop == end) {
        slot.kind = SlotKind::integer;
        slot.integer = whole;
        return true;
    }
    double number = 0;
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec == std::errc::result_out_of_range) {
        number = std::numeric_limits<double>::infinity();
    }
    slot.kind = SlotKind::number;
    slot.number = number;
    return true;
}

}  // namespace

// Whole numbers and numbers with decimals, as most are; read_any takes all others.
bool read_number(Slot& slot) {
    const char* at = slot.text.data();
    const char* const end = at + slot.text.size();
    const bool negative = *at == '-';
    if (negative) ++at;
    const char* const first = at;
    const char* point = nullptr;
    if (end - first > static_cast<std::ptrdiff_t>(digits_max)) return read_any(slot);
    std::uint64_t digits = 0;
    for (; at < end; ++at) {
        const auto digit = static_cast<unsigned char>(*at - '0');
        if (digit <= 9) {
            digits = digits * 10 + digit;
        } else if (*at == '.' && point == nullptr) {
            point = at;
        } else {
            return read_any(slot);
        }
    }
    const char* const whole_end = point == nullptr ? end : point;
    const bool has_leading_zero = *first == '0' && whole_end - first > 1;
    if (whole_end == first || has_leading_zero) return read_any(slot);
    if (point == nullptr) {
        slot.kind = SlotKind::integer;
        slot.integer =
            negative ? -static_cast<std::int64_t>(digits) : static_cast<std::int64_t>(digits);
        return true;
    }
    const auto decimals = static_cast<std::size_t>(end - point - 1);
    if (decimals == 0 || digits > exact_max) return read_any(slot);
    const double number = static_cast<double>(digits) / powers[decimals];
    slot.kind = SlotKind::number;
    slot.number = negative ? -number : number;
    return true;
}

}  // namespace pawl::rules::internal
