#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "rules/event_reader.h"
#include "rules/internal/event_fields.h"
#include "rules/internal/event_scan.h"
#include "rules/internal/event_time.h"

// Reads one event after the other into slots. The walk over the tokens is one pass: names and
// values are looked at where they stand, and what a refusal says is found only when there is one.

namespace pawl::rules::internal {

class EventRead {
 public:
    explicit EventRead(const Program& program);

    // False: `refusal` says why.
    bool read(std::string_view json, EventView& view);

    const EventFields& fields(EventIndex event) const { return fields_[event]; }
    const std::vector<std::string>& unknown_fields() const { return unknown_fields_; }
    EventRefusal take_refusal() { return std::move(*refusal_); }
    // Of the event last read.
    EventRefusal refusal_of(ValueRefusal refusal) const;

 private:
    bool read_envelope(EventView& view);
    enum class Attribute : std::uint8_t {
        specversion,
        id,
        source,
        type,
        time,
        pawlat,
        data,
        other
    };
    static constexpr std::uint32_t bit(Attribute attribute) {
        return 1u << static_cast<unsigned>(attribute);
    }
    bool read_name(std::size_t& token, Attribute& attribute);
    bool read_attribute(Attribute attribute, std::size_t& token, EventView& view);
    bool read_text(std::string_view name, std::size_t token, std::string_view& out);
    bool read_type(std::size_t token, EventView& view);
    bool read_version(std::size_t token);
    bool read_instant(std::string_view name, std::size_t token, std::optional<Instant>& out);
    bool read_data(std::size_t& token, EventView& view);
    bool read_field(EventFields& known, std::size_t& token, EventView& view);
    bool read_slot(const EventFields::Entry& field, std::size_t& token, Slot& slot);
    bool read_word(const EventFields::Entry& field, std::size_t& token, Slot& slot);
    bool read_nested(const EventFields::Entry& field, std::size_t& token, Slot& slot);
    bool refuse_slot(const EventFields::Entry& field, JsonKind kind, const Slot& slot);
    bool skip(std::size_t& token);
    bool finish(EventView& view);
    bool check_envelope();
    bool check_names(std::vector<std::string_view>& names, std::string_view prefix);
    bool check_required(EventView& view);

    // All give false.
    bool refuse(DiagnosticCode code, std::string_view field, std::string message);
    bool refuse_scan(ScanError error, std::size_t token);
    bool refuse_type();
    bool refuse_long(std::string_view field, std::size_t size, std::size_t max);

    const Program& program_;
    EventScanner scanner_;
    std::vector<EventFields> fields_;  // by EventIndex
    std::unordered_map<std::string_view, EventIndex> types_;
    std::optional<EventRefusal> refusal_;

    EventNames attributes_;
    // Events of one type, and of one day, come one after the other.
    EventIndex last_event_ = 0;
    EventTimes times_;

    // Of the event being read.
    std::string_view json_, id_, source_, type_;
    std::optional<EventIndex> event_;
    std::optional<std::size_t> early_data_;  // where `data` stands before `type`
    std::uint32_t seen_ = 0;                 // attributes, a bit each
    std::vector<std::string_view> extension_names_;
    std::vector<std::string_view> unknown_names_;
    std::vector<std::string> unknown_fields_;
};

}  // namespace pawl::rules::internal
