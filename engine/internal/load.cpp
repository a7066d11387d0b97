#include "engine/internal/load.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/integrity.h"
#include "engine/internal/load_position.h"
#include "engine/internal/mark_timer.h"
#include "engine/internal/state_runs.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::RecordKey;
using rules::Value;

namespace {

Error state_error(DiagnosticCode code, const std::string& place, const std::string& message) {
    return {diagnostic_code_text(code), "`" + place + "`: " + message};
}

std::string fitting(const std::string& wanted, const std::vector<std::string>& names) {
    const std::vector<std::string> near = suggest(wanted, names, 1);
    if (!near.empty()) return "; did you mean `" + near.front() + "`?";
    return names.empty() ? "" : "; it has " + list_names(names);
}

class Loader final : public rules::ReferenceLookup {
 public:
    Loader(Context& context, Turn& turn) : context_(context), turn_(turn) {}

    Status load(const Json& state) {
        if (state.kind != JsonKind::object)
            return state_error(DiagnosticCode::state_misshapen, "state",
                               "one object is due, with a list of records for each entity");
        const Json* position = find_load_position(state, context_.program);
        if (position != nullptr) {
            PAWL_TRY(position_, read_load_position(*position, context_.program));
            if (Status status = go_on(state); !status) return status;
        }
        for (const auto& [name, list] : state.members) {
            if (&list == position) continue;
            if (Status status = announce(name, list); !status) return status;
        }
        for (const Loading& loading : loading_)
            if (Status status = fill(loading); !status) return status;
        for (MarkWrite& mark : position_.marks) {
            restore_timer(context_, turn_.layer(), mark);
            turn_.layer().put_mark(std::move(mark));
        }
        if (Status status = restore(position_.steps, "steps", restore_step); !status) return status;
        return restore(position_.runs, "runs", restore_run);
    }

    // Records of the file may name one another in any order.
    std::optional<RecordKey> find(EntityIndex entity, std::string_view id) override {
        const auto announced = announced_.find({entity, std::string(id)});
        if (announced != announced_.end()) return announced->second;
        return turn_.layer().find(entity, id);
    }

 private:
    struct Loading {
        rules::Reference reference;
        std::string id;
        const Json* json = nullptr;
        std::string place;  // "profile[2]"
    };

    Status restore(const Json* list, const std::string& name,
                   Status (*restore_one)(Turn&, const std::string&, const Json&)) {
        if (list == nullptr) return Done{};
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            const std::string place = "pawl." + name + "[" + std::to_string(i) + "]";
            if (Status status = restore_one(turn_, place, list->items[i]); !status) return status;
        }
        return Done{};
    }

    // What is new from here on is named as it would have been where the state comes from.
    Status go_on(const Json& state) {
        Counters& counters = context_.counters;
        counters.next_run = std::max(counters.next_run, position_.next_run);
        counters.next_key = std::max(counters.next_key, position_.next_key);
        counters.next_timer = std::max(counters.next_timer, position_.next_timer);
        for (const auto& [entity, number] : position_.next_ids)
            counters.next_ids[entity] = std::max(counters.next_ids[entity], number);
        for (const auto& [entity, keys] : position_.keys) {
            const std::string& name = context_.schema.entity_name(entity);
            const Json* list = state.find(name);
            const std::size_t records = list == nullptr ? 0 : list->items.size();
            if (keys.size() != records)
                return state_error(DiagnosticCode::state_misshapen, "pawl.keys." + name,
                                   "there are " + std::to_string(keys.size()) + " keys for " +
                                       std::to_string(records) + " records");
            if (!keys.empty()) counters.next_key = std::max(counters.next_key, keys.back() + 1);
        }
        return Done{};
    }

