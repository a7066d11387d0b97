#pragma once

#include "engine/internal/turn.h"

// Each kind of input as the beginning of a turn. What does not go in is refused: the turn tells
// why, and nothing else of it happens.

namespace pawl::engine {

class Commands {
 public:
    // Both outlive it. `origin` is of the input.
    Commands(Context& context, Turn& turn, const std::optional<InputOrigin>& origin);

    void take(const EventInput& input);
    void take(const ChangeCommand& command);
    void take(const CreateCommand& command);
    void take(const DeleteCommand& command);
    void take(const RequestCommand& command);
    void take(const SettingCommand& command);
    void take(const ReplyCommand& command);
    void take(const CancelCommand& command);
    void take(const JourneyCommand& command);
    void take(const AnswerInput& input);

    // For tests: a request whose values are typed already.
    void request(rules::RuleIndex rule, std::vector<rules::Value> asked, const Actor& actor);
    // A statement as an advance of `actor`; what it emits goes in as events from outside.
    void statement(rules::UnitIndex unit, std::uint32_t entry, std::vector<rules::Value>& locals,
                   const Actor& actor, std::string_view event_id);

 private:
    struct Place {
        std::string type;   // "pawl.change"
        std::string field;  // "set.status"
    };

    void refuse(const Place& place, DiagnosticCode code, std::string message);
    void refuse(const Place& place, const rules::Failure& failure);
    // True when the input came before; then it is told or refused already.
    bool is_known(const std::string& type, const InputOrigin& origin);
    bool is_known(const std::string& type);
    // The input goes in: its key is kept, unless that was done when it was appended.
    void keep_seen(const InputOrigin& origin);
    std::optional<Actor> find_actor(const Place& place, const std::string& by, bool overrides);
    std::optional<rules::EntityIndex> find_entity(const Place& place, const std::string& name);
    std::optional<rules::Reference> find_record(const Place& place, const std::string& entity,
                                                const std::string& id);
    std::string fitting_id(rules::EntityIndex entity, std::string_view wanted);
    std::optional<std::vector<rules::Assignment>> read_fields(const Place& place,
                                                              rules::EntityIndex entity,
                                                              const Json& values, bool creates);
    Advance::Options options(const Actor& actor) const;
    void finish(const Place& place, Advance& advance, const std::optional<rules::Failure>& failure);
    bool names_nothing(rules::TypeIndex type, const Json* json, const rules::Value& value) const;
    std::optional<std::vector<rules::Value>> read_asked(const Place& place,
                                                        const rules::Trigger& trigger,
                                                        const Json& with);
    const rules::Trigger* request_trigger(rules::RuleIndex rule, std::uint16_t& index) const;
    std::optional<rules::Steering> read_steering(const Place& place, const JourneyCommand& command);
    void arrive(Advance& advance);

    Context& context_;
    Turn& turn_;
    const std::optional<InputOrigin>& origin_;
};

}  // namespace pawl::engine
