#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_rules.h"
#include "dsl/literal.h"

// `test` blocks: what is given, what happens, what is expected.

namespace pawl::dsl::internal {

namespace {

using rules::TestStepKind;

constexpr std::array<std::string_view, 6> effect_words = {"alert", "call",  "log",
                                                          "run",   "event", "notify"};

class TestChecker {
 public:
    TestChecker(Context& context, Expressions& expressions, Statements& statements)
        : context_(context),
          expressions_(expressions),
          scope_(expressions.scope()),
          statements_(statements) {}

    rules::TestStep step(const TestStep& written) {
        rules::TestStep made;
        made.line = context_.sources.file(written.span.file).position(written.span.begin).line;
        made.text = context_.source_text(written.span, Context::whole);
        std::visit([&](const auto& form) { one(form, made); }, written.form);
        return made;
    }

 private:
    void one(const GivenNow& given, rules::TestStep& made) {
        made.kind = TestStepKind::given_now;
        expressions_.require(given.instant, simple(TypeKind::datetime), "`given now`");
    }

    void one(const GivenRecord& given, rules::TestStep& made) {
        made.kind = TestStepKind::given_record;
        const Type type = statements_.create(given.record, false);
        constexpr std::uint16_t nameless = 0xffff;
        made.local = nameless;
        if (!given.name.empty())
            made.local =
                static_cast<std::uint16_t>(scope_.declare(given.name, type, LocalOrigin::given));
    }

    void one(const GivenSetting& given, rules::TestStep& made) {
        made.kind = TestStepKind::given_setting;
        Type type;
        if (const Named* named = context_.lookup(Space::setting, given.setting)) {
            made.index = named->index;
            context_.bind(given.setting, BindingKind::setting, named->index);
            type = context_.type(context_.schema().settings[named->index].type);
        }
        expressions_.require(given.value, type, "the setting " + quoted(given.setting.text));
    }

    void one(const WhenEvent& when, rules::TestStep& made) {
        made.kind = TestStepKind::when_event;
        const Named* named = context_.lookup(Space::event, when.event);
        if (named == nullptr) {
            for (const FieldValue& value : when.fields) expressions_.check_forgiving(value.value);
            return;
        }
        made.index = named->index;
        context_.bind(when.event, BindingKind::event, named->index);
        statements_.event_values(when.fields, static_cast<EventIndex>(named->index),
                                 when.event.span);
        if (rules::find_field(context_.schema().events[named->index].fields, "id")) return;
        // The event's own id goes with the step, so it must be written out.
        for (const FieldValue& value : when.fields) {
            if (value.name.text != "id") continue;
            const Expression& id = context_.tree.at(value.value);
            const auto* text = std::get_if<Text>(&id.form);
            if (const auto whole = text != nullptr ? constant_text(*text) : std::nullopt)
                made.name = *whole;
            else
                context_.report(DiagnosticCode::not_constant, id.span,
                                "the id of an event must be written out in a test",
                                "write it as a text, such as \"cb-1\"");
        }
    }

    void actor(const Name& name, rules::TestStep& made) {
        if (name.empty()) return;
        Local* local = scope_.find(name.text);
        if (local == nullptr) {
            context_.report_grouped({CauseKind::local, scope_.unit_index(), 0, name.text},
                                    DiagnosticCode::unknown_name, name.span,
                                    "nobody here is named " + quoted(name.text),
                                    did_you_mean(name.text, scope_.visible_names()));
            return;
        }
        local->used = true;
        context_.bind(name, BindingKind::local, local->slot);
        made.actor_local = static_cast<std::uint16_t>(local->slot);
        const auto& people = context_.schema().people;
        const bool is_person = local->type.kind == TypeKind::reference &&
                               (!people.entity || *people.entity == local->type.index);
        if (!is_person && !is_unknown(local->type))
            context_.report(DiagnosticCode::type_mismatch, name.span,
                            "only a person acts, and " + quoted(name.text) + " is " +
                                describe(context_, local->type));
    }

