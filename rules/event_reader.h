#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "rules/program.h"
#include "rules/records.h"

// CloudEvents 1.0 from JSON text straight into the slots of their type, parsed once (simdjson).

namespace pawl::rules {

// One field as it stands in the text. Texts point into the reader's buffer.
enum class SlotKind : std::uint8_t { missing, boolean, integer, number, text, nested };

struct Slot {
    SlotKind kind = SlotKind::missing;
    union {
        std::int64_t integer = 0;  // a boolean's too: 1 is true
        double number;
    };
    std::string_view text;  // a text's value; a number's digits; raw JSON of what is nested
};

// An event read, valid until the reader reads the next.
struct EventView {
    EventIndex event = 0;
    std::string_view id, source;
    std::optional<Instant> time;    // `time`
    std::optional<Instant> pawlat;  // arrival, where it was exported
    std::vector<Slot> slots;        // by FieldIndex
    std::string_view data;          // raw JSON of `data`
};

// Why an event does not go in. `field` is a path ("data.lines[2].price"), empty for the whole.
struct EventRefusal {
    std::string type, id, field;
    std::string code;  // "PW09nn"
    std::string message;
};

// Looks up the record an outside id names; nothing when it is not there.
class ReferenceLookup {
 public:
    virtual ~ReferenceLookup() = default;
    virtual std::optional<RecordKey> find(EntityIndex entity, std::string_view id) = 0;
};

class EventReader {
 public:
    // The program outlives the reader. One reader a thread.
    explicit EventReader(const Program& program);
    ~EventReader();

    // The envelope and the slots. Nothing is copied but what JSON escapes. Refused are: what is no
    // JSON (a name given twice, malformed UTF-8 and nesting beyond limits::json_depth_max counted
    // in), what is too large, an envelope that CloudEvents would not take, a type the program does
    // not have, a required field that is missing, a field whose kind of JSON its type does not
    // take. Unknown fields of `data` are passed over; `unknown_fields` tells their names. Unknown
    // attributes of the envelope are extensions and mean nothing here. After a refusal the view
    // holds nothing to rely on.
    std::optional<EventRefusal> read(std::string_view json, EventView& view);
    const std::vector<std::string>& unknown_fields() const;

    // Typed values by FieldIndex, of the view last read: checks every field against its type, fills
    // in defaults, looks up references (meaning.md 8: a record that is not there reads missing,
    // unless the field says `required`) and normalises email and phone. The first that does not
    // fit refuses.
    std::optional<EventRefusal> values(const EventView& view, ReferenceLookup& lookup,
                                       std::vector<Value>& out);

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

// One value of the outside's JSON as a value of that type; `path` names it in the message. Used for
// state files, answers and settings too. Dates, times, durations, money as cli.md says.
struct ValueRefusal {
    std::string field, code, message;
};
std::optional<ValueRefusal> value_from_json(const Json& json, TypeIndex type,
                                            const Program& program, ReferenceLookup& lookup,
                                            std::string_view path, Value& out);

// The inverse, for output: references as ids, money as {"amount","currency"} only where it is not
// the rulebook's currency, secrets as "•••".
void append_value_json(JsonWriter& out, const Value& value, const Program& program,
                       Records& records);

}  // namespace pawl::rules
