#include "dsl/internal/check_expressions.h"

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

const Literal* literal_of(const Tree& tree, ExpressionIndex index) {
    return std::get_if<Literal>(&tree.at(index).form);
}

bool is_missing_literal(const Tree& tree, ExpressionIndex index) {
    const Literal* literal = literal_of(tree, index);
    return literal != nullptr && literal->kind == LiteralKind::missing;
}

}  // namespace

Type Expressions::note(ExpressionIndex index, Type type) {
    context_.info(index).type = context_.type_index(type);
    return type;
}

void Expressions::convert_to(ExpressionIndex index, Type wanted) {
    context_.info(index).converted_to = context_.type_index(plain(wanted));
}

Type Expressions::check(ExpressionIndex index, Type wanted, Position position) {
    if (is_none(index)) return {};
    const Type type = check_form(index, wanted, position);
    if (context_.info(index).converted_to == 0) note(index, type);
    const bool is_exposed = type.kind == TypeKind::secret && position == Position::value &&
                            wanted.kind != TypeKind::secret;
    if (!is_exposed) return type;
    context_.report(DiagnosticCode::secret_shown, context_.tree.at(index).span,
                    quoted(context_.source_text(context_.tree.at(index).span)) +
                        " is a secret, which goes only into a `send` or a `call`",
                    "pass it there directly");
    return note(index, {});
}

Type Expressions::check_forgiving(ExpressionIndex index, Position position) {
    const bool before = std::exchange(forgives_, true);
    const Type type = check(index, {}, position);
    forgives_ = before;
    return type;
}

Type Expressions::check_form(ExpressionIndex index, Type wanted, Position position) {
    const auto& form = context_.tree.at(index).form;
    if (const auto* literal = std::get_if<Literal>(&form))
        return check_literal(index, *literal, wanted);
    if (const auto* text = std::get_if<Text>(&form)) return check_text(index, *text, wanted);
    if (const auto* use = std::get_if<NameUse>(&form))
        return check_name(index, *use, wanted, position);
    if (const auto* member = std::get_if<Member>(&form)) return check_member(index, *member);
    if (const auto* call = std::get_if<CallExpression>(&form))
        return check_call(index, *call, position);
    if (const auto* unary = std::get_if<Unary>(&form)) return check_unary(index, *unary, wanted);
    if (const auto* binary = std::get_if<Binary>(&form)) return check_binary(index, *binary);
    if (const auto* between = std::get_if<Between>(&form)) return check_between(*between);
    if (const auto* presence = std::get_if<Presence>(&form))
        return check_presence(index, *presence);
    if (const auto* fallback = std::get_if<OrDefault>(&form))
        return check_or_default(index, *fallback, wanted, position);
    if (const auto* query = std::get_if<QueryExpression>(&form))
        return check_query(index, *query, wanted);
    if (const auto* list = std::get_if<ListLiteral>(&form))
        return check_list(*list, wanted, position);
    if (const auto* object = std::get_if<ObjectLiteral>(&form)) return check_object(*object);
    if (const auto* range = std::get_if<RangeExpression>(&form)) return check_range(*range);
    return check_as(index, std::get<AsType>(form));
}

Type Expressions::require(ExpressionIndex index, Type wanted, const std::string& what,
                          Position position) {
    const std::optional<Label> due = std::exchange(due_, std::nullopt);
    if (is_none(index)) return {};
    if (is_unknown(wanted)) return check_forgiving(index, position);
    const Type have = check(index, wanted, position);
    const Span span = context_.tree.at(index).span;
    if (is_missing_literal(context_.tree, index) && !wanted.optional && !is_unknown(wanted)) {
        context_.report(DiagnosticCode::may_be_missing, span, what + " must have a value",
                        "give a value, or write `?` after its type");
        return {};
    }
    switch (fit(context_, have, wanted)) {
        case Fit::same: return have;
        case Fit::converts:
            if (context_.info(index).converted_to == 0) convert_to(index, wanted);
            return {wanted.kind, have.optional, wanted.index};
        case Fit::missing:
            due_ = due;
            report_missing(index, what);
            due_.reset();
            return {};
        case Fit::no: break;
    }
    const auto is_damaged = [&](Type type) {
        return type.kind == TypeKind::choice && context_.damaged_choices.contains(type.index);
    };
    if (is_damaged(have) || is_damaged(wanted)) return {};
    const bool is_reference = wanted.kind == TypeKind::reference && have.kind == TypeKind::text;
    report_mismatch(context_, span, what, have, wanted,
                    is_reference ? "a record is found with `first x in " +
                                       context_.schema().entities[wanted.index].name + " where …`"
                                 : hint_for_time(context_, index, wanted, what));
    return {};
}

