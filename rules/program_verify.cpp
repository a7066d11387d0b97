#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/limits.h"
#include "base/text.h"
#include "base/zone.h"
#include "rules/internal/program_bytes.h"
#include "rules/internal/program_verify_tables.h"
#include "rules/program_file.h"

namespace pawl::rules {

namespace {

class TableVerifier : public TableCheck {
 public:
    TableVerifier(const Program& program, std::vector<Entry>& entries)
        : TableCheck(program, entries), waits_(program, entries) {}

    std::string run();

 private:
    bool check_header();
    bool check_types();
    bool check_fields(const std::vector<Field>& fields, std::string_view name);
    bool check_entities();
    bool check_built_in();
    bool check_events();
    bool check_states();
    bool check_people();
    bool check_settings();
    bool check_units();
    bool check_unit(UnitIndex index);
    bool check_queries(const Unit& unit);
    bool check_parameters(const std::vector<Parameter>& parameters, UnitIndex unit, UnitKind kind,
                          std::string_view name);
    bool check_rules();
    bool check_templates();
    bool check_flows();
    bool check_journeys();
    bool check_actions();
    bool check_tests();
    bool check_step(const Test& test, const TestStep& step);
    bool check_entries();

    bool own(UnitIndex unit, UnitKind kind, std::string_view name);

    WaitCheck waits_;
    std::vector<bool> owned_;                // by unit: a table has it
    std::vector<std::size_t> asked_counts_;  // by rule
};

bool TableVerifier::check_header() {
    const Header& header = program_.header;
    if (!require(header.language_version == 1,
                 "a version of the language this program does not know"))
        return false;
    if (!require(header.timezone.empty() || Zone::find(header.timezone).has_value(),
                 "a zone that is not known here", header.timezone))
        return false;
    return require(is_currency(header.currency), "a currency that is none");
}

bool TableVerifier::check_types() {
    if (!require(!schema_.types.empty() && schema_.types[0] == Type{},
                 "the first type is not none"))
        return false;
    std::vector<std::size_t> depth(schema_.types.size(), 0);  // of lists of lists
    for (std::size_t at = 0; at < schema_.types.size(); ++at) {
        const Type& type = schema_.types[at];
        bool fits = true;
        if (type.kind == TypeKind::choice) fits = type.index < schema_.choices.size();
        if (type.kind == TypeKind::reference) fits = type.index < schema_.entities.size();
        if (type.kind == TypeKind::record) fits = type.index < schema_.records.size();
        if (type.kind == TypeKind::event) fits = type.index < schema_.events.size();
        // An element's type comes before its list's: no list is in itself.
        if (type.kind == TypeKind::list) fits = type.index < at;
        if (type.kind == TypeKind::list && fits) depth[at] = depth[type.index] + 1;
        fits = fits && depth[at] <= limits::expression_depth_max;
        if (!require(fits, "a type of what is not there")) return false;
    }
    for (const ChoiceType& choice : schema_.choices)
        if (!require(is_name(choice.name) && !choice.options.empty(), "a choice without options",
                     choice.name))
            return false;
    for (const RecordType& record : schema_.records)
        if (!check_fields(record.fields, record.name)) return false;
    return true;
}

bool TableVerifier::check_fields(const std::vector<Field>& fields, std::string_view name) {
    if (!require(is_name(name), "a name that is too long")) return false;
    for (const Field& field : fields) {
        if (!require(is_type(field.type), "a field of no type", name) ||
            !require(is_name(field.name), "a name that is too long"))
            return false;
        if (field.default_value && !is_value(*field.default_value, name)) return false;
    }
    return true;
}

bool TableVerifier::check_entities() {
    for (const Entity& entity : schema_.entities) {
        if (!check_fields(entity.fields, entity.name)) return false;
        const bool has_system_fields = entity.fields.size() >= system_field_count &&
                                       entity.fields[field_id].name == "id" &&
                                       entity.fields[field_created_at].name == "created_at" &&
                                       entity.fields[field_updated_at].name == "updated_at";
        if (!require(has_system_fields, "an entity without its own fields", entity.name))
            return false;
        for (const auto& set : entity.unique_sets) {
            const bool fits =
                !set.empty() && std::all_of(set.begin(), set.end(), [&](FieldIndex field) {
                    return field < entity.fields.size();
                });
            if (!require(fits, "`unique` over what is not there", entity.name)) return false;
        }
    }
    return check_built_in();
}

// The engine fills these in by position.
bool TableVerifier::check_built_in() {
    static const Schema base = make_base_schema();
    const auto same_fields = [](const std::vector<Field>& left, const std::vector<Field>& right) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [](const Field& a, const Field& b) { return a.name == b.name; });
    };
    bool fits = schema_.entities.size() >= base.entities.size() &&
                schema_.records.size() >= base.records.size();
    for (std::size_t at = 0; fits && at < base.entities.size(); ++at)
        fits = schema_.entities[at].name == base.entities[at].name &&
               schema_.entities[at].read_only &&
               same_fields(schema_.entities[at].fields, base.entities[at].fields);
    for (std::size_t at = 0; fits && at < base.records.size(); ++at)
        fits = same_fields(schema_.records[at].fields, base.records[at].fields);
    return require(fits, "the language's own records are not in their places");
}

