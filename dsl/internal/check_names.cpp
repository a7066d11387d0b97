#include <algorithm>
#include <array>
#include <set>

#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_types.h"

namespace pawl::dsl::internal {

namespace {

// A declaration that takes a place in a sorted table.
struct Placed {
    std::string key;
    std::uint32_t declaration = 0;
};

class Namer {
 public:
    explicit Namer(Context& context) : context_(context), tables_(space_count) {}

    void run() {
        find_used_services();
        for (std::uint32_t i = 0; i < context_.tree.declarations.size(); ++i) name_declaration(i);
        for (auto& table : tables_)
            std::sort(table.begin(), table.end(),
                      [](const Placed& left, const Placed& right) { return left.key < right.key; });
        fill_schema();
        fill_program();
        make_units();
    }

 private:
    // "mpesa" of "mpesa.stk_push" in every place where a rulebook may name a service.
    void use_service(const Name& name) {
        const std::size_t dot = name.text.find('.');
        used_services_.insert(name.text.substr(0, dot));
    }

    void find_used_services() {
        for (const Statement& statement : context_.tree.statements) {
            if (const auto* call = std::get_if<CallStatement>(&statement.form))
                use_service(call->form.action);
            if (const auto* emit = std::get_if<EmitStatement>(&statement.form))
                use_service(emit->event);
            if (const auto* wait = std::get_if<WaitForStatement>(&statement.form))
                use_service(wait->event);
            if (const auto* let = std::get_if<LetStatement>(&statement.form))
                if (const auto* call = std::get_if<CallForm>(&let->value))
                    use_service(call->action);
        }
        for (const Declaration& declaration : context_.tree.declarations) {
            if (const auto* rule = std::get_if<RuleDeclaration>(&declaration.form))
                for (const Trigger& trigger : rule->triggers) use_services(trigger);
            if (const auto* integration = std::get_if<IntegrationDeclaration>(&declaration.form))
                use_service(integration->name);
            if (const auto* test = std::get_if<TestDeclaration>(&declaration.form))
                for (const TestStep& step : test->steps) use_services(step);
        }
    }

    void use_services(const Trigger& trigger) {
        if (const auto* event = std::get_if<EventTrigger>(&trigger.form)) use_service(event->event);
        if (const auto* absence = std::get_if<AbsenceTrigger>(&trigger.form))
            use_service(absence->subject);
        if (const auto* count = std::get_if<CountTrigger>(&trigger.form))
            use_service(count->part.event);
        if (const auto* sequence = std::get_if<SequenceTrigger>(&trigger.form)) {
            use_service(sequence->first.event);
            use_service(sequence->second.event);
        }
    }

    void use_services(const TestStep& step) {
        if (const auto* event = std::get_if<WhenEvent>(&step.form)) use_service(event->event);
        if (const auto* answer = std::get_if<AnswerStep>(&step.form)) use_service(answer->action);
        if (const auto* fail = std::get_if<FailStep>(&step.form)) use_service(fail->action);
        if (const auto* expect = std::get_if<ExpectEffect>(&step.form)) use_service(expect->name);
    }

    void add(Space space, const Name& name, std::uint32_t declaration) {
        add(space, name.text, name, declaration);
    }
    void add(Space space, const std::string& key, const Name& name, std::uint32_t declaration) {
        Named named;
        named.declaration = declaration;
        if (!context_.declare(space, key, name, named)) return;
        tables_[static_cast<std::size_t>(space)].push_back({key, declaration});
    }

    // A name that expressions or types find before any declared one.
    bool is_free(const Name& name, std::string_view what) {
        static const std::set<std::string_view> type_words = {
            "text",     "int",   "number", "bool", "money", "date", "time",   "datetime",
            "duration", "email", "phone",  "url",  "json",  "file", "secret", "list"};
        static const std::set<std::string_view> value_words = {"now",  "today", "firing", "me",
                                                               "true", "false", "missing"};
        const bool taken = what == "record"     ? type_words.contains(name.text)
                           : what == "function" ? rules::find_builtin(name.text).has_value()
                                                : value_words.contains(name.text);
        if (!taken) return true;
        context_.report(DiagnosticCode::name_of_language, name.span,
                        quoted(name.text) + " is a word of the language", "give it another name");
        return false;
    }

