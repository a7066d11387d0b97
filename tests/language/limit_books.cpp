#include "limit_books.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/diagnostic_render.h"
#include "cli/command_options.h"
#include "cli/terminal.h"
#include "dsl/compile.h"
#include "engine/happening_json.h"
#include "rules/internal/program_bytes.h"
#include "rules/program_file.h"
#include "simulation/dry_run.h"

namespace pawl::language {

namespace {

namespace fs = std::filesystem;

const std::string header =
    "rulebook shop\n  pawl 1\n  timezone Africa/Nairobi\n  currency KES\nend\n\n";
const std::string tick = "event tick\nend\n\n";
const std::string account = "entity account\n  name text ?\nend\n\n";

// A folder that goes with its object.
class Folder {
 public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "pawl_limits_XXXXXX").string();
        path_ = mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, const std::string& text) const {
        const fs::path path = path_ / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    std::string path() const { return path_.string(); }

 private:
    fs::path path_;
};

std::string repeated(const std::string& text, std::size_t count) {
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t at = 0; at < count; ++at) all += text;
    return all;
}

// `text` once for each number from 1, with the number for every `#`.
std::string numbered(const std::string& text, std::size_t count) {
    std::string all;
    for (std::size_t number = 1; number <= count; ++number)
        for (const char letter : text)
            all += letter == '#' ? std::to_string(number) : std::string(1, letter);
    return all;
}

// Warnings are no mistakes.
std::string told_by_check(const std::string& book) {
    cli::TextOutput out;
    cli::TextOutput err;
    cli::Terminal terminal{out, err};
    return cli::check({.book = book, .json = false}, terminal) == cli::Exit::done ? "" : err.text();
}

std::string told_of_book(const std::string& text) {
    const Folder folder;
    return told_by_check(folder.write("book.pawl", text));
}

std::string event(const std::string& type, const std::string& data = "{}") {
    return R"({"specversion":"1.0","id":"e1","source":"/shop","type":")" + type +
           R"(","time":"2026-03-02T07:00:00Z","data":)" + data + "}";
}

std::string records(std::size_t count, const std::string& fields = "") {
    return R"({"account":[)" + numbered(R"({"id":"a#")" + fields + "},", count - 1) +
           R"({"id":"last")" + fields + "}]}";
}

// The lines of a dry-run that tell of a failure, and what stops it.
std::string told_by_run(const std::string& book, const std::string& line,
                        const std::string& state = "") {
    const Folder folder;
    cli::TextOutput out;
    cli::TextOutput err;
    cli::Terminal terminal{out, err};
    cli::DryRunOptions options;
    options.book = folder.write("book.pawl", header + book);
    options.events = folder.write("events.ndjson", line + "\n");
    if (!state.empty()) options.state = folder.write("state.json", state);
    options.json = true;
    std::string told = cli::dry_run(options, terminal) == cli::Exit::done ? "" : err.text();
    std::istringstream lines(out.text());
    for (std::string each; std::getline(lines, each);) {
        const bool is_failure = each.find(R"("kind":"refuse")") != std::string::npos ||
                                each.find(R"("status":"failed")") != std::string::npos ||
                                each.find(R"("kind":"skip")") != std::string::npos;
        if (is_failure) told += each + "\n";
    }
    // A run that did not come to its end tells nothing of the limit.
    const bool is_whole = out.text().find(R"("text":"done")") != std::string::npos;
    if (told.empty() && !is_whole) told = "the rule did not log that it is done\n" + out.text();
    return told;
}

std::string rule(const std::string& body) {
    return tick + "rule go\n  when tick\n  then\n" + body + "    log \"done\"\nend\n";
}

}  // namespace

// ---- Files -------------------------------------------------------------------------------------

std::string told_of_file_bytes(std::size_t bytes) {
    const std::string begin = header + "# ";
    return told_of_book(begin + std::string(bytes - begin.size(), 'x'));
}

// No program has just so many bytes: at the limit the file is found out later, by its checksum.
std::string told_of_program_file(std::size_t bytes) {
    std::string file = rules::frame_program("");
    file.resize(file.size() + bytes);
    const Result<rules::Program> read = rules::read_program(file);
    if (read) return "what is no program was read as one";
    const std::string told = read.error().code + " " + read.error().message;
    return told.find("checksum") != std::string::npos ? "" : told;
}

// ---- The text of a rulebook --------------------------------------------------------------------

