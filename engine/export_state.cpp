#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "engine/export.h"
#include "engine/internal/history.h"
#include "engine/internal/state_runs.h"
#include "engine/store/value_key.h"
#include "rules/event_reader.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;
using rules::RecordPointer;
using rules::TypeKind;
using rules::Value;

namespace {

constexpr std::size_t snapshot_pages = 20;  // looked at before the reader begins anew
constexpr std::size_t names_kept = 50'000;  // ids of records that others refer to

// A type's own depth is bounded by the schema: a record cannot hold itself.
bool holds_secret(const rules::Schema& schema, rules::TypeIndex index) {
    const rules::Type& type = schema.type(index);
    if (type.kind == TypeKind::secret) return true;
    if (type.kind == TypeKind::list) return holds_secret(schema, type.index);
    if (type.kind != TypeKind::record) return false;
    const auto& fields = schema.records[type.index].fields;
    return std::any_of(fields.begin(), fields.end(), [&schema](const rules::Field& field) {
        return holds_secret(schema, field.type);
    });
}

bool holds_secret(const Value& value) {
    if (value.kind() == rules::Kind::secret) return true;
    const auto any = [](const std::vector<Value>& items) {
        return std::any_of(items.begin(), items.end(),
                           [](const Value& item) { return holds_secret(item); });
    };
    if (value.kind() == rules::Kind::list) return any(value.as_list());
    return value.kind() == rules::Kind::record && any(value.as_record());
}

// A mark tells the value that it is for ("once/rule/VALUE") or that was last known.
bool holds_secret(const StoredMark& mark, const rules::Schema& schema) {
    const std::size_t rule = mark.key.find('/');
    const std::size_t end = rule == std::string::npos ? rule : mark.key.find('/', rule + 1);
    if (end == std::string::npos) return false;
    const auto named = decode_value(std::string_view(mark.key).substr(end + 1), schema);
    const auto known = decode_value(mark.value, schema);
    return (named && holds_secret(*named)) || (known && holds_secret(*known));
}

// For references: all that is asked of a record is its id.
class RecordNames final : public rules::Records {
 public:
    explicit RecordNames(RecordsAt& records) : records_(records) {}

    RecordPointer get(rules::Reference reference) override {
        const auto known = names_.find(reference);
        if (known != names_.end()) return known->second;
        const RecordPointer record = records_.get(reference);
        std::shared_ptr<rules::Record> name;
        if (record != nullptr) {
            name = std::make_shared<rules::Record>();
            name->fields = {record->fields[rules::field_id]};
        }
        if (names_.size() >= names_kept) names_.clear();
        names_.emplace(reference, name);
        return name;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return records_.scan(request);
    }

 private:
    RecordsAt& records_;
    std::map<rules::Reference, RecordPointer> names_;
};

// Of a state as it is now: what is told of no earlier instant, read in one look.
struct Present {
    Instant at;
    std::string runs, steps;  // JSON, with commas between
    std::uint64_t run_count = 0;
    std::int64_t next_timer = 1;
    std::vector<RunNumber> left_out;
};

Status read_steps(StoreReader& reader, const rules::Program& program, Present& present) {
    ListRequest request;
    request.entity = rules::entity_scheduled_step;
    request.limit = 1'000;
    for (;;) {
        PAWL_TRY(const std::vector<ListedRecord> page, reader.list(request));
        for (const ListedRecord& row : page)
            present.steps +=
                (present.steps.empty() ? "" : ",\n") + step_json(row.key, *row.record, program);
        if (page.size() < request.limit) return Done{};
        request.after = page.back().key;
    }
}

Status read_runs(StoreReader& reader, const rules::Program& program, Present& present) {
    return reader.waiting_runs([&](const StoredRun& run) {
        if (holds_secret(run)) {
            present.left_out.push_back(run.number);
            return true;
        }
        present.runs += (present.runs.empty() ? "" : ",\n") + run_json(run, program);
        ++present.run_count;
        return true;
    });
}

// Nothing: the instant is an earlier one.
Result<std::optional<Present>> read_present(StoreReader& reader, const rules::Program& program,
                                            std::optional<Instant> at) {
    if (Status begun = reader.begin(); !begun) return begun.error();
    Present present;
    const Counters counters = reader.counters();
    present.at = counters.now;
    present.next_timer = counters.next_timer;
    Status read = Done{};
    const bool is_earlier = at && *at < present.at;
    if (!is_earlier) {
        read = read_runs(reader, program, present);
        if (read) read = read_steps(reader, program, present);
    }
    if (read) read = reader.status();
    reader.end();
    if (!read) return read.error();
    return is_earlier ? std::optional<Present>() : std::optional(std::move(present));
}

class StateExporter {
 public:
    StateExporter(StoreReader& reader, const rules::Program& program, Instant at,
                  const Present* present, const ExportSink& sink)
        : reader_(reader),
          program_(program),
          at_(at),
          present_(present),
          sink_(sink),
          records_(program, reader, at),
          names_(records_) {}

