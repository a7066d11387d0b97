#include "engine/internal/rule_mark.h"

#include <utility>

#include "base/hash.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

std::string mark_part(const rules::Value& value, const rules::Schema& schema) {
    constexpr std::size_t bytes_max = 64;
    std::string key = encode_value(value, schema);
    return key.size() <= bytes_max ? key : "#" + hash_bytes(key).hex();
}

RuleMark read_rule_mark(Layer& layer, Instant now, std::string_view what, const rules::Rule& rule,
                        std::string_view rest) {
    const auto key_of = [&](const std::string& id) {
        return std::string(what).append("/").append(id).append(rest);
    };
    RuleMark mark;
    mark.key = key_of(rule.id);
    mark.value = layer.mark(mark.key, now);
    if (mark.value || rule.renamed_from.empty()) return mark;
    std::string former = key_of(rule.renamed_from);
    mark.value = layer.mark(former, now);
    if (mark.value) mark.former_key = std::move(former);
    return mark;
}

void write_rule_mark(std::vector<MarkWrite>& out, const RuleMark& mark,
                     std::optional<std::string> value, std::optional<Instant> expires_at) {
    if (!mark.former_key.empty()) out.push_back({mark.former_key, std::nullopt, std::nullopt, {}});
    if (!value && (!mark.value || !mark.former_key.empty())) return;
    out.push_back({mark.key, std::move(value), expires_at, {}});
}

void write_rule_mark(Layer& layer, const RuleMark& mark, std::optional<std::string> value,
                     std::optional<Instant> expires_at) {
    std::vector<MarkWrite> writes;
    write_rule_mark(writes, mark, std::move(value), expires_at);
    for (MarkWrite& write : writes) layer.put_mark(std::move(write));
}

std::optional<rules::RuleIndex> find_live_rule(const rules::Program& program, std::string_view id) {
    std::optional<rules::RuleIndex> found = program.find_rule(id);
    for (std::size_t i = 0; !found && i < program.rules.size(); ++i)
        if (!id.empty() && program.rules[i].renamed_from == id)
            found = static_cast<rules::RuleIndex>(i);
    if (found && program.rules[*found].mode != rules::RuleMode::live) return std::nullopt;
    return found;
}

}  // namespace pawl::engine