    Status announce(const std::string& name, const Json& list) {
        const rules::Schema& schema = context_.program.schema;
        const auto entity = schema.find_entity(name);
        if (!entity || *entity < rules::builtin_entity_count) {
            std::vector<std::string> names;
            for (std::size_t i = rules::builtin_entity_count; i < schema.entities.size(); ++i)
                names.push_back(schema.entities[i].name);
            return state_error(DiagnosticCode::unknown_entity, name,
                               entity ? "the engine keeps this entity itself"
                                      : "the rulebook has no such entity" + fitting(name, names));
        }
        if (list.kind != JsonKind::array)
            return state_error(DiagnosticCode::state_misshapen, name, "a list of records is due");
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            Loading loading;
            loading.place = name + "[" + std::to_string(i) + "]";
            loading.json = &list.items[i];
            if (loading.json->kind != JsonKind::object)
                return state_error(DiagnosticCode::state_misshapen, loading.place,
                                   "a record is due, an object of fields and their values");
            if (Status status = announce_one(*entity, i, loading); !status) return status;
            loading_.push_back(std::move(loading));
        }
        return Done{};
    }

    Status announce_one(EntityIndex entity, std::size_t place, Loading& loading) {
        const Json* id = loading.json->find("id");
        if (id != nullptr) {
            if (id->kind != JsonKind::string)
                return state_error(DiagnosticCode::id_unusable, loading.place + ".id",
                                   "an id is a text");
            if (const auto problem = id_problem(id->text))
                return state_error(DiagnosticCode::id_unusable, loading.place + ".id", *problem);
            loading.id = id->text;
        } else {
            do {
                loading.id = context_.schema.entity_name(entity) + "-" +
                             std::to_string(context_.counters.next_ids[entity]++);
            } while (find(entity, loading.id));
        }
        if (find(entity, loading.id))
            return state_error(DiagnosticCode::unique_clash, loading.place + ".id",
                               "the id " + quote_for_message(loading.id) + " is taken already");
        const auto keys = position_.keys.find(entity);
        loading.reference = {entity, keys == position_.keys.end() ? context_.counters.next_key++
                                                                  : keys->second[place]};
        if (turn_.layer().get(loading.reference) != nullptr)
            return state_error(DiagnosticCode::state_misshapen,
                               "pawl.keys." + context_.schema.entity_name(entity) + "[" +
                                   std::to_string(place) + "]",
                               "a record of the store has this key already");
        announced_.emplace(std::pair(entity, loading.id), loading.reference.key);
        return Done{};
    }

    Status fill(const Loading& loading) {
        const EntityIndex entity = loading.reference.entity;
        const rules::Entity& type = context_.program.schema.entities[entity];
        auto record = std::make_shared<rules::Record>(initial_record(context_, entity));
        record->fields[rules::field_id] = Value::text(loading.id);
        record->fields[rules::field_created_at] = Value::datetime(turn_.now());
        record->fields[rules::field_updated_at] = Value::datetime(turn_.now());
        for (const auto& [name, json] : loading.json->members) {
            if (name == "id") continue;
            const std::string place = loading.place + "." + name;
            const auto field = rules::find_field(type.fields, name);
            if (!field) {
                std::vector<std::string> names;
                for (const rules::Field& each : type.fields) names.push_back(each.name);
                return state_error(DiagnosticCode::unknown_input_field, place,
                                   "`" + type.name + "` has no such field" + fitting(name, names));
            }
            record->fields[*field] = Value();
            if (json.kind == JsonKind::null) continue;
            if (const auto refusal =
                    rules::value_from_json(json, type.fields[*field].type, context_.program, *this,
                                           place, record->fields[*field]))
                return Error{refusal->code, with_place(*refusal)};
            const rules::Type& due = context_.program.schema.type(type.fields[*field].type);
            if (record->fields[*field].is_missing() && due.kind == rules::TypeKind::reference)
                return state_error(DiagnosticCode::unknown_record, place,
                                   "there is no `" + context_.schema.entity_name(due.index) +
                                       "` with the id " + quote_for_message(json.text) +
                                       suggest_id(json.text, announced_ids(due.index)));
        }
        return store(loading, std::move(record));
    }

    // A message about the value of a field mostly begins with its place.
    static std::string with_place(const rules::ValueRefusal& refusal) {
        const std::string place = "`" + refusal.field + "`";
        return refusal.message.starts_with(place) ? refusal.message
                                                  : place + ": " + refusal.message;
    }

    std::vector<std::string> announced_ids(EntityIndex entity) const {
        std::vector<std::string> ids;
        auto each = announced_.lower_bound({entity, std::string()});
        for (; each != announced_.end() && each->first.first == entity; ++each)
            ids.push_back(each->first.second);
        return ids;
    }

    Status store(const Loading& loading, std::shared_ptr<rules::Record> record) {
        const EntityIndex entity = loading.reference.entity;
        const rules::Entity& type = context_.program.schema.entities[entity];
        for (const auto& [of, field] : position_.left_out)
            if (of == entity && record->fields[field].is_missing() &&
                context_.schema.field(entity, field).is_required &&
                context_.schema.field(entity, field).kind == rules::TypeKind::secret)
                record->fields[field] = Value::secret("left out, " + loading.id);
        for (std::size_t i = rules::system_field_count; i < type.fields.size(); ++i)
            if (record->fields[i].is_missing() &&
                context_.schema.field(entity, static_cast<FieldIndex>(i)).is_required)
                return state_error(DiagnosticCode::value_missing, loading.place,
                                   "`" + type.fields[i].name + "` needs a value and has none");
        for (std::size_t set = 0; set < type.unique_sets.size(); ++set) {
            std::vector<Value> values;
            std::string names;
            for (const FieldIndex field : type.unique_sets[set]) {
                values.push_back(record->fields[field]);
                names += (names.empty() ? "" : ", ") + type.fields[field].name;
            }
            if (const auto holder = turn_.layer().find_unique(entity, set, values))
                return state_error(DiagnosticCode::unique_clash, loading.place,
                                   "`" + id_of(turn_.layer().get({entity, *holder})) +
                                       "` has the same `" + names + "`, which is unique");
        }
        turn_.layer().create(loading.reference, std::move(record));
        return Done{};
    }

    Context& context_;
    Turn& turn_;
    LoadPosition position_;
    std::vector<Loading> loading_;
    std::map<std::pair<EntityIndex, std::string>, RecordKey> announced_;
};

}  // namespace

Instant state_instant(const Json& state, const rules::Program& program) {
    const Json* position = find_load_position(state, program);
    const Json* at = position == nullptr ? nullptr : position->find("at");
    const auto instant =
        at != nullptr && at->kind == JsonKind::string ? parse_instant(at->text) : std::nullopt;
    return instant.value_or(Instant{std::numeric_limits<std::int64_t>::min()});
}

Status load_records(Context& context, Turn& turn, const Json& state) {
    return Loader(context, turn).load(state);
}

}  // namespace pawl::engine
