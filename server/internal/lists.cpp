#include "server/internal/lists.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/event_reader.h"
#include "server/internal/look.h"
#include "server/internal/unknown.h"

namespace pawl::server::internal {

namespace {

using rules::Entity;
using rules::EntityIndex;
using rules::FieldIndex;
using rules::Value;

constexpr std::size_t limit_default = 100;
constexpr std::size_t limit_max = 1'000;
// A record may hold megabytes; a page ends early rather than become what no client wants.
constexpr std::size_t page_bytes_max = 8u << 20;

std::vector<std::string> names_of(const std::vector<rules::Field>& fields) {
    std::vector<std::string> names;
    names.reserve(fields.size());
    for (const rules::Field& field : fields) names.push_back(field.name);
    return names;
}

class IdLookup : public rules::ReferenceLookup {
 public:
    explicit IdLookup(engine::StoreReader& reader) : reader_(reader) {}
    std::optional<rules::RecordKey> find(EntityIndex entity, std::string_view id) override {
        return reader_.find(entity, id);
    }

 private:
    engine::StoreReader& reader_;
};

// A parameter's text as the JSON that its field would come in.
Json json_for(const rules::Type& type, const std::string& text) {
    Json json;
    json.kind = JsonKind::string;
    json.text = text;
    if (type.kind == rules::TypeKind::boolean && (text == "true" || text == "false")) {
        json.kind = JsonKind::boolean;
        json.boolean = text == "true";
        json.text.clear();
    }
    const bool is_numeric = type.kind == rules::TypeKind::integer ||
                            type.kind == rules::TypeKind::number ||
                            type.kind == rules::TypeKind::money;
    if (is_numeric) {
        Result<Json> number = parse_json(text);
        if (number && number->kind == JsonKind::number) return std::move(*number);
    }
    return json;
}

bool can_be_asked(const rules::Type& type) {
    switch (type.kind) {
        case rules::TypeKind::none:
        case rules::TypeKind::json:
        case rules::TypeKind::secret:  // asking again and again would tell it
        case rules::TypeKind::record:
        case rules::TypeKind::list:
        case rules::TypeKind::event: return false;
        default: return true;
    }
}

// What a list is of, and how a record of it is told.
struct ListShape {
    EntityIndex entity = 0;
    bool newest_first = false;
    std::vector<std::string> filters;  // fields that may be asked for
    void (*write)(JsonWriter&, const rules::Record&, const rules::Program&, EntityIndex,
                  rules::Records&) = nullptr;
};

class ListCall {
 public:
    ListCall(engine::StoreReader& reader, const rules::Program& program, const ListShape& shape)
        : reader_(reader), program_(program), shape_(shape) {
        request_.entity = shape.entity;
        request_.newest_first = shape.newest_first;
        request_.limit = limit_default;
    }

    Response answer(const Parameters& parameters) {
        const Look look(reader_);
        if (!look.status()) return store_failure(look.status().error());
        for (const auto& [name, text] : parameters) {
            const std::optional<Response> refused =
                name == "limit" ? read_limit(text)
                                : (name == "after" ? read_after(text) : read_filter(name, text));
            if (refused) return *refused;
        }
        return page();
    }

    // Whether nothing is what was asked for, of no page.
    bool is_empty() const { return is_empty_; }

 private:
    std::optional<Response> read_limit(const std::string& text) {
        std::size_t limit = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || limit == 0 ||
            limit > limit_max) {
            return error_response(400, "bad_limit",
                                  "`limit` is " + quote_for_message(text) +
                                      "; it takes a whole number from 1 to " +
                                      std::to_string(limit_max));
        }
        request_.limit = limit;
        return std::nullopt;
    }