    Result<StateExported> run() {
        const auto& entities = program_.schema.entities;
        for (std::size_t i = rules::builtin_entity_count; i < entities.size(); ++i)
            if (entities[i].name == "pawl")
                return Error{.code = "name",
                             .message =
                                 "a state has no place for the entity `pawl`: `pawl` in it "
                                 "is what the engine keeps; rename the entity"};
        if (Status begun = begin(); !begun) return begun.error();
        Status told = tell();
        reader_.end();
        if (!told) return told.error();
        return std::move(exported_);
    }

 private:
    Status begin() {
        if (Status begun = reader_.begin(); !begun) return begun;
        Status followed = Done{};
        if (at_ < reader_.history_from())
            followed = not_kept(at_, reader_.history_from());
        else
            followed = records_.follow();
        if (!followed) reader_.end();
        pages_ = 0;
        return followed;
    }

    Status tell() {
        now_ = reader_.counters();
        PAWL_TRY(const std::string numbers, numbers_json());
        const auto& entities = program_.schema.entities;
        if (Status taken = sink_("{"); !taken) return taken;
        for (std::size_t i = rules::builtin_entity_count; i < entities.size(); ++i)
            if (Status told = tell_entity(static_cast<EntityIndex>(i)); !told) return told;
        if (Status taken = sink_("\"pawl\":{" + numbers); !taken) return taken;
        if (Status told = tell_keys(); !told) return told;
        if (Status told = tell_marks(); !told) return told;
        if (Status told = tell_present(); !told) return told;
        if (Status read = reader_.status(); !read) return read;
        return sink_("}}\n");
    }

    // ---- Records ------------------------------------------------------------------------------

    struct Column {
        FieldIndex field = 0;
        bool is_told_missing = false;  // a new record would have a value there
    };

    std::vector<Column> columns(EntityIndex entity) {
        const rules::Schema& schema = program_.schema;
        const rules::Entity& type = schema.entities[entity];
        std::vector<Column> columns;
        for (std::size_t i = 0; i < type.fields.size(); ++i) {
            const auto field = static_cast<FieldIndex>(i);
            if (holds_secret(schema, type.fields[i].type)) {
                exported_.left_out.push_back(type.name + "." + type.fields[i].name);
                continue;
            }
            const rules::StateMachine* states = schema.find_states(entity, field);
            columns.push_back({field, type.fields[i].default_value.has_value() ||
                                          (states != nullptr && states->start)});
        }
        return columns;
    }

    std::string record_json(const rules::Record& record, const rules::Entity& type,
                            const std::vector<Column>& columns) {
        JsonWriter json;
        json.begin_object();
        for (const Column& column : columns) {
            const Value& value = record.fields[column.field];
            if (value.is_missing() && !column.is_told_missing) continue;
            json.key(type.fields[column.field].name);
            rules::append_value_json(json, value, program_, names_);
        }
        json.end_object();
        return json.take();
    }

