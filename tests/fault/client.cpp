#include "tests/fault/client.h"

namespace pawl::fault {

bool Client::send(Child& child, std::size_t count, bool for_turn) {
    std::string line;
    for (const std::int64_t number : take(count))
        line += (line.empty() ? "" : "\t") + event_(number);
    return child.send((for_turn ? "!" : "") + line);
}

bool Client::receive(Child& child) {
    const auto line = child.read_line();
    if (!line) return false;
    const std::size_t space = line->find(' ');
    answered(line->substr(0, space), line->substr(space + 1));
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

}  // namespace pawl::fault
