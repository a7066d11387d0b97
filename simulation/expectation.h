#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/happening.h"
#include "rules/program.h"

namespace pawl::simulation {

// What an `expect [no] email|alert|call|… …` of a test looks for among what happened.
struct Sought {
    std::string channel;                    // "email", "dashboard", "alert", "call", "run", …
    std::string name;                       // of the template, notification, action, rule; or empty
    std::optional<rules::Value> recipient;  // a person, a group, an address, or a list of these
    std::optional<std::string> containing;
};

// Looks at what happened in a test, as its author means it.
class Expectation {
 public:
    // All outlive it.
    Expectation(const rules::Program& program, engine::Engine& engine,
                const std::vector<engine::Happening>& happened);

    // How many there were.
    std::size_t count(const Sought& sought) const;

    // For a report: those that were there, or what comes nearest to it, nearest first; a sentence
    // that there was none otherwise.
    std::vector<std::string> matches(const Sought& sought) const;
    std::vector<std::string> nearest(const Sought& sought) const;

 private:
    // Of one happening that could be meant: which of its parts fit.
    struct Likeness {
        bool channel = false;
        bool name = false;
        bool recipient = false;
        bool containing = false;
        bool is_it() const { return channel && name && recipient && containing; }
        int score() const {
            return (channel ? 8 : 0) + (name ? 4 : 0) + (recipient ? 2 : 0) + (containing ? 1 : 0);
        }
    };

    // Nothing for a happening of another family: a message is never nearly a call.
    std::optional<Likeness> compare(const Sought& sought, const engine::Happening& happening) const;
    bool is_template_of(const std::string& notification, const std::string& channel,
                        const std::string& template_name) const;
    bool reaches(const rules::Value& wanted, const std::string& person,
                 const std::string& address) const;
    std::string describe(const engine::Happening& happening) const;

    const rules::Program& program_;
    engine::Engine& engine_;
    const std::vector<engine::Happening>& happened_;
};

}  // namespace pawl::simulation
