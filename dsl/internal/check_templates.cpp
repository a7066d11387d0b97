#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/text_template.h"

// Templates use what they declare; notifications have for each template what it takes.

namespace pawl::dsl::internal {

namespace {

class TemplateChecker {
 public:
    TemplateChecker(Context& context, Expressions& expressions)
        : context_(context), expressions_(expressions), scope_(expressions.scope()) {}

    void nodes(const std::vector<TemplateNode>& list) {
        for (const TemplateNode& node : list)
            std::visit([&](const auto& form) { one(form); }, node.form);
    }

 private:
    void one(const TextPiece& piece) {
        if (is_none(piece.expression)) return;
        // A secret parameter is shown in the message it was made for, and nowhere else.
        const Type type = expressions_.check(piece.expression, {}, Position::sealed);
        expressions_.filters(piece, type, Position::sealed);
    }

    void one(const TemplateIf& branches) {
        const Scope::Mark mark = scope_.enter();
        for (const TemplateBranch& branch : branches.branches) {
            Proof proof;
            if (!is_none(branch.condition))
                proof = expressions_.condition(branch.condition, Expressions::Unknown::quiet);
            const Scope::Mark inner = scope_.enter();
            scope_.prove(proof.when_true);
            nodes(branch.body);
            scope_.leave(inner);
            scope_.prove(proof.when_not_true);
        }
        scope_.leave(mark);
    }

