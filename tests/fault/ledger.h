#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

// What a sender of events knows of them, over all the engines it sends to: what is to be sent, what
// is under way, what was acknowledged. What was not answered is sent again to the next engine.

namespace pawl::fault {

class Ledger {
 public:
    // Puts events with new numbers among those to be sent.
    void plan(std::size_t count);
    // Puts what was sent and not answered in front of them, in its order. For a new engine.
    void begin_again();

    bool has_more() const { return !planned_.empty(); }
    std::size_t planned() const { return planned_.size(); }
    std::size_t unanswered() const { return sent_.size(); }
    const std::set<std::int64_t>& acknowledged() const { return acknowledged_; }
    // The last answer to that event: "accepted", "duplicate", ...; empty: none.
    std::string answer(std::int64_t number) const;
    // What was not as it must be: a refusal, a duplicate of what was never sent before.
    const std::string& complaint() const { return complaint_; }

    // The next events, `count` at most: they are being sent.
    std::vector<std::int64_t> take(std::size_t count);
    // The event "e<number>" was answered so.
    void answered(const std::string& id, const std::string& status);
    void complain(const std::string& what) { complaint_ = what; }

 private:
    std::int64_t next_ = 0;
    std::deque<std::int64_t> planned_, sent_;
    std::set<std::int64_t> sent_before_;  // to an engine that has gone
    std::set<std::int64_t> acknowledged_;
    std::map<std::int64_t, std::string> answers_;
    std::string complaint_;
};

}  // namespace pawl::fault
