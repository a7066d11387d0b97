#include "base/diagnostic.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <tuple>

#include "base/check.h"
#include "base/limits.h"

namespace pawl {

namespace {

bool is_earlier(const Diagnostic& left, const Diagnostic& right) {
    const auto key = [](const Diagnostic& diagnostic) {
        return std::tie(diagnostic.span.file, diagnostic.span.begin, diagnostic.span.end,
                        diagnostic.code, diagnostic.message, diagnostic.hint);
    };
    return key(left) < key(right);
}

bool is_same(const Diagnostic& left, const Diagnostic& right) {
    const auto is_same_label = [](const Label& a, const Label& b) {
        return a.span == b.span && a.message == b.message;
    };
    return left.code == right.code && left.span == right.span && left.message == right.message &&
           left.hint == right.hint &&
           std::equal(left.labels.begin(), left.labels.end(), right.labels.begin(),
                      right.labels.end(), is_same_label);
}

}  // namespace

const std::vector<DiagnosticInfo>& diagnostic_registry() {
    static const std::vector<DiagnosticInfo> registry = [] {
        std::vector<DiagnosticInfo> infos = {
#define PAWL_DIAGNOSTIC(number, severity, name, title) \
    {DiagnosticCode::name, Severity::severity, #name, title},
#include "base/diagnostic.def"
#undef PAWL_DIAGNOSTIC
        };
        std::sort(infos.begin(), infos.end(),
                  [](const auto& left, const auto& right) { return left.code < right.code; });
        return infos;
    }();
    return registry;
}

namespace {

const DiagnosticInfo* find_info(DiagnosticCode code) {
    const auto& registry = diagnostic_registry();
    const auto found = std::lower_bound(
        registry.begin(), registry.end(), code,
        [](const DiagnosticInfo& info, DiagnosticCode wanted) { return info.code < wanted; });
    return found != registry.end() && found->code == code ? &*found : nullptr;
}

}  // namespace

const DiagnosticInfo& diagnostic_info(DiagnosticCode code) {
    const DiagnosticInfo* info = find_info(code);
    PAWL_CHECK(info != nullptr);
    return *info;
}

std::string diagnostic_code_text(DiagnosticCode code) {
    std::string digits = std::to_string(static_cast<unsigned>(code));
    if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
    return "PW" + digits;
}

std::optional<DiagnosticCode> parse_diagnostic_code(std::string_view text) {
    if (text.size() != 6 || (text[0] != 'P' && text[0] != 'p') ||
        (text[1] != 'W' && text[1] != 'w'))
        return std::nullopt;
    std::uint16_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + 2, end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    const DiagnosticInfo* info = find_info(static_cast<DiagnosticCode>(number));
    if (info == nullptr) return std::nullopt;
    return info->code;
}

void sort_diagnostics(std::vector<Diagnostic>& diagnostics) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), is_earlier);
    diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), is_same),
                      diagnostics.end());
}

std::size_t cut_diagnostics(std::vector<Diagnostic>& diagnostics) {
    if (diagnostics.size() <= limits::diagnostics_max) return 0;
    const std::size_t cut = diagnostics.size() - limits::diagnostics_max;
    diagnostics.erase(diagnostics.begin() + limits::diagnostics_max, diagnostics.end());
    return cut;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity() == Severity::error;
    });
}

}  // namespace pawl
