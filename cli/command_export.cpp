#include <string>
#include <string_view>

#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "cli/files.h"

namespace pawl::cli {

namespace {

void append_query(std::string& target, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += name;
    target += '=' + escape_for_url(value);
}

Result<std::string> target_of(const ExportOptions& options) {
    if (options.what == "events") {
        if (!options.at.empty()) {
            return Error{.code = "usage",
                         .message = "`--at` is for `export state`; events have --from and --to"};
        }
        std::string target = "/api/export/events";
        append_query(target, "from", options.from);
        append_query(target, "to", options.to);
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
    append_query(target, "at", options.at);
    return target;
}

// A file appears whole or not at all; what went to standard output cannot be taken back.
Status run(const ExportOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    PAWL_TRY(const std::string target, target_of(options));
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