bool TableVerifier::check_events() {
    for (const EventType& event : schema_.events) {
        if (!check_fields(event.fields, event.name)) return false;
        const bool fits =
            !event.about || (*event.about < event.fields.size() &&
                             kind_of(event.fields[*event.about]) == TypeKind::reference);
        if (!require(fits, "an event is about no record", event.name)) return false;
    }
    return true;
}

bool TableVerifier::check_states() {
    for (const StateMachine& states : schema_.states) {
        if (!require(is_field(states.entity, states.field), "states of no field")) return false;
        const Field& field = schema_.entities[states.entity].fields[states.field];
        if (!require(kind_of(field) == TypeKind::choice, "states of no choice", field.name))
            return false;
        const std::size_t count = schema_.choices[schema_.types[field.type].index].options.size();
        const auto is_option = [&](std::uint16_t option) { return option < count; };
        bool fits = !states.start || is_option(*states.start);
        for (const Transition& transition : states.transitions)
            fits = fits && std::all_of(transition.from.begin(), transition.from.end(), is_option) &&
                   std::all_of(transition.to.begin(), transition.to.end(), is_option);
        if (!require(fits, "a transition between what are no options", field.name)) return false;
    }
    return true;
}

bool TableVerifier::check_people() {
    const People& people = schema_.people;
    if (people.entity && !require(*people.entity < schema_.entities.size(), "people of no entity"))
        return false;
    for (const auto& field : {people.role, people.name, people.email, people.whatsapp, people.phone,
                              people.timezone, people.language})
        if (field && !require(people.entity && is_field(*people.entity, *field),
                              "a person's field is not there"))
            return false;
    return true;
}

bool TableVerifier::check_settings() {
    for (const Setting& setting : schema_.settings)
        if (!require(is_name(setting.name), "a name that is too long") ||
            !require(is_type(setting.type), "a setting of no type", setting.name) ||
            !is_value(setting.value, setting.name))
            return false;
    return true;
}

bool TableVerifier::check_queries(const Unit& unit) {
    for (const Query& query : unit.queries) {
        bool fits = query.local < unit.local_count && std::isfinite(query.percent) &&
                    query.percent >= 0 && query.percent <= 100;
        if (query.access != Access::list) fits = fits && query.entity < schema_.entities.size();
        const bool has_field = query.access == Access::equal || query.access == Access::range;
        if (has_field) fits = fits && is_field(query.entity, query.field);
        if (query.access == Access::range)
            fits = fits && (query.has_low || query.has_high);
        else
            fits = fits && !query.has_low && !query.has_high;
        if (!require(fits, "a query of what is not there", unit.id)) return false;
    }
    return true;
}

bool TableVerifier::check_units() {
    owned_.assign(program_.units.size(), false);
    for (UnitIndex index = 0; index < program_.units.size(); ++index)
        if (!check_unit(index)) return false;
    return true;
}

