#pragma once

#include <string>
#include <vector>

#include "dsl/internal/check_expressions.h"
#include "dsl/internal/check_statements.h"

// Rules, flows, defines, templates, notifications and tests: every declaration with code.

namespace pawl::dsl::internal {

void check_rule(Context& context, std::uint32_t unit);
void check_flow(Context& context, std::uint32_t unit);
void check_define(Context& context, std::uint32_t unit);
void check_template(Context& context, std::uint32_t unit);
// Whether every template stands in the languages in which some do.
void check_template_languages(Context& context);
void check_notification(Context& context, std::uint32_t unit);
void check_test(Context& context, std::uint32_t unit);
// What hangs on the date of a journey, before any statement that steers it; then its steps.
void check_timetable(Context& context, std::uint32_t unit);
void check_journey(Context& context, std::uint32_t unit);
void check_allow(Context& context, const AllowDeclaration& allow);

// Parameters as the first locals of the unit.
void declare_unit_parameters(Context& context, Scope& scope,
                             const std::vector<ParameterForm>& forms,
                             const std::vector<rules::Parameter>& parameters);

// What a name that one `when` binds stands for.
enum class BoundRole : std::uint8_t {
    record,  // the event or record that sets the rule off
    change,  // `as change`
    asked,   // of `requested by`
    first,   // of a pattern: the event, or the earlier one of two
    second,  // the later one
    all,     // `all as`
};
struct BoundName {
    std::string name;
    Type type;
    Span span;
    BoundRole role = BoundRole::record;
};

// Fills the rule's triggers and shows the names that all of them bind. A status that the trigger
// tells is known to `statements`.
class Triggers {
 public:
    Triggers(Context& context, Expressions& expressions, Statements& statements, rules::Rule& rule)
        : context_(context), expressions_(expressions), statements_(statements), rule_(rule) {}

    void check(const RuleDeclaration& form);

    // The field a crossing watches, for `rearm`.
    const Type* crossing_type() const { return has_crossing_ ? &crossing_type_ : nullptr; }

 private:
    struct Field {
        EntityIndex entity = 0;
        FieldIndex field = 0;
        Type type;
        Name entity_name;
    };
    std::optional<Field> field(ExpressionIndex index);
    bool is_written(ExpressionIndex index, Type type) const;
    std::optional<rules::Value> written_value(ExpressionIndex index, Type type,
                                              const std::string& what);
    std::optional<rules::Value> fixed_value(ExpressionIndex index, Type type,
                                            const std::string& what);
    void bind_field(const Trigger& trigger, const Field& field, rules::Trigger& made);

    void form(const EventTrigger& event, const Trigger& trigger, rules::Trigger& made);
    void form(const RecordTrigger& record, const Trigger& trigger, rules::Trigger& made);
    void form(const BecomesTrigger& becomes, const Trigger& trigger, rules::Trigger& made);
    void form(const ChangesTrigger& changes, const Trigger& trigger, rules::Trigger& made);
    void form(const CrossesTrigger& crosses, const Trigger& trigger, rules::Trigger& made);
    void form(const MovesTrigger& moves, const Trigger& trigger, rules::Trigger& made);
    void form(const WheneverTrigger& whenever, const Trigger& trigger, rules::Trigger& made);
    void form(const AnchorTrigger& anchor, const Trigger& trigger, rules::Trigger& made);
    void form(const EveryTrigger& every, const Trigger& trigger, rules::Trigger& made);
    void form(const AbsenceTrigger& absence, const Trigger& trigger, rules::Trigger& made);
    void form(const CountTrigger& count, const Trigger& trigger, rules::Trigger& made);
    void form(const SequenceTrigger& sequence, const Trigger& trigger, rules::Trigger& made);
    void form(const RequestTrigger& request, const Trigger& trigger, rules::Trigger& made);

    void bind_lost(const Trigger& trigger);
    void refuse_change(const Trigger& trigger, std::string_view what);
    bool is_watchable(EntityIndex entity, Span span);
    void amount(const Field& field, ExpressionIndex index, const std::string& what,
                rules::Trigger& made);
    rules::Sweep sweep(ExpressionIndex for_each);

    // What a pattern looks for, as the checker knows it.
    struct Part {
        Name name;  // it goes by
        Type type;  // kind none after a mistake
        rules::PatternPart made;
    };
    Part named_part(const Name& subject, const Name& as);
    Part part(const PatternPart& part, const Name& as);
    Part becomes_part(const PatternPart& part, const Name& as);
    std::optional<FieldIndex> field_with_option(const Name& entity, EntityIndex index,
                                                ExpressionIndex value);
    Type per(ExpressionIndex index, const std::vector<const Part*>& parts);
    Type per_name(ExpressionIndex index, const Name& name, const Part& part);
    Type per_path(ExpressionIndex index, const std::vector<const Part*>& parts);
    Type key_type(ExpressionIndex index, Type type);

    void event_name(const Name& name, const Name& as);
    void check_where(ExpressionIndex where);
    void bind(const Name& name, Type type, BoundRole role = BoundRole::record);
    void place(const BoundName& name, std::uint16_t slot, std::size_t& asked,
               rules::Trigger& made) const;
    void know_where(const RuleDeclaration& form);
    std::optional<Name> whenever_entity(const WheneverTrigger& whenever);
    std::uint16_t slot_for(const std::string& name, Type type);
    void show_names(const RuleDeclaration& form);

    Context& context_;
    Expressions& expressions_;
    Statements& statements_;
    rules::Rule& rule_;
    std::vector<std::vector<BoundName>> bound_;  // by trigger
    // What becomes known of the trigger's record, when there is one trigger.
    std::string known_field_, known_value_;
    // Slots by name and type: the same in every trigger.
    std::unordered_map<std::string, std::uint16_t> slots_;
    bool has_crossing_ = false;
    Type crossing_type_;
};

// The days as a mask (rules/cadence.h); reports those that are listed twice.
std::uint8_t check_weekdays(Context& context, const std::vector<Name>& names);

// Guards of a rule.
void check_guards(Context& context, Expressions& expressions, const RuleDeclaration& form,
                  rules::Rule& rule, const Type* crossing_type);

// `change` for a field of this type.
Type change_type(Context& context, Type field, bool including_first);

}  // namespace pawl::dsl::internal