std::string told_of_expression(std::size_t depth) {
    return told_of_book(header + "define sum = 1" + repeated(" + 1", depth - 1) + "\n");
}

std::string told_of_blocks(std::size_t depth) {
    return told_of_book(header + "flow deep\n" + repeated("if true then ", depth - 1) + "stop " +
                        repeated("end ", depth));
}

std::string told_of_name(std::size_t bytes) {
    return told_of_book(header + "setting " + std::string(bytes, 'a') + " = 1\n");
}

std::string told_of_lets(std::size_t count) {
    return told_of_book(header + "flow many\n" + numbered("  let n# = #\n", count) + "end\n");
}

std::string told_of_event_fields(std::size_t count) {
    return told_of_book(header + "event wide\n" + numbered("  f# int\n", count) + "end\n");
}

std::string told_of_entity_fields(std::size_t count) {
    return told_of_book(header + "entity wide\n" + numbered("  f# int\n", count) + "end\n");
}

std::string told_of_parameters(std::size_t count) {
    const std::string all = numbered("p#: int, ", count - 1) + "last: int";
    return told_of_book(header + "flow wide(" + all + ")\n  log \"x\"\nend\n");
}

std::string told_of_options(std::size_t count) {
    const std::string all = numbered("o#, ", count - 1) + "last";
    return told_of_book(header + "entity order\n  kind one of " + all + " = last\nend\n");
}

std::string told_of_events(std::size_t count) {
    return told_of_book(header + numbered("event e#\nend\n", count));
}

namespace {

// Flow 1 runs flow 2, and so on; the last one logs.
std::string flows(std::size_t depth) {
    std::string text;
    for (std::size_t at = 1; at < depth; ++at)
        text += "flow f" + std::to_string(at) + "\n  run f" + std::to_string(at + 1) + "()\nend\n";
    return text + "flow f" + std::to_string(depth) + "\n  log \"done\"\nend\n";
}

std::string define(std::size_t at, const std::string& value) {
    return "define d" + std::to_string(at) + "(n: int) = " + value + "\n";
}

std::string use_of(std::size_t at) { return "d" + std::to_string(at) + "(n + 1)"; }

// Also run: what is checked to be shallow enough must be so.
std::string told_of_depth(const std::string& book) {
    const std::string told = told_of_book(header + book);
    return told.empty() ? told_by_run(book, event("tick")) : told;
}

std::string first_of(std::size_t at, std::size_t depth) {
    return rule("    if d" + std::to_string(at) + "(1) is not " + std::to_string(depth) +
                " then stop end\n");
}

}  // namespace

std::string told_of_flows(std::size_t depth) {
    return told_of_depth(tick + "rule go\n  when tick\n  then\n    run f1()\nend\n" + flows(depth));
}

std::string told_of_started_flows(std::size_t depth) {
    return told_of_depth(tick + "rule go\n  when tick\n  then\n    start f1()\nend\n" +
                         flows(depth));
}

std::string told_of_defines(std::size_t depth) {
    std::string text = first_of(1, depth);
    for (std::size_t at = 1; at < depth; ++at) text += define(at, use_of(at + 1));
    return told_of_depth(text + define(depth, "n"));
}

std::string told_of_defines_upwards(std::size_t depth) {
    std::string text = first_of(depth, depth) + define(1, "n");
    for (std::size_t at = 2; at <= depth; ++at) text += define(at, use_of(at - 1));
    return told_of_depth(text);
}

// All are told; that some are left out is what is told beyond the limit.
std::string told_of_mistakes(std::size_t count) {
    const std::string told =
        told_of_book(header + numbered("entity e#\n  field_# unheard_of_#\nend\n", count));
    const std::size_t more = told.find("… and");
    if (more != std::string::npos) return told.substr(more);
    return told.empty() ? "there is no mistake" : "";
}

// ---- Inputs ------------------------------------------------------------------------------------

std::string told_of_event_bytes(std::size_t bytes) {
    const std::string book = "event tick\n  note json\nend\n" +
                             std::string("rule go\n  when tick\n  then\n    log \"done\"\nend\n");
    const std::string open = event("tick", R"({"note":[)");
    std::string line = open.substr(0, open.size() - 1);
    const std::string close = "]}}";
    // Short items: one text may not be so long.
    while (line.size() + close.size() + 2 < bytes) line += "1,";
    line += std::string(bytes - line.size() - close.size(), '1');
    return told_by_run(book, line + close);
}

