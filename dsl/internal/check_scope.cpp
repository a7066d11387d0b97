#include "dsl/internal/check_scope.h"

#include <algorithm>
#include <charconv>

#include "dsl/internal/check_expressions.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

// A unit's locals are numbered by 16 bits in stored runs; the last numbers are set aside.
constexpr std::size_t locals_max = limits::unit_locals_max;

}  // namespace

std::uint32_t Scope::unit_index() const {
    const auto& units = context_.checked.units;
    const bool is_inside = !units.empty() && &unit_ >= &units.front() && &unit_ <= &units.back();
    return is_inside ? static_cast<std::uint32_t>(&unit_ - &units.front()) : no_unit;
}

std::uint32_t Scope::add_slot(std::string name, Type type) {
    if (unit_.local_names.size() >= locals_max) return 0;
    unit_.local_names.push_back(std::move(name));
    unit_.local_types.push_back(context_.type_index(type));
    return static_cast<std::uint32_t>(unit_.local_names.size() - 1);
}

std::uint32_t Scope::add_slots(const Name& name, std::uint32_t slots) {
    if (unit_.local_names.size() + slots > locals_max) {
        context_.report(DiagnosticCode::too_many, name.span,
                        "this declaration binds more than " + std::to_string(locals_max) + " names",
                        "divide it into several");
        if (unit_.local_names.empty()) add_slot(name.text, {});
        return 0;
    }
    const std::uint32_t slot = add_slot(name.text, {});
    for (std::uint32_t extra = 1; extra < slots; ++extra) add_slot("", {});
    return slot;
}

std::uint32_t Scope::declare(const Name& name, Type type, LocalOrigin origin) {
    const std::uint32_t slot = add_slots(name, 1);
    unit_.local_types[slot] = context_.type_index(type);
    declare_at(name, type, origin, slot);
    return slot;
}

void Scope::declare_at(const Name& name, Type type, LocalOrigin origin, std::uint32_t slot) {
    if (const Local* earlier = find(name.text)) {
        context_.report(DiagnosticCode::name_shadowed, name.span,
                        quoted(name.text) + " already names something here", "use another name",
                        {{earlier->span, quoted(name.text) + " is first bound here"}});
    } else if (const Named* setting = context_.space(Space::setting).find(name.text);
               setting != nullptr && !setting->lost) {
        context_.report(DiagnosticCode::name_shadowed, name.span,
                        quoted(name.text) + " is already the name of a setting", "use another name",
                        {{setting->span, "the setting is declared here"}});
    }
    context_.bind(name, BindingKind::local, slot);
    show({name.text, type, slot, name.span, origin});
}

void Scope::show(Local local) {
    by_name_[local.name].push_back(locals_.size());
    locals_.push_back(std::move(local));
}

Local* Scope::find(std::string_view name) {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end() || found->second.empty()) return nullptr;
    return &locals_[found->second.back()];
}

ExpressionIndex Scope::written_text(ExpressionIndex expression) {
    if (is_none(expression)) return expression;
    const auto& form = context_.tree.at(expression).form;
    if (const auto* text = std::get_if<Text>(&form))
        return constant_text(*text) ? expression : ExpressionIndex::none;
    if (const auto* fallback = std::get_if<OrDefault>(&form))
        return written_text(fallback->fallback);
    const auto* use = std::get_if<NameUse>(&form);
    if (use == nullptr) return ExpressionIndex::none;
    const BindingKind kind = context_.info(expression).binding.kind;
    if (kind == BindingKind::setting) return text_of_setting(use->name.text);
    const Local* local = kind == BindingKind::local ? find(use->name.text) : nullptr;
    return local == nullptr ? ExpressionIndex::none : local->written_text;
}

// What it is until somebody changes it.
ExpressionIndex Scope::text_of_setting(const std::string& name) {
    const Named* setting = context_.space(Space::setting).find(name);
    const auto* form = setting == nullptr
                           ? nullptr
                           : std::get_if<SettingDeclaration>(
                                 &context_.tree.declarations[setting->declaration].form);
    return form == nullptr ? ExpressionIndex::none : written_text(form->value);
}

