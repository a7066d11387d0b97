#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic_render.h"
#include "base/result.h"

// Where a command's answers go: results to standard output, everything about them to standard
// error. Commands write through it alone, so that tests can run them in memory.

namespace pawl::cli {

enum class Exit : int {
    done = 0,
    no = 1,      // mistakes found, a test failed, files not formatted
    usage = 2,   // wrong usage or unreadable input
    failed = 3,  // the engine failed
};

// Buffered; `flush` or the end of the program writes it out.
class Output {
 public:
    virtual ~Output() = default;
    virtual void write(std::string_view text) = 0;
    virtual void flush() = 0;

    Color color = Color::off;
    bool is_terminal = false;
};

// A descriptor of the process. A reader that has gone ends the program quietly; a full disk ends it
// with Exit::failed and a message.
class DescriptorOutput : public Output {
 public:
    explicit DescriptorOutput(int descriptor);
    ~DescriptorOutput() override;
    DescriptorOutput(const DescriptorOutput&) = delete;
    DescriptorOutput& operator=(const DescriptorOutput&) = delete;

    void write(std::string_view text) override;
    void flush() override;

 private:
    int descriptor_;
    std::string buffer_;
};

// Keeps what is written; for tests.
class TextOutput : public Output {
 public:
    void write(std::string_view text) override { text_ += text; }
    void flush() override {}
    const std::string& text() const { return text_; }

 private:
    std::string text_;
};

struct Terminal {
    Output& out;
    Output& err;

    // A line on standard error that begins with the program's name.
    void complain(std::string_view message);
};

// Writes `message` as `complain` does and answers `exit`, so that a command can `return` it.
Exit refuse(Terminal& terminal, Exit exit, std::string_view message);

enum class Form : std::uint8_t { text, json };
// The same for what the world failed at, with the file that was read. An error with a code of the
// registry is told as a mistake in a rulebook is, so that `pawl explain` finds its page; in
// Form::json as one object on standard error, with the keys of `check --json`.
Exit refuse(Terminal& terminal, Exit exit, const Error& error, const std::string& file, Form form);
// That object, without a line break; it marks the file's beginning.
std::string error_json(const Error& error, const std::string& file);
bool has_code(const Error& error);

}  // namespace pawl::cli
