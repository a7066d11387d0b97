#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command_options.h"
#include "cli/deed.h"
#include "cli/engine_client.h"
#include "cli/list_pages.h"
#include "cli/moments.h"
#include "cli/show_items.h"

namespace pawl::cli {

namespace {

Status cancel(const HttpClient& client, const RunsOptions& options, Terminal& terminal) {
    Deed deed{.name = "cancel", .type = "pawl.cancel", .data = {}};
    deed.add("run", options.run);
    deed.add("by", options.by);
    if (options.preview) {
        PAWL_TRY(const std::vector<Json> happenings, look_ahead(client, deed));
        show_happenings(happenings, options.json, terminal.out);
        return Done{};
    }
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (!options.json) {
        terminal.out.write(options.run + " is cancelled: " + text_member(result, "id") + "\n");
    }
    return Done{};
}

Status run(const RunsOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    if (options.cancels) return cancel(client, options, terminal);
    if (!options.run.empty()) {
        PAWL_TRY(const Json found,
                 ask_engine(client, {.target = "/api/runs/" + escape_for_url(options.run)}));
        show_item(found, options.json, terminal.out);
        return Done{};
    }
    if (!options.of.empty() && !split_record_name(options.of)) {
        return wrong_option("--of", options.of, "a record such as client/c1");
    }
    ListPages list{.path = "/api/runs", .limit = options.limit, .all = options.all};
    append_query(list.query, "rule", options.rule);
    append_query(list.query, "status", options.status);
    append_query(list.query, "entity", options.of);
    // Where a rule is written is looked up; what a run waits for is looked at.
    return show_list(client, list, options.json, terminal, {"error", "file", "line"});
}

}  // namespace

Exit runs(const RunsOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
