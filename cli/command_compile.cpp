#include <filesystem>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "rules/program_file.h"

namespace pawl::cli {

namespace {

// "rulebooks/studio/" → "studio.pawlc"
std::string default_output(const std::string& book) {
    std::filesystem::path path = std::filesystem::path(book).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    if (path.filename() == "." || path.filename() == ".." || !path.has_filename()) {
        std::error_code problem;
        path = std::filesystem::canonical(book, problem);
    }
    const std::string name = path.stem().string();
    return (name.empty() ? "rulebook" : name) + ".pawlc";
}

}  // namespace

Exit compile(const CompileOptions& options, Terminal& terminal) {
    const Form form = options.json ? Form::json : Form::text;
    Exit exit = Exit::done;
    const std::optional<rules::Program> program = load_program(options.book, terminal, exit, form);
    if (!program) return exit;
    if (options.show) terminal.out.write(rules::disassemble(*program));
    // Who asks to see it, and names no file, wants to see it alone.
    if (options.show && options.output.empty()) return Exit::done;
    const std::string output =
        options.output.empty() ? default_output(options.book) : options.output;
    const std::string bytes = rules::write_program(*program);
    if (const Status written = write_file(output, bytes); !written) {
        return refuse(terminal, Exit::usage, written.error().message);
    }
    if (options.json) {
        JsonWriter line;
        line.begin_object();
        line.member("file", output);
        line.member("hash", program->hash.hex());
        line.key("bytes");
        line.integer(static_cast<std::int64_t>(bytes.size()));
        line.end_object();
        terminal.out.write(line.text() + "\n");
    } else if (!options.show) {
        terminal.out.write(output + "  " + program->hash.hex() + "  " +
                           counted(program->rules.size(), "rule", "rules") + ", " +
                           counted(bytes.size(), "byte", "bytes") + "\n");
    }
    return Exit::done;
}

}  // namespace pawl::cli
