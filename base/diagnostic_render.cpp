#include "base/diagnostic_render.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace pawl {

namespace {

constexpr std::size_t columns_max = 120;         // of a source line that is shown whole
constexpr std::size_t columns_before_mark = 40;  // kept of a line that is cut

enum class Style : std::uint8_t { error, warning, gutter, note };

std::string_view escape_of(Style style) {
    switch (style) {
        case Style::error: return "\x1b[1;31m";
        case Style::warning: return "\x1b[1;33m";
        case Style::gutter: return "\x1b[1;34m";
        case Style::note: return "\x1b[1;36m";
    }
    return {};
}

// One place of a line that gets marks under it.
struct Mark {
    std::size_t column = 0;  // from 0
    std::size_t width = 1;
    bool is_primary = false;
    std::string_view message = {};
};

// What is shown of a line: columns [begin, end).
struct Window {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// The line as characters, one a column. Those that would move a terminal's cursor or turn its text
// around are shown as a replacement; tabs stay.
std::vector<std::string> columns_of(std::string_view line) {
    std::vector<std::string> columns;
    while (!line.empty()) {
        const CodePoint next = first_code_point(line);
        std::string column(line.substr(0, next.bytes));
        const bool is_hidden = is_unprintable(next.value) && next.value != '\t';
        if (!next.is_well_formed || is_hidden) column = "\xEF\xBF\xBD";
        columns.push_back(std::move(column));
        line.remove_prefix(next.bytes);
    }
    return columns;
}

// The part of a line that may be shown, so that a file of one line of megabytes is not taken apart
// for every mistake in it. `skipped` is how many columns lie before.
std::string_view near(std::string_view line, std::size_t byte, std::size_t& skipped) {
    constexpr std::size_t bytes_around = 8 * columns_max;
    std::size_t begin = byte > bytes_around ? byte - bytes_around : 0;
    while (begin > 0 && (static_cast<unsigned char>(line[begin]) & 0xC0u) == 0x80u) --begin;
    skipped = count_code_points(line.substr(0, begin));
    return line.substr(begin, 2 * bytes_around);
}

Window window_of(std::size_t column_count, const Mark& mark) {
    if (column_count <= columns_max) return {0, column_count};
    constexpr std::size_t width = columns_max - 2;  // a … on either side
    std::size_t begin = mark.column > columns_before_mark ? mark.column - columns_before_mark : 0;
    begin = std::min(begin, column_count - width);
    return {begin, begin + width};
}

class Renderer {
 public:
    Renderer(const Diagnostic& diagnostic, const SourceSet& sources, Color color)
        : diagnostic_(diagnostic), sources_(sources), color_(color) {}

    std::string render() {
        headline();
        if (diagnostic_.span.file < sources_.files().size()) {
            measure_gutter();
            excerpt(diagnostic_.span.file, true);
            for (const FileIndex file : other_files()) excerpt(file, false);
        }
        note("hint", diagnostic_.hint);
        return std::move(out_);
    }

 private:
    using MarksByLine = std::map<std::uint32_t, std::vector<Mark>>;

    void styled(Style style, std::string_view text) {
        if (color_ == Color::on) out_ += escape_of(style);
        out_ += text;
        if (color_ == Color::on) out_ += "\x1b[0m";
    }

    Style severity_style() const {
        return diagnostic_.severity() == Severity::error ? Style::error : Style::warning;
    }

    void headline() {
        const std::string_view word =
            diagnostic_.severity() == Severity::error ? "error" : "warning";
        styled(severity_style(), std::string(word) + " " + diagnostic_code_text(diagnostic_.code));
        out_ += ": " + diagnostic_.message + "\n";
    }

    void measure_gutter() {
        std::uint32_t line_max = position(diagnostic_.span).line;
        for (const Label& label : diagnostic_.labels) {
            if (is_shown(label)) line_max = std::max(line_max, position(label.span).line);
        }
        gutter_ = std::to_string(line_max).size();
    }

