#include <algorithm>
#include <cctype>

#include "base/diagnostic.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "embedded/error_pages.h"

namespace pawl::cli {

namespace {

std::string_view severity_text(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

// "pw0201", "0201" and "201" are PW0201.
std::string canonical_code(std::string_view text) {
    std::string code(trim(text));
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
    if (code.starts_with("PW")) code.erase(0, 2);
    const bool is_number = !code.empty() && code.size() <= 4 &&
                           code.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return std::string(trim(text));
    return "PW" + std::string(4 - code.size(), '0') + code;
}

std::optional<std::string_view> find_page(const std::string& code) {
    const std::string path = "docs/errors/" + code + ".md";
    for (const EmbeddedFile& file : embedded_error_pages()) {
        if (file.path == path) return file.text;
    }
    return std::nullopt;
}

Exit list_codes(bool json, Terminal& terminal) {
    for (const DiagnosticInfo& info : diagnostic_registry()) {
        const std::string code = diagnostic_code_text(info.code);
        if (json) {
            JsonWriter line;
            line.begin_object();
            line.member("code", code);
            line.member("severity", severity_text(info.severity));
            line.member("title", info.title);
            line.end_object();
            terminal.out.write(line.text() + "\n");
        } else {
            terminal.out.write(code + "  " +
                               (info.severity == Severity::warning ? "warning: " : "") +
                               std::string(info.title) + "\n");
        }
    }
    return Exit::done;
}

Exit unknown_code(const std::string& asked, Terminal& terminal) {
    std::vector<std::string> codes;
    for (const DiagnosticInfo& info : diagnostic_registry()) {
        codes.push_back(diagnostic_code_text(info.code));
    }
    std::string message = "no mistake has the code " + quote_for_message(asked);
    const std::vector<std::string> near = suggest(asked, codes);
    if (!near.empty()) message += "; near it are " + list_names(near);
    return refuse(terminal, Exit::usage, message + " (`pawl explain` lists all)");
}

}  // namespace

Exit explain(const ExplainOptions& options, Terminal& terminal) {
    if (options.code.empty()) return list_codes(options.json, terminal);
    const std::string code = canonical_code(options.code);
    const std::optional<DiagnosticCode> known = parse_diagnostic_code(code);
    if (!known) return unknown_code(code, terminal);
    const DiagnosticInfo& info = diagnostic_info(*known);
    const std::string page(
        find_page(code).value_or("# " + code + ": " + std::string(info.title) + "\n"));
    if (options.json) {
        JsonWriter line;
        line.begin_object();
        line.member("code", code);
        line.member("severity", severity_text(info.severity));
        line.member("title", info.title);
        line.member("text", page);
        line.end_object();
        terminal.out.write(line.text() + "\n");
    } else {
        terminal.out.write(page);
        if (!page.ends_with('\n')) terminal.out.write("\n");
    }
    return Exit::done;
}

}  // namespace pawl::cli
