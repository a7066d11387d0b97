#include <algorithm>
#include <set>

#include "base/suggest.h"
#include "base/text.h"
#include "base/zone.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/literal.h"

// Declarations that concern delivery and sign-in: checked and copied, though nothing is delivered
// yet.

namespace pawl::dsl::internal {

namespace {

const Named* place_of(Context& context, Space space, const std::string& key,
                      std::uint32_t declaration) {
    const Named* named = context.space(space).find(key);
    if (named == nullptr || named->declaration != declaration || named->lost) return nullptr;
    return named;
}

std::optional<TimeOfDay> time_of(Context& context, ExpressionIndex index) {
    if (is_none(index)) return std::nullopt;
    const auto value = constant_value(context, index, simple(TypeKind::time), "`quiet`");
    if (!value || value->is_missing()) return std::nullopt;
    return value->as_time();
}

void read_retry(Context& context, const RetryClause& retry, rules::Channel& channel) {
    const auto count =
        constant_value(context, retry.times, simple(TypeKind::integer), "`retry … times`");
    if (count && !count->is_missing()) {
        constexpr std::int64_t retries_max = 1'000;
        if (count->as_integer() < 1 || count->as_integer() > retries_max)
            context.report(DiagnosticCode::value_out_of_range, context.tree.at(retry.times).span,
                           "the number of attempts is 1 to " + std::to_string(retries_max));
        else
            channel.retry_count = static_cast<std::uint32_t>(count->as_integer());
    }
    const auto length = [&](ExpressionIndex index, const std::string& what, Duration& into) {
        if (is_none(index)) return;
        const auto value = constant_value(context, index, simple(TypeKind::duration), what);
        if (value && !value->is_missing()) into = value->as_duration();
    };
    length(retry.first, "`from`", channel.retry_first);
    length(retry.limit, "`up to`", channel.retry_limit);
}

void check_zone_words(Context& context, ExpressionIndex zone, const std::string& text) {
    if (text.starts_with("recipient.") || Zone::find(text)) return;
    context.report(DiagnosticCode::wrong_option, context.tree.at(zone).span,
                   "no time zone is named " + quoted(text), hint_for_zone(text));
}

void declare_channel(Context& context, const ChannelDeclaration& form, std::uint32_t declaration) {
    const Named* named = place_of(context, Space::channel, form.name.text, declaration);
    if (named == nullptr) return;
    rules::Channel channel;
    channel.name = form.name.text;
    if (form.retry) read_retry(context, *form.retry, channel);
    if (!form.fall_back_to.empty() && is_known_channel(context, form.fall_back_to))
        channel.fall_back_to = form.fall_back_to.text;
    channel.quiet_from = time_of(context, form.quiet_from);
    channel.quiet_to = time_of(context, form.quiet_to);
    if (!is_none(form.quiet_zone)) {
        const Expression& zone = context.tree.at(form.quiet_zone);
        channel.quiet_zone = context.source_text(zone.span);
        if (const auto* text = std::get_if<Text>(&zone.form))
            channel.quiet_zone = constant_text(*text).value_or("");
        check_zone_words(context, form.quiet_zone, channel.quiet_zone);
    } else if (!is_none(form.quiet_from)) {
        require_zone(context, context.tree.at(form.quiet_from).span, "`quiet from …`");
    }
    context.program().channels[named->index] = std::move(channel);
}

// email → whatsapp → email would hand a message round for ever.
void check_fall_backs(Context& context) {
    for (const std::uint32_t i : context.order) {
        const auto* form = std::get_if<ChannelDeclaration>(&context.tree.declarations[i].form);
        if (form == nullptr || form->fall_back_to.empty()) continue;
        std::set<std::string> seen{form->name.text};
        std::string at = form->fall_back_to.text;
        while (seen.insert(at).second) {
            const Named* next = context.space(Space::channel).find(at);
            if (next == nullptr || next->lost) break;
            at = context.program().channels[next->index].fall_back_to;
            if (at.empty()) break;
        }
        // Each ring is told once, at its first channel by name.
        const bool is_ring = at == form->name.text && !seen.empty() &&
                             *seen.begin() == form->name.text &&
                             context.space(Space::channel).find(at) != nullptr;
        if (!is_ring) continue;
        context.report(DiagnosticCode::calls_itself, form->fall_back_to.span,
                       "a message that fails would go round for ever: " + quoted(form->name.text) +
                           " falls back to " + quoted(form->fall_back_to.text) +
                           ", which comes back to it",
                       "let the last channel fall back to none");
    }
}

const ServiceDeclaration* service_of(Context& context, const Named& named) {
    return std::get_if<ServiceDeclaration>(&context.tree.declarations[named.declaration].form);
}

std::string option_text(Context& context, const OptionForm& option, Type wanted) {
    if (option.values.empty()) return option.words.empty() ? "" : option.words.front().text;
    const ExpressionIndex index = option.values.front();
    const Expression& node = context.tree.at(index);
    if (const auto* call = std::get_if<CallExpression>(&node.form);
        call != nullptr && call->callee.text == "secret") {
        const Text* name =
            call->arguments.size() == 1
                ? std::get_if<Text>(&context.tree.at(call->arguments.front().value).form)
                : nullptr;
        if (name == nullptr || !constant_text(*name)) {
            context.report(DiagnosticCode::wrong_option, node.span,
                           "`secret(…)` takes the name of a secret",
                           "write it as in `secret(\"MPESA_PASSKEY\")`");
            return {};
        }
        return "secret(" + *constant_text(*name) + ")";
    }
    if (wanted.kind == TypeKind::secret) {
        context.report(DiagnosticCode::secret_shown, node.span,
                       quoted(option.name.text) +
                           " is a secret, and is written here for all to "
                           "read",
                       "write `secret(\"NAME\")` and put it into the environment");
        return {};
    }
    const auto value = constant_value(context, index, wanted, quoted(option.name.text));
    if (!value || value->is_missing()) return {};
    const bool has_text =
        value->kind() == rules::Kind::text || value->kind() == rules::Kind::choice;
    return has_text ? std::string(value->as_text()) : context.source_text(node.span);
}

void declare_integration(Context& context, const IntegrationDeclaration& form,
                         std::uint32_t declaration) {
    const Named* named = place_of(context, Space::integration, form.name.text, declaration);
    if (named == nullptr) return;
    rules::Integration entry;
    entry.name = form.name.text;
    const Named* service = context.lookup(Space::service, form.name);
    const ServiceDeclaration* needs = service != nullptr ? service_of(context, *service) : nullptr;
    std::set<std::string> given;
    for (const OptionForm& option : form.options) {
        if (!given.insert(option.name.text).second)
            context.report(DiagnosticCode::set_twice, option.name.span,
                           quoted(option.name.text) + " is given twice", "keep one of them");
        Type wanted;
        if (needs != nullptr) {
            const auto need =
                std::find_if(needs->needs.begin(), needs->needs.end(),
                             [&](const auto& each) { return each.name.text == option.name.text; });
            if (need == needs->needs.end()) {
                std::vector<std::string> names;
                for (const ParameterForm& each : needs->needs) names.push_back(each.name.text);
                const std::string hint = did_you_mean(option.name.text, names);
                context.report(
                    DiagnosticCode::wrong_option, option.name.span,
                    quoted(form.name.text) + " has no option " + quoted(option.name.text),
                    hint.empty() ? "it takes " + list_names(names) : hint);
                continue;
            }
            wanted = plain(resolve_type(context, need->type, form.name.text));
        }
        entry.options.emplace_back(option.name.text, option_text(context, option, wanted));
    }
    if (needs != nullptr) {
        std::vector<std::string> absent;
        for (const ParameterForm& need : needs->needs)
            if (!need.type.optional && !given.contains(need.name.text))
                absent.push_back(need.name.text);
        if (!absent.empty())
            context.report(DiagnosticCode::wrong_option, form.name.span,
                           quoted(form.name.text) + " needs " + list_names(absent) + ", which " +
                               (absent.size() == 1 ? "is" : "are") + " not given",
                           "add `" + absent.front() + " …`");
    }
    std::sort(entry.options.begin(), entry.options.end());
    context.program().integrations[named->index] = std::move(entry);
}

// One day a line, or the first column of a CSV file; what is no day there is told by its line.
void read_calendar_file(Context& context, const CalendarDeclaration::Days& days,
                        rules::Calendar& calendar) {
    const SourceFile* file = context.sources.find(days.file);
    if (file == nullptr) {
        context.report(DiagnosticCode::wrong_option, days.span,
                       "there is no file " + quoted(days.file),
                       "paths are relative to the rulebook's folder");
        return;
    }
    for (std::uint32_t number = 1; number <= file->line_count(); ++number) {
        const std::string_view line = file->line(number);
        const std::string_view cell = trim(line.substr(0, line.find_first_of(",;\t")));
        if (cell.empty() || cell.front() == '#') continue;
        if (const auto date = parse_date(cell)) {
            calendar.days.push_back(*date);
            continue;
        }
        if (number == 1) continue;  // a heading
        context.report(DiagnosticCode::value_out_of_range, days.span,
                       "line " + std::to_string(number) + " of " + quoted(days.file) +
                           " begins with " + quote_for_message(cell) + ", which is no day",
                       "write days as in `2026-12-25`");
        return;
    }
}

void declare_calendar(Context& context, const CalendarDeclaration& form,
                      std::uint32_t declaration) {
    const Named* named = place_of(context, Space::calendar, form.name.text, declaration);
    if (named == nullptr) return;
    rules::Calendar calendar;
    calendar.name = form.name.text;
    for (const auto& days : form.days) {
        if (is_none(days.date)) {
            read_calendar_file(context, days, calendar);
            continue;
        }
        const auto value = constant_value(context, days.date, simple(TypeKind::date), "a calendar");
        if (value && !value->is_missing()) calendar.days.push_back(value->as_date());
    }
    std::sort(calendar.days.begin(), calendar.days.end());
    calendar.days.erase(std::unique(calendar.days.begin(), calendar.days.end()),
                        calendar.days.end());
    context.program().calendars[named->index] = std::move(calendar);
}

}  // namespace

void declare_delivery(Context& context) {
    for (const std::uint32_t i : context.order) {
        const auto& form = context.tree.declarations[i].form;
        if (const auto* item = std::get_if<ChannelDeclaration>(&form))
            declare_channel(context, *item, i);
        if (const auto* item = std::get_if<IntegrationDeclaration>(&form))
            declare_integration(context, *item, i);
        if (const auto* item = std::get_if<CalendarDeclaration>(&form))
            declare_calendar(context, *item, i);
    }
    check_fall_backs(context);
}

void check_allow(Context& context, const AllowDeclaration& allow) {
    for (const Name& role : allow.roles)
        if (!context.has_people_loss) context.lookup(Space::role, role);
    const std::vector<std::string> verbs = {"read", "create", "update", "delete", "manage"};
    for (const Name& verb : allow.verbs) {
        if (std::find(verbs.begin(), verbs.end(), verb.text) != verbs.end()) continue;
        const std::string hint = did_you_mean(verb.text, verbs);
        context.report(DiagnosticCode::wrong_option, verb.span,
                       "`allow` does not know " + quoted(verb.text),
                       hint.empty() ? "it takes " + list_names(verbs) : hint);
    }
    if (allow.entity.empty()) return;
    const Named* named = context.lookup(Space::entity, allow.entity);
    if (named == nullptr) return;
    const auto entity = static_cast<EntityIndex>(named->index);
    context.bind(allow.entity, BindingKind::entity, entity);
    for (const Name& field : allow.fields) {
        const auto& fields = context.schema().entities[entity].fields;
        if (const auto found = rules::find_field(fields, field.text)) {
            context.use_field({TypeKind::reference, false, entity}, *found);
            continue;
        }
        context.report_grouped(
            {CauseKind::field, static_cast<std::uint32_t>(TypeKind::reference), entity, field.text},
            DiagnosticCode::unknown_field, field.span,
            quoted(allow.entity.text) + " has no field " + quoted(field.text),
            did_you_mean(field.text, member_names(context, {TypeKind::reference, false, entity})));
    }
    if (is_none(allow.where)) return;
    CheckedUnit unit;
    Scope scope(context, unit);
    Expressions expressions(context, scope);
    const Type record{TypeKind::reference, false, entity};
    scope.show({allow.entity.text, record, scope.add_slot(allow.entity.text, record),
                allow.entity.span, LocalOrigin::parameter});
    Type me;
    if (context.schema().people.entity)
        me = {TypeKind::reference, false, *context.schema().people.entity};
    scope.show({"me", me, scope.add_slot("me", me), allow.entity.span, LocalOrigin::parameter});
    expressions.condition(allow.where, Expressions::Unknown::quiet);
}

}  // namespace pawl::dsl::internal