void Expressions::declare_due(std::optional<Span> declared, const std::string& name) {
    due_.reset();
    if (declared) due_ = Label{*declared, quoted(name) + " is declared here"};
}

void Expressions::report_missing(ExpressionIndex index, const std::string& what) {
    const std::string text = quoted(context_.source_text(context_.tree.at(index).span));
    const std::string place = path(index);
    std::string hint = "add `or default …`";
    const auto* binary = std::get_if<Binary>(&context_.tree.at(index).form);
    if (binary != nullptr && binary->op == BinaryOperator::divide)
        hint = "divided by zero it is missing; add `or default …`";
    if (!place.empty())
        hint = "say before it `if " + text.substr(1, text.size() - 2) +
               " is present`, or add `or default …`";
    if (!place.empty() && scope_.was_forgotten(place))
        hint =
            "the run stood still since that was tested, and it may have changed: test it again "
            "here, or give it a name before with `let`";
    const Span span = context_.tree.at(index).span;
    // Every place that does not give what one field needs is one cause.
    const Span cause = due_ ? due_->span : span;
    context_.report_grouped({CauseKind::due, cause.file, cause.begin, what},
                            DiagnosticCode::may_be_missing, span,
                            what + " must have a value, and " + text + " may be missing", hint);
    if (!due_) return;
    Grouped& told = context_.grouped.back();
    told.has_declared = true;
    told.declared = due_->span;
    told.declared_note = due_->message;
}

Type Expressions::check_literal(ExpressionIndex index, const Literal& literal, Type wanted) {
    const Span span = context_.tree.at(index).span;
    if (literal.kind == LiteralKind::missing) return simple(TypeKind::none, true);
    const Type natural = simple(literal_type(literal));
    const Type adapted = adapt(index, natural, wanted);
    if (!checked_literal(context_, literal, span, adapted.kind)) return {};
    return adapted;
}

// Digits are money or a number where that is due; a minus before them changes nothing.
Type Expressions::adapt(ExpressionIndex index, Type have, Type wanted) {
    const auto& form = context_.tree.at(index).form;
    const auto* unary = std::get_if<Unary>(&form);
    const bool is_minus = unary != nullptr && unary->op == UnaryOperator::negate;
    if (is_minus && literal_of(context_.tree, unary->operand) != nullptr) {
        const Type inner = adapt(unary->operand, have, wanted);
        return note(index, inner);
    }
    if (literal_of(context_.tree, index) == nullptr || !is_numeric(have.kind)) return have;
    const bool to_money = wanted.kind == TypeKind::money;
    const bool to_number = wanted.kind == TypeKind::number && have.kind == TypeKind::integer;
    if (!to_money && !to_number) return have;
    note(index, have);
    convert_to(index, wanted);
    return plain(wanted);
}

Type Expressions::adapt_text(ExpressionIndex index, const std::string& text, Type wanted) {
    const bool adapts = wanted.kind == TypeKind::choice ||
                        (is_textual(wanted.kind) && wanted.kind != TypeKind::text);
    if (!adapts) return simple(TypeKind::text);
    const auto value = text_value(text, plain(wanted), context_.schema());
    note(index, simple(TypeKind::text));
    const Span span = context_.tree.at(index).span;
    if (!value && wanted.kind == TypeKind::choice) {
        const auto& choice = context_.schema().choices[wanted.index];
        std::string hint = did_you_mean(text, choice.options);
        if (hint.empty()) hint = "its values are " + list_names(choice.options);
        context_.report_grouped(
            {CauseKind::option, wanted.index, 0, text}, DiagnosticCode::unknown_option, span,
            quoted(choice.name) + " cannot be " + quote_for_message(text), std::move(hint));
        return {};
    }
    if (!value) {
        context_.report(DiagnosticCode::value_out_of_range, span, value.error().message);
        return {};
    }
    convert_to(index, wanted);
    return plain(wanted);
}

