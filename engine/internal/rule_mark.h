#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/internal/layer.h"
#include "rules/program.h"

// Marks in which rules keep what they count: named by what they hold, the rule and a key. A rule
// that was renamed finds its former ones.

namespace pawl::engine {

// A value as a part of a mark's key; a long one by its hash, since it is kept once a run.
std::string mark_part(const rules::Value& value, const rules::Schema& schema);

struct RuleMark {
    std::string key;                   // under which it is written
    std::string former_key;            // under which it was found, where that is another
    std::optional<std::string> value;  // none: there is none
};

// The mark "what/rule" + `rest`; `rest` begins with '/' or '.', or is empty.
RuleMark read_rule_mark(Layer& layer, Instant now, std::string_view what, const rules::Rule& rule,
                        std::string_view rest);

// What is to be written so that the mark has that value; none: so that it is gone.
void write_rule_mark(std::vector<MarkWrite>& out, const RuleMark& mark,
                     std::optional<std::string> value,
                     std::optional<Instant> expires_at = std::nullopt);
void write_rule_mark(Layer& layer, const RuleMark& mark, std::optional<std::string> value,
                     std::optional<Instant> expires_at = std::nullopt);

// The rule of that id, or the one that had it before it was renamed.
std::optional<rules::RuleIndex> find_live_rule(const rules::Program& program, std::string_view id);

}  // namespace pawl::engine
