#include "engine/internal/mark_timer.h"

#include <algorithm>

#include "engine/internal/state_json.h"

namespace pawl::engine {

void restore_timer(Context& context, Layer& layer, const MarkWrite& mark) {
    constexpr std::pair<std::string_view, TimerKind> kinds[] = {
        {"held/", TimerKind::held},
        {"absence/", TimerKind::absence},
        {"sequence/", TimerKind::sequence},
    };
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& each) {
        return mark.key.starts_with(each.first);
    });
    if (kind == std::end(kinds) || !mark.value) return;
    StateReader in(*mark.value, context.program.schema);
    const auto due = in.instant("timer");
    const std::int64_t number = in.number("timer_number");
    constexpr std::int64_t number_max = std::int64_t{1} << 62;  // more is nobody's count
    if (!due || number <= 0 || number > number_max) return;
    context.counters.next_timer = std::max(context.counters.next_timer, number + 1);
    layer.put_timer({{{*due, number}, kind->second, mark.key}, false});
}

}  // namespace pawl::engine