    void one(const WhenChange& when, rules::TestStep& made) {
        made.kind = TestStepKind::when_change;
        made.overrides = when.override_;
        actor(when.actor, made);
        statements_.statement(when.statement);
    }

    const RuleDeclaration* requested_rule(const Named& named) {
        return std::get_if<RuleDeclaration>(&context_.tree.declarations[named.declaration].form);
    }

    void one(const WhenRequest& when, rules::TestStep& made) {
        made.kind = TestStepKind::when_request;
        actor(when.actor, made);
        const Named* named = context_.lookup(Space::rule, when.rule);
        if (named == nullptr) {
            for (const FieldValue& value : when.fields) expressions_.check_forgiving(value.value);
            return;
        }
        made.index = named->index;
        context_.bind(when.rule, BindingKind::rule, named->index);
        const rules::Rule& rule = context_.program().rules[named->index];
        const auto trigger = std::find_if(
            rule.triggers.begin(), rule.triggers.end(),
            [](const auto& each) { return each.kind == rules::TriggerKind::requested; });
        if (trigger == rule.triggers.end()) {
            for (const FieldValue& value : when.fields) expressions_.check_forgiving(value.value);
            context_.report(DiagnosticCode::not_usable_here, when.rule.span,
                            quoted(when.rule.text) + " is not requested by anybody",
                            "give it `when requested by …`", {{named->span, "the rule is here"}});
            return;
        }
        std::vector<rules::Parameter> asked;
        for (std::size_t i = 0; i < trigger->asked.size(); ++i)
            asked.push_back({trigger->asked[i].first, trigger->asked_types[i]});
        expressions_.named_values(when.fields, asked, {when.rule.text, when.rule.span, rule.unit});
    }

    void one(const WhenAnswer& when, rules::TestStep& made) {
        made.kind = TestStepKind::when_answer;
        made.name = when.answer.text;
        actor(when.actor, made);
        const std::vector<std::string> answers = {"approved", "refused"};
        if (std::find(answers.begin(), answers.end(), when.answer.text) != answers.end()) return;
        std::string hint = did_you_mean(when.answer.text, answers);
        if (hint.empty()) hint = "an answer is " + list_names(answers);
        context_.report(DiagnosticCode::unknown_option, when.answer.span,
                        "nobody can answer " + quoted(when.answer.text), std::move(hint));
    }

    void one(const AfterStep& after, rules::TestStep& made) {
        made.kind = TestStepKind::after;
        expressions_.require(after.duration, simple(TypeKind::duration), "`after`");
    }

    void one(const ExpectCondition& expect, rules::TestStep& made) {
        made.kind = TestStepKind::expect;
        expressions_.condition(expect.condition, Expressions::Unknown::quiet);
    }

    std::uint32_t count_of(ExpressionIndex times) {
        if (is_none(times)) return 0;
        const auto value =
            constant_value(context_, times, simple(TypeKind::integer), "the number of times");
        if (!value || value->kind() != rules::Kind::integer) return 0;
        if (value->as_integer() >= 1 && value->as_integer() <= 1'000'000)
            return static_cast<std::uint32_t>(value->as_integer());
        context_.report(DiagnosticCode::value_out_of_range, context_.tree.at(times).span,
                        "the number of times is 1 or more", "for never, write `expect no …`");
        return 0;
    }

    void one(const ExpectEffect& expect, rules::TestStep& made) {
        made.kind = TestStepKind::expect_effect;
        made.negated = expect.negated;
        made.channel = expect.channel.text;
        made.name = expect.name.text;
        made.times = count_of(expect.times);
        effect_name(expect);
        if (!is_none(expect.to)) check_recipient(expressions_, expect.to, expect.channel.text);
        if (!is_none(expect.containing))
            check_shown_text(expressions_, expect.containing, "`containing`");
    }

