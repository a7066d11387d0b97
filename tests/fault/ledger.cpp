#include "tests/fault/ledger.h"

#include <algorithm>

namespace pawl::fault {

void Ledger::plan(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) planned_.push_back(next_++);
}

void Ledger::begin_again() {
    sent_before_.insert(sent_.begin(), sent_.end());
    planned_.insert(planned_.begin(), sent_.begin(), sent_.end());
    sent_.clear();
}

std::vector<std::int64_t> Ledger::take(std::size_t count) {
    const auto end = planned_.begin() + static_cast<std::ptrdiff_t>(std::min(count, planned()));
    const std::vector<std::int64_t> numbers(planned_.begin(), end);
    planned_.erase(planned_.begin(), end);
    sent_.insert(sent_.end(), numbers.begin(), numbers.end());
    return numbers;
}

void Ledger::answered(const std::string& id, const std::string& status) {
    const std::int64_t number = std::stoll(id.substr(1));
    const std::string said = id + " " + status;
    const auto found = std::find(sent_.begin(), sent_.end(), number);
    const bool may_be_known = sent_before_.count(number) != 0;
    if (found == sent_.end()) {
        complain(said + ", which was not asked");
    } else {
        sent_.erase(found);
    }
    if (status != "accepted" && !(status == "duplicate" && may_be_known)) complain(said);
    acknowledged_.insert(number);
    answers_[number] = status;
}

std::string Ledger::answer(std::int64_t number) const {
    const auto found = answers_.find(number);
    return found == answers_.end() ? "" : found->second;
}

}  // namespace pawl::fault