bool TableVerifier::check_unit(UnitIndex index) {
    const Unit& unit = program_.units[index];
    if (!require(unit.kind != UnitKind::action, "a unit of a kind that does not run yet", unit.id))
        return false;
    const bool locals_fit = unit.parameter_count <= unit.local_count &&
                            unit.local_names.size() == unit.local_count &&
                            unit.local_types.size() == unit.local_count &&
                            std::all_of(unit.local_types.begin(), unit.local_types.end(),
                                        [&](TypeIndex type) { return is_type(type); });
    if (!require(locals_fit, "variables that do not add up", unit.id)) return false;
    for (const Value& value : unit.constants)
        if (!is_value(value, unit.id)) return false;
    if (!check_queries(unit)) return false;
    const bool lines_ascend =
        std::adjacent_find(unit.lines.begin(), unit.lines.end(),
                           [](const LinePosition& left, const LinePosition& right) {
                               return left.instruction >= right.instruction;
                           }) == unit.lines.end();
    if (!require(lines_ascend, "lines out of order", unit.id)) return false;
    if (unit.kind == UnitKind::define) {
        if (!require(is_name(unit.id), "a name that is too long")) return false;
        owned_[index] = true;
        enter(index, 0, Purpose::value);
    }
    return waits_.check(index) || accept(waits_);
}

bool TableVerifier::own(UnitIndex unit, UnitKind kind, std::string_view name) {
    if (!require(unit < program_.units.size() && program_.units[unit].kind == kind && !owned_[unit],
                 "code that is not its own", name))
        return false;
    owned_[unit] = true;
    return true;
}

bool TableVerifier::check_parameters(const std::vector<Parameter>& parameters, UnitIndex unit,
                                     UnitKind kind, std::string_view name) {
    if (!own(unit, kind, name)) return false;
    bool fits = parameters.size() == program_.units[unit].parameter_count && is_name(name) &&
                is_name(program_.units[unit].id);
    for (const Parameter& parameter : parameters)
        fits = fits && is_type(parameter.type) && is_name(parameter.name);
    return require(fits, "parameters that do not add up", name);
}

bool TableVerifier::check_rules() {
    RuleCheck rules(program_, entries_);
    const Rule* previous = nullptr;
    for (const Rule& rule : program_.rules) {
        if (previous != nullptr && !require(previous->id < rule.id, "rules out of order", rule.id))
            return false;
        previous = &rule;
        std::size_t asked_count = 0;
        for (const Trigger& trigger : rule.triggers)
            asked_count = std::max(asked_count, trigger.asked.size());
        asked_counts_.push_back(asked_count);
        if (!require(is_name(rule.id), "a name that is too long") ||
            !own(rule.unit, UnitKind::rule, rule.id))
            return false;
        if (!rules.check(rule)) return accept(rules);
    }
    return true;
}

bool TableVerifier::check_templates() {
    for (const Template& text : program_.templates) {
        if (!check_parameters(text.parameters, text.unit, UnitKind::template_, text.name) ||
            !require(is_name(text.channel), "a name that is too long"))
            return false;
        for (const auto& [name, entry] : text.parts) enter(text.unit, entry, Purpose::value);
    }
    for (const Notification& notification : program_.notifications) {
        if (!check_parameters(notification.parameters, notification.unit, UnitKind::notification,
                              notification.name))
            return false;
        for (const NotificationChannel& channel : notification.channels) {
            if (!channel.template_index) {
                enter(notification.unit, channel.entry, Purpose::value);
                continue;
            }
            if (!require(*channel.template_index < program_.templates.size(),
                         "a template that is not there", notification.name))
                return false;
            enter(notification.unit, channel.entry, Purpose::list,
                  program_.templates[*channel.template_index].parameters.size());
        }
    }
    return true;
}

bool TableVerifier::check_flows() {
    for (const Flow& flow : program_.flows) {
        if (!check_parameters(flow.parameters, flow.unit, UnitKind::flow, flow.name) ||
            !require(is_type(flow.result), "a result of no type", flow.name))
            return false;
        enter(flow.unit, 0, Purpose::flow);
    }
    return true;
}

bool TableVerifier::check_journeys() {
    for (const Journey& journey : program_.journeys) {
        if (!own(journey.unit, UnitKind::journey, journey.name)) return false;
        if (!waits_.check(journey)) return accept(waits_);
    }
    return true;
}

bool TableVerifier::check_actions() {
    for (const ServiceAction& action : program_.actions) {
        bool fits = is_type(action.result) && is_name(action.integration) && is_name(action.name);
        for (const Parameter& parameter : action.parameters)
            fits = fits && is_type(parameter.type) && is_name(parameter.name);
        if (!require(fits, "an action of no type", action.name) ||
            !is_value(action.sample, action.name))
            return false;
    }
    for (const Calendar& calendar : program_.calendars)
        for (const Date day : calendar.days)
            if (!require(is_in_calendar(day), "a day that is none", calendar.name)) return false;
    return true;
}

