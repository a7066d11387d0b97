#include "engine/internal/kept_events.h"

#include <utility>

#include "base/limits.h"
#include "engine/internal/rule_mark.h"
#include "engine/store/record_names.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Value;

namespace {

// A call is answered in seconds, or tried again for hours.
constexpr std::int64_t kept_micros = micros_per_day;

}  // namespace

std::string KeptEvents::mark_of(rules::EventIndex event, rules::FieldIndex field,
                                const std::string& part) const {
    const rules::EventType& type = context_.program.schema.events[event];
    return "came/" + type.name + "." + type.fields[field].name + "/" + part;
}

KeptEvents::List KeptEvents::read(const std::string& mark, rules::EventIndex event) {
    const auto text = layer_.mark(mark, now_);
    if (!text) return {};
    const rules::Schema& schema = context_.program.schema;
    auto list = decode_value(*text, schema);
    if (!list || list->kind() != rules::Kind::list) return {};
    List kept = list->as_list();
    const rules::Type type = type_of_event(event);
    // Earlier releases wrote no names.
    std::string names = field_names(type, schema);
    if (kept.size() % 2 != 0) {
        if (kept[0].kind() != rules::Kind::text) return {};
        names = kept[0].as_text();
        kept.erase(kept.begin());
    }
    for (std::size_t i = 0; i < kept.size(); i += 2) {
        if (kept[i].kind() != rules::Kind::integer) return {};
        kept[i + 1] =
            with_record_types(with_places(kept[i + 1], names, type, schema), type, schema);
    }
    return kept;
}

void KeptEvents::keep(rules::EventIndex event, const Value& fields) {
    for (const rules::FieldIndex field : context_.waits.kept_by(event)) {
        const Value& value = fields.as_record()[field];
        // A mark tells its key.
        if (value.is_missing() || value.kind() == rules::Kind::secret) continue;
        const std::string mark = mark_of(event, field, mark_part(value, context_.program.schema));
        List kept = read(mark, event);
        // The earliest ones are of no more use, as a rule: whoever waited took them.
        if (kept.size() >= 2 * limits::overtaking_events_max)
            kept.erase(kept.begin(), kept.begin() + 2);
        kept.push_back(Value::integer(context_.counters.next_timer++));
        kept.push_back(fields);
        const rules::Schema& schema = context_.program.schema;
        kept.insert(kept.begin(), Value::text(field_names(type_of_event(event), schema)));
        layer_.put_mark({mark, encode_value(Value::list(std::move(kept)), schema),
                         Instant{now_.micros + kept_micros}, now_});
    }
}

std::vector<KeptEvents::Kept> KeptEvents::since(std::int64_t place, rules::EventIndex event,
                                                rules::FieldIndex field, const std::string& part) {
    const List kept = read(mark_of(event, field, part), event);
    std::vector<Kept> found;
    for (std::size_t i = 0; i < kept.size(); i += 2)
        if (kept[i].as_integer() >= place) found.push_back({kept[i].as_integer(), kept[i + 1]});
    return found;
}

}  // namespace pawl::engine