Type Expressions::check_text(ExpressionIndex index, const Text& text, Type wanted) {
    if (const auto whole = constant_text(text)) return adapt_text(index, *whole, wanted);
    for (const TextPiece& piece : text.pieces) {
        if (is_none(piece.expression)) continue;
        filters(piece, check(piece.expression));
    }
    return simple(TypeKind::text);
}

void Expressions::filters(const TextPiece& piece, Type type, Position position) {
    for (const TextFilter& filter : piece.filters) {
        const auto found = rules::find_builtin(filter.name.text);
        if (!found) {
            context_.report(DiagnosticCode::unknown_name, filter.name.span,
                            "no filter is named " + quoted(filter.name.text),
                            did_you_mean(filter.name.text, builtin_names()));
            return;
        }
        context_.bind(filter.name, BindingKind::builtin, static_cast<std::uint32_t>(*found));
        std::vector<ExpressionIndex> operands{piece.expression};
        std::vector<Type> types{type};
        for (const ExpressionIndex argument : filter.arguments) {
            operands.push_back(argument);
            types.push_back(check(argument));
        }
        type = builtin(*found, filter.name, operands, types);
    }
    const bool is_whole = type.kind == TypeKind::event || type.kind == TypeKind::record;
    const bool is_seen = type.kind == TypeKind::secret && position != Position::sealed;
    if (is_whole)
        context_.report(DiagnosticCode::type_mismatch, piece.span,
                        "a text shows single values, and this is " + describe(context_, type),
                        "name one of its fields");
    if (is_seen)
        context_.report(DiagnosticCode::secret_shown, piece.span,
                        "a secret would be seen in this text",
                        "pass it to a template's parameter of type `secret text`");
}

Type Expressions::check_name(ExpressionIndex index, const NameUse& use, Type wanted,
                             Position position) {
    const Name& name = use.name;
    Local* local = scope_.find(name.text);
    if (wanted.kind == TypeKind::choice && position != Position::query_source) {
        const auto& choice = context_.schema().choices[wanted.index];
        const bool is_option = std::find(choice.options.begin(), choice.options.end(), name.text) !=
                               choice.options.end();
        if (is_option && local != nullptr) {
            context_.report(DiagnosticCode::name_like_option, local->span,
                            quoted(name.text) + " is also a value of " + quoted(choice.name) +
                                ", beside which it stands below",
                            "give it another name", {{name.span, "here it could mean either"}});
            local->used = true;
            return {};
        }
        if (is_option) {
            context_.use_option(wanted.index, name.text);
            context_.info(index).binding = {BindingKind::option, 0};
            return plain(wanted);
        }
    }
    if (local != nullptr) {
        local->used = true;
        context_.info(index).binding = {BindingKind::local, local->slot};
        const bool is_sourceless =
            position == Position::query_source && local->type.kind != TypeKind::list;
        const bool is_entity = context_.space(Space::entity).find(name.text) != nullptr;
        if (!is_sourceless || !is_entity) {
            Type type = local->type;
            if (type.optional && scope_.is_proven(scope_.path_of(local->slot)))
                type.optional = false;
            return type;
        }
    }
    if (position == Position::query_source) {
        if (Named* entity = context_.space(Space::entity).find(name.text)) {
            entity->used = true;
            if (entity->lost) return {};
            context_.info(index).binding = {BindingKind::entity, entity->index};
            const Type row{TypeKind::reference, false, static_cast<std::uint16_t>(entity->index)};
            return {TypeKind::list, false, context_.type_index(row)};
        }
    }
    bool found = false;
    const Type word = check_word(index, use, found);
    if (found) return word;
    if (Named* setting = context_.space(Space::setting).find(name.text)) {
        setting->used = true;
        if (setting->lost) return {};
        context_.info(index).binding = {BindingKind::setting, setting->index};
        return context_.type(context_.schema().settings[setting->index].type);
    }
    if (position == Position::recipient) {
        if (Named* group = context_.space(Space::group).find(name.text)) {
            group->used = true;
            if (group->lost) return {};
            context_.info(index).binding = {BindingKind::group, group->index};
            return simple(TypeKind::group);
        }
    }
    return unknown_name(name, wanted, position);
}

