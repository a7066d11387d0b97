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

}  // namespace pawl
