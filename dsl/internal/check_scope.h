#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/internal/check_context.h"

// The locals of one unit, and what is known of them at the place being checked: which names are
// visible, and which paths (`payment.project`) a condition has proven present. Blocks nest: enter
// gives a mark, leave returns to it.

namespace pawl::dsl::internal {

enum class LocalOrigin : std::uint8_t { parameter, trigger, let, loop, error, given };

struct Local {
    std::string name;
    Type type;
    std::uint32_t slot = 0;
    Span span;  // where it is declared
    LocalOrigin origin = LocalOrigin::let;
    bool used = false;
    bool visible = true;
    // Of a `let`: the text, written without expressions, that it names.
    ExpressionIndex written_text = ExpressionIndex::none;
    ExpressionIndex value = ExpressionIndex::none;  // likewise: what it is, where that is one
};

// Paths proven present, each "slot.field.field".
using Facts = std::vector<std::string>;

class Scope {
 public:
    Scope(Context& context, CheckedUnit& unit) : context_(context), unit_(unit) {}
    ~Scope() { leave({0, 0}); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // Its place among the checked units; past their end for an expression on its own.
    std::uint32_t unit_index() const;

    // Gives the local its slot. A name that a visible local
    // or a setting has is reported as shadowing and the new local hides it all the same.
    std::uint32_t declare(const Name& name, Type type, LocalOrigin origin);
    // Slots for a name that is shown later; the first one.
    std::uint32_t add_slots(const Name& name, std::uint32_t slots);
    // The same in a slot that is there already.
    void declare_at(const Name& name, Type type, LocalOrigin origin, std::uint32_t slot);
    // Without a name of the author's, or one that is checked already.
    std::uint32_t add_slot(std::string name, Type type);
    void show(Local local);

    Local* find(std::string_view name);
    std::vector<std::string> visible_names() const;

    struct Mark {
        std::size_t locals = 0;
        std::size_t facts = 0;
    };
    Mark enter() const { return {locals_.size(), fact_trail_.size()}; }
    // Locals declared since are gone (unused `let`s are reported); facts since are forgotten.
    void leave(Mark mark);
    void forget_facts(Mark mark);

    // `let project = payment.project`: both are one place.
    void alias(std::uint32_t slot, std::string path) { aliases_[slot] = std::move(path); }
    // "3", or the path that the local stands for.
    std::string path_of(std::uint32_t slot) const;

    // `let zone = "Europe/Prague"`: of the local that was declared last.
    void stands_for(ExpressionIndex value, ExpressionIndex written_text) {
        locals_.back().value = value;
        locals_.back().written_text = written_text;
    }
    // The text that the expression is, or that the local or setting names which it is, or that it
    // has by default; else none.
    ExpressionIndex written_text(ExpressionIndex expression);

    void prove(const Facts& facts);
    void prove(const std::string& path);
    bool is_proven(const std::string& path) const;
    // It was proven, and then the run stood still.
    bool was_forgotten(const std::string& path) const { return forgotten_.contains(path); }
    // What a statement changed is no longer known: every path through this field.
    void forget_field(const std::string& field);
    // The run stood still, and anything may have changed meanwhile: what was known of the fields of
    // records is not any more. Values stay what they were: locals, parts of events and of answers.
    void forget_records();

    // What is known, to come back to where one way ends and another one begins.
    struct Knowledge {
        std::unordered_map<std::string, std::uint32_t> facts;
        std::vector<Facts> trail;
        std::unordered_map<std::uint32_t, std::string> aliases;
    };
    Knowledge knowledge() const { return {facts_, fact_trail_, aliases_}; }
    void restore(Knowledge knowledge);

    CheckedUnit& unit() { return unit_; }

    // Where names are read that were declared by one `when` of several only, for the message.
    std::unordered_map<std::string, Span> half_bound;
    // What a trigger waits for in vain, as in `a not followed by b`, and where that stands.
    std::unordered_map<std::string, Span> did_not_come;
    // A `when` has a mistake that was told: what it would bind is not known.
    bool has_lost_trigger = false;

 private:
    ExpressionIndex text_of_setting(const std::string& name);
    // Whether the path leads through a field of a record, which may change.
    bool reads_record(const std::string& path) const;
    void forget(const std::function<bool(const std::string&)>& is_lost);

    Context& context_;
    CheckedUnit& unit_;
    std::vector<Local> locals_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
    std::unordered_map<std::string, std::uint32_t> facts_;
    std::unordered_set<std::string> forgotten_;
    // What was proven in turn, each under every name it goes by since.
    std::vector<Facts> fact_trail_;
    std::unordered_map<std::uint32_t, std::string> aliases_;
};

}  // namespace pawl::dsl::internal