Type Expressions::check_word(ExpressionIndex index, const NameUse& use, bool& found) {
    if (use.name.quoted) return {};
    const std::string& word = use.name.text;
    found = true;
    if (word == "now" || word == "today" || word == "firing") {
        if (watch != nullptr && watch->on_query) watch->on_query(use.name.span, quoted(word));
        if (word == "today") require_zone(context_, use.name.span, "`today`");
        const BindingKind kind = word == "now"     ? BindingKind::now
                                 : word == "today" ? BindingKind::today
                                                   : BindingKind::firing;
        context_.info(index).binding = {kind, 0};
        return simple(word == "today" ? TypeKind::date : TypeKind::datetime);
    }
    if (word == "me") {
        context_.report(DiagnosticCode::not_usable_here, use.name.span,
                        "`me` is who is signed in, and stands only in `allow`",
                        "name the person another way");
        return {};
    }
    found = false;
    return {};
}

// Some trigger of the rule binds it, but not where it stands. Told, unless a trigger was lost.
bool Expressions::is_bound_elsewhere(const Name& name) {
    const auto half = scope_.half_bound.find(name.text);
    if (half != scope_.half_bound.end()) {
        if (!scope_.has_lost_trigger)
            context_.report(DiagnosticCode::unknown_name, name.span,
                            quoted(name.text) + " is not bound by every `when` of this rule",
                            "bind it in each of them with `as`, or divide the rule",
                            {{half->second, "only here"}});
        return true;
    }
    const auto absent = scope_.did_not_come.find(name.text);
    if (absent == scope_.did_not_come.end()) return false;
    context_.report(DiagnosticCode::not_usable_here, name.span,
                    "this rule runs when no " + quoted(name.text) + " came, so there is none",
                    "use what came before it", {{absent->second, "this did not come"}});
    return true;
}

void Expressions::report_unknown_option(const Name& name, Type wanted) {
    const auto& choice = context_.schema().choices[wanted.index];
    std::vector<std::string> names = choice.options;
    for (const std::string& visible : scope_.visible_names()) names.push_back(visible);
    std::string hint = did_you_mean(name.text, names);
    if (hint.empty()) hint = "its values are " + list_names(choice.options);
    context_.report_grouped(
        {CauseKind::option, wanted.index, 0, name.text}, DiagnosticCode::unknown_option, name.span,
        quoted(choice.name) + " cannot be " + quoted(name.text), std::move(hint));
}

// It is the name of something that is no value: of an event, a role, a rule. Told.
bool Expressions::is_declared_otherwise(const Name& name, Position position) {
    for (const Space space : {Space::entity, Space::event, Space::flow, Space::function,
                              Space::group, Space::notification, Space::role, Space::rule}) {
        const Named* named = context_.space(space).find(name.text);
        if (named == nullptr) continue;
        if (named->lost) return true;
        if (!unknown_name_place.empty() && space != Space::entity) continue;
        if (space == Space::role && position == Position::recipient) {
            std::string group;
            for (const rules::Role& role : context_.schema().people.roles)
                if (role.name == name.text) group = role.group;
            context_.report(DiagnosticCode::not_usable_here, name.span,
                            quoted(name.text) + " is a role; messages go to its group",
                            group.empty() ? "name a group in brackets after the role in `roles`"
                                          : "write " + quoted(group));
            return true;
        }
        const std::string word(space_word(space));
        const std::string article = word == "entity" || word == "event" ? "an " : "a ";
        if (!unknown_name_place.empty()) {
            context_.report_grouped(
                {CauseKind::local, scope_.unit_index(), 0, name.text}, unknown_name_code, name.span,
                unknown_name_place + quoted(name.text),
                space == Space::entity ? entity_hint(name)
                                       : "add what it shows to the parameters, and pass it");
            return true;
        }
        context_.report_grouped({CauseKind::local, scope_.unit_index(), 0, name.text},
                                DiagnosticCode::not_usable_here, name.span,
                                quoted(name.text) + " is the name of " + article + word +
                                    ", and nothing here is named so",
                                space == Space::entity  ? entity_hint(name)
                                : space == Space::event ? "an event is waited for: `wait for " +
                                                              name.text + " up to 1d … end`"
                                                        : "");
        return true;
    }
    return false;
}

