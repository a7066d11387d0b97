#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/book_times.h"
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
        return show_preview(client, happenings, options.json, terminal);
    }
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (!options.json) {
        terminal.out.write(options.run + " is cancelled: " + text_member(result, "id") + "\n");
    }
    return Done{};
}

// The times of the rulebook, where they are for people.
Result<BookTimes> times_for(const HttpClient& client, const RunsOptions& options) {
    if (options.json) return BookTimes();
    return BookTimes::ask(client);
}

Status show(const HttpClient& client, const RunsOptions& options, Terminal& terminal) {
    PAWL_TRY(const Json found,
             ask_engine(client, {.target = "/api/runs/" + escape_for_url(options.run)}));
    PAWL_TRY(const BookTimes times, times_for(client, options));
    const ItemView view{
        .entity = "run", .times = options.json ? nullptr : &times, .has_gaps = false};
    const std::vector<std::string> of_every_row = {"id", "run", "rule", "created_at", "updated_at"};
    show_item(found, view,
              {{"log", "automation_log", of_every_row}, {"effects", "effect", of_every_row}},
              terminal.out);
    return Done{};
}

Json text_json(const std::string& text) {
    Json json;
    if (!text.empty()) json.kind = JsonKind::string;
    json.text = text;
    return json;
}

// What a guard puts off, as a run that has not begun: it has no number yet.
Result<std::vector<Json>> ask_held(const HttpClient& client, const std::string& query,
                                   Terminal& terminal) {
    PAWL_TRY(const Json answer,
             ask_engine(client, {.target = "/api/held" + (query.empty() ? "" : "?" + query)}));
    std::vector<Json> runs;
    const Json* items = answer.find("items");
    if (items == nullptr) return runs;
    for (const Json& item : items->items) {
        Json run;
        run.kind = JsonKind::object;
        for (const std::string_view name :
             {"id", "rule", "status", "started_at", "ended_at", "error", "file", "line", "entity",
              "waiting_for", "due_at"}) {
            const std::string_view told_as = name == "waiting_for" ? "guard" : name;
            run.members.emplace_back(
                std::string(name),
                text_json(name == "status" ? "held" : text_member(item, told_as)));
        }
        runs.push_back(std::move(run));
    }
    const Json* is_cut = answer.find("is_cut");
    if (is_cut != nullptr && is_cut->boolean)
        terminal.complain("more is held than is told; --rule or --of shows what matters");
    return runs;
}

// The engine knows the statuses of runs; what is held is none of them.
Error with_held(Error error) {
    if (error.message.starts_with("`status` is ")) error.message += "; or `held`";
    return error;
}

Status list_runs(const HttpClient& client, const RunsOptions& options, Terminal& terminal) {
    if (!options.of.empty() && !split_record_name(options.of)) {
        return wrong_option("--of", options.of, "a record such as client/c1");
    }
    PAWL_TRY(const BookTimes times, times_for(client, options));
    std::string query;
    append_query(query, "rule", options.rule);
    append_query(query, "entity", options.of);
    std::vector<Json> held;
    if (options.status.empty() || options.status == "held") {
        PAWL_TRY(held, ask_held(client, query, terminal));
    }
    append_query(query, "status", options.status);
    // Where a rule is written is looked up; what a run waits for is looked at.
    const ItemView view{.entity = "run",
                        .times = options.json ? nullptr : &times,
                        .last = {"error", "file", "line"}};
    const ListPages list{
        .path = "/api/runs", .query = query, .limit = options.limit, .all = options.all};
    std::size_t count = held.size();
    if (options.status == "held") {
        show_items(held, view, terminal);
    } else {
        const Result<std::size_t> shown = show_list(client, list, view, terminal, held);
        if (!shown) return with_held(shown.error());
        count = *shown;
    }
    if (count == 0 && !options.json) terminal.complain("there are no such runs");
    return Done{};
}

Status run(const RunsOptions& options, Terminal& terminal) {
    const bool filters = !(options.rule + options.status + options.of).empty() || options.all;
    if (!options.run.empty() && filters) {
        return Error{
            .code = "usage",
            .message = "`--rule`, `--status`, `--of` and `--all` are for the list of runs; " +
                       quote_for_message(options.run) + " is one"};
    }
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    if (options.cancels) return cancel(client, options, terminal);
    if (!options.run.empty()) return show(client, options, terminal);
    return list_runs(client, options, terminal);
}

}  // namespace

Exit runs(const RunsOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
