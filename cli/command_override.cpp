#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/book_times.h"
#include "cli/command_options.h"
#include "cli/deed.h"
#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

// A value as it is written behind `=`: JSON where it reads as a number, true, false, null, or
// begins as a text in quotes, a list or an object; else a text.
Result<Json> read_value(const NamedText& assignment) {
    Result<Json> json = parse_json(assignment.text);
    if (json) return json;
    if (assignment.text.find_first_of("\"[{") == 0) {
        return Error{.code = "usage",
                     .message = "the value of " + quote_for_message(assignment.name) +
                                " begins as JSON and is none: " + json.error().message};
    }
    if (find_malformed_utf8(assignment.text)) {
        return Error{
            .code = "usage",
            .message = "the value of " + quote_for_message(assignment.name) + " is not UTF-8"};
    }
    Json text;
    text.kind = JsonKind::string;
    text.text = assignment.text;
    return text;
}

Json object_of(std::vector<JsonMember> members) {
    Json object;
    object.kind = JsonKind::object;
    object.members = std::move(members);
    return object;
}

Result<RecordName> record_of(const OverrideOptions& options) {
    const std::optional<RecordName> record = split_record_name(options.record);
    if (!record) {
        return Error{.code = "usage",
                     .message = quote_for_message(options.record) +
                                " is no record; one such as project/o1001 is due"};
    }
    return *record;
}

Result<Deed> make_deed(const OverrideOptions& options, const RecordName& record,
                       const HttpClient& client) {
    std::optional<BookTimes> times;  // asked for once there may be one
    std::vector<JsonMember> set;
    for (const std::string& each : options.set) {
        const std::optional<NamedText> assignment = split_assignment(each);
        if (!assignment) {
            return Error{.code = "usage",
                         .message = quote_for_message(each) +
                                    " sets nothing; FIELD=VALUE such as status=paid is due"};
        }
        PAWL_TRY(Json value, read_value(*assignment));
        if (value.kind == JsonKind::string && needs_zone(value.text)) {
            if (!times) {
                PAWL_TRY(times, BookTimes::ask(client));
            }
            PAWL_TRY(value.text, times->for_engine(record.entity, assignment->name, value.text));
        }
        set.emplace_back(assignment->name, std::move(value));
    }
    Json yes;
    yes.kind = JsonKind::boolean;
    yes.boolean = true;
    Deed deed{.name = "override", .type = "pawl.change", .data = {}};
    deed.add("entity", record.entity);
    deed.add("id", record.id);
    deed.data.emplace_back("set", object_of(std::move(set)));
    deed.data.emplace_back("override", std::move(yes));
    deed.add("reason", options.because);
    deed.add("by", options.by);
    return deed;
}

Status run(const OverrideOptions& options, Terminal& terminal) {
    if (trim(options.because).empty() || trim(options.by).empty()) {
        return Error{.code = "usage",
                     .message = "an override is recorded with who and why: --by and --because"};
    }
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    PAWL_TRY(const RecordName record, record_of(options));
    PAWL_TRY(const Deed deed, make_deed(options, record, client));
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (!options.json) {
        terminal.out.write(options.record + " is overridden: " + text_member(result, "id") + "\n");
    }
    return Done{};
}

}  // namespace

Exit override_fields(const OverrideOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
