#include "base/log.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json.h"
#include "base/text.h"

namespace pawl::log {

namespace {

// spdlog brings the line to its sink, whole and under a lock; what the line says is made here,
// since its patterns do not escape.
struct Log {
    Options options;
    std::shared_ptr<spdlog::logger> logger;
};

std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (file.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    }
    auto logger = std::make_shared<spdlog::logger>("pawl", std::move(sink));
    logger->set_pattern("%v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::trace);  // `write` has decided already
    logger->flush_on(spdlog::level::trace);
    return logger;
}

struct Current {
    std::mutex mutex;  // guards log
    std::shared_ptr<const Log> log = std::make_shared<Log>(Log{{}, make_logger({})});
    std::atomic<Level> level = Level::info;
};

// Never destroyed: a thread may write while the process ends.
Current& current() {
    static Current* const made = new Current;
    return *made;
}

Instant wall_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

// Whether it can stand in a line for people as it is, and is seen as one word.
bool is_plain_word(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(text.substr(at));
        if (!point.is_well_formed || point.value <= ' ' || point.value == '"' ||
            point.value == '\\' || is_unprintable(point.value)) {
            return false;
        }
        at += point.bytes;
    }
    return true;
}

// What would break the line or move the cursor is shown as its number, so that no text from outside
// can pretend to be a line of its own.
void append_visible(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(text.substr(at));
        if (point.is_well_formed && !is_unprintable(point.value)) {
            out += text.substr(at, point.bytes);
        } else {
            char number[16];
            std::snprintf(number, sizeof number, "\\u{%x}", static_cast<unsigned>(point.value));
            out += number;
        }
        at += point.bytes;
    }
}

// "2026-03-02T07:15:04Z info  "
std::string text_head(Instant at, Level level) {
    std::string line = format_instant(at);
    line += ' ';
    line += level_text(level);
    line.append(6 - level_text(level).size(), ' ');
    return line;
}

std::string text_line(Instant at, Level level, std::string_view message,
                      std::initializer_list<Member> members) {
    std::string line = text_head(at, level);
    append_visible(line, message);
    for (const Member& member : members) {
        if (member.value.empty()) continue;
        line += ' ';
        line += member.name;
        line += '=';
        if (is_plain_word(member.value)) {
            line += member.value;
        } else {
            std::string quoted;
            append_json_string(quoted, member.value);
            append_visible(line, quoted);
        }
    }
    return line;
}

std::string json_line(Instant at, Level level, std::string_view message,
                      std::initializer_list<Member> members) {
    JsonWriter out;
    out.begin_object();
    out.member("at", format_instant(at));
    out.member("level", level_text(level));
    out.member("message", message);
    for (const Member& member : members)
        if (!member.value.empty()) out.member(member.name, member.value);
    out.end_object();
    return out.take();
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::error: return spdlog::level::err;
        case Level::warn: return spdlog::level::warn;
        case Level::info: return spdlog::level::info;
        case Level::debug: return spdlog::level::debug;
    }
    return spdlog::level::err;
}

std::shared_ptr<const Log> current_log() {
    Current& now = current();
    const std::lock_guard lock(now.mutex);
    return now.log;
}

// One line, as `make` makes it.
template <class Make>
void write_with(Level level, Make make) {
    if (!is_written(level)) return;
    try {
        const std::shared_ptr<const Log> log = current_log();
        const Options& options = log->options;
        const Instant at = options.clock ? options.clock() : wall_now();
        const std::string line = make(options, at);
        // Not the call that takes a format: the line is no format.
        log->logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
    } catch (const std::exception&) {
        // Without memory for a line there is nobody left to tell.
    }
}

}  // namespace

Status configure(Options options) {
    try {
        auto log = std::make_shared<Log>(Log{std::move(options), nullptr});
        log->logger = make_logger(log->options.file);
        Current& now = current();
        const std::lock_guard lock(now.mutex);
        now.level = log->options.level;
        now.log = std::move(log);
        return Done{};
    } catch (const std::exception& failure) {
        return Error{"log_file", "the log's file cannot be opened: " + std::string(failure.what())};
    }
}

bool is_written(Level level) { return level <= current().level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message, std::initializer_list<Member> members) {
    write_with(level, [&](const Options& options, Instant at) {
        return options.format == Format::json ? json_line(at, level, message, members)
                                              : text_line(at, level, message, members);
    });
}

void write_made(Level level, std::string_view line) {
    write_with(level, [&](const Options& options, Instant at) {
        if (options.format == Format::json) return std::string(line);
        std::string text = text_head(at, level);
        append_visible(text, line);
        return text;
    });
}

Format format() { return current_log()->options.format; }

std::string_view level_text(Level level) {
    switch (level) {
        case Level::error: return "error";
        case Level::warn: return "warn";
        case Level::info: return "info";
        case Level::debug: return "debug";
    }
    return "error";
}

std::optional<Level> find_level(std::string_view text) {
    for (const Level level : {Level::error, Level::warn, Level::info, Level::debug})
        if (level_text(level) == text) return level;
    return std::nullopt;
}

}  // namespace pawl::log