    std::optional<Response> read_after(const std::string& text) {
        rules::RecordKey key = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), key);
        if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || key < 0) {
            return error_response(400, "bad_cursor",
                                  "`after` is " + quote_for_message(text) +
                                      "; it takes what the page before gave as `next`");
        }
        request_.after = key;
        return std::nullopt;
    }

    std::optional<Response> read_filter(const std::string& name, const std::string& text) {
        const Entity& entity = program_.schema.entities[shape_.entity];
        const auto& known = shape_.filters;
        const std::optional<FieldIndex> field = rules::find_field(entity.fields, name);
        if (!field || std::find(known.begin(), known.end(), name) == known.end()) {
            std::vector<std::string> all = known;
            all.insert(all.end(), {"limit", "after"});
            return error_response(400, "unknown_field",
                                  "`" + entity.name + "` cannot be asked for by " +
                                      in_quotes(name) + what_there_is(name, all, "it takes"));
        }
        const rules::TypeIndex type_index = entity.fields[*field].type;
        const rules::Type& type = program_.schema.type(type_index);
        if (!can_be_asked(type)) {
            return error_response(400, "unknown_field",
                                  "`" + entity.name + "." + name + "` is a " +
                                      program_.schema.type_text(type_index) +
                                      ", which cannot be asked for");
        }
        IdLookup lookup(reader_);
        Value value;
        const std::optional<rules::ValueRefusal> refused =
            rules::value_from_json(json_for(type, text), type_index, program_, lookup, name, value);
        if (refused) return error_response(400, refused->code, refused->message);
        if (value.is_missing()) {  // only a reference reads missing where it was given
            Response nobody = unknown_record(reader_, program_, type.index, text, name);
            nobody.status = 400;
            return nobody;
        }
        request_.where.emplace_back(*field, std::move(value));
        return std::nullopt;
    }

    Response page() {
        const std::size_t limit = request_.limit;
        ++request_.limit;  // one more tells whether there is a next page
        const Result<std::vector<engine::ListedRecord>> found = reader_.list(request_);
        if (!found) return store_failure(found.error());
        JsonWriter out;
        out.begin_object();
        out.key("items");
        out.begin_array();
        std::size_t shown = 0;
        while (shown < std::min(limit, found->size()) && out.text().size() < page_bytes_max) {
            shape_.write(out, *(*found)[shown].record, program_, shape_.entity, reader_);
            ++shown;
        }
        out.end_array();
        if (const Status status = reader_.status(); !status) return store_failure(status.error());
        is_empty_ = found->empty() && !request_.after;
        if (shown < found->size()) out.member("next", std::to_string((*found)[shown - 1].key));
        out.end_object();
        return json_response(out.take());
    }

    engine::StoreReader& reader_;
    const rules::Program& program_;
    const ListShape& shape_;
    engine::ListRequest request_;
    bool is_empty_ = false;
};

void write_field(JsonWriter& out, const rules::Record& record, FieldIndex field,
                 const rules::Program& program, rules::Records& records) {
    if (field < record.fields.size() && !record.fields[field].is_missing()) {
        rules::append_value_json(out, record.fields[field], program, records);
    } else {
        out.null();
    }
}

void write_fields(JsonWriter& out, const rules::Record& record, const rules::Program& program,
                  EntityIndex entity, rules::Records& records) {
    const std::vector<rules::Field>& fields = program.schema.entities[entity].fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        out.key(fields[i].name);
        write_field(out, record, static_cast<FieldIndex>(i), program, records);
    }
}

void write_record(JsonWriter& out, const rules::Record& record, const rules::Program& program,
                  EntityIndex entity, rules::Records& records) {
    out.begin_object();
    write_fields(out, record, program, entity, records);
    out.end_object();
}

// In the order that cli.md promises; the engine's own rows have fields besides.
void write_run_fields(JsonWriter& out, const rules::Record& record, const rules::Program& program,
                      rules::Records& records) {
    const std::vector<rules::Field>& fields = program.schema.entities[rules::entity_run].fields;
    for (const std::string_view name :
         {"id", "rule", "status", "started_at", "ended_at", "error", "file", "line", "entity",
          "waiting_for", "due_at", "question"}) {
        out.key(name);
        const std::optional<FieldIndex> field = rules::find_field(fields, name);
        if (field) {
            write_field(out, record, *field, program, records);
        } else {
            out.null();
        }
    }
}

void write_run(JsonWriter& out, const rules::Record& record, const rules::Program& program,
               EntityIndex, rules::Records& records) {
    out.begin_object();
    write_run_fields(out, record, program, records);
    out.end_object();
}

// Records of the engine's own that belong to a run; tells whether all of them are shown.
Result<bool> write_of_run(JsonWriter& out, rules::Reference run, EntityIndex entity,
                          const rules::Program& program, engine::StoreReader& reader) {
    const std::vector<rules::Field>& fields = program.schema.entities[entity].fields;
    const std::optional<FieldIndex> field = rules::find_field(fields, "run");
    PAWL_CHECK(field);
    engine::ListRequest request;
    request.entity = entity;
    request.where.emplace_back(*field, Value::reference(run));
    request.after = run.key;  // what a run does comes after it
    request.limit = limit_max + 1;
    PAWL_TRY(const std::vector<engine::ListedRecord> found, reader.list(request));
    const std::size_t before = out.text().size();
    std::size_t shown = 0;
    out.begin_array();
    while (shown < std::min(found.size(), limit_max) &&
           out.text().size() - before < page_bytes_max) {
        write_record(out, *found[shown].record, program, entity, reader);
        ++shown;
    }
    out.end_array();
    return shown == found.size();
}

// What names a parked input, of its envelope; never its data.
void write_envelope(JsonWriter& out, const engine::StoredInput& input) {
    out.member("arrival", format_instant(input.arrival));
    const Result<Json> read = parse_json(input.body);
    if (!read) return;
    for (const std::string_view name : {"source", "id", "type"}) {
        const Json* value = read->find(name);
        if (value != nullptr && value->kind == JsonKind::string) out.member(name, value->text);
    }
}

}  // namespace