    void effect_name(const ExpectEffect& expect) {
        const std::string& channel = expect.channel.text;
        const bool is_word =
            std::find(effect_words.begin(), effect_words.end(), channel) != effect_words.end();
        if (!is_word && !is_known_channel(context_, expect.channel)) return;
        if (expect.name.empty()) return;
        if (channel == "call") {
            context_.lookup(Space::function, expect.name);
        } else if (channel == "run") {
            if (context_.space(Space::flow).find(expect.name.text) == nullptr)
                context_.lookup(Space::rule, expect.name);
        } else if (channel == "event") {
            context_.lookup(Space::event, expect.name);
        } else if (channel == "notify") {
            context_.lookup(Space::notification, expect.name);
        } else if (!is_word) {
            message_name(expect);
        }
    }

    // `email payment_receipt`: a template of that channel, or a notification that has it.
    void message_name(const ExpectEffect& expect) {
        const std::string key = template_key(expect.channel.text, expect.name.text);
        NameSpace& templates = context_.space(Space::template_);
        NameSpace& notifications = context_.space(Space::notification);
        if (templates.find(key) != nullptr || notifications.find(expect.name.text) != nullptr)
            return;
        if (templates.has_nameless_loss || notifications.has_nameless_loss) return;
        std::vector<std::string> names = notifications.names();
        for (const rules::Template& entry : context_.program().templates)
            if (entry.channel == expect.channel.text) names.push_back(entry.name);
        context_.report_grouped(
            {CauseKind::name, static_cast<std::uint32_t>(Space::template_), 0, key},
            DiagnosticCode::unknown_name, expect.name.span,
            "no template of " + quoted(expect.channel.text) + " and no notification is named " +
                quoted(expect.name.text),
            did_you_mean(expect.name.text, names));
    }

    void one(const AnswerStep& answer, rules::TestStep& made) {
        made.kind = TestStepKind::answer;
        made.name = answer.action.text;
        const Named* named = context_.lookup(Space::function, answer.action);
        const auto function = context_.functions.find(answer.action.text);
        if (named == nullptr || function == context_.functions.end() ||
            function->second.kind != FunctionKind::service_action) {
            for (const FieldValue& value : answer.fields) expressions_.check_forgiving(value.value);
            if (named != nullptr)
                context_.report(DiagnosticCode::not_usable_here, answer.action.span,
                                quoted(answer.action.text) + " is not an action of a service",
                                "only what is called outside is answered");
            return;
        }
        made.index = function->second.index;
        context_.bind(answer.action, BindingKind::service_action, made.index);
        const Type result = context_.type(context_.program().actions[made.index].result);
        std::vector<rules::Parameter> members;
        if (const auto* fields = fields_of(context_, result))
            for (const rules::Field& field : *fields) members.push_back({field.name, field.type});
        expressions_.named_values(answer.fields, members, {answer.action.text, answer.action.span});
    }

    void one(const FailStep& fail, rules::TestStep& made) {
        made.kind = TestStepKind::fail;
        made.name = fail.action.text;
        made.times = count_of(fail.times);
        if (!is_none(fail.code)) check_shown_text(expressions_, fail.code, "`with`");
        if (fail.action.text.find('.') != std::string::npos)
            context_.lookup(Space::function, fail.action);
        else
            is_known_channel(context_, fail.action);
    }

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
    Statements& statements_;
};

}  // namespace

void check_test(Context& context, std::uint32_t unit) {
    CheckedUnit& checked = context.checked.units[unit];
    const Declaration& declaration = context.tree.declarations[checked.declaration];
    const auto& form = std::get<TestDeclaration>(declaration.form);
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    Statements statements(context, expressions, unit, {});
    statements.allows_system_fields = true;
    TestChecker checker(context, expressions, statements);
    std::vector<rules::TestStep> steps;
    for (const TestStep& step : form.steps) steps.push_back(checker.step(step));
    rules::Test& test = context.program().tests[checked.table_index];
    test.title = form.title;
    test.file = context.sources.file(declaration.span.file).path();
    test.line = context.sources.file(declaration.span.file).position(declaration.span.begin).line;
    test.unit = unit;
    test.steps = std::move(steps);
}

}  // namespace pawl::dsl::internal
