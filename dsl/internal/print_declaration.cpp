#include "dsl/internal/print_declaration.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::dsl {

namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

// The widest of them, but no wider than is read comfortably: what is wider stands out by itself.
class Column {
 public:
    void add(std::size_t width) {
        if (width <= width_max) width_ = std::max(width_, width);
    }
    std::size_t width() const { return width_; }

 private:
    static constexpr std::size_t width_max = 40;
    std::size_t width_ = 0;
};

std::string titled(const std::string& title) {
    return title.empty() ? std::string() : " " + quote_plain(title);
}

}  // namespace

void DeclarationPrinter::item(std::uint32_t begin, Lines::Place place, const std::string& text,
                              std::size_t continuation) {
    lines_.begin(begin, place);
    lines_.write(text, continuation);
}

std::string DeclarationPrinter::brackets(const std::vector<ParameterForm>& parameters) const {
    return "(" + p_.parameters(parameters) + ")";
}

std::string DeclarationPrinter::field_text(const FieldForm& field) const {
    std::string out = p_.type(field.type, false);
    if (field.type.deleted_with_it) out += " (deleted with it)";
    if (field.type.optional) out += " ?";
    if (field.unique) out += " unique";
    if (!is_none(field.default_value)) out += " = " + p_.operand(field.default_value);
    return out;
}

void DeclarationPrinter::field(const FieldForm& field, std::size_t width, Lines::Place place) {
    const std::string name = padded(p_.name(field.name), width) + "  ";
    // The values of `one of` go on below the first of them.
    const std::size_t lead = field.type.kind == TypeFormKind::choice ? 7 : 4;
    item(field.span.begin, place, name + field_text(field),
         lines_.indentation() + name.size() + lead);
}

void DeclarationPrinter::fields(const std::vector<FieldForm>& fields,
                                const std::vector<EntityDeclaration::UniqueSet>& sets) {
    Column column;
    for (const FieldForm& field : fields) column.add(p_.name(field.name).size());
    lines_.indent();
    Lines::Place place = Lines::Place::first;
    std::size_t next_set = 0;
    const auto print_sets_before = [&](std::uint32_t at) {
        for (; next_set < sets.size() && sets[next_set].span.begin < at; ++next_set) {
            item(sets[next_set].span.begin, place,
                 "unique (" + p_.names(sets[next_set].fields) + ")");
            place = Lines::Place::item;
        }
    };
    for (const FieldForm& form : fields) {
        print_sets_before(form.span.begin);
        field(form, column.width(), place);
        place = Lines::Place::item;
    }
    print_sets_before(0xffffffff);
    lines_.dedent();
}

std::string DeclarationPrinter::option_values(const OptionForm& option) const {
    // `keep events 90d, log 1y`: each word has its value.
    const bool is_pairs = option.name.text == "keep" && option.words.size() == option.values.size();
    std::vector<std::string> items;
    for (std::size_t i = 0; i < option.words.size(); ++i) {
        items.push_back(p_.name(option.words[i]));
        if (is_pairs) items.back() += " " + p_.operand(option.values[i]);
    }
    if (!is_pairs) {
        // Words and values come in the order in which they were written.
        std::vector<std::pair<std::uint32_t, std::string>> ordered;
        for (std::size_t i = 0; i < option.words.size(); ++i)
            ordered.emplace_back(option.words[i].span.begin, items[i]);
        for (const ExpressionIndex value : option.values)
            ordered.emplace_back(tree_.at(value).span.begin, p_.operand(value));
        std::sort(ordered.begin(), ordered.end());
        items.clear();
        for (auto& each : ordered) items.push_back(std::move(each.second));
    }
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i)
        out += (i == 0 ? std::string() : "," + soft_break(1) + " ") + items[i];
    return out;
}

void DeclarationPrinter::options(const std::vector<OptionForm>& options, Lines::Place place) {
    Column column;
    for (const OptionForm& option : options) column.add(p_.name(option.name).size());
    for (const OptionForm& option : options) {
        item(option.span.begin, place,
             padded(p_.name(option.name), column.width()) + " " + option_values(option));
        place = Lines::Place::item;
    }
}

void DeclarationPrinter::event(const EventDeclaration& event) {
    std::string head = "event " + p_.name(event.name);
    if (!event.about.empty()) head += " about " + p_.name(event.about);
    lines_.write(head);
    fields(event.fields, {});
    end();
}

