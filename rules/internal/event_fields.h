#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event_reader.h"
#include "rules/internal/event_names.h"
#include "rules/internal/value_json.h"

// The fields of one event type, found by name while an event is read.

namespace pawl::rules::internal {

class EventFields {
 public:
    struct Entry {
        FieldIndex field = 0;
        TypeIndex type = 0;
        std::uint8_t kinds = 0;  // bits by JsonKind
        std::string path;        // "data.name"
        const Field* declared = nullptr;
        bool is_required = false;

        bool takes(JsonKind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }
    };

    // The program outlives this.
    EventFields(const EventType& event, const Program& program);

    std::size_t size() const { return entries_.size(); }
    const Entry& entry(FieldIndex field) const { return entries_[field]; }
    // Those that an event must have: neither optional nor with a default.
    const std::vector<FieldIndex>& required() const { return required_; }

    // A new event.
    void start() {
        names_.start();
        required_missing_ = required_.size();
        for (std::uint64_t& word : seen_) word = 0;
    }
    // The field that is expected next, if its name stands there: see EventNames.
    [[gnu::always_inline]] const Entry* expect(const char* text) {
        const std::size_t number = names_.expect(text);
        return number == EventNames::none ? nullptr : &entries_[number];
    }
    // The field of that name, or nothing.
    const Entry* find(std::string_view name) {
        const std::size_t number = names_.find(name);
        return number == EventNames::none ? nullptr : &entries_[number];
    }
    // False when the field was seen in this event already.
    bool see(FieldIndex field) {
        std::uint64_t& word = seen_[field / 64u];
        const std::uint64_t mark = std::uint64_t{1} << field % 64;
        const bool is_new = (word & mark) == 0;
        word |= mark;
        return is_new;
    }
    // The field has a value.
    void fill(const Entry& field) { required_missing_ -= field.is_required ? 1 : 0; }
    bool is_complete() const { return required_missing_ == 0; }

 private:
    static std::vector<std::string> names_of(const EventType& event);

    EventNames names_;
    std::vector<Entry> entries_;
    std::vector<FieldIndex> required_;
    std::vector<std::uint64_t> seen_;
    std::size_t required_missing_ = 0;
};

// A field's value from its slot: defaults, references and all.
std::optional<ValueRefusal> value_from_slot(const Slot& slot, const EventFields::Entry& field,
                                            const JsonContext& context, Value& out);

}  // namespace pawl::rules::internal
