#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/internal/advance.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/turn.h"
#include "engine/internal/value_window.h"

// What one advance changed, as one change per record: which rules those changes set off
// (meaning.md 3, 16-18). Read at the end of an advance, before its layer joins the turn's: below
// the layer is what was, in it what is.

namespace pawl::engine {

class Edges {
 public:
    // `before` is the layer below the advance's; both outlive it. `fan_out` counts the records that
    // the turn looked at because a reference of theirs changed.
    Edges(Turn& turn, Advance& advance, Layer& before, std::uint32_t depth,
          std::shared_ptr<const Chain> chain, std::uint32_t& fan_out);

    // Appends the rules set off, in the order in which they run. A failure is the advance's.
    std::optional<rules::Failure> collect(std::vector<Pending>& out);

 private:
    struct Change {
        rules::Reference record;
        rules::RecordPointer before, after;
        std::vector<rules::FieldIndex> fields;  // that differ; of a record that was there and is
        std::string name;                       // "project/p1"
    };
    // A field's values as an edge sees them.
    struct Edge {
        rules::Value from;  // the last known value; missing: none is known
        rules::Value to;
    };
    struct Found {
        TriggerUse use;
        rules::Reference record;
        rules::FieldIndex field = 0;  // of a trigger with `as change`; else 0
        Pending pending;
    };

    bool read(rules::Reference record, Change& change);
    std::optional<rules::Failure> collect_change(const Change& change, std::vector<Pending>& out);
    void find_record_edges(const Change& change);
    std::optional<rules::Failure> find_field_edges(const Change& change, rules::FieldIndex field);
    void find_patterns(const Change& change);
    void find_anchors(const Change& change);
    void tell_unknown_zones(const Change& change);
    std::optional<rules::Failure> move_journeys(const Change& change);
    void add_timed(const Change& change, std::vector<Pending> pending);
    void add_overdue(std::vector<Pending> pending);
    std::optional<rules::Failure> find_whenever(const Change& change);
    std::optional<rules::Failure> find_through(const Change& change, rules::FieldIndex field);
    rules::Failure too_wide(const Change& change, rules::FieldIndex field,
                            rules::EntityIndex source, const std::string& by) const;
    std::optional<rules::Failure> look_at(TriggerUse use, rules::Reference record,
                                          const Change& change);
    std::optional<rules::Failure> is_crossing(TriggerUse use, const Change& change,
                                              const Edge& edge, bool& fires);
    std::optional<rules::Failure> is_plain_crossing(TriggerUse use, const Change& change,
                                                    const Edge& edge, bool& fires);
    std::optional<rules::Failure> is_crossing_within(TriggerUse use, const Change& change,
                                                     const Edge& edge, bool& fires);
    std::optional<rules::Failure> is_moving(TriggerUse use, const Change& change, const Edge& edge,
                                            bool& fires);
    std::optional<rules::Failure> stated(TriggerUse use, const rules::Stated& stated,
                                         std::string_view what, rules::Value& value);
    std::optional<rules::Failure> window_length(TriggerUse use, Duration& length);
    // How far a value must have moved; missing: any.
    std::optional<rules::Failure> distance(TriggerUse use, rules::Value& by);
    ValueWindow read_window(TriggerUse use, const Change& change, Duration length,
                            ValueWindow::Keeps keeps, RuleMark& mark);
    void keep_window(const ValueWindow& window, const RuleMark& mark, Duration length);
    void forget_window(TriggerUse use, rules::Reference record);
    std::optional<rules::Failure> matches(TriggerUse use, const Change& change, const Edge& edge,
                                          bool& fires);
    Edge known_values(const Change& change, rules::FieldIndex field);
    void forget_marks(const Change& change);
    std::optional<rules::Failure> evaluate(TriggerUse use, std::uint32_t entry,
                                           rules::Reference record, rules::Records& records,
                                           rules::Value& value);
    std::optional<rules::Failure> threshold(TriggerUse use, rules::Reference record,
                                            rules::Value& value);
    void add(TriggerUse use, const Change& change, rules::Reference record,
             std::optional<rules::FieldIndex> field, const Edge& edge);
    std::shared_ptr<const SetOff> set_off(const Change& change,
                                          std::optional<rules::FieldIndex> field,
                                          rules::Reference record);
    rules::Value change_record(const Change& change, rules::FieldIndex field, const Edge& edge);

    Turn& turn_;
    Advance& advance_;
    Context& context_;
    Layer& before_;
    std::uint32_t depth_;
    std::shared_ptr<const Chain> chain_;
    std::uint32_t& fan_out_;
    rules::Budget budget_;
    std::vector<Found> found_;      // by the change being looked at
    std::vector<Pending> overdue_;  // by it: what was due before it, and goes before the rest
    std::set<std::tuple<rules::RuleIndex, std::uint16_t, rules::Reference>> looked_at_;
};

}  // namespace pawl::engine
