#include "engine/held.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/internal/held_state.h"
#include "engine/internal/state_json.h"

namespace pawl::engine {

namespace {

constexpr std::size_t page_marks = 1'000;
// A look is to end within a second or two, whatever is held about others.
constexpr std::size_t marks_max = 50'000;

// Of a rule that was edited since, too: only names are read.
std::optional<HeldRun> read_pending(std::string_view text, const rules::Schema& schema) {
    StateReader in(text, schema);
    HeldRun run{.rule = in.text("rule"),
                .guard = "while running",
                .entity = in.text("entity"),
                .id = in.text("id"),
                .trigger = in.text("trigger"),
                .due = std::nullopt};
    if (!in.is_good() || run.rule.empty()) return std::nullopt;
    return run;
}

std::optional<HeldRun> read_mark(const StoredMark& mark, const rules::Schema& schema) {
    if (mark.key.starts_with("queued/")) return read_pending(mark.value, schema);
    const auto held = decode_held(mark.value, schema);
    if (!held) return std::nullopt;
    std::optional<HeldRun> run = read_pending(held->pending, schema);
    if (!run) return std::nullopt;
    run->guard = held->guard;
    run->due = held->due;
    return run;
}

bool is_wanted(const HeldRun& run, const HeldRequest& request) {
    return (request.rule.empty() || run.rule == request.rule) &&
           (request.entity.empty() || (run.entity == request.entity && run.id == request.id));
}

}  // namespace

Result<HeldRuns> find_held(StoreReader& reader, const rules::Program& program,
                           const HeldRequest& request) {
    HeldRuns found;
    std::size_t looked_at = 0;
    for (const std::string prefix : {"held/", "queued/"}) {
        std::string after = prefix;
        for (bool has_more = true; has_more && !found.is_cut;) {
            PAWL_TRY(const std::vector<StoredMark> marks, reader.marks(prefix, after, page_marks));
            has_more = marks.size() == page_marks;
            if (has_more) after = marks.back().key;
            for (const StoredMark& mark : marks) {
                std::optional<HeldRun> run = read_mark(mark, program.schema);
                if (run && is_wanted(*run, request)) found.runs.push_back(std::move(*run));
            }
            looked_at += marks.size();
            found.is_cut = has_more && looked_at >= marks_max;
        }
    }
    std::stable_sort(found.runs.begin(), found.runs.end(),
                     [](const HeldRun& left, const HeldRun& right) {
                         // What waits for another run has no instant: it comes last.
                         return std::tuple(!left.due, left.due, left.rule) <
                                std::tuple(!right.due, right.due, right.rule);
                     });
    if (found.runs.size() > request.count_max) {
        found.is_cut = true;
        found.runs.resize(request.count_max);
    }
    return found;
}

}  // namespace pawl::engine