std::string told_of_event_source(std::size_t bytes) {
    std::string line = event("tick");
    const std::string source = "/shop";
    line.replace(line.find(source), source.size(), std::string(bytes, 's'));
    return told_by_run(rule(""), line);
}

std::string told_of_event_id(std::size_t bytes) {
    std::string line = event("tick");
    const std::string id = "\"e1\"";
    line.replace(line.find(id), id.size(), "\"" + std::string(bytes, 'i') + "\"");
    return told_by_run(rule(""), line);
}

std::string told_of_event_depth(std::size_t depth) {
    const std::string book = "event tick\n  note json\nend\n" +
                             std::string("rule go\n  when tick\n  then\n    log \"done\"\nend\n");
    const std::string note = repeated("[", depth) + repeated("]", depth);
    return told_by_run(book, event("tick", R"({"note":)" + note + "}"));
}

std::string told_of_text(std::size_t bytes) {
    return told_by_run(account + rule(""), event("tick"),
                       R"({"account":[{"id":"a1","name":")" + std::string(bytes, 'x') + "\"}]}");
}

// ---- A turn ------------------------------------------------------------------------------------

std::string told_of_list(std::size_t items) {
    return told_by_run(rule("    let all = 1.." + std::to_string(items) +
                            "\n    if count(n in all) is 0 then stop end\n"),
                       event("tick"));
}

std::string told_of_range(std::size_t items) {
    return told_by_run(
        rule("    for each n in 1.." + std::to_string(items) + " do\n      next\n    end\n"),
        event("tick"));
}

std::string told_of_records(std::size_t count) {
    return told_by_run(account + rule("    for each a in account do\n      next\n    end\n"),
                       event("tick"), records(count));
}

std::string told_of_query(std::size_t count) {
    return told_by_run(
        account + rule("    for each a in (all x in account where x.name is missing) do\n"
                       "      next\n    end\n"),
        event("tick"), records(count));
}

std::string told_of_all(std::size_t count) {
    return told_by_run(account + rule("    let found = all x in account\n"
                                      "    if count(x in found) is 0 then stop end\n"),
                       event("tick"), records(count));
}

std::string told_of_first(std::size_t count) {
    return told_by_run(account + rule("    for each a in (first " + std::to_string(count) +
                                      " x in account) do\n      next\n    end\n"),
                       event("tick"), records(count));
}

std::string told_of_repetition(std::size_t count) {
    const std::string book =
        "channel email\nend\n"
        "entity person\n  email text\nend\n"
        "template email names ()\n  subject \"Names\"\n"
        "  body \"{{for each a in account}}x{{end}}\"\nend\n" +
        account + rule("    for each p in person do\n      send email names to p\n    end\n");
    const std::string person = R"({"person":[{"id":"p1","email":"p@example.com"}],)";
    return told_by_run(book, event("tick"), person + records(count).substr(1));
}

// The rule that the event itself sets off is the first.
std::string told_of_cascade(std::size_t depth) {
    std::string book;
    for (std::size_t at = 1; at <= depth; ++at) {
        const std::string number = std::to_string(at);
        const std::string deed = at == depth ? "log \"done\"" : "emit e" + std::to_string(at + 1);
        book += "event e" + number + "\nend\nrule r" + number + "\n  when e" + number +
                "\n  then\n    " + deed + "\nend\n";
    }
    return told_by_run(book, event("e1"));
}

std::string told_of_advances(std::size_t count) {
    const std::string body =
        "    for each n in 1.." + std::to_string(count - 1) + " do\n      emit tock\n    end\n";
    return told_by_run(
        "event tock\nend\nrule answer\n  when tock\n  then\n    stop\nend\n" + rule(body),
        event("tick"));
}

std::string told_of_fan_out(std::size_t count) {
    const std::string book =
        "entity owner\n  level int = 0\nend\n"
        "entity account\n  owner -> owner\nend\n"
        "rule watch\n  whenever account.owner.level > 5\n  then\n    stop\nend\n" +
        rule(
            "    let one = first o in owner\n"
            "    if one is present then set one.level to 9 end\n");
    const std::string owner = R"({"owner":[{"id":"o1"}],)";
    return told_by_run(book, event("tick"), owner + records(count, R"(,"owner":"o1")").substr(1));
}

