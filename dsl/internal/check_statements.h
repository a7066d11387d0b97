#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/internal/check_expressions.h"

// The statements of one unit. Each kind of statement has its function; what statements do to
// records is noted in Context::effects, for the checks that look at all rules together.

namespace pawl::dsl::internal {

// What a block may hold, by where it stands.
struct BlockRules {
    bool may_return = false;
    bool gives_value = false;
    Type result;              // of `return`; kind none: a bare one, or one that is not known
    bool may_forget = false;  // `stop and forget` has a once-key to give back
    std::string_view what = "rule";
};

class Statements {
 public:
    Statements(Context& context, Expressions& expressions, std::uint32_t unit, BlockRules rules)
        : context_(context),
          expressions_(expressions),
          scope_(expressions.scope()),
          unit_(unit),
          rules_(rules) {}

    // Whether the block leaves in any case (`stop`, `return`, `next`) before its end.
    bool block(const Block& block);
    bool statement(StatementIndex index);

    // `id` and the like may be given: in tests.
    bool allows_system_fields = false;

    // A record's status is known here: from a trigger or a condition.
    void know(const std::string& path, const std::string& value) { known_[path] = value; }
    void know_from(ExpressionIndex condition);

    // `create`, `given` and `find or create` of a record; the type of the record.
    Type create(const CreateForm& form, bool in_rule);
    Type find_or_create(const FindOrCreateForm& form);
    // `when order_received with …` of a test: values for an event's fields.
    void event_values(const std::vector<FieldValue>& values, EventIndex event, Span span);

 private:
    using Known = std::unordered_map<std::string, std::string>;

    bool nested(const Block& block, const Facts& facts, ExpressionIndex condition);
    // Of blocks of which one is gone through, after the last: where the run stood still in one of
    // them, records are read afresh behind all.
    void settle();
    // The run stands still, or another's statements come between: records are read afresh.
    void forget_records();
    void stand_still();
    // The statement is reached whenever the unit runs, and in its first advance.
    bool is_certain() const { return depth_ == 0 && !has_waited_; }

    bool form(const LetStatement& let, Span span);
    bool form(const SetStatement& set, Span span);
    bool form(const ClearStatement& clear, Span span);
    bool form(const AddStatement& add, Span span);
    bool form(const CreateStatement& create, Span span);
    bool form(const FindOrCreateStatement& find, Span span);
    bool form(const DeleteStatement& remove, Span span);
    bool form(const EmitStatement& emit, Span span);
    bool form(const SendStatement& send, Span span);
    bool form(const NotifyStatement& notify, Span span);
    bool form(const AlertStatement& alert, Span span);
    bool form(const CallStatement& call, Span span);
    bool form(const RunStatement& run, Span span);
    bool form(const LogStatement& log, Span span);
    bool form(const WaitStatement& wait, Span span);
    bool form(const WaitForStatement& wait, Span span);
    bool form(const AskStatement& ask, Span span);
    bool form(const CancelRunsStatement& cancel, Span span);
    bool form(const JourneyStatement& journey, Span span);
    bool form(const ForEachStatement& loop, Span span);
    bool form(const NextStatement& next, Span span);
    bool form(const IfStatement& condition, Span span);
    bool form(const TryStatement& attempt, Span span);
    bool form(const RetryClause& retry, Span span);
    bool form(const StopStatement& stop, Span span);
    bool form(const ReturnStatement& back, Span span);

    // The record and field of `project.status` as a place to write to.
    struct Target {
        EntityIndex entity = 0;
        FieldIndex field = 0;
        Type type;
        std::string name;  // "project.status", for messages
        std::string path;  // of the record
    };
    std::optional<Target> target(ExpressionIndex index);
    void set_item(const SetItem& item, std::unordered_map<std::string, Span>& seen);
    void note_change(const Target& target, ExpressionIndex value, Type have);
    bool steps_from(ExpressionIndex value, const std::string& path) const;
    void because(ExpressionIndex text);

    std::optional<EntityIndex> writable_entity(const Name& name);
    // What a `create` or an `emit` gives values to.
    struct FieldOwner {
        Type type;
        std::string name;
        std::vector<rules::Field> fields;
        bool is_entity() const { return type.kind == TypeKind::reference; }
    };
    FieldOwner entity_fields(EntityIndex index) const;
    FieldOwner event_fields(EventIndex index) const;
    // Marks which are given. False when one names no field: then nothing is told of absent ones.
    bool field_values(const std::vector<FieldValue>& values, const FieldOwner& owner,
                      std::vector<bool>& given);
    void require_fields(const FieldOwner& owner, const std::vector<bool>& given, Span span);
    void check_key(const FindOrCreateForm& form, const rules::Entity& entity);
    Type call(const CallForm& form, Span span, bool wants_result);
    Type run(const RunForm& form, Span span, bool wants_result);
    // True: it is left in any case.
    bool branches(const std::vector<Branch>& branches, const std::vector<std::string>& names,
                  Type came);
    void wait_length(ExpressionIndex length, const std::string& what);
    void place_retry(const Block& block, std::size_t place);
    void ask_whom(ExpressionIndex who);

    Context& context_;
    Expressions& expressions_;
    Scope& scope_;
    std::uint32_t unit_;
    BlockRules rules_;
    std::uint32_t loops_ = 0;
    std::uint32_t depth_ = 0;  // of blocks that may not be reached
    bool has_waited_ = false;
    bool forgets_behind_ = false;      // see settle
    const Block* try_body_ = nullptr;  // of the `try` that is looked at next
    Known known_;                      // statuses, by path
};

// A local that is a path to a record is the same place as the path; one that is a text stands for
// it. To be called right behind its declaration.
void note_alias(Expressions& expressions, std::uint32_t slot, ExpressionIndex value, Type type);

// One of the usual channels, or one with a `channel` block; reports an unknown one.
bool is_known_channel(Context& context, const Name& name);

// Who may be written to: a person, an email or phone, a group, or a list of these.
void check_recipient(Expressions& expressions, ExpressionIndex index, std::string_view channel);

// `shift first_weeks for client by 14d`: the journey, its step, and whose it is.
void check_steering(Expressions& expressions, const JourneyStatement& form);

// A date or a datetime is due; gives its type, none where something else stands. `what` begins the
// message: "`wait until` takes".
Type check_moment(Expressions& expressions, ExpressionIndex index, const std::string& what);

// Whether a run may stand still in the flow for longer than a call takes: it waits or asks, or a
// flow that it runs does.
bool flow_waits(Context& context, const std::string& flow);

// A text to be shown or logged.
void check_shown_text(Expressions& expressions, ExpressionIndex index, const std::string& what);

}  // namespace pawl::dsl::internal