Type Expressions::unknown_name(const Name& name, Type wanted, Position position) {
    if (forgives_) return {};
    if (scope_.has_lost_trigger && context_.space(Space::entity).find(name.text) != nullptr)
        return {};
    if (is_bound_elsewhere(name)) return {};
    if (wanted.kind == TypeKind::choice) {
        report_unknown_option(name, wanted);
        return {};
    }
    if (is_declared_otherwise(name, position)) return {};
    std::vector<std::string> names = scope_.visible_names();
    for (const std::string& setting : context_.space(Space::setting).names())
        names.push_back(setting);
    if (position == Position::query_source)
        for (const std::string& entity : context_.space(Space::entity).names())
            names.push_back(entity);
    if (position == Position::recipient)
        for (const std::string& group : context_.space(Space::group).names())
            names.push_back(group);
    const Space likely = position == Position::query_source ? Space::entity
                         : position == Position::recipient  ? Space::group
                                                            : Space::setting;
    if (context_.space(likely).has_nameless_loss) return {};
    const std::string kind = position == Position::query_source ? "no entity or list is named "
                             : position == Position::recipient  ? "nobody here is named "
                                                                : "nothing here is named ";
    std::string hint = did_you_mean(name.text, names);
    if (hint.empty() && position == Position::recipient) {
        const auto groups = context_.space(Space::group).names();
        hint = groups.empty() ? "a group is declared with its role: `roles admin (admins)`"
                              : "groups are " + list_names(groups);
    }
    if (hint.empty()) hint = hint_for_time_word(name.text);
    if (!unknown_name_place.empty() && hint.empty())
        hint = "add it to the parameters, or show one of " + list_names(scope_.visible_names());
    context_.report_grouped(
        likely != Space::entity
            ? Cause{CauseKind::local, scope_.unit_index(), 0, name.text}
            : Cause{CauseKind::name, static_cast<std::uint32_t>(likely), 0, name.text},
        unknown_name_code, name.span,
        (unknown_name_place.empty() ? kind : unknown_name_place) + quoted(name.text),
        std::move(hint));
    context_.grouped.back().may_be_group = position == Position::recipient;
    return {};
}

// An entity's name stands for a record only where a trigger or a parameter binds it.
std::string Expressions::entity_hint(const Name& name) const {
    if (!unknown_name_place.empty())
        return "add the parameter `" + name.text + ": " + name.text + "`";
    // `engagement.account`: a name in sight that leads there.
    if (const Named* entity = context_.space(Space::entity).find(name.text)) {
        for (const std::string& local : scope_.visible_names()) {
            const Local* found = scope_.find(local);
            const auto* fields = found == nullptr ? nullptr : fields_of(context_, found->type);
            for (std::size_t i = 0; fields != nullptr && i < fields->size(); ++i) {
                const Type type = context_.type((*fields)[i].type);
                if (type.kind == TypeKind::reference && type.index == entity->index)
                    return "write `" + local + "." + (*fields)[i].name + "`";
            }
        }
    }
    return "find the record first: `let " + name.text + " = first x in " + name.text + " where …`";
}