    Status tell_entity(EntityIndex entity) {
        const rules::Entity& type = program_.schema.entities[entity];
        const std::vector<Column> told = columns(entity);
        std::optional<RecordKey> after = 0;
        bool is_first = true;
        while (after) {
            if (++pages_ > snapshot_pages) {
                reader_.end();
                if (Status begun = begin(); !begun) return begun;
            }
            std::optional<RecordKey> next;
            PAWL_TRY(const auto page, records_.page(entity, *after, next));
            std::string text;
            for (const RecordsAt::Kept& each : page) {
                text += is_first ? "\"" + type.name + "\":[\n" : ",\n";
                text += record_json(*each.record, type, told);
                is_first = false;
                keys_[entity] += (keys_[entity].empty() ? "" : ",") + std::to_string(each.key);
                ++exported_.records;
            }
            if (Status taken = sink_(text); !taken) return taken;
            after = next;
        }
        return is_first ? Status(Done{}) : sink_("],\n");
    }

    // ---- What the engine goes on from ----------------------------------------------------------

    // The first row of one of the engine's own entities that is later than `at`. Rows are only ever
    // added, and key and instant ascend together.
    Result<std::optional<ListedRecord>> first_row(EntityIndex entity) {
        RecordKey low = 0, high = now_.next_key;
        std::optional<ListedRecord> first;
        while (low < high) {
            ListRequest request;
            request.entity = entity;
            request.after = low + (high - low) / 2;
            request.limit = 1;
            PAWL_TRY(auto rows, reader_.list(request));
            if (rows.empty()) {
                high = *request.after;
            } else if (rows.front().record->fields[rules::field_created_at].as_datetime() > at_) {
                high = *request.after;
                first = std::move(rows.front());
            } else {
                low = rows.front().key;
            }
        }
        return first;
    }

    // A person may give a record an id such as the engine gives.
    bool is_given_by_hand(const std::string& id, InputNumber number) {
        const std::vector<StoredInput> inputs = reader_.inputs(number - 1, 1);
        if (inputs.empty() || inputs.front().number != number) return false;
        const auto json = parse_json(inputs.front().body);
        const Json* data = json ? json->find("data") : nullptr;
        const Json* type = json ? json->find("type") : nullptr;
        if (data == nullptr || type == nullptr || type->text != "pawl.create") return false;
        for (const char* name : {"values", "set"}) {
            const Json* values = data->find(name);
            const Json* given = values != nullptr ? values->find("id") : nullptr;
            if (given != nullptr && given->text == id) return true;
        }
        const Json* given = data->find("id");
        return given != nullptr && given->text == id;
    }

    // Numbers as they were: what has the lowest number of all that is later than `at` was the next
    // one then; where there is nothing later, they are as they are now.
    Result<std::string> numbers_json() {
        RecordKey next_key = std::min(now_.next_key, records_.new_key().value_or(now_.next_key));
        RunNumber next_run = now_.next_run;
        const auto& entities = program_.schema.entities;
        std::vector<std::int64_t> next_ids = now_.next_ids;
        next_ids.resize(entities.size(), 1);
        for (const auto& [entity, ids] : records_.new_ids()) {
            for (const auto& [number, input] : ids) {
                if (number >= next_ids[entity]) break;
                if (is_given_by_hand(entities[entity].name + "-" + std::to_string(number), input))
                    continue;
                next_ids[entity] = number;
                break;
            }
        }
        for (EntityIndex entity = 0; entity < rules::builtin_entity_count; ++entity) {
            PAWL_TRY(const std::optional<ListedRecord> row, first_row(entity));
            if (!row) continue;
            next_key = std::min(next_key, row->key);
            const std::string_view id = row->record->fields[rules::field_id].as_text();
            if (entity == rules::entity_run)
                next_run = std::min(next_run, number_of_id(id, "r").value_or(next_run));
            else
                next_ids[entity] = std::min(
                    next_ids[entity],
                    number_of_id(id, entities[entity].name + "-").value_or(next_ids[entity]));
        }
        JsonWriter json;
        json.begin_object();
        json.member("at", format_instant(std::min(at_, now_.now)));
        json.key("next_run");
        json.integer(next_run);
        json.key("next_key");
        json.integer(next_key);
        json.key("next_ids");
        json.begin_object();
        for (std::size_t i = 0; i < entities.size(); ++i) {
            if (next_ids[i] == 1) continue;
            json.key(entities[i].name);
            json.integer(next_ids[i]);
        }
        json.end_object();
        json.end_object();
        // What follows it stands in the same object.
        return json.text().substr(1, json.text().size() - 2);
    }

