#pragma once

#include <memory>
#include <string>

#include "tests/process/served.h"

// An engine of coaches and clients, with runs that wait, questions and a journey. The dates are so
// far off that none comes while a test runs.

namespace pawl::process {

// The rulebook.
extern const std::string coaching;

// A line of an events file.
std::string input(const std::string& id, const std::string& type, const std::string& data);

// An engine with the client c1, whose program starts in 2999 and whose payment is waited for (r1).
struct Coaching {
    Coaching();
    Finished pawl(const std::string& words) const { return engine->pawl(words); }

    const Workplace place;
    std::unique_ptr<Served> engine;
};

// What `journey show` tells of c1.
extern const std::string as_planned;

}  // namespace pawl::process
