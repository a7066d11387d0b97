#include <string>

#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "cli/list_pages.h"
#include "cli/show_items.h"

namespace pawl::cli {

namespace {

void append_query(std::string& query, const std::string& name, const std::string& value) {
    if (value.empty()) return;
    if (!query.empty()) query += "&";
    query += name + "=" + escape_for_url(value);
}

Status run(const RunsOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    if (!options.run.empty()) {
        PAWL_TRY(const Json found,
                 ask_engine(client, {.target = "/api/runs/" + escape_for_url(options.run)}));
        show_item(found, options.json, terminal.out);
        return Done{};
    }
    ListPages list{.path = "/api/runs", .limit = options.limit, .all = options.all};
    append_query(list.query, "rule", options.rule);
    append_query(list.query, "status", options.status);
    return show_list(client, list, options.json, terminal);
}

}  // namespace

Exit runs(const RunsOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
