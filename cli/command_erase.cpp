#include <unistd.h>

#include <chrono>
#include <iostream>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

// All that is kept is looked through before the answer comes.
constexpr std::chrono::hours answer_wait_max{6};

// A person at a terminal is asked; a script says --yes.
Result<bool> is_wanted(const EraseOptions& options, Terminal& terminal) {
    if (options.yes) return true;
    if (::isatty(STDIN_FILENO) != 1) {
        return Error{.code = "usage",
                     .message =
                         "nobody is here to be asked: `pawl erase` without a terminal needs "
                         "--yes"};
    }
    terminal.out.flush();
    terminal.err.write("Erase " + quote_for_message(options.record) +
                       "? Its values are blanked everywhere, also in what was; this cannot be "
                       "undone. [y/N] ");
    terminal.err.flush();
    std::string answer;
    std::getline(std::cin, answer);
    return trim(answer) == "y" || trim(answer) == "yes";
}

// How many rows of which table, and what the caller should know besides.
void tell(const std::string& record, const Json& erased, Terminal& terminal) {
    std::string text;
    if (const Json* rows = erased.find("rows")) {
        for (const auto& [table, count] : rows->members) {
            text += (text.empty() ? ": " : ", ") + cell_text(&count) + " of " + table;
        }
    }
    terminal.out.write(record + " is erased" + (text.empty() ? "; there was nothing more" : text) +
                       "\n");
    terminal.out.flush();
    if (const Json* fields = erased.find("too_short")) {
        for (const Json& field : fields->items) {
            terminal.complain("the value of " + cell_text(&field) +
                              " is too short to be looked for elsewhere; it is blanked where it "
                              "stood");
        }
    }
    const Json* unprocessed = erased.find("unprocessed");
    if (unprocessed != nullptr && unprocessed->text != "0") {
        terminal.complain(unprocessed->text +
                          " inputs about it wait for their turn; erase again when they are done");
    }
    const Json* is_compacted = erased.find("is_compacted");
    if (is_compacted != nullptr && !is_compacted->boolean) {
        terminal.complain(
            "the store is too large to be written anew: what was blanked may stay in free places "
            "of "
            "its file until they are used again");
    }
}

Status run(const EraseOptions& options, Terminal& terminal) {
    const std::optional<RecordName> record = split_record_name(options.record);
    if (!record) {
        return Error{.code = "usage",
                     .message = quote_for_message(options.record) +
                                " is no record; one such as profile/asha is due"};
    }
    HttpLimits limits;
    limits.quiet = answer_wait_max;
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine, limits));
    PAWL_TRY(const bool wanted, is_wanted(options, terminal));
    if (!wanted) return Error{.code = "refused", .message = "nothing was erased"};
    const std::string target =
        "/api/erase/" + escape_for_url(record->entity) + "/" + escape_for_url(record->id);
    PAWL_TRY(const Json erased, ask_engine(client, {.method = "POST", .target = target}));
    if (options.json) {
        terminal.out.write(write_json(erased) + "\n");
    } else {
        tell(options.record, erased, terminal);
    }
    return Done{};
}

}  // namespace

Exit erase(const EraseOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