    bool is_shown(const Label& label) const { return label.span.file < sources_.files().size(); }

    Position position(Span span) const { return sources_.file(span.file).position(span.begin); }

    // The labels' files other than the mistake's own, each once, in the order of the labels.
    std::vector<FileIndex> other_files() const {
        std::vector<FileIndex> files;
        for (const Label& label : diagnostic_.labels) {
            const FileIndex file = label.span.file;
            const bool is_new = std::find(files.begin(), files.end(), file) == files.end();
            if (is_shown(label) && file != diagnostic_.span.file && is_new) files.push_back(file);
        }
        return files;
    }

    // A span past its first line is marked to that line's end; an empty one by one mark.
    Mark mark_of(Span span, const SourceFile& file) const {
        const Position begin = file.position(span.begin);
        const std::string_view line = file.line(begin.line);
        const auto line_begin = static_cast<std::size_t>(line.data() - file.text().data());
        const std::size_t from = std::min<std::size_t>(span.begin - line_begin, line.size());
        const std::size_t to = std::clamp<std::size_t>(span.end - line_begin, from, line.size());
        Mark mark;
        mark.column = begin.column - 1;
        mark.width = std::max<std::size_t>(1, count_code_points(line.substr(from, to - from)));
        return mark;
    }

    MarksByLine marks_in(FileIndex index) const {
        const SourceFile& file = sources_.file(index);
        MarksByLine lines;
        if (index == diagnostic_.span.file) {
            Mark mark = mark_of(diagnostic_.span, file);
            mark.is_primary = true;
            lines[position(diagnostic_.span).line].push_back(mark);
        }
        for (const Label& label : diagnostic_.labels) {
            if (label.span.file != index) continue;
            Mark mark = mark_of(label.span, file);
            mark.message = label.message;
            lines[position(label.span).line].push_back(mark);
        }
        return lines;
    }

    void excerpt(FileIndex index, bool is_primary) {
        const SourceFile& file = sources_.file(index);
        const MarksByLine lines = marks_in(index);
        Span first = diagnostic_.span;
        if (!is_primary) {
            first = std::find_if(diagnostic_.labels.begin(), diagnostic_.labels.end(),
                                 [&](const Label& label) { return label.span.file == index; })
                        ->span;
        }
        const Position place = file.position(first.begin);
        out_.append(gutter_, ' ');
        styled(Style::gutter, is_primary ? "-->" : ":::");
        out_ += " " + file.path() + ":" + std::to_string(place.line) + ":" +
                std::to_string(place.column) + "\n";
        gutter("");
        out_ += "\n";
        std::uint32_t previous = 0;
        for (const auto& [number, marks] : lines) {
            if (previous != 0 && number > previous + 1) out_ += "...\n";
            marked_line(file, number, marks);
            previous = number;
        }
    }

    void gutter(std::string_view number) {
        std::string text(gutter_ - std::min(gutter_, number.size()), ' ');
        text += number;
        styled(Style::gutter, text + " |");
    }

    // A line that is too long is shown once for each mark, cut around it.
    void marked_line(const SourceFile& file, std::uint32_t number, const std::vector<Mark>& marks) {
        const std::string_view line = file.line(number);
        const bool is_long = count_code_points(line) > columns_max;
        for (const Mark& mark : marks) {
            Mark shown = mark;
            std::vector<std::string> columns;
            std::size_t skipped = 0;
            if (is_long) {
                columns = columns_of(near(line, byte_of(line, mark.column), skipped));
                shown.column -= skipped;
            } else {
                columns = columns_of(line);
            }
            const Window window = window_of(columns.size(), shown);
            const bool is_cut_before = skipped > 0 || window.begin > 0;
            if (is_long || &mark == &marks.front()) {
                const bool is_cut_behind =
                    is_long && skipped + window.end < count_code_points(line);
                source_line(number, columns, window, is_cut_before, is_cut_behind);
            }
            mark_line(columns, window, is_cut_before, shown);
        }
    }

