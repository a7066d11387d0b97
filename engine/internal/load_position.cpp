#include "engine/internal/load_position.h"

#include <charconv>
#include <limits>

#include "base/diagnostic.h"
#include "base/suggest.h"
#include "base/text.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::RecordKey;

namespace {

// Far from where counting on would overflow.
constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::size_t mark_key_bytes_max = 2'000;  // names and a value of at most 64 bytes

Error misshapen(const std::string& place, const std::string& message) {
    return {diagnostic_code_text(DiagnosticCode::state_misshapen), "`" + place + "`: " + message};
}

class Reader {
 public:
    explicit Reader(const rules::Program& program) : program_(program) {}

    Result<LoadPosition> read(const Json& json) {
        if (json.kind != JsonKind::object) return misshapen("pawl", "an object is due");
        for (const auto& [name, value] : json.members)
            if (Status read = read_member(name, value); !read) return read.error();
        return std::move(position_);
    }

 private:
    Status read_member(const std::string& name, const Json& json) {
        const std::string place = "pawl." + name;
        if (name == "at") return read_instant(place, json, position_.at);
        if (name == "next_run") return read_number(place, json, position_.next_run);
        if (name == "next_key") return read_number(place, json, position_.next_key);
        if (name == "next_timer") return read_number(place, json, position_.next_timer);
        if (name == "next_ids") return read_ids(place, json);
        if (name == "keys") return read_keys(place, json);
        if (name == "marks") return read_marks(place, json);
        if (name == "left_out") return read_left_out(place, json);
        if (name == "runs") return read_list(place, json, position_.runs);
        if (name == "steps") return read_list(place, json, position_.steps);
        static const std::vector<std::string> known = {
            "at",       "keys",     "left_out",   "marks", "next_ids",
            "next_key", "next_run", "next_timer", "runs",  "steps"};
        return misshapen(place, "this version of Pawl knows only " + list_names(known));
    }

    static Status read_number(const std::string& place, const Json& json, std::int64_t& number) {
        const std::string& digits = json.text;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (json.kind != JsonKind::number || error != std::errc{} ||
            end != digits.data() + digits.size() || number < 1 || number > number_max)
            return misshapen(place,
                             "a whole number from 1 to " + std::to_string(number_max) + " is due");
        return Done{};
    }

    static Status read_list(const std::string& place, const Json& json, const Json*& list) {
        if (json.kind != JsonKind::array) return misshapen(place, "a list is due");
        list = &json;
        return Done{};
    }

    static Status read_instant(const std::string& place, const Json& json, Instant& instant) {
        const auto read = json.kind == JsonKind::string ? parse_instant(json.text) : std::nullopt;
        if (!read)
            return misshapen(place,
                             "an instant with its offset is due, like "
                             "\"2026-03-02T07:15:04Z\"");
        instant = *read;
        return Done{};
    }

    Status find_entity(const std::string& place, const std::string& name, EntityIndex& entity) {
        const auto found = program_.schema.find_entity(name);
        if (!found)
            return misshapen(place, "the rulebook has no entity " + quote_for_message(name));
        entity = *found;
        return Done{};
    }

    Status read_ids(const std::string& place, const Json& json) {
        if (json.kind != JsonKind::object)
            return misshapen(place, "an object is due, with a number for each entity");
        for (const auto& [name, number] : json.members) {
            EntityIndex entity = 0;
            if (Status found = find_entity(place + "." + name, name, entity); !found) return found;
            if (Status read = read_number(place + "." + name, number, position_.next_ids[entity]);
                !read)
                return read;
        }
        return Done{};
    }

    Status read_keys(const std::string& place, const Json& json) {
        if (json.kind != JsonKind::object)
            return misshapen(place, "an object is due, with a list of keys for each entity");
        for (const auto& [name, list] : json.members) {
            const std::string of = place + "." + name;
            EntityIndex entity = 0;
            if (Status found = find_entity(of, name, entity); !found) return found;
            if (list.kind != JsonKind::array) return misshapen(of, "a list of keys is due");
            std::vector<RecordKey>& keys = position_.keys[entity];
            for (std::size_t i = 0; i < list.items.size(); ++i) {
                const std::string at = of + "[" + std::to_string(i) + "]";
                RecordKey key = 0;
                if (Status read = read_number(at, list.items[i], key); !read) return read;
                if (!keys.empty() && key <= keys.back())
                    return misshapen(at, "the keys must ascend, and " + std::to_string(key) +
                                             " stands behind " + std::to_string(keys.back()));
                keys.push_back(key);
            }
        }
        return Done{};
    }

    Status read_marks(const std::string& place, const Json& json) {
        if (json.kind != JsonKind::array) return misshapen(place, "a list of marks is due");
        for (std::size_t i = 0; i < json.items.size(); ++i)
            if (Status read = read_mark(place + "[" + std::to_string(i) + "]", json.items[i]);
                !read)
                return read;
        return Done{};
    }

    Status read_mark(const std::string& place, const Json& json) {
        if (json.kind != JsonKind::object)
            return misshapen(place,
                             "an object with `key`, and perhaps `value` and `expires_at`, "
                             "is due");
        MarkWrite mark;
        mark.value.emplace();
        for (const auto& [name, value] : json.members) {
            const std::string at = place + "." + name;
            if (name == "expires_at") {
                if (Status read = read_instant(at, value, mark.expires_at.emplace()); !read)
                    return read;
                continue;
            }
            if (name != "key" && name != "value")
                return misshapen(at, "a mark has only `key`, `value` and `expires_at`");
            if (value.kind != JsonKind::string) return misshapen(at, "a text is due");
            (name == "key" ? mark.key : *mark.value) = value.text;
        }
        if (mark.key.empty() || mark.key.size() > mark_key_bytes_max)
            return misshapen(
                place + ".key",
                "a text of 1 to " + std::to_string(mark_key_bytes_max) + " bytes is due");
        position_.marks.push_back(std::move(mark));
        return Done{};
    }

    Status read_left_out(const std::string& place, const Json& json) {
        if (json.kind != JsonKind::array)
            return misshapen(place, "a list of fields is due, like \"profile.token\"");
        for (std::size_t i = 0; i < json.items.size(); ++i) {
            const std::string at = place + "[" + std::to_string(i) + "]";
            const std::string& name = json.items[i].text;
            const std::size_t dot = name.find('.');
            if (json.items[i].kind != JsonKind::string || dot == std::string::npos)
                return misshapen(at, "a field is due, like \"profile.token\"");
            EntityIndex entity = 0;
            if (Status found = find_entity(at, name.substr(0, dot), entity); !found) return found;
            const auto field =
                rules::find_field(program_.schema.entities[entity].fields, name.substr(dot + 1));
            if (!field)
                return misshapen(at, "the rulebook has no field " + quote_for_message(name));
            position_.left_out.emplace(entity, *field);
        }
        return Done{};
    }

    const rules::Program& program_;
    LoadPosition position_;
};

}  // namespace

const Json* find_load_position(const Json& state, const rules::Program& program) {
    if (state.kind != JsonKind::object || program.schema.find_entity("pawl")) return nullptr;
    return state.find("pawl");
}

Result<LoadPosition> read_load_position(const Json& json, const rules::Program& program) {
    return Reader(program).read(json);
}

}  // namespace pawl::engine