Response list_entities(const rules::Program& program) {
    JsonWriter out;
    out.begin_object();
    out.key("items");
    out.begin_array();
    for (const Entity& entity : program.schema.entities) {
        out.begin_object();
        out.member("name", entity.name);
        out.key("read_only");
        out.boolean(entity.read_only);
        out.key("fields");
        out.begin_array();
        for (const rules::Field& field : entity.fields) {
            out.begin_object();
            out.member("name", field.name);
            out.member("type", program.schema.type_text(field.type));
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    out.end_array();
    out.member("timezone", zone_name(program));
    out.end_object();
    return json_response(out.take());
}

Response list_records(engine::StoreReader& reader, const rules::Program& program,
                      std::string_view entity, const Parameters& parameters) {
    const std::optional<EntityIndex> index = program.schema.find_entity(entity);
    if (!index) return unknown_entity(program, entity);
    const ListShape shape{*index, false, names_of(program.schema.entities[*index].fields),
                          write_record};
    return ListCall(reader, program, shape).answer(parameters);
}

Response show_record(engine::StoreReader& reader, const rules::Program& program,
                     std::string_view entity, std::string_view id) {
    const std::optional<EntityIndex> index = program.schema.find_entity(entity);
    if (!index) return unknown_entity(program, entity);
    const Look look(reader);
    if (!look.status()) return store_failure(look.status().error());
    const std::optional<rules::RecordKey> key = reader.find(*index, id);
    const rules::RecordPointer record = key ? reader.get({*index, *key}) : nullptr;
    if (const Status status = reader.status(); !status) return store_failure(status.error());
    if (!record) return unknown_record(reader, program, *index, id);
    JsonWriter out;
    write_record(out, *record, program, *index, reader);
    return json_response(out.take());
}

Response list_runs(engine::StoreReader& reader, const rules::Program& program,
                   const Parameters& parameters) {
    const ListShape shape{rules::entity_run, true, {"rule", "status", "entity"}, write_run};
    ListCall call(reader, program, shape);
    Response answer = call.answer(parameters);
    if (!call.is_empty()) return answer;
    // A slip in a name would look like a rule that never ran.
    std::optional<Response> unknown = unknown_of_runs(reader, program, parameters);
    return unknown ? *std::move(unknown) : std::move(answer);
}

Response list_effects(engine::StoreReader& reader, const rules::Program& program,
                      const Parameters& parameters) {
    const ListShape shape{
        rules::entity_effect, true, {"status", "run", "channel", "action"}, write_record};
    return ListCall(reader, program, shape).answer(parameters);
}

Response show_run(engine::StoreReader& reader, const rules::Program& program, std::string_view id) {
    const Look look(reader);
    if (!look.status()) return store_failure(look.status().error());
    const std::optional<rules::RecordKey> key = reader.find(rules::entity_run, id);
    const rules::RecordPointer record = key ? reader.get({rules::entity_run, *key}) : nullptr;
    if (const Status status = reader.status(); !status) return store_failure(status.error());
    if (!record) {
        const std::string numbered = "r" + std::string(id);
        const bool is_number = reader.find(rules::entity_run, numbered).has_value();
        return error_response(404, "unknown_run",
                              "there is no run " + quote_for_message(id) +
                                  (is_number ? "; did you mean `" + numbered + "`?" : ""));
    }
    const rules::Reference run{rules::entity_run, *key};
    JsonWriter out;
    out.begin_object();
    write_run_fields(out, *record, program, reader);
    out.key("log");
    const Result<bool> log = write_of_run(out, run, rules::entity_automation_log, program, reader);
    if (!log) return store_failure(log.error());
    out.key("effects");
    const Result<bool> effects = write_of_run(out, run, rules::entity_effect, program, reader);
    if (!effects) return store_failure(effects.error());
    out.key("is_cut");
    out.boolean(!*log || !*effects);
    out.end_object();
    return json_response(out.take());
}

Response list_parked(engine::StoreReader& reader) {
    const Look look(reader);
    if (!look.status()) return store_failure(look.status().error());
    JsonWriter out;
    out.begin_object();
    out.key("items");
    out.begin_array();
    for (const engine::ParkedInput& parked : reader.parked()) {
        if (out.text().size() > page_bytes_max) break;
        out.begin_object();
        out.key("input");
        out.integer(parked.number);
        out.member("reason", parked.reason);
        const std::vector<engine::StoredInput> inputs = reader.inputs(parked.number - 1, 1);
        if (!inputs.empty() && inputs.front().number == parked.number)
            write_envelope(out, inputs.front());
        out.end_object();
    }
    out.end_array();
    out.end_object();
    if (const Status status = reader.status(); !status) return store_failure(status.error());
    return json_response(out.take());
}

}  // namespace pawl::server::internal