    static std::size_t byte_of(std::string_view line, std::size_t column) {
        std::size_t byte = 0;
        for (; byte < line.size(); ++byte) {
            const bool begins = (static_cast<unsigned char>(line[byte]) & 0xC0u) != 0x80u;
            if (begins && column-- == 0) break;
        }
        return byte;
    }

    void source_line(std::uint32_t number, const std::vector<std::string>& columns, Window window,
                     bool is_cut_before, bool is_cut_behind) {
        gutter(std::to_string(number));
        if (window.end > window.begin) out_ += ' ';
        if (is_cut_before) out_ += "…";
        for (std::size_t at = window.begin; at < window.end; ++at) out_ += columns[at];
        if (is_cut_behind) out_ += "…";
        out_ += '\n';
    }

    void mark_line(const std::vector<std::string>& columns, Window window, bool is_cut_before,
                   const Mark& mark) {
        gutter("");
        out_ += is_cut_before ? "  " : " ";
        // Tabs under tabs: the marks stand right whatever a tab's width is.
        for (std::size_t at = window.begin; at < mark.column; ++at)
            out_ += at < columns.size() && columns[at] == "\t" ? '\t' : ' ';
        const std::size_t room = window.end > mark.column ? window.end - mark.column : 1;
        const std::size_t width = std::min(mark.width, room);
        const Style style = mark.is_primary ? severity_style() : Style::gutter;
        std::string text(width, mark.is_primary ? '^' : '-');
        if (!mark.message.empty()) text += " " + std::string(mark.message);
        styled(style, text);
        out_ += '\n';
    }

    void note(std::string_view name, std::string_view text) {
        if (text.empty()) return;
        out_.append(gutter_ + 1, ' ');
        styled(Style::gutter, "=");
        out_ += ' ';
        styled(Style::note, std::string(name) + ":");
        out_ += ' ';
        // Further lines stand under the first.
        const std::string indent(gutter_ + 3 + name.size() + 2, ' ');
        for (const char letter : text) {
            out_ += letter;
            if (letter == '\n') out_ += indent;
        }
        out_ += '\n';
    }

    const Diagnostic& diagnostic_;
    const SourceSet& sources_;
    Color color_;
    std::size_t gutter_ = 1;  // columns of the largest line number
    std::string out_;
};

void append_place(JsonWriter& writer, Span span, const SourceSet& sources) {
    // A mistake of no file, say of an empty folder, has line 0.
    const bool has_file = span.file < sources.files().size();
    Position begin{0, 0};
    Position end{0, 0};
    if (has_file) {
        begin = sources.file(span.file).position(span.begin);
        end = sources.file(span.file).position(span.end);
    }
    writer.member("file", has_file ? std::string_view(sources.file(span.file).path()) : "");
    const auto number = [&](std::string_view name, std::uint32_t value) {
        writer.key(name);
        writer.integer(value);
    };
    number("line", begin.line);
    number("column", begin.column);
    number("end_line", end.line);
    number("end_column", end.column);
}

}  // namespace

std::string render_diagnostic(const Diagnostic& diagnostic, const SourceSet& sources, Color color) {
    return Renderer(diagnostic, sources, color).render();
}

std::string diagnostic_json(const Diagnostic& diagnostic, const SourceSet& sources) {
    JsonWriter writer;
    writer.begin_object();
    writer.member("code", diagnostic_code_text(diagnostic.code));
    writer.member("severity", diagnostic.severity() == Severity::error ? "error" : "warning");
    append_place(writer, diagnostic.span, sources);
    writer.member("message", diagnostic.message);
    writer.member("hint", diagnostic.hint);
    if (!diagnostic.labels.empty()) {
        writer.key("labels");
        writer.begin_array();
        for (const Label& label : diagnostic.labels) {
            writer.begin_object();
            append_place(writer, label.span, sources);
            writer.member("message", label.message);
            writer.end_object();
        }
        writer.end_array();
    }
    writer.end_object();
    return writer.take();
}

}  // namespace pawl