    void name_declaration(std::uint32_t index) {
        const Declaration& declaration = context_.tree.declarations[index];
        std::visit([&](const auto& form) { name_form(form, index); }, declaration.form);
    }

    void name_form(const EntityDeclaration& form, std::uint32_t index) {
        if (context_.schema().find_entity(form.name.text)) {
            context_.report(DiagnosticCode::name_of_language, form.name.span,
                            quoted(form.name.text) + " is a record that the engine itself keeps",
                            "give it another name");
            return;
        }
        add(Space::entity, form.name, index);
    }
    void name_form(const RecordDeclaration& form, std::uint32_t index) {
        if (is_free(form.name, "record")) add(Space::record, form.name, index);
    }
    void name_form(const EventDeclaration& form, std::uint32_t index) {
        add(Space::event, form.name, index);
    }
    void name_form(const SettingDeclaration& form, std::uint32_t index) {
        if (is_free(form.name, "value")) add(Space::setting, form.name, index);
    }
    void name_form(const DefineDeclaration& form, std::uint32_t index) {
        if (is_free(form.name, "function")) add(Space::function, form.name, index);
    }
    void name_form(const ActionDeclaration& form, std::uint32_t index) {
        if (is_free(form.name, "function")) add(Space::function, form.name, index);
    }
    void name_form(const RuleDeclaration& form, std::uint32_t index) {
        add(Space::rule, form.name, index);
    }
    void name_form(const FlowDeclaration& form, std::uint32_t index) {
        add(Space::flow, form.name, index);
    }
    void name_form(const JourneyDeclaration& form, std::uint32_t index) {
        add(Space::journey, form.name, index);
    }
    void name_form(const TemplateDeclaration& form, std::uint32_t index) {
        add(Space::template_, template_key(form.channel.text, form.name.text), form.name, index);
    }
    void name_form(const NotificationDeclaration& form, std::uint32_t index) {
        add(Space::notification, form.name, index);
    }
    void name_form(const ChannelDeclaration& form, std::uint32_t index) {
        add(Space::channel, form.name, index);
    }
    void name_form(const IntegrationDeclaration& form, std::uint32_t index) {
        add(Space::integration, form.name, index);
    }
    void name_form(const CalendarDeclaration& form, std::uint32_t index) {
        add(Space::calendar, form.name, index);
    }
    void name_form(const ServiceDeclaration& form, std::uint32_t index) {
        const bool is_shipped = context_.is_shipped(form.name.span);
        // A service of the rulebook's own takes the place of a shipped one.
        if (is_shipped && context_.space(Space::service).find(form.name.text) != nullptr) return;
        add(Space::service, form.name, index);
        if (is_shipped && !used_services_.contains(form.name.text)) return;
        for (const EventDeclaration& event : form.events)
            add(Space::event, service_member(form.name.text, event.name.text), event.name, index);
        for (const ServiceAction& action : form.actions)
            add(Space::function, service_member(form.name.text, action.name.text), action.name,
                index);
    }
    void name_form(const RulebookDeclaration&, std::uint32_t) {}
    void name_form(const StatesDeclaration&, std::uint32_t) {}
    void name_form(const RolesDeclaration&, std::uint32_t) {}
    void name_form(const PersonDeclaration&, std::uint32_t) {}
    void name_form(const AllowDeclaration&, std::uint32_t) {}
    void name_form(const TestDeclaration&, std::uint32_t) {}

    const std::vector<Placed>& table(Space space) const {
        return tables_[static_cast<std::size_t>(space)];
    }

    // Gives every name of the space its place, beginning at `first`.
    void number(Space space, std::uint32_t first = 0) {
        std::uint32_t index = first;
        for (const Placed& placed : table(space))
            context_.space(space).find(placed.key)->index = index++;
        if (index <= limits::schema_names_max || table(space).empty()) return;
        const Declaration& last = context_.tree.declarations[table(space).back().declaration];
        context_.report_too_many(last.name_span, std::string(space_word(space)) + "s");
    }

