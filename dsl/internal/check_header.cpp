#include <algorithm>

#include "base/suggest.h"
#include "base/text.h"
#include "base/time.h"
#include "base/zone.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/internal/check_types.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

void read_version(Context& context, const OptionForm& option) {
    std::string text;
    if (!option.values.empty()) {
        const auto* literal = std::get_if<Literal>(&context.tree.at(option.values.front()).form);
        if (literal != nullptr) text = literal->text;
    }
    if (text == "1") return;
    context.report(DiagnosticCode::wrong_option, option.span,
                   "this program speaks version 1 of the language", "write `pawl 1`");
}

void read_timezone(Context& context, const OptionForm& option) {
    const std::string name = option.words.empty() ? "" : option.words.front().text;
    if (!name.empty() && Zone::find(name)) {
        context.program().header.timezone = name;
        return;
    }
    context.told_no_zone = true;  // the mistake is told here
    context.report(DiagnosticCode::wrong_option,
                   option.words.empty() ? option.span : option.words.front().span,
                   "no time zone is named " + quoted(name), hint_for_zone(name));
}

void read_currency(Context& context, const OptionForm& option) {
    const std::string letters = option.words.empty() ? "" : option.words.front().text;
    if (const auto currency = Currency::parse(letters)) {
        context.program().header.currency = *currency;
        return;
    }
    context.told_no_currency = true;
    context.report(DiagnosticCode::wrong_option,
                   option.words.empty() ? option.span : option.words.front().span,
                   quoted(letters) + " is no currency",
                   "write its three letters, as in `KES` or `USD`");
}

// keep events 90d, log 1y, runs 90d
void read_keep(Context& context, const OptionForm& option) {
    const std::vector<std::string> kinds = {"events", "log", "runs"};
    for (std::size_t i = 0; i < option.words.size(); ++i) {
        const Name& kind = option.words[i];
        if (std::find(kinds.begin(), kinds.end(), kind.text) == kinds.end()) {
            context.report(DiagnosticCode::wrong_option, kind.span,
                           "`keep` knows " + list_names(kinds) + ", not " + quoted(kind.text),
                           did_you_mean(kind.text, kinds));
            continue;
        }
        if (i >= option.values.size()) continue;
        const auto value = constant_value(context, option.values[i], simple(TypeKind::duration),
                                          "`keep " + kind.text + "`");
        if (value) context.program().header.keep.emplace_back(kind.text, value->as_duration());
    }
}

void read_option(Context& context, const OptionForm& option) {
    const std::vector<std::string> known = {"pawl", "timezone", "currency", "keep"};
    if (option.name.text == "pawl") return read_version(context, option);
    if (option.name.text == "timezone") return read_timezone(context, option);
    if (option.name.text == "currency") return read_currency(context, option);
    if (option.name.text == "keep") return read_keep(context, option);
    const std::string hint = did_you_mean(option.name.text, known);
    context.report(DiagnosticCode::wrong_option, option.name.span,
                   "the rulebook's header has no option " + quoted(option.name.text),
                   hint.empty() ? "it takes " + list_names(known) : hint);
}

}  // namespace

void read_header(Context& context) {
    const Declaration* first = nullptr;
    for (const Declaration& declaration : context.tree.declarations) {
        const auto* form = std::get_if<RulebookDeclaration>(&declaration.form);
        if (form == nullptr) continue;
        if (first != nullptr) {
            context.report(DiagnosticCode::name_taken, declaration.name_span,
                           "there are two `rulebook` blocks", "keep one of them",
                           {{first->name_span, "the first one is here"}});
            continue;
        }
        first = &declaration;
        context.program().header.name = form->name.text;
        // The currency first: other options may be amounts.
        for (const OptionForm& option : form->options) read_option(context, option);
    }
}

void declare_settings(Context& context) {
    const auto& declarations = context.tree.declarations;
    for (std::uint32_t i = 0; i < declarations.size(); ++i) {
        const auto* form = std::get_if<SettingDeclaration>(&declarations[i].form);
        if (form == nullptr) continue;
        const Named* named = context.space(Space::setting).find(form->name.text);
        if (named == nullptr || named->declaration != i || named->lost) continue;
        rules::Setting& setting = context.schema().settings[named->index];
        setting.title = form->title;
        const std::string what = "the setting " + quoted(form->name.text);
        const auto value = constant_value(context, form->value, Type{}, what);
        if (!value) continue;
        const Type type = constant_type(context, form->value);
        if (value->is_missing() || is_unknown(type)) {
            context.report(DiagnosticCode::not_constant, context.tree.at(form->value).span,
                           what + " needs a value", "write a number, a text, a date or a duration");
            continue;
        }
        setting.type = context.type_index(type);
        setting.value = *value;
    }
}

}  // namespace pawl::dsl::internal
