#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "cli/list_pages.h"
#include "cli/show_items.h"
#include "cli/table.h"

namespace pawl::cli {

namespace {

Result<std::string> query_of(const GetOptions& options, const BookTimes& times) {
    std::string query;
    for (const std::string& each : options.where) {
        const std::optional<NamedText> condition = split_assignment(each);
        if (!condition) {
            return Error{.code = "usage",
                         .message = "`--where` is " + quote_for_message(each) +
                                    ", where FIELD=VALUE such as status=paid is due"};
        }
        PAWL_TRY(const std::string text,
                 times.for_engine(options.what, condition->name, condition->text));
        if (!query.empty()) query += "&";
        query += escape_for_url(condition->name) + "=" + escape_for_url(text);
    }
    return query;
}

// Only what could be a local time is worth asking for the zone.
bool asks_for_times(const std::vector<std::string>& where) {
    return std::any_of(where.begin(), where.end(), [](const std::string& each) {
        const std::optional<NamedText> condition = split_assignment(each);
        return condition && needs_zone(condition->text);
    });
}

// Which entities there are, with the names of their fields.
Status get_entities(const HttpClient& client, const GetOptions& options, Terminal& terminal) {
    PAWL_TRY(const Json answer, ask_engine(client, {.target = "/api/entities"}));
    const Json* items = answer.find("items");
    if (items == nullptr) {
        return Error{
            .code = "no_pawl",
            .message = "what answers at " + client.url() + " is no Pawl: it names no entities"};
    }
    constexpr std::size_t fields_characters_max = 120;
    Table table({"entity", "fields"}, fields_characters_max);
    for (const Json& entity : items->items) {
        if (options.json) terminal.out.write(write_json(entity) + "\n");
        std::string names;
        if (const Json* fields = entity.find("fields")) {
            for (const Json& field : fields->items) {
                names += (names.empty() ? "" : ", ") + text_member(field, "name");
            }
        }
        table.add_row({text_member(entity, "name"), names});
    }
    if (!options.json) table.print(terminal.out, 2 * fields_characters_max);
    return Done{};
}

Status get_record(const HttpClient& client, const RecordName& name, const GetOptions& options,
                  Terminal& terminal) {
    if (!options.where.empty() || options.all) {
        return Error{.code = "usage",
                     .message = "`--where` and `--all` are for a list; " +
                                quote_for_message(options.what) + " is one record"};
    }
    const std::string target =
        "/api/entities/" + escape_for_url(name.entity) + "/" + escape_for_url(name.id);
    PAWL_TRY(const Json record, ask_engine(client, {.target = target}));
    BookTimes times;
    if (!options.json) {
        PAWL_TRY(times, BookTimes::ask(client));
    }
    const ItemView view{.entity = name.entity, .times = options.json ? nullptr : &times};
    show_item(record, view, {}, terminal.out);
    return Done{};
}

Status get_list(const HttpClient& client, const GetOptions& options, Terminal& terminal) {
    BookTimes times;
    if (!options.json || asks_for_times(options.where)) {
        PAWL_TRY(times, BookTimes::ask(client));
    }
    PAWL_TRY(const std::string query, query_of(options, times));
    const ListPages list{.path = "/api/entities/" + escape_for_url(options.what),
                         .query = query,
                         .limit = options.limit,
                         .all = options.all};
    const ItemView view{.entity = options.what, .times = options.json ? nullptr : &times};
    PAWL_TRY(const std::size_t count, show_list(client, list, view, terminal));
    if (count == 0 && !options.json) {
        terminal.complain("there are no such records of `" + options.what + "`");
    }
    return Done{};
}

Status run(const GetOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    if (options.what.empty()) {
        if (options.where.empty() && !options.all) return get_entities(client, options, terminal);
        return Error{.code = "usage",
                     .message =
                         "`--where` and `--all` are for the records of an entity, as in "
                         "`pawl get project --where status=queued`"};
    }
    if (options.what.find('/') == std::string::npos) return get_list(client, options, terminal);
    const std::optional<RecordName> name = split_record_name(options.what);
    if (name) return get_record(client, *name, options, terminal);
    return Error{.code = "usage",
                 .message = quote_for_message(options.what) +
                            " is neither an entity nor a record such as project/o1001"};
}

}  // namespace

Exit get(const GetOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