void DeclarationPrinter::service_action(const ServiceAction& action) {
    lines_.write("action " + p_.name(action.name) +
                 (action.parameters.empty() ? "" : brackets(action.parameters)) +
                 (action.costs_money ? soft_break(0) + " costs money" : ""));
    lines_.indent();
    Lines::Place place = Lines::Place::first;
    if (!action.answers.empty()) {
        std::string out = "answers ";
        for (std::size_t i = 0; i < action.answers.size(); ++i) {
            if (i != 0) out += "," + soft_break(1) + " ";
            out += p_.name(action.answers[i].name) + " " + field_text(action.answers[i]);
        }
        item(lines_.keyword_before(action.answers.front().span.begin), place, out);
        place = Lines::Place::item;
    }
    if (!action.sample.empty())
        item(lines_.keyword_before(action.sample.front().name.span.begin), place,
             "sample " + p_.fields(action.sample));
    lines_.dedent();
    end();
}

void DeclarationPrinter::step(const StepForm& step, Lines::Place place) {
    std::string head = "step " + p_.name(step.name);
    if (!step.parameters.empty()) head += "(" + p_.names(step.parameters) + ")";
    if (!is_none(step.title)) head += " " + p_.whole(step.title);
    head += soft_break(0) + " at " + p_.operand(step.at);
    if (!is_none(step.catch_up))
        head += soft_break(0) + " catch up within " + p_.operand(step.catch_up);
    if (!is_none(step.unless)) head += soft_break(0) + " unless " + p_.whole(step.unless);
    item(step.span.begin, place, head);
    statements_.block(step.body);
    end();
}

void DeclarationPrinter::journey_items(const std::vector<JourneyItem>& items, Lines::Place place) {
    for (const JourneyItem& each : items) {
        if (const auto* of_step = std::get_if<StepForm>(&each.form)) {
            step(*of_step, place);
        } else {
            const auto& loop = std::get<JourneyLoop>(each.form);
            lines_.begin(loop.span.begin, place);
            lines_.next_block_word();  // `do`
            lines_.write("for each " + p_.loop_head(loop.variable, loop.source) + " do");
            lines_.indent();
            journey_items(loop.items, Lines::Place::first);
            lines_.dedent();
            end();
        }
        place = Lines::Place::item;
    }
}

// Writes a declaration behind the beginning of its first line.
struct DeclarationForms {
    DeclarationPrinter& d;
    const Declaration& declaration;

    const ExpressionPrinter& p() const { return d.p_; }
    void write(const std::string& text) const { d.lines_.write(text); }
    std::string named(const char* keyword, const Name& name) const {
        return keyword + p().name(name);
    }
    template <class Body>
    void indented(Body body) const {
        d.lines_.indent();
        body();
        d.lines_.dedent();
        d.end();
    }
    // Items of several kinds, of which the tree does not keep the order.
    struct Item {
        std::uint32_t begin = 0;
        std::string text;
    };
    std::uint32_t keyword_of(ExpressionIndex value, unsigned words) const {
        return d.lines_.keyword_before(d.tree_.at(value).span.begin, words);
    }
    void add_options(std::vector<Item>& items, const std::vector<OptionForm>& options) const {
        Column column;
        for (const OptionForm& option : options) column.add(p().name(option.name).size());
        for (const OptionForm& option : options) {
            items.push_back({option.span.begin, padded(p().name(option.name), column.width()) +
                                                    " " + d.option_values(option)});
        }
    }
    // Answers the place of what comes behind them.
    Lines::Place print_in_order(std::vector<Item> items) const {
        std::sort(items.begin(), items.end(),
                  [](const Item& left, const Item& right) { return left.begin < right.begin; });
        Lines::Place place = Lines::Place::first;
        for (const Item& each : items) {
            d.item(each.begin, place, each.text);
            place = Lines::Place::item;
        }
        return place;
    }
    std::string result(const std::optional<TypeForm>& type) const {
        return type ? " -> " + p().type(*type) : std::string();
    }
    std::string parameters(const std::vector<ParameterForm>& list) const {
        return list.empty() ? std::string() : d.brackets(list);
    }

