#include "rules/event_reader.h"

#include "rules/internal/event_read.h"

namespace pawl::rules {

struct EventReader::Data {
    explicit Data(const Program& of) : program(of), events(of) {}

    const Program& program;
    internal::EventRead events;
};

EventReader::EventReader(const Program& program) : data_(std::make_unique<Data>(program)) {}

EventReader::~EventReader() = default;

std::optional<EventRefusal> EventReader::read(std::string_view json, EventView& view) {
    if (data_->events.read(json, view)) return std::nullopt;
    return data_->events.take_refusal();
}

const std::vector<std::string>& EventReader::unknown_fields() const {
    return data_->events.unknown_fields();
}

std::optional<EventRefusal> EventReader::values(const EventView& view, ReferenceLookup& lookup,
                                                std::vector<Value>& out) {
    const internal::EventFields& known = data_->events.fields(view.event);
    const internal::JsonContext context{data_->program, lookup};
    out.assign(known.size(), Value());
    for (FieldIndex i = 0; i < known.size(); ++i) {
        auto refusal = internal::value_from_slot(view.slots[i], known.entry(i), context, out[i]);
        if (refusal) return data_->events.refusal_of(std::move(*refusal));
    }
    return std::nullopt;
}

}  // namespace pawl::rules
