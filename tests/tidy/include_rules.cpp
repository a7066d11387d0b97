#include <algorithm>
#include <array>
#include <optional>

#include "checks.h"
#include "code_text.h"

namespace pawl::tidy {

namespace {

using Names = std::vector<std::string_view>;

bool contains(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// docs/architecture.md, "Rooms": what a room may include besides itself. That `dsl` sees no more of
// `rules` than the program is the compiler's to refuse (cmake/pawl_room.cmake).
struct Room {
    std::string_view name;
    Names may_include;
};

const std::vector<Room>& rooms() {
    static const std::vector<Room> rooms = {
        {"base", {}},
        {"rules", {"base"}},
        {"dsl", {"base", "rules"}},
        {"engine", {"base", "rules", "embedded"}},
        {"integrations", {"base", "embedded"}},
        {"simulation", {"base", "rules", "engine"}},
        {"server", {"base", "rules", "engine"}},
        {"cli",
         {"base", "rules", "dsl", "engine", "integrations", "simulation", "server", "bench",
          "embedded"}},
    };
    return rooms;
}

struct Library {
    std::string_view prefix;  // of what stands in <>
    Names homes;              // folders or files
};

const std::vector<Library>& libraries() {
    static const std::vector<Library> libraries = {
        {"nlohmann/", {"base/json.cpp"}},
        {"absl/", {"base/zone.cpp"}},
        {"sodium.h", {"base/hash.cpp"}},
        {"simdjson.h", {"rules/", "bench/"}},
        {"re2/", {"rules/"}},
        {"tao/pegtl", {"dsl/", "tests/unit/dsl/"}},
        {"CLI/", {"cli/"}},
        {"spdlog/", {"base/log.cpp"}},
        {"soci/", {"engine/store/"}},
        {"sqlite3.h", {"engine/store/", "tests/fault/", "tests/unit/engine/", "bench/"}},
        {"boost/", {"server/", "cli/http_client.cpp", "tests/unit/server/"}},
        {"catch2/", {"tests/"}},
        // The operating system: `base`, `rules` and `dsl` turn values into values.
        {"sys/", {"engine/", "server/", "cli/", "tests/", "bench/"}},
        {"unistd.h", {"engine/", "server/", "cli/", "tests/", "bench/"}},
        {"fcntl.h", {"engine/", "server/", "cli/", "tests/", "bench/"}},
        {"signal.h", {"engine/", "server/", "cli/", "tests/", "bench/"}},
        {"poll.h", {"cli/", "tests/", "bench/"}},
        {"spawn.h", {"tests/", "bench/"}},
        {"arpa/", {"tests/", "bench/"}},
        {"netinet/", {"cli/", "tests/", "bench/"}},
        {"netdb.h", {"cli/"}},
        {"strings.h", {"bench/"}},
    };
    return libraries;
}

std::string_view folder_of(std::string_view path) {
    const std::size_t slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

struct Include {
    std::string_view target;
    std::size_t line = 0;
    bool is_ours = false;  // in quotes
};

std::vector<Include> includes_of(const File& file) {
    std::vector<Include> includes;
    const auto code = lines_of(file.code);
    const auto text = lines_of(file.text);
    for (std::size_t index = 0; index < code.size(); ++index) {
        if (!code[index].starts_with("#include")) continue;  // one in a comment is none
        const std::string_view line = text[index];
        const std::size_t begin = line.find_first_of("<\"");
        const std::size_t end = line.find_last_of(">\"");
        if (begin == std::string_view::npos || end <= begin) continue;
        includes.push_back(
            {line.substr(begin + 1, end - begin - 1), index + 1, line[begin] == '"'});
    }
    return includes;
}

// What is wrong with one include of ours, or nothing.
std::optional<std::string> wrong_include(const Room& room, std::string_view target) {
    if (target.find("..") != std::string_view::npos)
        return "an include begins with its room, never with `..`";
    const std::string_view wanted = folder_of(target);
    if (wanted.empty())
        return "an include begins with its room: \"" + std::string(room.name) + "/…\"";
    if (wanted != room.name && !contains(room.may_include, wanted)) {
        return "`" + std::string(room.name) + "` may not include `" + std::string(wanted) +
               "` (docs/architecture.md)";
    }
    const bool is_inner = target.find("/internal/") != std::string_view::npos;
    if (is_inner && wanted != room.name)
        return "what lies in internal/ is for its own room: " + std::string(target);
    return std::nullopt;
}

bool lies_in(std::string_view path, const Names& homes) {
    return std::any_of(homes.begin(), homes.end(), [&](std::string_view home) {
        return home.ends_with('/') ? path.starts_with(home) : path == home;
    });
}

}  // namespace

Findings check_include_law(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        if (!is_cpp(file)) continue;
        const std::string_view folder = folder_of(file.path);
        if (folder == "tests" || folder == "bench") continue;  // these may see everything
        const auto room = std::find_if(rooms().begin(), rooms().end(),
                                       [&](const Room& one) { return one.name == folder; });
        if (room == rooms().end()) {
            findings.push_back({file.path, 0,
                                "this folder is no room: give it a line in "
                                "tests/tidy/include_rules.cpp and in docs/architecture.md"});
            continue;
        }
        for (const Include& include : includes_of(file)) {
            if (!include.is_ours) continue;
            if (const auto wrong = wrong_include(*room, include.target))
                findings.push_back({file.path, include.line, *wrong});
        }
    }
    return findings;
}

Findings check_libraries(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        if (!is_cpp(file)) continue;
        for (const Include& include : includes_of(file)) {
            // The standard's own headers have neither a folder nor an ending.
            if (include.is_ours || include.target.find_first_of("/.") == std::string_view::npos)
                continue;
            const auto library = std::find_if(
                libraries().begin(), libraries().end(),
                [&](const Library& one) { return include.target.starts_with(one.prefix); });
            const std::string shown = "<" + std::string(include.target) + ">";
            if (library == libraries().end()) {
                findings.push_back({file.path, include.line,
                                    shown + " is of no known library: give it a home in "
                                            "tests/tidy/include_rules.cpp"});
            } else if (!lies_in(file.path, library->homes)) {
                std::string homes;
                for (const std::string_view home : library->homes) {
                    if (!homes.empty()) homes += ", ";
                    homes += home;
                }
                findings.push_back({file.path, include.line, shown + " is used only in " + homes});
            }
        }
    }
    return findings;
}

}  // namespace pawl::tidy
