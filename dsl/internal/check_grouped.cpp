#include "dsl/internal/check_grouped.h"

#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "dsl/internal/check_context.h"

namespace pawl::dsl::internal {

namespace {

struct Candidate {
    std::string name;
    Span span;
};

class GroupTeller {
 public:
    explicit GroupTeller(Context& context) : context_(context) {}

    void run() {
        std::map<Cause, std::vector<Grouped*>> groups;
        for (Grouped& each : context_.grouped) groups[home_of(each)].push_back(&each);
        for (auto& [cause, members] : groups) {
            std::stable_sort(members.begin(), members.end(),
                             [](const Grouped* left, const Grouped* right) {
                                 return place(*left) < place(*right);
                             });
            tell(cause, members);
        }
    }

 private:
    static std::tuple<FileIndex, std::uint32_t> place(const Grouped& each) {
        return {each.diagnostic.span.file, each.diagnostic.span.begin};
    }

    // A bare name may be a local, a setting or a group: it belongs to the near one that nothing
    // uses.
    Cause home_of(const Grouped& each) {
        if (each.cause.kind == CauseKind::name) return role_cause(each.cause);
        if (each.cause.kind != CauseKind::local || candidate(each.cause)) return each.cause;
        const Cause setting = named(Space::setting, each.cause.name);
        if (candidate(setting)) return setting;
        return each.may_be_group ? role_cause(named(Space::group, each.cause.name)) : each.cause;
    }

    static Cause named(Space space, const std::string& name) {
        return {CauseKind::name, static_cast<std::uint32_t>(space), 0, name};
    }

    // Without any role, every name of a role or a group lacks the same line.
    Cause role_cause(const Cause& cause) {
        const auto space = static_cast<Space>(cause.first);
        const bool is_people = space == Space::role || space == Space::group;
        if (!is_people || !context_.space(Space::role).map().empty()) return cause;
        return named(Space::role, "");
    }

    std::vector<Candidate> unused_names(Space space) {
        std::vector<Candidate> found;
        for (const auto& [name, named] : context_.space(space).map())
            if (!named.used && !named.lost && !context_.is_shipped(named.span))
                found.push_back({name, named.span});
        return found;
    }

    std::vector<Candidate> unused(const Cause& cause) {
        if (cause.kind == CauseKind::name) return unused_names(static_cast<Space>(cause.first));
        std::vector<Candidate> found;
        const auto add = [&](const UnusedName& each) {
            if (!each.used) found.push_back({each.name, each.span});
        };
        if (cause.kind == CauseKind::local) {
            const auto locals = context_.locals_of_unit.find(cause.first);
            if (locals == context_.locals_of_unit.end()) return found;
            for (const UnusedName& each : locals->second) add(each);
        } else if (cause.kind == CauseKind::field) {
            for (const UnusedName& each : context_.unused_fields(cause.first, cause.second))
                add(each);
        } else if (cause.kind == CauseKind::option) {
            for (const UnusedName& each : context_.unused_options(cause.first)) add(each);
        }
        return found;
    }

    // The declaration that nothing uses and whose name is near.
    std::optional<Candidate> candidate(const Cause& cause) {
        const std::vector<Candidate> all = unused(cause);
        std::vector<std::string> names;
        for (const Candidate& each : all) names.push_back(each.name);
        std::sort(names.begin(), names.end());
        std::vector<std::string> near = suggest(cause.name, names, 1);
        // One letter more or less makes another word of a short name.
        if (near.empty() && !cause.name.empty() && cause.name.size() <= 2)
            for (const std::string& name : names)
                if (name.size() <= 3 && name.find(cause.name[0]) != std::string::npos)
                    near.push_back(name);
        if (near.empty()) return std::nullopt;
        for (const Candidate& each : all)
            if (each.name == near.front()) return each;
        return std::nullopt;
    }

    // Templates are kept as "email payment_receipt".
    static std::string own_name(const std::string& name) {
        return name.substr(name.rfind(' ') + 1);
    }

    static void add_places(const std::vector<Grouped*>& members, std::size_t first,
                           std::vector<Label>& labels) {
        constexpr std::size_t shown_max = 3;
        for (std::size_t i = first; i < members.size() && i < first + shown_max; ++i)
            labels.push_back({members[i]->diagnostic.span, "here"});
    }

    void tell(const Cause& cause, const std::vector<Grouped*>& members) {
        Diagnostic& first = members.front()->diagnostic;
        if (cause.kind == CauseKind::absent || cause.kind == CauseKind::due)
            return tell_due(cause, members);
        const auto near = candidate(cause);
        if (near && members.size() > 1) {
            std::vector<Label> labels;
            add_places(members, 0, labels);
            const std::string old = quoted(own_name(cause.name));
            const std::string now = quoted(own_name(near->name));
            context_.report(first.code, near->span,
                            "nothing uses " + now + ", and " + old + ", which stands in " +
                                std::to_string(members.size()) + " places, is declared nowhere",
                            "rename one of them", std::move(labels));
            return;
        }
        std::vector<Label> labels = first.labels;
        if (near)
            labels.push_back({near->span, "nothing uses this " + quoted(own_name(near->name))});
        add_places(members, 1, labels);
        context_.report(first.code, first.span, first.message, first.hint, std::move(labels));
    }

    void tell_due(const Cause& cause, const std::vector<Grouped*>& members) {
        const Grouped& first = *members.front();
        const Diagnostic& told = first.diagnostic;
        std::vector<Label> labels = told.labels;
        if (cause.kind == CauseKind::absent && members.size() > 1 && first.has_declared) {
            add_places(members, 0, labels);
            context_.report(told.code, first.declared,
                            told.message + ", in " + std::to_string(members.size()) + " places",
                            told.hint, std::move(labels));
            return;
        }
        if (first.has_declared) labels.push_back({first.declared, first.declared_note});
        add_places(members, 1, labels);
        context_.report(told.code, told.span, told.message, told.hint, std::move(labels));
    }

    Context& context_;
};

}  // namespace

void tell_grouped(Context& context) { GroupTeller(context).run(); }

}  // namespace pawl::dsl::internal
