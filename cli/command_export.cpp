#include <string>
#include <string_view>

#include "base/text.h"
#include "base/time.h"
#include "cli/book_times.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "cli/files.h"
#include "cli/moments.h"

namespace pawl::cli {

namespace {

void append_query(std::string& target, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += name;
    target += '=' + escape_for_url(value);
}

// An instant as it is, a day or a local time by the rulebook's zone.
Result<std::string> instant_of(const HttpClient& client, const std::string& option,
                               const std::string& text) {
    if (text.empty() || parse_instant(text)) return text;
    // Only what could be one is worth asking for the zone.
    if (!parse_moment(text, Zone::utc()))
        return wrong_option(option, text, "a time such as 2026-03-02T09:00");
    PAWL_TRY(const BookTimes times, BookTimes::ask(client));
    return format_instant(*parse_moment(text, times.zone()));
}

Result<std::string> target_of(const HttpClient& client, const ExportOptions& options) {
    if (options.what == "events") {
        if (!options.at.empty()) {
            return Error{.code = "usage",
                         .message = "`--at` is for `export state`; events have --from and --to"};
        }
        std::string target = "/api/export/events";
        PAWL_TRY(const std::string from, instant_of(client, "--from", options.from));
        PAWL_TRY(const std::string to, instant_of(client, "--to", options.to));
        const auto begin = parse_instant(from), end = parse_instant(to);
        if (begin && end && *end < *begin) {
            return Error{.code = "usage", .message = "`--to` is before `--from`"};
        }
        append_query(target, "from", from);
        append_query(target, "to", to);
        return target;
    }
    if (options.what != "state") {
        return Error{.code = "usage",
                     .message = "`export` has no " + quote_for_message(options.what) +
                                "; it has `events` and `state`"};
    }
    if (!options.from.empty() || !options.to.empty()) {
        return Error{.code = "usage",
                     .message = "`--from` and `--to` are for `export events`; a state has --at"};
    }
    std::string target = "/api/export/state";
    PAWL_TRY(const std::string at, instant_of(client, "--at", options.at));
    append_query(target, "at", at);
    return target;
}

// A file appears whole or not at all; what went to standard output cannot be taken back.
Status run(const ExportOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    PAWL_TRY(const std::string target, target_of(client, options));
    FileWriter file;
    if (!options.output.empty()) {
        if (Status opened = file.open(options.output); !opened) return opened;
    }
    Status written = Done{};
    const Result<HttpAnswer> answer = client.ask({.target = target}, [&](std::string_view piece) {
        if (options.output.empty()) {
            terminal.out.write(piece);
        } else {
            written = file.write(piece);
        }
        return written.has_value();
    });
    if (!written) return written;
    if (!answer) return answer.error();
    if (answer->status != 200) return error_of(client, *answer);
    return options.output.empty() ? Status(Done{}) : file.finish();
}

}  // namespace

Exit export_history(const ExportOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
