#include <string>

#include "base/text.h"
#include "cli/command_options.h"
#include "cli/deed.h"
#include "cli/engine_client.h"
#include "cli/moments.h"

namespace pawl::cli {

namespace {

Status run(const AnswerOptions& options, Terminal& terminal) {
    if (options.answer != "approved" && options.answer != "refused") {
        return wrong_option("ANSWER", options.answer, "`approved` or `refused`");
    }
    if (trim(options.by).empty()) {
        return Error{.code = "usage", .message = "an answer is somebody's: --by is due"};
    }
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    Deed deed{.name = "answer", .type = "pawl.answer", .data = {}};
    deed.add("run", options.run);
    deed.add("answer", options.answer);
    deed.add("by", options.by);
    if (options.preview) {
        PAWL_TRY(const std::vector<Json> happenings, look_ahead(client, deed));
        return show_preview(client, happenings, options.json, terminal);
    }
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (!options.json) {
        terminal.out.write(options.run + " is " + options.answer + ": " +
                           text_member(result, "id") + "\n");
    }
    return Done{};
}

}  // namespace

Exit answer(const AnswerOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
