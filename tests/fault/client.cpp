#include "tests/fault/client.h"

#include <algorithm>

namespace pawl::fault {

void Client::plan(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) planned_.push_back(next_++);
}

void Client::begin_again() {
    sent_before_.insert(sent_.begin(), sent_.end());
    planned_.insert(planned_.begin(), sent_.begin(), sent_.end());
    sent_.clear();
}

bool Client::send(Child& child, std::size_t count, bool for_turn) {
    std::string line = for_turn ? "!" : "";
    for (std::size_t i = 0; i < count && !planned_.empty(); ++i) {
        if (i > 0) line += '\t';
        line += event_(planned_.front());
        sent_.push_back(planned_.front());
        planned_.pop_front();
    }
    return child.send(line);
}

bool Client::receive(Child& child) {
    const auto line = child.read_line();
    if (!line) return false;
    const std::size_t space = line->find(' ');
    const std::int64_t number = std::stoll(line->substr(1, space));
    const std::string status = line->substr(space + 1);
    const auto found = std::find(sent_.begin(), sent_.end(), number);
    const bool may_be_known = sent_before_.count(number) != 0;
    if (found == sent_.end()) {
        complaint_ = *line + ", which was not asked";
    } else {
        sent_.erase(found);
    }
    if (status != "accepted" && !(status == "duplicate" && may_be_known)) complaint_ = *line;
    acknowledged_.insert(number);
    answers_[number] = status;
    return true;
}

bool Client::finish(Child& child) {
    while (has_more() || unanswered() > 0) {
        if (has_more() && !send(child, 30)) return false;
        while (unanswered() > 0)
            if (!receive(child)) return false;
    }
    plan(1);
    return send(child, 1, true) && receive(child);
}

std::string Client::answer(std::int64_t number) const {
    const auto found = answers_.find(number);
    return found == answers_.end() ? "" : found->second;
}

}  // namespace pawl::fault