    void operator()(const RulebookDeclaration& form) const {
        write(named("rulebook ", form.name));
        indented([&] { d.options(form.options, Lines::Place::first); });
    }
    void operator()(const SettingDeclaration& form) const {
        write(named("setting ", form.name) + " = " + p().operand(form.value) + titled(form.title));
    }
    void operator()(const EntityDeclaration& form) const {
        write(named("entity ", form.name));
        d.fields(form.fields, form.unique_sets);
        d.end();
    }
    void operator()(const RecordDeclaration& form) const {
        write(named("record ", form.name));
        d.fields(form.fields, {});
        d.end();
    }
    void operator()(const EventDeclaration& form) const { d.event(form); }
    void operator()(const StatesDeclaration& form) const {
        write(named("states ", form.entity) + "." + p().name(form.field) + " starts " +
              p().name(form.starts));
        Column from, to;
        for (const TransitionForm& transition : form.transitions) {
            from.add(p().names(transition.from).size());
            if (!transition.by.empty()) to.add(without_breaks(p().names(transition.to)).size());
        }
        indented([&] {
            Lines::Place place = Lines::Place::first;
            for (const TransitionForm& transition : form.transitions) {
                std::string text = padded(p().names(transition.from), from.width()) + " -> ";
                std::string targets = p().names(transition.to);
                if (!transition.by.empty()) {
                    const std::size_t marks = targets.size() - without_breaks(targets).size();
                    text += padded(std::move(targets), to.width() + marks);
                    text += soft_break(1) + "  by " + p().names(transition.by);
                } else {
                    text += targets;
                }
                d.item(transition.span.begin, place, text);
                place = Lines::Place::item;
            }
        });
    }
    void operator()(const DefineDeclaration& form) const {
        write(named("define ", form.name) + parameters(form.parameters) + " = " +
              p().whole(form.value));
    }
    void operator()(const RuleDeclaration& form) const {
        std::string head = named("rule ", form.name) + titled(form.title);
        if (!form.mode.empty()) head += " " + p().name(form.mode);
        if (!form.renamed_from.empty()) head += " renamed from " + p().name(form.renamed_from);
        write(head);
        indented([&] {
            Lines::Place place = Lines::Place::first;
            for (const Trigger& trigger : form.triggers) {
                d.statements_.trigger(trigger, place);
                place = Lines::Place::item;
            }
            for (const RuleClause& clause : form.clauses) {
                std::string text = clause.kind == ClauseKind::if_      ? "if "
                                   : clause.kind == ClauseKind::unless ? "unless "
                                                                       : "let ";
                if (clause.kind == ClauseKind::let) text += p().name(clause.name) + " = ";
                d.item(clause.span.begin, Lines::Place::item, text + p().whole(clause.value));
            }
            d.item(d.lines_.next_block_word(), Lines::Place::item, "then");
            d.statements_.block(form.body);
            for (const Guard& guard : form.guards) d.statements_.guard(guard);
        });
    }
    void operator()(const FlowDeclaration& form) const {
        write(named("flow ", form.name) + parameters(form.parameters) + result(form.result));
        d.statements_.block(form.body);
        d.end();
    }
    void operator()(const JourneyDeclaration& form) const {
        std::string head =
            named("journey ", form.name) + titled(form.title) + " of " + p().name(form.of);
        if (!form.renamed_from.empty()) head += " renamed from " + p().name(form.renamed_from);
        write(head);
        indented([&] {
            std::vector<Item> items;
            if (!is_none(form.starts))
                items.push_back({keyword_of(form.starts, 1), "starts " + p().operand(form.starts)});
            if (!is_none(form.pauses_while)) {
                std::string text = "pauses while " + p().whole(form.pauses_while);
                if (!is_none(form.pauses_until)) text += " until " + p().operand(form.pauses_until);
                items.push_back({keyword_of(form.pauses_while, 2), std::move(text)});
            }
            const Lines::Place place = print_in_order(std::move(items));
            d.journey_items(form.items, place);
        });
    }
    void operator()(const TemplateDeclaration& form) const {
        write(named("template ", form.channel) + " " + p().name(form.name) +
              (form.parameters.empty() ? "" : " " + d.brackets(form.parameters)));
        Column column;
        for (const TemplatePart& part : form.parts) column.add(p().name(part.name).size());
        indented([&] {
            Lines::Place place = Lines::Place::first;
            for (const TemplatePart& part : form.parts) {
                std::string text = padded(p().name(part.name), column.width()) + " ";
                text += part.file.empty() ? "\"" + p().template_nodes(part.nodes) + "\""
                                          : "file " + quote_plain(part.file);
                d.item(part.span.begin, place, text);
                place = Lines::Place::item;
            }
        });
    }
    void operator()(const NotificationDeclaration& form) const {
        write(named("notification ", form.name) +
              (form.parameters.empty() ? "" : " " + d.brackets(form.parameters)));
        Column column;
        for (const NotificationChannelForm& channel : form.channels)
            column.add(p().name(channel.channel).size());
        indented([&] {
            std::vector<Item> items;
            for (const NotificationChannelForm& channel : form.channels) {
                std::string text = padded(p().name(channel.channel), column.width()) + " ";
                text += is_none(channel.text) ? p().name(channel.template_name)
                                              : p().operand(channel.text);
                items.push_back({channel.span.begin, std::move(text)});
            }
            if (form.critical) items.push_back({form.critical_span.begin, "critical"});
            print_in_order(std::move(items));
        });
    }
    void operator()(const ChannelDeclaration& form) const {
        write(named("channel ", form.name));
        indented([&] {
            std::vector<Item> items;
            add_options(items, form.options);
            if (form.retry)
                items.push_back(
                    {keyword_of(form.retry->times, 1), d.statements_.retry(*form.retry)});
            if (!form.fall_back_to.empty())
                items.push_back({d.lines_.keyword_before(form.fall_back_to.span.begin, 3),
                                 "fall back to " + p().name(form.fall_back_to)});
            if (!is_none(form.quiet_from)) {
                std::string text = "quiet from " + p().operand(form.quiet_from) + " to " +
                                   p().operand(form.quiet_to);
                if (!is_none(form.quiet_zone)) text += " in " + p().zone(form.quiet_zone);
                items.push_back({keyword_of(form.quiet_from, 2), std::move(text)});
            }
            print_in_order(std::move(items));
        });
    }
    void operator()(const IntegrationDeclaration& form) const {
        write(named("integration ", form.name));
        indented([&] { d.options(form.options, Lines::Place::first); });
    }
    void operator()(const ServiceDeclaration& form) const {
        write(named("service ", form.name));
        indented([&] {
            Lines::Place place = Lines::Place::first;
            if (!form.needs.empty()) {
                d.item(d.lines_.keyword_before(form.needs.front().name.span.begin), place,
                       "needs " + p().parameters(form.needs));
                place = Lines::Place::item;
            }
            std::size_t event = 0;
            std::size_t action = 0;
            while (event < form.events.size() || action < form.actions.size()) {
                const bool is_event =
                    action == form.actions.size() ||
                    (event < form.events.size() &&
                     form.events[event].name.span.begin < form.actions[action].span.begin);
                d.lines_.begin(is_event
                                   ? d.lines_.keyword_before(form.events[event].name.span.begin)
                                   : form.actions[action].span.begin,
                               place);
                if (is_event) {
                    d.event(form.events[event++]);
                } else {
                    d.service_action(form.actions[action++]);
                }
                place = Lines::Place::item;
            }
        });
    }
    void operator()(const RolesDeclaration& form) const {
        std::string text = "roles ";
        for (std::size_t i = 0; i < form.roles.size(); ++i) {
            if (i != 0) text += "," + soft_break(1) + " ";
            text += p().name(form.roles[i].name);
            if (!form.roles[i].group.empty()) text += " (" + p().name(form.roles[i].group) + ")";
        }
        if (!form.entity.empty())
            text += soft_break(0) + " of " + p().name(form.entity) + "." + p().name(form.field);
        write(text);
    }
    void operator()(const PersonDeclaration& form) const {
        std::string text = named("person ", form.entity);
        for (std::size_t i = 0; i < form.options.size(); ++i) {
            text += i == 0 ? soft_break(0) + " " : "," + soft_break(1) + " ";
            text += p().name(form.options[i].name) + " " + p().names(form.options[i].words);
        }
        write(text);
    }
    void operator()(const AllowDeclaration& form) const {
        std::string text = "allow " + p().names(form.roles) + " to " + p().names(form.verbs);
        if (form.everything) {
            text += " everything";
        } else {
            if (!form.fields.empty()) text += " " + p().names(form.fields) + " of";
            text += " " + p().name(form.entity);
            if (!is_none(form.where)) text += soft_break(0) + " where " + p().whole(form.where);
        }
        write(text);
    }
    void operator()(const ActionDeclaration& form) const {
        write(named("action ", form.name) + parameters(form.parameters) + result(form.result));
        indented([&] {
            std::vector<Item> items;
            if (!form.lua_file.empty())
                items.push_back({d.lines_.keyword_before(form.lua_span.begin),
                                 "lua " + quote_plain(form.lua_file)});
            if (form.pure) items.push_back({form.pure_span.begin, "pure"});
            add_options(items, form.options);
            print_in_order(std::move(items));
        });
    }
    void operator()(const CalendarDeclaration& form) const {
        write(named("calendar ", form.name));
        indented([&] {
            Lines::Place place = Lines::Place::first;
            for (std::size_t i = 0; i < form.days.size(); ++i) {
                const CalendarDeclaration::Days& days = form.days[i];
                const std::string text =
                    is_none(days.date) ? "file " + quote_plain(days.file) : p().operand(days.date);
                d.item(days.span.begin, place, text + (i + 1 < form.days.size() ? "," : ""));
                place = Lines::Place::item;
            }
        });
    }
    void operator()(const TestDeclaration& form) const {
        write("test " + quote_plain(form.title));
        indented([&] { d.test_steps(form.steps); });
    }
};

void DeclarationPrinter::declaration(const Declaration& declaration) {
    std::visit(DeclarationForms{*this, declaration}, declaration.form);
}

}  // namespace pawl::dsl
