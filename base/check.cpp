#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pawl {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr,
                 "pawl: a check of its own reasoning failed: %s (%s:%d)\n"
                 "This is a defect in Pawl, not in your rules. What was acknowledged is safe.\n",
                 condition, file, line);
    std::abort();
}

void cannot_go_on(const char* reason) {
    std::fprintf(stderr,
                 "pawl: %s\n"
                 "It stops here, so that nothing is done on a wrong answer. What was acknowledged "
                 "is safe.\n",
                 reason);
    std::abort();
}

}  // namespace pawl