std::string told_of_rows(std::size_t count) {
    return told_by_run(account + rule("    if count(a in account) is 0 then stop end\n"),
                       event("tick"), records(count));
}

std::string told_of_pattern(std::size_t events) {
    return told_of_book(header + tick + "rule often\n  when " + std::to_string(events) +
                        " tick within 1h\n  then log \"often\"\nend\n");
}

std::string told_of_queue(std::size_t runs) {
    return told_by_run(
        "event tock\nend\nrule slow\n  when tock\n  then wait 1h\n  while running queue\nend\n" +
            rule("    for each n in 1.." + std::to_string(runs + 1) +
                 " do\n      emit tock\n    end\n"),
        event("tick"));
}

// ---- Time --------------------------------------------------------------------------------------

std::string told_of_journey(std::size_t steps) {
    return told_by_run(
        "entity trip\n  starts_at datetime\nend\n"
        "journey days of trip\n  starts trip.starts_at\n  for each day in 1.." +
            std::to_string(steps) +
            " do\n    step sleep(day) at start + 1d * day\n"
            "      log \"day {{day}}\"\n    end\n  end\nend\n" +
            rule("    create trip with starts_at: now\n"),
        event("tick"));
}

namespace {

// The happenings of each turn, a line each.
class Lines final : public simulation::Watcher {
 public:
    explicit Lines(const rules::Program& program) : program_(program) {}

    void turn_begins(const simulation::Turn&) override { turns_.emplace_back(); }
    void happened(const engine::Happening& happening, std::uint64_t,
                  rules::Records& records) override {
        turns_.back() += engine::happening_json(happening, program_, records) + "\n";
    }
    // Those in which something is told that has the words.
    std::vector<std::string> turns_with(const std::string& words) const {
        std::vector<std::string> found;
        for (const std::string& turn : turns_)
            if (turn.find(words) != std::string::npos) found.push_back(turn);
        return found;
    }

 private:
    const rules::Program& program_;
    std::vector<std::string> turns_;
};

const Instant seven = *parse_instant("2026-03-02T07:00:00Z");  // of `event`; 10:00 in Nairobi
const Instant ten = *parse_instant("2026-03-02T10:00:00Z");

// The turns of a day that begins with a tick at seven, in which something with the words is told.
// The engine stands still from eight until `back`.
std::vector<std::string> turns_of_day(const std::string& book, Instant back,
                                      const std::string& words, const std::string& state = "{}") {
    SourceSet sources;
    sources.add("book.pawl", header + tick + book);
    const dsl::Compilation made = dsl::compile(sources);
    if (!made.program) {
        std::string mistakes;
        for (const Diagnostic& each : made.diagnostics)
            mistakes += render_diagnostic(each, sources, Color::off);
        return {mistakes};
    }
    std::istringstream events(event("tick") + "\n");
    simulation::Answers answers(*made.program);
    simulation::DryRunOptions options;
    options.until_after = Duration{0, 1, 0};
    options.outages = {{Instant{seven.micros + 3'600 * micros_per_second}, back}};
    Lines lines(*made.program);
    const Json given = parse_json(state).value();
    const auto done = simulation::dry_run(*made.program, events, &given, answers, options, lines);
    if (!done) return {done.error().message};
    return lines.turns_with(words);
}

std::string told_of_turns(const std::vector<std::string>& turns, const std::string& wanted) {
    if (turns.size() == 1 && turns[0].find(wanted) != std::string::npos) return "";
    std::string told = std::to_string(turns.size()) + " turns\n";
    for (const std::string& turn : turns) told += turn;
    return told;
}

}  // namespace

std::string told_of_missed(std::size_t micros) {
    const Instant back{ten.micros + static_cast<std::int64_t>(micros)};
    const std::string book =
        "rule go\n  every day at 13:00\n  then\n    log \"done\"\n  missed skips\nend\n";
    return told_of_turns(turns_of_day(book, back, "\"rule\":\"go\""), "\"done\"");
}

// Beyond it nothing is refused: the rest comes in a turn of its own.
std::string told_of_sweep(std::size_t count) {
    const std::string book = account +
                             "rule go\n  every day at 13:00 for each account\n  then\n"
                             "    log \"{{account.id}}\"\nend\n";
    return told_of_turns(turns_of_day(book, ten, "\"rule\":\"go\"", records(count)), "\"last\"");
}

}  // namespace pawl::language
