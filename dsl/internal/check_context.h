#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/checked.h"
#include "dsl/internal/check_grouped.h"
#include "dsl/tree.h"
#include "rules/program.h"

// What every phase of the checker shares: the tree, the tables of declared names, the program being
// filled, and the one place where mistakes are reported. Owned by check(); phases hold references.

namespace pawl::dsl::internal {

using rules::EntityIndex;
using rules::EventIndex;
using rules::FieldIndex;
using rules::Type;
using rules::TypeIndex;
using rules::TypeKind;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
template <class Value>
using NameMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// A declared name. `declaration` is its place in Tree::declarations.
struct Named {
    std::uint32_t index = 0;
    std::uint32_t declaration = 0;
    Span span;
    bool used = false;
    // Its declaration has a mistake that was told already: what refers to it is silent.
    bool lost = false;
};

// Where names of one kind live. Two declarations of one space may not share a name.
enum class Space : std::uint8_t {
    entity,
    record,
    event,
    function,  // defines and actions: what an expression or `call` may name
    flow,
    rule,
    setting,
    template_,  // "email payment_receipt"
    notification,
    journey,
    channel,
    integration,
    service,
    role,
    group,
    calendar,
};
constexpr std::size_t space_count = static_cast<std::size_t>(Space::calendar) + 1;

// "entity", "flow", …: the word of messages.
std::string_view space_word(Space space);

class NameSpace {
 public:
    Named* find(std::string_view name);
    const Named* find(std::string_view name) const;
    // The earlier declaration when the name is taken, else nullptr.
    const Named* add(std::string_view name, Named named);
    // Every name, sorted; for suggestions and lists only.
    std::vector<std::string> names() const;
    const NameMap<Named>& map() const { return names_; }
    NameMap<Named>& map() { return names_; }
    // A declaration of this kind was lost and its name could not be read: unknown names are silent.
    bool has_nameless_loss = false;

 private:
    NameMap<Named> names_;
};

enum class FunctionKind : std::uint8_t { define, lua_action, service_action };
// What a name of Space::function stands for.
struct Function {
    FunctionKind kind = FunctionKind::define;
    std::uint32_t index = 0;  // define: UnitIndex; service action: Program::actions
};

enum class DefineState : std::uint8_t { unchecked, checking, checked };
struct DefineInfo {
    std::vector<rules::Parameter> parameters;
    TypeIndex result = 0;
    DefineState state = DefineState::unchecked;
    std::uint32_t depth = 0;    // of defines inside one another
    bool reads_beyond = false;  // a query, `now` or an action: not for `whenever`
};

// An action in Lua: typed, though it cannot run yet.
struct LuaAction {
    std::vector<rules::Parameter> parameters;
    TypeIndex result = 0;
    bool pure = false;
};

enum class EffectKind : std::uint8_t {
    set,
    create,
    give,  // a field's value in a `create`
    remove,
    emit,
};
// What a unit's statements do to records and events: what sets off other rules.
struct Effect {
    EffectKind kind = EffectKind::set;
    EntityIndex entity = 0;
    FieldIndex field = 0;
    EventIndex event = 0;
    std::string path;      // of a set: "0.project", the record changed
    std::string constant;  // of a set: the value where it is written out, as written
    std::string from;      // of a set of a status: the one before, where it is known
    bool always = false;   // reached whenever the unit runs
    bool is_step = false;  // of a set: worked out from the field itself, as in `n + 1`
    Span span;
};
// A call that costs money, and a flow that is run.
struct PaidCall {
    std::string action;
    bool has_key = false;  // `once as`
    Span span;
};
struct FlowRun {
    std::uint32_t flow = 0;
    bool start = false;
    bool always = false;
    Span span;
};
// `cancel runs of RULE for RECORD`
struct RunsCancelled {
    std::uint32_t rule = 0;
    EntityIndex entity = 0;
    Span span;
};
struct UnitEffects {
    std::vector<Effect> effects;
    std::vector<PaidCall> paid_calls;
    std::vector<FlowRun> runs;
    std::vector<RunsCancelled> cancels;
};

// A declared name, and whether anything was seen to use it.
struct UnusedName {
    std::string name;
    Span span;
    bool used = false;
};

class Context {
 public:
    Context(const Tree& tree_in, const SourceSet& sources_in,
            std::vector<Diagnostic>& diagnostics_in);

    const Tree& tree;
    const SourceSet& sources;
    Checked checked;

    NameSpace& space(Space which) { return spaces_[static_cast<std::size_t>(which)]; }

    // Declares a name; a second one of the same name is a mistake and gives false.
    bool declare(Space which, const Name& name, Named named);
    bool declare(Space which, std::string_view key, const Name& name, Named named);
    // Marks it as used; reports an unknown name with what is near. A lost one is nullptr, silently.
    Named* lookup(Space which, const Name& name);
    Named* lookup(Space which, std::string_view key, const Name& name);

