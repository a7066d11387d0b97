#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/money.h"
#include "base/time.h"

// A value of the language: 16 bytes, cheap to copy, immutable. Texts, lists and records are shared
// by reference count (atomic: values cross threads). A missing boolean is the third truth value,
// *unknown* (meaning.md 9).

namespace pawl::rules {

enum class Kind : std::uint8_t {
    missing,
    boolean,
    integer,
    number,
    money,
    text,    // also email, phone, url, file: the schema knows which
    secret,  // a text that no output shows; prints as •••
    date,
    time,
    datetime,
    duration,
    choice,     // an option of `one of`; holds the option's name
    reference,  // a record of an entity
    group,      // a group of people, by its declared name
    list,
    record,  // values by position; its RecordType is known from the program
    json,
};

using EntityIndex = std::uint16_t;
// Ascending, given by the store; outside ids are looked up in one place.
using RecordKey = std::int64_t;

struct Reference {
    EntityIndex entity = 0;
    RecordKey key = 0;
    friend auto operator<=>(const Reference&, const Reference&) = default;
};

class Value {
 public:
    Value() = default;  // missing
    Value(const Value& other) : kind_(other.kind_), tag_(other.tag_), payload_(other.payload_) {
        if (is_boxed()) payload_.box->hold();
    }
    Value(Value&& other) noexcept : kind_(other.kind_), tag_(other.tag_), payload_(other.payload_) {
        other.kind_ = Kind::missing;
    }
    Value& operator=(const Value& other) {
        if (this != &other) *this = Value(other);
        return *this;
    }
    Value& operator=(Value&& other) noexcept {
        std::swap(kind_, other.kind_);
        std::swap(tag_, other.tag_);
        std::swap(payload_, other.payload_);
        return *this;
    }
    ~Value() {
        if (is_boxed()) release();
    }

    static Value boolean(bool value);
    static Value integer(std::int64_t value);
    static Value number(double value);
    static Value money(Money value);
    static Value text(std::string_view value);
    static Value secret(std::string_view value);
    static Value date(Date value);
    static Value time(TimeOfDay value);
    static Value datetime(Instant value);
    static Value duration(Duration value);
    static Value choice(std::string_view option);
    static Value reference(Reference value);
    static Value group(std::string_view name);
    static Value list(std::vector<Value> items);
    static Value record(std::uint16_t record_type, std::vector<Value> fields);
    static Value json(Json value);
    // The same text, choice or group, which is never freed: nobody counts who has it, so that
    // threads that all say it do not wait for one another. For the few that the engine itself says.
    static Value lasting(Value value);

    Kind kind() const { return kind_; }
    bool is_missing() const { return kind_ == Kind::missing; }
    bool is_true() const { return kind_ == Kind::boolean && payload_.integer != 0; }
    bool is_false() const { return kind_ == Kind::boolean && payload_.integer == 0; }

    // Each stops the process when the value is of another kind.
    bool as_boolean() const;
    std::int64_t as_integer() const;
    double as_number() const;  // of an integer too
    Money as_money() const;
    std::string_view as_text() const;  // of text, secret, choice and group
    Date as_date() const;
    TimeOfDay as_time() const;
    Instant as_datetime() const;
    Duration as_duration() const;
    Reference as_reference() const;
    const std::vector<Value>& as_list() const;
    std::uint16_t record_type() const;
    const std::vector<Value>& as_record() const;
    const Json& as_json() const;

    // Bytes of this value and of all inside it, as if nothing were shared: a bound of the work that
    // walking it costs. Known without walking.
    std::size_t size_bytes() const;
    // Lists, records and JSON inside one another; 0 for a plain value. Walks recurse so deep.
    std::size_t depth() const;

    // Identity of meaning: same kind and content; missing equals missing. The language's `is` is
    // the three-valued comparison of internal/operators.h.
    friend bool operator==(const Value& left, const Value& right);

 private:
    // What is shared. The rest follows in a type that the kind tells (value.cpp).
    struct Box {
        static constexpr std::uint32_t lasting = 0;
        std::atomic<std::uint32_t> references{1};
        std::uint32_t depth = 0;
        std::size_t bytes = 0;

        void hold() {
            if (references.load(std::memory_order_relaxed) != lasting)
                references.fetch_add(1, std::memory_order_relaxed);
        }
        // True when nobody has it any more.
        bool let_go() {
            const std::uint32_t now = references.load(std::memory_order_acquire);
            if (now == lasting) return false;
            return now == 1 || references.fetch_sub(1, std::memory_order_acq_rel) == 1;
        }
    };
    struct TextBox;
    struct DurationBox;
    struct ListBox;
    struct JsonBox;
    union Payload {
        std::int64_t integer;
        double number;
        Box* box;
    };

    static constexpr std::uint32_t boxed_kinds =
        1u << static_cast<unsigned>(Kind::text) | 1u << static_cast<unsigned>(Kind::secret) |
        1u << static_cast<unsigned>(Kind::duration) | 1u << static_cast<unsigned>(Kind::choice) |
        1u << static_cast<unsigned>(Kind::group) | 1u << static_cast<unsigned>(Kind::list) |
        1u << static_cast<unsigned>(Kind::record) | 1u << static_cast<unsigned>(Kind::json);

    bool is_boxed() const { return (boxed_kinds >> static_cast<unsigned>(kind_) & 1u) != 0; }
    void release();
    static Value of_text(Kind kind, std::string_view text);
    static Value of_items(Kind kind, std::uint16_t tag, std::vector<Value> items);

    Kind kind_ = Kind::missing;
    std::uint16_t tag_ = 0;  // currency, entity or record type
    Payload payload_{0};
};

static_assert(sizeof(Value) == 16);

}  // namespace pawl::rules