std::vector<std::string> Scope::visible_names() const {
    std::vector<std::string> names;
    for (const Local& local : locals_) names.push_back(local.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void Scope::leave(Mark mark) {
    while (locals_.size() > mark.locals) {
        const Local& local = locals_.back();
        const bool is_let = local.origin == LocalOrigin::let;
        if (is_let && !local.used && !context_.has_lost_declarations)
            context_.report(DiagnosticCode::never_used, local.span,
                            "nothing uses " + quoted(local.name), "remove the name, or use it");
        by_name_[local.name].pop_back();
        context_.locals_of_unit[unit_index()].push_back({local.name, local.span, local.used});
        locals_.pop_back();
    }
    forget_facts(mark);
}

void Scope::forget_facts(Mark mark) {
    while (fact_trail_.size() > mark.facts) {
        for (const std::string& path : fact_trail_.back()) {
            const auto found = facts_.find(path);
            if (found != facts_.end() && --found->second == 0) facts_.erase(found);
        }
        fact_trail_.pop_back();
    }
}

std::string Scope::path_of(std::uint32_t slot) const {
    const auto found = aliases_.find(slot);
    return found == aliases_.end() ? std::to_string(slot) : found->second;
}

void Scope::prove(const Facts& facts) {
    for (const std::string& path : facts) prove(path);
}

void Scope::prove(const std::string& path) {
    ++facts_[path];
    fact_trail_.push_back({path});
}

bool Scope::is_proven(const std::string& path) const { return facts_.contains(path); }

void Scope::forget_field(const std::string& field) {
    const std::string tail = "." + field;
    forget([&](const std::string& path) {
        const std::size_t at = path.find(tail);
        return at != std::string::npos &&
               (at + tail.size() == path.size() || path[at + tail.size()] == '.');
    });
}

void Scope::forget_records() {
    for (const auto& [path, count] : facts_)
        if (reads_record(path)) forgotten_.insert(path);
    forget([this](const std::string& path) { return reads_record(path); });
}

bool Scope::reads_record(const std::string& path) const {
    std::size_t dot = path.find('.');
    std::uint32_t slot = 0;
    std::from_chars(path.data(), path.data() + std::min(dot, path.size()), slot);
    if (slot >= unit_.local_types.size()) return dot != std::string::npos;
    Type type = context_.type(unit_.local_types[slot]);
    while (dot != std::string::npos) {
        if (type.kind == TypeKind::reference) return true;
        const auto* fields = fields_of(context_, type);
        if (fields == nullptr) return false;
        const std::size_t end = path.find('.', dot + 1);
        const auto field = rules::find_field(*fields, path.substr(dot + 1, end - dot - 1));
        if (!field) return true;
        type = context_.type((*fields)[*field].type);
        dot = end;
    }
    return false;
}

void Scope::forget(const std::function<bool(const std::string&)>& is_lost) {
    // `let project = payment.project` is a record of its own from here on: what was known of the
    // path is known of the local.
    std::unordered_map<std::string, Facts> locals_of;
    for (auto place = aliases_.begin(); place != aliases_.end();) {
        const auto& [slot, path] = *place;
        const bool parts = is_lost(path);
        if (parts) locals_of[path].push_back(std::to_string(slot));
        place = parts ? aliases_.erase(place) : std::next(place);
    }
    std::unordered_map<std::string, std::uint32_t> kept;
    for (Facts& names : fact_trail_) {
        Facts now;
        for (std::string& path : names) {
            const auto locals = locals_of.find(path);
            if (locals != locals_of.end())
                now.insert(now.end(), locals->second.begin(), locals->second.end());
            else if (!is_lost(path))
                now.push_back(std::move(path));
        }
        for (const std::string& path : now) ++kept[path];
        names = std::move(now);
    }
    facts_ = std::move(kept);
}

void Scope::restore(Knowledge knowledge) {
    facts_ = std::move(knowledge.facts);
    fact_trail_ = std::move(knowledge.trail);
    aliases_ = std::move(knowledge.aliases);
}

}  // namespace pawl::dsl::internal
