#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "rules/internal/program_verify.h"

// The parts of the verifier of tables: each looks at some tables and keeps the first failure.

namespace pawl::rules {

class TableCheck {
 public:
    // Both outlive it.
    TableCheck(const Program& program, std::vector<Entry>& entries)
        : program_(program), schema_(program.schema), entries_(entries) {}

    // Empty while all is well.
    const std::string& failure() const { return failure_; }

 protected:
    bool fail(std::string_view what, std::string_view name = {}) {
        if (!failure_.empty()) return false;
        failure_ = what;
        if (!name.empty()) failure_ += " (" + quote_for_message(name) + ")";
        return false;
    }
    bool require(bool holds, std::string_view what, std::string_view name = {}) {
        return holds || fail(what, name);
    }
    // Takes over what another part found.
    bool accept(const TableCheck& part) {
        if (failure_.empty()) failure_ = part.failure();
        return failure_.empty();
    }

    void enter(UnitIndex unit, std::uint32_t instruction, Purpose purpose,
               std::size_t list_size = 0) {
        entries_.push_back({unit, instruction, purpose, static_cast<std::uint32_t>(list_size)});
    }
    void enter(UnitIndex unit, const std::optional<std::uint32_t>& instruction,
               Purpose purpose = Purpose::value) {
        if (instruction) enter(unit, *instruction, purpose);
    }
    // A value or code that gives one, never both.
    bool check_stated(UnitIndex unit, const Stated& stated, std::string_view name) {
        enter(unit, stated.entry);
        return require(!stated.entry || stated.value.is_missing(), "something is said twice",
                       name) &&
               is_value(stated.value, name);
    }
    bool is_value(const Value& value, std::string_view name) {
        const std::string failure = verify_value(value, schema_);
        return failure.empty() || fail(failure, name);
    }
    // What is looked at when a record changes: its fields, and those of what it refers to.
    bool check_watched(EntityIndex entity, const std::vector<FieldIndex>& watched,
                       const std::vector<std::pair<FieldIndex, FieldIndex>>& watched_through,
                       std::string_view name) {
        bool fits = true;
        for (const FieldIndex field : watched) fits = fits && is_field(entity, field);
        for (const auto& [field, there] : watched_through) {
            if (!fits || !is_field(entity, field))
                return fail("a field watched is not there", name);
            const Type& type = schema_.types[schema_.entities[entity].fields[field].type];
            fits = type.kind == TypeKind::reference && is_field(type.index, there);
        }
        return require(fits, "a field watched is not there", name);
    }

    // Names are written out many times; the checker allows far shorter ones.
    static bool is_name(std::string_view name) { return name.size() <= 8 * limits::name_bytes_max; }
    bool is_type(TypeIndex type) const { return type < schema_.types.size(); }
    bool is_local(UnitIndex unit, std::size_t local) const {
        return local < program_.units[unit].local_count;
    }
    bool is_entity(EntityIndex entity) const { return entity < schema_.entities.size(); }
    bool is_field(EntityIndex entity, FieldIndex field) const {
        return is_entity(entity) && field < schema_.entities[entity].fields.size();
    }
    TypeKind kind_of(const Field& field) const { return schema_.types[field.type].kind; }

    const Program& program_;
    const Schema& schema_;
    std::vector<Entry>& entries_;
    std::string failure_;
};

// Rules: triggers, matches, guards. The rule's unit is its own.
class RuleCheck : public TableCheck {
 public:
    using TableCheck::TableCheck;
    bool check(const Rule& rule);

 private:
    bool check_trigger(const Rule& rule, const Trigger& trigger);
    bool has_parts(const Trigger& trigger) const;
    bool check_requested(const Rule& rule, const Trigger& trigger);
    bool check_anchor(const Rule& rule, const Trigger& trigger);
    bool check_clock(const Rule& rule, const Trigger& trigger);
    bool check_pattern(const Rule& rule, const Trigger& trigger);
    bool check_part(const Rule& rule, const PatternPart& part);
    bool check_guards(const Rule& rule);
    bool check_hours(const Rule& rule, const OnlyBetween& hours);
    bool check_match(const Rule& rule);
    bool check_atom(const Rule& rule, const MatchAtom& atom, std::size_t field_count);
};

// What a unit waits for and tries again, and journeys. A journey's unit is its own.
class WaitCheck : public TableCheck {
 public:
    using TableCheck::TableCheck;
    bool check(UnitIndex unit);
    bool check(const Journey& journey);

 private:
    bool check_waits(UnitIndex index);
    bool check_retries(UnitIndex index);
    bool is_tried(const Unit& unit, const std::vector<bool>& tried, std::size_t retry) const;
    bool check_step(const Journey& journey, const JourneyStep& step);
};

}  // namespace pawl::rules
