#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/http_client.h"
#include "cli/word_problems.h"

// Options that several commands have. For the files that say what the command line takes, and for
// no other: CLI11 is slow to compile.

namespace pawl::cli {

inline std::string example(std::string_view lines) {
    std::string text = "Example:\n";
    text += lines;
    return text;
}

inline CLI::App& add_command(CLI::App& to, const std::string& name, const std::string& does,
                             std::string_view lines) {
    CLI::App& added = *to.add_subcommand(name, does);
    added.footer(example(lines));
    return added;
}

inline void add_book(CLI::App& command, std::string& book) {
    command.add_option("BOOK", book, "A rulebook's folder, a .pawl file, or a .pawlc")->required();
}

inline void add_json(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "One JSON object a line");
}

// Of a command that asks a running engine.
inline void add_engine(CLI::App& command, EngineAddress& engine) {
    command.add_option("--url", engine.url, "Where the engine answers")
        ->envname("PAWL_URL")
        ->capture_default_str();
    command.add_option("--token", engine.token, "Its token; better in the environment")
        ->envname("PAWL_TOKEN")
        ->type_name("TOKEN");
}

inline void add_list(CLI::App& command, std::size_t& limit, bool& all,
                     const std::string& which = "How many at most") {
    command.add_option("--limit", limit, which)
        ->check(whole_number(1, 1'000'000))
        ->capture_default_str()
        ->type_name("N");
    command.add_flag("--all", all, "To the last one");
}

}  // namespace pawl::cli