    void report(DiagnosticCode code, Span span, std::string message, std::string hint = {},
                std::vector<Label> labels = {});

    std::size_t told_count() const { return diagnostics_.size() + grouped.size(); }

    // The same, with others of one cause: they are told as one, at the end.
    void report_grouped(Cause cause, DiagnosticCode code, Span span, std::string message,
                        std::string hint = {}, std::vector<Label> labels = {});
    std::vector<Grouped> grouped;

    // Fields and options that were read, written or named; what is left was perhaps renamed.
    void use_field(Type owner, FieldIndex field);
    void use_option(std::uint16_t choice, std::string_view option);
    std::vector<UnusedName> unused_fields(std::uint32_t kind, std::uint32_t index) const;
    std::vector<UnusedName> unused_options(std::uint32_t choice) const;
    // Where the field is declared; nothing for those of the engine.
    std::optional<Span> field_span(Type owner, FieldIndex field) const;
    std::unordered_map<std::uint32_t, std::vector<UnusedName>> locals_of_unit;
    std::unordered_map<std::uint32_t, std::vector<UnusedName>> options_of_choice;

    // The schema numbers its tables by 16 bits; told once.
    void report_too_many(Span span, std::string_view things);

    rules::Schema& schema() { return checked.program.schema; }
    rules::Program& program() { return checked.program; }
    TypeIndex type_index(Type type);
    Type type(TypeIndex index) const { return checked.program.schema.types[index]; }

    ExpressionInfo& info(ExpressionIndex index) {
        return checked.expressions[static_cast<std::uint32_t>(index)];
    }
    void bind(const Name& name, BindingKind kind, std::uint32_t index) {
        checked.names[name.span] = {kind, index};
    }
    // As written, white space runs made one blank; cut to fit a message unless it is wanted whole.
    static constexpr std::size_t whole = static_cast<std::size_t>(-1);
    std::string source_text(Span span, std::size_t bytes_max = 60) const;
    bool is_shipped(Span span) const;  // in integrations/

    std::vector<DefineInfo> defines;   // by UnitIndex; others empty
    std::vector<UnitEffects> effects;  // by UnitIndex
    std::uint32_t define_depth = 0;    // while checking one inside another
    std::uint32_t define_reach = 0;    // deepest define called by the one checked
    std::vector<LuaAction> lua_actions;
    std::unordered_map<std::uint32_t, std::uint16_t> change_records;  // by the field's type
    NameMap<Function> functions;
    std::unordered_map<std::string, bool> waiting_flows;  // found so far: see flow_waits
    std::vector<std::uint32_t> unit_of_declaration;       // UnitIndex or none
    // Declarations by kind and name, whatever file they stand in: passes that number things go in
    // this order, so that moving a declaration changes nothing.
    std::vector<std::uint32_t> order;
    std::vector<std::vector<Span>> event_field_spans;   // by EventIndex: where declared
    std::vector<std::vector<Span>> entity_field_spans;  // by EntityIndex; builtin ones empty
    std::vector<std::vector<Span>> record_field_spans;  // by record type; of the engine empty
    // State machines with a mistake that was told: what does not fit them is silent.
    std::set<std::pair<EntityIndex, FieldIndex>> damaged_states;
    // Lists of values of which one is spelled in two ways: what does not fit them is silent.
    std::set<std::uint16_t> damaged_choices;
    // Fields that a guard or a person's record reads a time zone from, and the texts that the
    // rulebook gives to a field and that are none (check_zones.h).
    struct TextWithoutZone {
        EntityIndex entity = 0;
        FieldIndex field = 0;
        Span span;
    };
    std::set<std::pair<EntityIndex, FieldIndex>> zone_fields;
    std::vector<TextWithoutZone> texts_without_zone;
    bool has_lost_declarations = false;
    bool has_people_loss = false;  // `roles` was lost
    bool told_define_depth = false;
    bool told_too_many = false;
    bool told_no_currency = false;
    bool told_no_zone = false;

 private:
    std::set<std::tuple<TypeKind, std::uint16_t, FieldIndex>> used_fields_;
    std::vector<Diagnostic>& diagnostics_;
    std::vector<NameSpace> spaces_;
    std::unordered_map<std::uint32_t, TypeIndex> type_indexes_;
};

constexpr std::uint32_t no_unit = 0xffffffff;

// "`name`"
std::string quoted(std::string_view name);
// "an int", "text", "a record of `project`", "one of pending, paid"
std::string describe(Context& context, Type type);
// "did you mean `a`?" or "" ; closest first.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace pawl::dsl::internal