bool TableVerifier::check_step(const Test& test, const TestStep& step) {
    if (!require(!step.actor_local || is_local(test.unit, *step.actor_local), "a test's variable",
                 test.title))
        return false;
    bool fits = true;
    Purpose purpose = Purpose::value;
    std::size_t list_size = 0;
    switch (step.kind) {
        case TestStepKind::given_now:
        case TestStepKind::after:
        case TestStepKind::expect:
        case TestStepKind::answer: break;
        case TestStepKind::given_setting: fits = step.index < schema_.settings.size(); break;
        case TestStepKind::given_record:
            fits = is_local(test.unit, step.local) || step.local == 0xffff;
            purpose = Purpose::step;
            break;
        case TestStepKind::when_answer:
            // It has no code.
            return require(step.name == "approved" || step.name == "refused",
                           "a test gives an answer that is none", test.title);
        case TestStepKind::when_event:
            fits = step.index < schema_.events.size();
            purpose = Purpose::step;
            break;
        case TestStepKind::when_change: purpose = Purpose::step; break;
        case TestStepKind::when_request:
            fits = step.index < program_.rules.size();
            purpose = Purpose::list;
            if (fits) list_size = asked_counts_[step.index];
            break;
        case TestStepKind::expect_effect:
            purpose = Purpose::list;
            list_size = (step.has_recipient ? 1u : 0u) + (step.has_containing ? 1u : 0u);
            break;
        case TestStepKind::fail:
            purpose = Purpose::list;
            list_size = 1;
            break;
    }
    if (!require(fits, "a test of what is not there", test.title)) return false;
    enter(test.unit, step.entry, purpose, list_size);
    return true;
}

bool TableVerifier::check_tests() {
    for (const Test& test : program_.tests) {
        if (!own(test.unit, UnitKind::test, test.title)) return false;
        for (const TestStep& step : test.steps)
            if (!check_step(test, step)) return false;
    }
    return true;
}

bool TableVerifier::check_entries() {
    const auto missing = std::find(owned_.begin(), owned_.end(), false);
    if (missing != owned_.end())
        return fail("code that nothing enters",
                    program_.units[static_cast<std::size_t>(missing - owned_.begin())].id);
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& left, const Entry& right) { return left.unit < right.unit; });
    return true;
}

std::string TableVerifier::run() {
    const bool holds = check_header() && check_types() && check_entities() && check_events() &&
                       check_states() && check_people() && check_settings() && check_units() &&
                       check_rules() && check_templates() && check_flows() && check_journeys() &&
                       check_actions() && check_tests() && check_entries();
    PAWL_CHECK(holds == failure_.empty());
    return failure_;
}

}  // namespace

std::string verify_tables(const Program& program, std::vector<Entry>& entries) {
    entries.clear();
    return TableVerifier(program, entries).run();
}

Status verify_program(const Program& program) {
    std::vector<Entry> entries;
    std::string failure = verify_tables(program, entries);
    if (!failure.empty()) return damaged_program(std::move(failure));
    std::vector<std::uint32_t> heights;
    failure = verify_code(program, entries, heights);
    if (!failure.empty()) return damaged_program(std::move(failure));
    for (std::size_t unit = 0; unit < program.units.size(); ++unit)
        if (program.units[unit].stack_max != heights[unit])
            return damaged_program("the height of a stack is not as told (" +
                                   quote_for_message(program.units[unit].id) + ")");
    return Done{};
}

std::vector<UnitIndex> measure_stacks(Program& program) {
    std::vector<Entry> entries;
    std::vector<std::uint32_t> heights;
    std::string failure = verify_tables(program, entries);
    if (failure.empty()) failure = verify_code(program, entries, heights);
    if (!failure.empty()) std::fprintf(stderr, "pawl: %s\n", failure.c_str());
    PAWL_CHECK(failure.empty());
    std::vector<UnitIndex> too_high;
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit) {
        program.units[unit].stack_max = static_cast<std::uint16_t>(heights[unit]);
        if (program.units[unit].stack_max != heights[unit]) too_high.push_back(unit);
    }
    return too_high;
}

}  // namespace pawl::rules
