#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "dsl/format.h"
#include "dsl/parser.h"

namespace pawl::cli {

namespace {

// Formats files one after the other; a file it cannot format stays as it is.
class Formatter {
 public:
    Formatter(const FmtOptions& options, Terminal& terminal)
        : options_(options), terminal_(terminal) {}

    void take(const std::string& path) {
        std::error_code problem;
        if (!std::filesystem::is_directory(path, problem)) return format(path);
        const Result<std::vector<FoundFile>> found = find_files(path, {".pawl"});
        if (!found) return unusable(found.error().message);
        for (const FoundFile& file : *found) format(file.path);
    }

    Exit finish() {
        if (!options_.json) tell_count();
        if (is_unusable_) return Exit::usage;
        return has_mistakes_ || (options_.only_check && changed_ != 0) ? Exit::no : Exit::done;
    }

 private:
    void unusable(const std::string& message) {
        terminal_.complain(message);
        is_unusable_ = true;
    }

    void format(const std::string& path) {
        ++files_;
        const Result<std::string> text = read_file(path, limits::source_file_bytes_max);
        if (!text) return unusable(text.error().message);
        const Result<std::string> formatted = dsl::format(path, *text);
        if (!formatted) return mistake(path, *text, formatted.error().message);
        if (*formatted == *text) return;
        ++changed_;
        if (!options_.only_check) {
            if (const Status written = write_file(path, *formatted); !written) {
                return unusable(written.error().message);
            }
        }
        if (options_.json) {
            JsonWriter line;
            line.begin_object();
            line.member("file", path);
            line.member("status", options_.only_check ? "would change" : "formatted");
            line.end_object();
            terminal_.out.write(line.text() + "\n");
        } else {
            terminal_.out.write(path + "\n");
        }
    }

    // All mistakes of the file's syntax, as `check` shows them.
    void mistake(const std::string& path, const std::string& text, const std::string& first) {
        has_mistakes_ = true;
        SourceSet sources;
        sources.add(path, text);
        std::vector<Diagnostic> diagnostics;
        dsl::parse(sources, diagnostics);
        sort_diagnostics(diagnostics);
        if (has_errors(diagnostics)) {
            print_diagnostics(diagnostics, sources, Show::errors, terminal_);
        } else {
            terminal_.complain(quote_for_message(path, 200) + ": " + first);
        }
    }

    void tell_count() {
        const std::string all = counted(files_, "file", "files");
        if (changed_ == 0) {
            terminal_.err.write(all + ", nothing to change\n");
        } else {
            terminal_.err.write(all + ", " + std::to_string(changed_) +
                                (options_.only_check ? " would change\n" : " formatted\n"));
        }
    }

    const FmtOptions& options_;
    Terminal& terminal_;
    std::size_t files_ = 0;
    std::size_t changed_ = 0;
    bool has_mistakes_ = false;
    bool is_unusable_ = false;
};

}  // namespace

Exit fmt(const FmtOptions& options, Terminal& terminal) {
    Formatter formatter(options, terminal);
    for (const std::string& path : options.paths) formatter.take(path);
    return formatter.finish();
}

}  // namespace pawl::cli
