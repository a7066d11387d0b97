#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/evaluator.h"
#include "rules/event_reader.h"

// Programs made by hand, a host that writes down what it is asked to do, and records in a map: so
// that the evaluator's tests need neither text nor engine.

namespace pawl::rules {

// One unit's code, line by line.
class UnitBuilder {
 public:
    explicit UnitBuilder(std::uint16_t local_count = 8) { unit.local_count = local_count; }

    std::uint32_t here() const { return static_cast<std::uint32_t>(unit.code.size()); }
    std::uint32_t add(Opcode op, std::int32_t c = 0, std::uint8_t a = 0, std::uint16_t b = 0) {
        unit.code.push_back({op, a, b, c});
        return here() - 1;
    }
    void push(Value value) {
        unit.constants.push_back(std::move(value));
        add(Opcode::push_constant, static_cast<std::int32_t>(unit.constants.size()) - 1);
    }
    // Lets a jump made before go here.
    void land(std::uint32_t jump) { unit.code[jump].c = static_cast<std::int32_t>(here()); }

    Unit unit;
};

class TestHost : public Host {
 public:
    // Given out by scans in this order, which is that of their keys.
    std::map<Reference, RecordPointer> records;
    std::vector<std::string> told;        // what statements asked for
    std::optional<Failure> next_failure;  // of the next change
    std::size_t reads = 0;

    Reference add(EntityIndex entity, std::vector<Value> fields) {
        const Reference reference{entity, static_cast<RecordKey>(records.size()) + 1};
        auto record = std::make_shared<Record>();
        record->fields = std::move(fields);
        records[reference] = record;
        return reference;
    }

    RecordPointer get(Reference reference) override {
        ++reads;
        const auto found = records.find(reference);
        return found == records.end() ? nullptr : found->second;
    }
    std::unique_ptr<RecordCursor> scan(const ScanRequest& request) override {
        class Cursor final : public RecordCursor {
         public:
            std::vector<RecordKey> keys;
            std::size_t at = 0;
            std::optional<RecordKey> next() override {
                return at < keys.size() ? std::optional(keys[at++]) : std::nullopt;
            }
        };
        auto cursor = std::make_unique<Cursor>();
        for (const auto& [reference, record] : records) {
            if (reference.entity == request.entity) cursor->keys.push_back(reference.key);
        }
        return cursor;
    }

    std::optional<Failure> set_field(Reference record, FieldIndex field, Value value,
                                     const Value& reason) override {
        if (next_failure) return take_failure();
        auto changed = std::make_shared<Record>(*records.at(record));
        changed->fields[field] = value;
        records[record] = changed;
        tell("set " + std::to_string(record.key) + "." + std::to_string(field) + " " + json(value) +
             (reason.is_missing() ? "" : " because " + json(reason)));
        return std::nullopt;
    }
    std::optional<Failure> create(EntityIndex entity, std::vector<Assignment> fields,
                                  Reference& created) override {
        if (next_failure) return take_failure();
        created = add(entity, {Value::text("new")});
        tell("create " + std::to_string(entity) + assignments(fields));
        return std::nullopt;
    }
    std::optional<Failure> find_or_create(EntityIndex entity, std::vector<Assignment> fields,
                                          std::size_t key_count, Reference& found) override {
        found = add(entity, {Value::text("found")});
        tell("find " + std::to_string(key_count) + assignments(fields));
        return std::nullopt;
    }
    std::optional<Failure> remove(Reference record) override {
        records.erase(record);
        tell("remove " + std::to_string(record.key));
        return std::nullopt;
    }
    std::optional<Failure> emit(EventIndex event, std::vector<Assignment> fields) override {
        tell("emit " + std::to_string(event) + assignments(fields));
        return std::nullopt;
    }
    std::optional<Failure> send(std::uint32_t index, const Value& recipient,
                                std::vector<Value> arguments,
                                const std::optional<RetryPlan>& retry) override {
        tell("send " + std::to_string(index) + " " + json(recipient) + list(arguments) +
             (retry ? " retry " + show(*retry) : ""));
        return std::nullopt;
    }
    std::optional<Failure> notify(std::uint32_t index, const Value& recipient,
                                  std::vector<Value> arguments) override {
        tell("notify " + std::to_string(index) + " " + json(recipient) + list(arguments));
        return std::nullopt;
    }
    std::optional<Failure> alert(const Value& recipient, std::string text) override {
        tell("alert " + json(recipient) + " " + text);
        return std::nullopt;
    }
    void log(std::string text) override { tell("log " + text); }
    std::optional<Failure> start_flow(UnitIndex unit, std::vector<Value> arguments) override {
        tell("start " + std::to_string(unit) + list(arguments));
        return std::nullopt;
    }
    std::optional<Failure> cancel_runs(RuleIndex rule,
                                       const std::optional<Reference>& about) override {
        tell("cancel " + std::to_string(rule) +
             (about ? " about " + std::to_string(about->key) : ""));
        return std::nullopt;
    }
    std::optional<Failure> steer_journey(Steering steering) override {
        tell("steer " + std::to_string(static_cast<int>(steering.verb)) + " journey " +
             std::to_string(steering.journey) + " of " + std::to_string(steering.record.key) +
             " step " + std::to_string(steering.step) + list(steering.values) + " by " +
             json(steering.argument));
        return std::nullopt;
    }
    static std::string show(const RetryPlan& plan) {
        return std::to_string(plan.times) + " from " + format_duration(plan.first) + " up to " +
               format_duration(plan.limit);
    }
    void mark() override { tell("mark"); }
    void undo_to_mark() override { tell("undo"); }
    void keep_mark() override { tell("keep"); }

 private:
    std::optional<Failure> take_failure() {
        std::optional<Failure> failure = std::move(next_failure);
        next_failure.reset();
        return failure;
    }
    void tell(std::string what) { told.push_back(std::move(what)); }
    std::string json(const Value& value) {
        static const Program no_program;
        if (value.kind() == Kind::reference) return std::to_string(value.as_reference().key);
        JsonWriter writer;
        append_value_json(writer, value, no_program, *this);
        return writer.take();
    }
    std::string assignments(const std::vector<Assignment>& fields) {
        std::string text;
        for (const Assignment& field : fields) {
            text += " " + std::to_string(field.field) + "=" + json(field.value);
        }
        return text;
    }
    std::string list(const std::vector<Value>& values) {
        std::string text;
        for (const Value& value : values) text += " " + json(value);
        return text;
    }
};

}  // namespace pawl::rules
