#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

// What the process tells whoever runs it: one line a happening, for people or as JSON. What is
// written is what the caller passes, nothing else: whoever passes a value has made sure that it is
// no secret (engine/happening_json.h prints those as dots). Any thread; nothing here throws.

namespace pawl::log {

enum class Level : std::uint8_t { error, warn, info, debug };

enum class Format : std::uint8_t {
    text,  // 2026-03-02T07:15:04Z info  ready listening=127.0.0.1:8080
    json,  // {"at":"2026-03-02T07:15:04Z","level":"info","message":"ready","listening":"…"}
};

struct Options {
    Format format = Format::text;
    Level level = Level::info;       // lines of this level and of those before it are written
    std::string file;                // lines are added to its end; empty: standard error
    std::function<Instant()> clock;  // called on any thread; none: the wall's
};

// A further part of a line: `run`, `rule`, `event`, and what else helps. One whose value is empty
// is left out.
struct Member {
    std::string_view name;
    std::string_view value;
};

// From here on lines go there; before the first call they go to standard error as text. Error:
// "log_file" (cannot be opened; the message says why), and lines go where they went.
Status configure(Options options);

// For who would work to make a line that nobody wants.
bool is_written(Level level);

// One line, whole; it is with the operating system when this returns.
void write(Level level, std::string_view message, std::initializer_list<Member> members = {});

// A line whose maker knows better what belongs into it: with Format::json the whole object, else
// what stands behind time and level.
void write_made(Level level, std::string_view line);
Format format();

// "error", "warn", "info", "debug", and back.
std::string_view level_text(Level level);
std::optional<Level> find_level(std::string_view text);

}  // namespace pawl::log
