#include "cli/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/diagnostic.h"
#include "base/json.h"
#include "base/text.h"

namespace pawl::cli {

namespace {

constexpr std::size_t buffer_bytes_max = 64u << 10;

bool no_color_is_asked() {
    const char* asked = std::getenv("NO_COLOR");
    return asked != nullptr && *asked != '\0';
}

bool terminal_has_colors() {
    const char* name = std::getenv("TERM");
    return name == nullptr || std::string_view(name) != "dumb";
}

// Writing went wrong and nothing more can be told to this reader.
[[noreturn]] void give_up(int problem, int descriptor) {
    if (problem == EPIPE) std::_Exit(static_cast<int>(Exit::done));
    if (descriptor != STDERR_FILENO) {
        const std::string text =
            "pawl: the results cannot be written: " + std::string(std::strerror(problem)) + "\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    }
    std::_Exit(static_cast<int>(Exit::failed));
}

}  // namespace

DescriptorOutput::DescriptorOutput(int descriptor) : descriptor_(descriptor) {
    is_terminal = ::isatty(descriptor) == 1;
    if (is_terminal && !no_color_is_asked() && terminal_has_colors()) color = Color::on;
}

DescriptorOutput::~DescriptorOutput() { flush(); }

void DescriptorOutput::write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= buffer_bytes_max) flush();
}

void DescriptorOutput::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) give_up(errno, descriptor_);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

void Terminal::complain(std::string_view message) {
    err.write("pawl: ");
    err.write(message);
    err.write("\n");
}

Exit refuse(Terminal& terminal, Exit exit, std::string_view message) {
    terminal.complain(message);
    return exit;
}

bool has_code(const Error& error) { return parse_diagnostic_code(error.code).has_value(); }

std::string error_json(const Error& error, const std::string& file) {
    JsonWriter line;
    line.begin_object();
    line.member("code", error.code);
    line.member("severity", "error");
    line.member("file", file);
    for (const std::string_view key : {"line", "column", "end_line", "end_column"}) {
        line.key(key);
        line.integer(1);
    }
    line.member("message", error.message);
    line.member("hint", "");
    line.end_object();
    return line.text();
}

Exit refuse(Terminal& terminal, Exit exit, const Error& error, const std::string& file, Form form) {
    if (!has_code(error)) return refuse(terminal, exit, error.message);
    if (form == Form::json) {
        terminal.err.write(error_json(error, file) + "\n");
        return exit;
    }
    const bool paints = terminal.err.color == Color::on;
    terminal.err.write((paints ? "\x1b[1;31m" : "") + std::string("error ") + error.code +
                       (paints ? "\x1b[0m" : "") + ": " + error.message + "\n  --> " +
                       quote_for_message(file, 200) + "\n");
    return exit;
}

}  // namespace pawl::cli
