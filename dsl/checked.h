#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/source.h"
#include "dsl/tree.h"
#include "rules/program.h"

// What the checker found out about a tree: the contract between check.h and compiler.h. The tables
// of the program (schema, triggers, templates, …) are whole; code and hashes are the compiler's.
//
// Left to the compiler: of a rule `match`, `clauses` and every entry, those of its triggers and
// guards among them; of a Stated the entry where it has no value; of a Sweep the access; of a
// notification's channel `entry`; of a template `parts`; of a journey and its steps every entry; of
// a test step `entry`; all of Program::units; hashes. Everything else of Program is filled here.
// Tables are sorted by name, so that the same declarations in other files give the same program:
// units by (kind, id) with the tests last as written, entities after the builtin ones, events,
// settings, flows, actions by name, templates by (name, channel).

namespace pawl::dsl {

enum class BindingKind : std::uint8_t {
    none,
    local,     // index: the unit's local
    field,     // index: FieldIndex of the base's entity (load_field)
    member,    // index: position in a record value or an event (load_member)
    json_key,  // load_key by the name itself
    option,    // an option of the choice that is the expression's type
    setting,
    entity,
    event,
    record_type,
    group,  // index: Program::groups
    role,
    define,   // index: UnitIndex
    flow,     // index: Program::flows
    rule,     // index: Program::rules
    builtin,  // index: rules::Builtin
    pure_action,
    service_action,  // index: Program::actions
    template_,       // index: Program::templates
    notification,    // index: Program::notifications
    parameter,       // of the flow, template, … called: its position
    channel,         // a channel by its name
    journey,         // index: Program::journeys
    step,            // of the journey that stands beside it: its place in Journey::steps
    now,
    today,
    firing,
};

struct Binding {
    BindingKind kind = BindingKind::none;
    std::uint32_t index = 0;
};

struct ExpressionInfo {
    rules::TypeIndex type = 0;
    // When not 0, the value must be converted to this type (Opcode::convert): an int where a number
    // is due, digits where money is due, a text where an email, phone, url or choice is due, a
    // choice where a text is due. Of a literal or a constant text: literal.h gives the constant.
    rules::TypeIndex converted_to = 0;
    // Of NameUse, Member, CallExpression; also of the callee's or query's names, see `names`.
    Binding binding;
};

struct SpanHash {
    std::size_t operator()(const Span& span) const {
        return (static_cast<std::size_t>(span.file) * 0x9E3779B97F4A7C15u) ^
               (static_cast<std::size_t>(span.begin) << 20) ^ span.end;
    }
};

// A declaration with code; its place is its UnitIndex in the program.
struct CheckedUnit {
    rules::UnitKind kind = rules::UnitKind::rule;
    std::uint32_t declaration = 0;  // Tree::declarations
    std::uint32_t table_index = 0;  // Program::rules, flows, templates, … or unused
    std::vector<std::string> local_names;
    std::vector<rules::TypeIndex> local_types;
    std::uint16_t parameter_count = 0;
};

struct Checked {
    rules::Program program;                   // without code: units are made by the compiler
    std::vector<ExpressionInfo> expressions;  // by ExpressionIndex
    // Every Name outside expressions that declares a local (let, query and loop variables, `as`,
    // `given`), and every Name that refers to something (the entity of a create, the field of a
    // FieldValue, a named argument, a template, a flow, an event), by the Name's span. A loop's
    // variable at local n has n + 1 for its list and n + 2 for its place in it (statements and
    // templates; a query's variable has one local). A trigger's locals are in rules::Trigger. The
    // span of a whole `wait for` stands for the local that its `where` reads the event from.
    std::unordered_map<Span, Binding, SpanHash> names;
    // By the `per` of a pattern, for each of its parts: the fields from the event or record to its
    // key; none: the record itself.
    std::unordered_map<ExpressionIndex, std::vector<std::vector<rules::FieldIndex>>> pattern_keys;
    std::vector<CheckedUnit> units;  // by UnitIndex
};

}  // namespace pawl::dsl