    void fill_schema() {
        rules::Schema& schema = context_.schema();
        number(Space::entity, rules::builtin_entity_count);
        for (const Placed& placed : table(Space::entity)) {
            if (schema.entities.size() > limits::schema_names_max) break;
            schema.entities.push_back({placed.key, {}, {}, false});
        }
        for (std::uint32_t i = 0; i < rules::builtin_entity_count; ++i) {
            Named named;
            named.index = i;
            named.used = true;
            context_.space(Space::entity).add(schema.entities[i].name, named);
        }
        number(Space::record, static_cast<std::uint32_t>(schema.records.size()));
        for (const Placed& placed : table(Space::record)) {
            if (schema.records.size() > limits::schema_names_max) break;
            schema.records.push_back({placed.key, {}});
        }
        number(Space::event);
        for (const Placed& placed : table(Space::event)) {
            if (schema.events.size() > limits::schema_names_max) break;
            schema.events.push_back({placed.key, {}, std::nullopt});
        }
        number(Space::setting);
        for (const Placed& placed : table(Space::setting)) {
            if (schema.settings.size() > limits::schema_names_max) break;
            rules::Setting setting;
            setting.name = placed.key;
            schema.settings.push_back(std::move(setting));
        }
        context_.entity_field_spans.resize(schema.entities.size());
        context_.event_field_spans.resize(schema.events.size());
    }

    void fill_program() {
        rules::Program& program = context_.program();
        for (const Space space :
             {Space::rule, Space::flow, Space::template_, Space::notification, Space::channel,
              Space::integration, Space::calendar, Space::journey})
            number_all(space);
        program.rules.resize(table(Space::rule).size());
        program.flows.resize(table(Space::flow).size());
        program.templates.resize(table(Space::template_).size());
        program.notifications.resize(table(Space::notification).size());
        program.channels.resize(table(Space::channel).size());
        program.integrations.resize(table(Space::integration).size());
        program.calendars.resize(table(Space::calendar).size());
        program.journeys.resize(table(Space::journey).size());
    }

    // Tables that are numbered by 32 bits have no bound of their own.
    void number_all(Space space) {
        std::uint32_t index = 0;
        for (const Placed& placed : table(space))
            context_.space(space).find(placed.key)->index = index++;
    }

    void make_units() {
        constexpr std::array<std::pair<Space, rules::UnitKind>, 4> unit_tables = {
            {{Space::rule, rules::UnitKind::rule},
             {Space::flow, rules::UnitKind::flow},
             {Space::function, rules::UnitKind::define},
             {Space::template_, rules::UnitKind::template_}}};
        for (const auto& [space, kind] : unit_tables) make_units(space, kind);
        make_units(Space::notification, rules::UnitKind::notification);
        make_units(Space::journey, rules::UnitKind::journey);
        context_.defines.resize(context_.checked.units.size());
        auto& tests = context_.program().tests;
        for (std::uint32_t i = 0; i < context_.tree.declarations.size(); ++i) {
            if (!std::holds_alternative<TestDeclaration>(context_.tree.declarations[i].form))
                continue;
            make_unit(rules::UnitKind::test, i, static_cast<std::uint32_t>(tests.size()));
            tests.emplace_back();
        }
    }

    void make_units(Space space, rules::UnitKind kind) {
        std::uint32_t table_index = 0;
        for (const Placed& placed : table(space)) {
            const auto& form = context_.tree.declarations[placed.declaration].form;
            if (space == Space::function) {
                if (!std::holds_alternative<DefineDeclaration>(form)) continue;
                const auto unit = static_cast<std::uint32_t>(context_.checked.units.size());
                context_.space(space).find(placed.key)->index = unit;
                context_.functions[placed.key] = {FunctionKind::define, unit};
            }
            make_unit(kind, placed.declaration, table_index++);
        }
    }

    void make_unit(rules::UnitKind kind, std::uint32_t declaration, std::uint32_t table_index) {
        context_.unit_of_declaration[declaration] =
            static_cast<std::uint32_t>(context_.checked.units.size());
        CheckedUnit unit;
        unit.kind = kind;
        unit.declaration = declaration;
        unit.table_index = table_index;
        context_.checked.units.push_back(std::move(unit));
    }

    Context& context_;
    std::vector<std::vector<Placed>> tables_;
    std::set<std::string, std::less<>> used_services_;
};

}  // namespace

std::string template_key(std::string_view channel, std::string_view name) {
    return std::string(channel) + " " + std::string(name);
}

std::string service_member(std::string_view service, std::string_view name) {
    if (name.find('.') != std::string_view::npos) return std::string(name);
    return std::string(service) + "." + std::string(name);
}

void declare_names(Context& context) { Namer(context).run(); }

}  // namespace pawl::dsl::internal
