#pragma once

#include <string_view>

#include "base/json.h"
#include "engine/happening.h"
#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// Rows of the entities that the engine keeps itself (schema.h: run, automation_log, notification,
// effect). They are records like others, which rules may query; writing one sets nothing off.

namespace pawl::engine {

// Who a row speaks of. Texts are values already, since one run writes many rows.
struct RowOwner {
    RunNumber number = 0;  // 0: no run; then no row of automation_log is written
    rules::RecordKey row = 0;
    rules::Value rule;     // its id
    rules::Value trigger;  // what set it off
    rules::Value entity;   // "project/p1"; missing: nothing
};

enum class ActionStatus : std::uint8_t { success, failed, skipped };

class Rows {
 public:
    // Both outlive it.
    Rows(Context& context, Layer& layer, Instant now)
        : context_(context), layer_(layer), now_(now) {}

    struct Run {
        std::string_view status;  // an option of run.status
        Instant started_at;
        bool has_ended = false;
        std::string error, file;
        std::uint32_t line = 0;
        std::string_view waiting_for = {};  // of one that waits: a call, an event, an answer
        std::optional<Instant> due_at = {};
        std::string_view question = {};  // of one that asked, until it is answered
    };
    void run(const RowOwner& owner, const Run& run);
    void action(const RowOwner& owner, std::string_view action, ActionStatus status,
                std::string_view error = {}, rules::Value metadata = {});
    // Of what belongs to no run: a step or a rule that did not run, a journey that was steered.
    struct WithoutRun {
        std::string_view rule, trigger, entity, action, error;
        ActionStatus status = ActionStatus::skipped;
    };
    void without_run(const WithoutRun& row);
    // Of an input that was kept for its turn and then did not go in.
    void refusal(const Refused& refused);
    void notification(std::string_view user, std::string_view title, std::string_view channel);

    struct Effect {
        std::string_view channel, action, recipient, status;
        Json payload;  // what is to go out
    };
    // The outbox: what is to go out, or would. Returns the row.
    rules::RecordKey effect(const RowOwner& owner, Effect effect);
    // What became of it.
    void effect_status(rules::RecordKey row, std::string_view status);

 private:
    rules::Value next_id(rules::EntityIndex entity);
    rules::RecordKey append(rules::EntityIndex entity, std::vector<rules::Value> fields);

    Context& context_;
    Layer& layer_;
    Instant now_;
};

}  // namespace pawl::engine