const std::vector<rules::Field>* fields_of(Context& context, Type type) {
    const rules::Schema& schema = context.schema();
    switch (type.kind) {
        case TypeKind::reference: return &schema.entities[type.index].fields;
        case TypeKind::record: return &schema.records[type.index].fields;
        case TypeKind::event: return &schema.events[type.index].fields;
        default: return nullptr;
    }
}

std::vector<std::string> member_names(Context& context, Type type) {
    std::vector<std::string> names;
    if (const auto* fields = fields_of(context, type))
        for (const rules::Field& field : *fields) names.push_back(field.name);
    // An entity's own fields first; those that every record has come last.
    if (type.kind == TypeKind::reference && names.size() > rules::system_field_count)
        std::rotate(names.begin(), names.begin() + rules::system_field_count, names.end());
    return names;
}

Type Expressions::check_member(ExpressionIndex index, const Member& member) {
    const Type base = check(member.base);
    if (is_unknown(base)) return {};
    return field_of(index, member, base);
}

Type Expressions::field_of(ExpressionIndex index, const Member& member, Type base) {
    if (base.kind == TypeKind::json) {
        context_.info(index).binding = {BindingKind::json_key, 0};
        const bool proven = scope_.is_proven(path(index));
        return simple(TypeKind::json, !proven);
    }
    const auto* fields = fields_of(context_, base);
    const auto found =
        fields == nullptr ? std::nullopt : rules::find_field(*fields, member.name.text);
    if (!found) return unknown_member(member, base, member_names(context_, base));
    const BindingKind kind =
        base.kind == TypeKind::reference ? BindingKind::field : BindingKind::member;
    context_.info(index).binding = {kind, *found};
    context_.bind(member.name, kind, *found);
    context_.use_field(base, *found);
    Type type = context_.type((*fields)[*found].type);
    if (is_unknown(type)) return {};
    type.optional = type.optional || base.optional;
    if (type.optional && scope_.is_proven(path(index))) type.optional = false;
    return type;
}

Type Expressions::unknown_member(const Member& member, Type base,
                                 const std::vector<std::string>& names) {
    if (names.empty()) {
        std::string hint;
        if (base.kind == TypeKind::list)
            hint = "of each of its items: `x." + member.name.text + " for x in …`";
        context_.report(DiagnosticCode::unknown_field, member.name.span,
                        quoted(context_.source_text(context_.tree.at(member.base).span)) + " is " +
                            describe(context_, base) + ", which has no fields",
                        std::move(hint));
        return {};
    }
    std::string owner = describe(context_, base);
    if (base.kind == TypeKind::reference)
        owner = quoted(context_.schema().entities[base.index].name);
    else if (base.kind == TypeKind::record)
        owner = quoted(context_.schema().records[base.index].name);
    std::string hint = did_you_mean(member.name.text, names);
    if (hint.empty()) hint = "its fields are " + list_names(names, 12);
    context_.report_grouped(
        {CauseKind::field, static_cast<std::uint32_t>(base.kind), base.index, member.name.text},
        DiagnosticCode::unknown_field, member.name.span,
        owner + " has no field " + quoted(member.name.text), std::move(hint));
    return {};
}

std::string Expressions::path(ExpressionIndex index) const {
    const auto& form = context_.tree.at(index).form;
    const Binding binding = context_.info(index).binding;
    if (std::holds_alternative<NameUse>(form))
        return binding.kind == BindingKind::local ? scope_.path_of(binding.index) : "";
    const auto* member = std::get_if<Member>(&form);
    const bool is_field = binding.kind == BindingKind::field ||
                          binding.kind == BindingKind::member ||
                          binding.kind == BindingKind::json_key;
    if (member == nullptr || !is_field) return {};
    const std::string base = path(member->base);
    return base.empty() ? "" : base + "." + member->name.text;
}

void Expressions::report_unlike(Span span, std::string_view doing, Type left, Type right,
                                std::string hint) {
    context_.report(DiagnosticCode::unlike_types, span,
                    describe(context_, left) + " and " + describe(context_, right) + " cannot be " +
                        std::string(doing),
                    std::move(hint));
}

}  // namespace pawl::dsl::internal