    void one(const TemplateFor& loop) {
        const Scope::Mark mark = scope_.enter();
        expressions_.loop(loop.variable, loop.source);
        nodes(loop.body);
        scope_.leave(mark);
    }

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
};

std::vector<std::string> required_parts(const std::string& channel) {
    if (channel == "email") return {"subject", "body"};
    return {"body"};
}

std::vector<std::string> known_parts(const std::string& channel) {
    if (channel == "email") return {"subject", "body", "text"};
    if (channel == "whatsapp") return {"body", "name", "language", "header", "footer"};
    if (channel == "dashboard") return {"title", "body"};
    return {"subject", "title", "body"};
}

void check_parts(Context& context, const TemplateDeclaration& form) {
    const std::vector<std::string> known = known_parts(form.channel.text);
    std::set<std::string> seen;
    bool are_known = true;
    for (const TemplatePart& part : form.parts) {
        if (!seen.insert(part.name.text).second)
            context.report(DiagnosticCode::template_parts, part.name.span,
                           "this template has two parts named " + quoted(part.name.text),
                           "keep one of them");
        if (std::find(known.begin(), known.end(), part.name.text) != known.end()) continue;
        are_known = false;
        const std::string hint = did_you_mean(part.name.text, known);
        context.report(
            DiagnosticCode::template_parts, part.name.span,
            "a template of " + quoted(form.channel.text) + " has no part " + quoted(part.name.text),
            hint.empty() ? "its parts are " + list_names(known) : hint);
    }
    if (!are_known) return;
    for (const std::string& part : required_parts(form.channel.text)) {
        if (seen.contains(part)) continue;
        if (form.channel.text == "dashboard" && seen.contains("title")) continue;
        context.report(DiagnosticCode::template_parts, form.name.span,
                       "the template " + quoted(form.name.text) + " has no " + quoted(part),
                       "add `" + part + " \"…\"`, or `" + part + " file \"…\"`");
    }
}

// What is said of the other files of a part, when it has some.
void check_versions(Context& context, const TemplatePart& part) {
    for (const TemplateVersion& version : part.versions) {
        const std::string path = context.sources.file(version.file).path();
        if (!version.language.empty() && !is_language(version.language)) {
            context.report(DiagnosticCode::unknown_language, part.file_span,
                           quoted(path) + " stands beside this file, and " +
                               quoted(version.language) + " is the code of no language",
                           "name it by a code of ISO 639, such as `sw` or `pt-BR`");
            continue;
        }
        const std::string what = version.variant.empty()
                                     ? "holds this text in " + quoted(version.language)
                                     : "is variant " + quoted(version.variant) + " of this text";
        context.report(DiagnosticCode::template_not_yet, part.file_span,
                       quoted(path) + " " + what + ", and this version sends one text to all",
                       "move it out of the rulebook until then");
    }
}

// Each language that some template has is wanted of every other one that is read from a file.
void check_languages(Context& context) {
    std::map<std::string, std::string> languages;  // and a file that shows it
    const auto each_part = [&](auto see) {
        for (const Declaration& declaration : context.tree.declarations) {
            const auto* form = std::get_if<TemplateDeclaration>(&declaration.form);
            if (form == nullptr) continue;
            for (const TemplatePart& part : form->parts)
                if (!part.file.empty()) see(part);
        }
    };
    each_part([&](const TemplatePart& part) {
        for (const TemplateVersion& version : part.versions)
            if (is_language(version.language))
                languages.emplace(version.language, context.sources.file(version.file).path());
    });
    each_part([&](const TemplatePart& part) {
        for (const auto& [language, shown_by] : languages) {
            const bool has_it = std::any_of(
                part.versions.begin(), part.versions.end(),
                [&](const TemplateVersion& version) { return version.language == language; });
            if (has_it) continue;
            const std::size_t dot = std::min(part.file.rfind('.'), part.file.size());
            context.report(DiagnosticCode::language_missing, part.file_span,
                           "this text does not stand in " + quoted(language) + ", as " +
                               quoted(shown_by) + " does",
                           "write " + quoted(part.file.substr(0, dot) + "." + language +
                                             part.file.substr(dot)));
        }
    });
}

void check_channel_template(Context& context, Scope& scope, const NotificationDeclaration& form,
                            const NotificationChannelForm& channel,
                            const rules::Notification& notification,
                            rules::NotificationChannel& entry) {
    const std::string key = template_key(channel.channel.text, channel.template_name.text);
    NameSpace& templates = context.space(Space::template_);
    Named* named = templates.find(key);
    if (named == nullptr) {
        if (templates.has_nameless_loss) return;
        std::vector<std::string> names;
        for (const rules::Template& each : context.program().templates)
            if (each.channel == channel.channel.text) names.push_back(each.name);
        context.report_grouped(
            {CauseKind::name, static_cast<std::uint32_t>(Space::template_), 0, key},
            DiagnosticCode::unknown_name, channel.template_name.span,
            "no template of " + quoted(channel.channel.text) + " is named " +
                quoted(channel.template_name.text),
            did_you_mean(channel.template_name.text, names));
        return;
    }
    named->used = true;
    if (named->lost) return;
    context.bind(channel.template_name, BindingKind::template_, named->index);
    entry.template_index = named->index;
    for (const rules::Parameter& wanted : context.program().templates[named->index].parameters) {
        const auto given = std::find_if(
            notification.parameters.begin(), notification.parameters.end(),
            [&](const rules::Parameter& parameter) { return parameter.name == wanted.name; });
        const Type due = context.type(wanted.type);
        if (given == notification.parameters.end()) {
            if (due.optional) continue;
            context.report_grouped(
                {CauseKind::local, notification.unit, 0, wanted.name},
                DiagnosticCode::wrong_arguments, channel.template_name.span,
                "the template " + quoted(channel.template_name.text) + " needs " +
                    quoted(wanted.name) + ", which " + quoted(form.name.text) + " does not have",
                "add `" + wanted.name + ": " + context.schema().type_text(wanted.type) +
                    "` to the notification's parameters",
                {{context.tree.declarations[named->declaration].name_span,
                  "the template is declared here"}});
            continue;
        }
        if (Local* local = scope.find(wanted.name)) local->used = true;
        const Type have = context.type(given->type);
        const Fit fits = fit(context, have, due);
        if (fits == Fit::same || fits == Fit::converts) continue;
        context.report(
            fits == Fit::missing ? DiagnosticCode::may_be_missing : DiagnosticCode::type_mismatch,
            channel.template_name.span,
            quoted(wanted.name) + " is " + describe(context, have) +
                (have.optional ? " that may be missing" : "") + " here, and the template takes " +
                describe(context, due),
            "give both the same type");
    }
}

}  // namespace

void check_template(Context& context, std::uint32_t unit) {
    CheckedUnit& checked = context.checked.units[unit];
    const Declaration& declaration = context.tree.declarations[checked.declaration];
    const auto& form = std::get<TemplateDeclaration>(declaration.form);
    const rules::Template& entry = context.program().templates[checked.table_index];
    if (!is_known_channel(context, form.channel)) return;
    if (form.channel.text == "pdf") {
        context.report(DiagnosticCode::template_not_yet, form.name.span,
                       "this template makes a PDF file, which this version cannot do yet");
    } else {
        check_parts(context, form);
    }
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    expressions.unknown_name_code = DiagnosticCode::template_undeclared;
    expressions.unknown_name_place =
        "the template " + quoted(form.name.text) + " does not declare ";
    declare_unit_parameters(context, scope, form.parameters, entry.parameters);
    TemplateChecker checker(context, expressions);
    for (const TemplatePart& part : form.parts) {
        checker.nodes(part.nodes);
        for (const TemplateVersion& version : part.versions) checker.nodes(version.nodes);
        check_versions(context, part);
    }
}

void check_template_languages(Context& context) { check_languages(context); }

void check_notification(Context& context, std::uint32_t unit) {
    CheckedUnit& checked = context.checked.units[unit];
    const Declaration& declaration = context.tree.declarations[checked.declaration];
    const auto& form = std::get<NotificationDeclaration>(declaration.form);
    rules::Notification& entry = context.program().notifications[checked.table_index];
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    expressions.unknown_name_code = DiagnosticCode::template_undeclared;
    expressions.unknown_name_place =
        "the notification " + quoted(form.name.text) + " does not declare ";
    declare_unit_parameters(context, scope, form.parameters, entry.parameters);
    std::set<std::string> seen;
    for (const NotificationChannelForm& channel : form.channels) {
        rules::NotificationChannel made;
        made.channel = channel.channel.text;
        const bool is_known = is_known_channel(context, channel.channel);
        if (is_known && !seen.insert(made.channel).second)
            context.report(DiagnosticCode::set_twice, channel.channel.span,
                           quoted(made.channel) + " is named twice in " + quoted(form.name.text),
                           "keep one of them");
        if (!channel.template_name.empty() && !is_known) continue;
        if (!channel.template_name.empty())
            check_channel_template(context, scope, form, channel, entry, made);
        else
            check_shown_text(expressions, channel.text, quoted(made.channel));
        entry.channels.push_back(std::move(made));
    }
}

}  // namespace pawl::dsl::internal