    Status tell_keys() {
        std::string text = ",\n\"keys\":{";
        bool is_first = true;
        for (const auto& [entity, keys] : keys_) {
            text += is_first ? "\"" : ",\n\"";
            text += program_.schema.entities[entity].name + "\":[" + keys + "]";
            is_first = false;
        }
        text += "}";
        if (exported_.left_out.empty()) return sink_(text);
        text += ",\n\"left_out\":[";
        for (std::size_t i = 0; i < exported_.left_out.size(); ++i)
            text += (i == 0 ? "\"" : ",\"") + exported_.left_out[i] + "\"";
        return sink_(text + "]");
    }

    Status tell_marks() {
        bool is_first = true;
        Status told = Done{};
        Status read = reader_.marks_at(at_, [&](const StoredMark& mark) {
            if (holds_secret(mark, program_.schema)) return true;
            JsonWriter json;
            json.begin_object();
            json.member("key", mark.key);
            if (!mark.value.empty()) json.member("value", mark.value);
            if (mark.expires_at) json.member("expires_at", format_instant(*mark.expires_at));
            json.end_object();
            told = sink_((is_first ? ",\n\"marks\":[\n" : ",\n") + json.text());
            is_first = false;
            return told.has_value();
        });
        if (!told) return told;
        if (!read) return read;
        return is_first ? Status(Done{}) : sink_("]");
    }

    Status tell_present() {
        if (present_ == nullptr) return Done{};
        exported_.runs = present_->run_count;
        exported_.runs_left_out = present_->left_out;
        if (Status told = tell_list("steps", present_->steps); !told) return told;
        if (present_->runs.empty()) return Done{};
        // Of what they count by (StoredRun::stands_since), the next one.
        if (Status taken = sink_(",\n\"next_timer\":" + std::to_string(present_->next_timer));
            !taken)
            return taken;
        return tell_list("runs", present_->runs);
    }

    Status tell_list(const std::string& name, const std::string& list) {
        if (list.empty()) return Done{};
        if (Status taken = sink_(",\n\"" + name + "\":[\n"); !taken) return taken;
        if (Status taken = sink_(list); !taken) return taken;
        return sink_("]");
    }

    StoreReader& reader_;
    const rules::Program& program_;
    Instant at_;
    const Present* present_;  // none: of an earlier instant
    const ExportSink& sink_;
    RecordsAt records_;
    RecordNames names_;
    Counters now_;  // of the first look
    std::map<EntityIndex, std::string> keys_;
    std::size_t pages_ = 0;
    StateExported exported_;
};

}  // namespace

Result<StateExported> export_state(StoreReader& reader, const rules::Program& program,
                                   std::optional<Instant> at, const ExportSink& sink) {
    PAWL_TRY(const std::optional<Present> present, read_present(reader, program, at));
    return StateExporter(reader, program,
                         present ? std::max(present->at, at.value_or(present->at)) : *at,
                         present ? &*present : nullptr, sink)
        .run();
}

}  // namespace pawl::engine
