#include "rules/internal/value_types.h"

#include "base/text.h"

namespace pawl::rules::internal {

namespace {

// A scheme, "://" and something behind it, without white space or control characters.
bool is_url(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0 || colon + 3 >= text.size()) return false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7f) return false;
    }
    for (const char c : text.substr(0, colon)) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
    }
    return true;
}

}  // namespace

bool fits_type(const Value& value, const Type& type) {
    const Kind kind = value.kind();
    switch (type.kind) {
        case TypeKind::text:
        case TypeKind::email:
        case TypeKind::phone:
        case TypeKind::url:
        case TypeKind::file: return kind == Kind::text;
        case TypeKind::integer: return kind == Kind::integer;
        case TypeKind::number: return kind == Kind::number;
        case TypeKind::boolean: return kind == Kind::boolean;
        case TypeKind::money: return kind == Kind::money;
        case TypeKind::date: return kind == Kind::date;
        case TypeKind::time: return kind == Kind::time;
        case TypeKind::datetime: return kind == Kind::datetime;
        case TypeKind::duration: return kind == Kind::duration;
        case TypeKind::json: return kind == Kind::json;
        case TypeKind::secret: return kind == Kind::secret;
        case TypeKind::choice: return kind == Kind::choice;
        case TypeKind::reference:
            return kind == Kind::reference && value.as_reference().entity == type.index;
        case TypeKind::record: return kind == Kind::record && value.record_type() == type.index;
        case TypeKind::list: return kind == Kind::list;
        case TypeKind::group: return kind == Kind::group;
        case TypeKind::event: return kind == Kind::record;
        case TypeKind::none: return true;
    }
    return false;
}

std::optional<std::string> text_for_type(TypeKind type, std::string_view text) {
    switch (type) {
        case TypeKind::email: return normalize_email(text);
        case TypeKind::phone: return normalize_phone(text, "");
        case TypeKind::url:
            if (!is_url(text)) return std::nullopt;
            break;
        default: break;
    }
    return std::string(text);
}

}  // namespace pawl::rules::internal
