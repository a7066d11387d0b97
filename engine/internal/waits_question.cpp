#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "engine/internal/messages.h"
#include "engine/internal/waits.h"

// The questions that runs ask, and who may answer them.

namespace pawl::engine {

using rules::Value;

std::optional<RunNumber> run_number(std::string_view name) {
    RunNumber number = 0;
    if (!name.starts_with('r')) return std::nullopt;
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size() || number <= 0)
        return std::nullopt;
    return number;
}

std::string not_a_run(std::string_view name) {
    return quote_for_message(name) + " is no run; one such as `r7` is due";
}

bool Waits::is_asked(const Value& recipient, const Actor& actor) {
    const rules::People& people = context_.program.schema.people;
    switch (recipient.kind()) {
        case rules::Kind::reference:
            if (!actor.person)
                return id_of(turn_.layer().get(recipient.as_reference())) == actor.name;
            return *actor.person == recipient.as_reference();
        case rules::Kind::group: {
            const rules::Role* role = context_.program.schema.find_group(recipient.as_text());
            // Without people a group is whoever says so.
            if (!people.entity || !people.role || role == nullptr) return true;
            const auto person = actor.person ? turn_.layer().get(*actor.person) : nullptr;
            if (person == nullptr) return false;
            const Value& has = person->fields[*people.role];
            return !has.is_missing() && has.as_text() == role->name;
        }
        case rules::Kind::list:
            return std::any_of(recipient.as_list().begin(), recipient.as_list().end(),
                               [&](const Value& each) { return is_asked(each, actor); });
        default: return false;
    }
}

std::string Waits::names_of(const StoredRun& stored) {
    Advance advance(context_, turn_.layer(), turn_.options(turn_.run_of(stored), nullptr));
    return Messenger(advance).names(stored.wait.recipient);
}

// Who answers too late, or twice, is told what became of it.
std::string Waits::text_of_end(const std::string& run) {
    const auto key = turn_.layer().find(rules::entity_run, run);
    const auto row = key ? turn_.layer().get({rules::entity_run, *key}) : nullptr;
    if (row == nullptr) return "there is no such run";
    const auto field = [&](std::string_view name) -> const Value& {
        const auto& fields = context_.program.schema.entities[rules::entity_run].fields;
        return row->fields[*rules::find_field(fields, name)];
    };
    const Value& ended = field("ended_at");
    return "it ended (" + std::string(field("status").as_text()) + ")" +
           (ended.is_missing() ? "" : " at " + context_.zone.format(ended.as_datetime()));
}

std::shared_ptr<const StoredRun> Waits::find_question(const ReplyCommand& command,
                                                      const Actor& actor, std::string& refusal) {
    Layer& layer = turn_.layer();
    const auto is_open = [](const StoredRun* stored) {
        return stored != nullptr && waits_for(*stored, rules::WaitKind::answer) && stored->timer;
    };
    if (command.run.empty()) {
        std::shared_ptr<const StoredRun> newest;
        for (const RunNumber run : layer.waiters(question_waiter, "")) {
            auto stored = layer.run(run);
            if (!is_open(stored.get()) || !is_asked(stored->wait.recipient, actor)) continue;
            // Timers are numbered as questions are asked.
            if (newest == nullptr || newest->timer->number < stored->timer->number)
                newest = std::move(stored);
        }
        if (newest == nullptr)
            refusal = "no question to " + quote_for_message(actor.name) + " is open";
        return newest;
    }
    const auto number = run_number(command.run);
    auto stored = number ? layer.run(*number) : nullptr;
    if (!number) {
        refusal = not_a_run(command.run);
    } else if (!is_open(stored.get())) {
        refusal = "run `" + command.run + "` has no open question: " +
                  (stored != nullptr ? "it waits for " + text_of_wait(*stored)
                                     : text_of_end(command.run));
    } else if (!is_asked(stored->wait.recipient, actor)) {
        refusal = "the question of run `" + command.run + "` is not put to " +
                  quote_for_message(actor.name) + " but to " + names_of(*stored);
    } else {
        return stored;
    }
    return nullptr;
}

std::optional<std::string> Waits::reply(const ReplyCommand& command, const Actor& actor) {
    if (actor.name.empty()) return "it is not said who answers";
    std::string refusal;
    const auto stored = find_question(command, actor, refusal);
    if (stored == nullptr) return refusal;
    const Turn::Run run = turn_.run_of(*stored);
    Rows(context_, turn_.layer(), turn_.now())
        .action(turn_.options(run, nullptr).owner,
                std::string("answered ") + (command.approves ? "approved" : "refused") + " by " +
                    actor.name,
                ActionStatus::success);
    Pending pending;
    pending.answer = Value::boolean(command.approves);
    enqueue(*stored, std::move(pending));
    return std::nullopt;
}

}  // namespace pawl::engine
