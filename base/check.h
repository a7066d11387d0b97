#pragma once

// Checks of our own reasoning. A failed check is a defect in Pawl, never the answer to an input,
// a file or a row: it prints the place and stops the process, in release builds too.

namespace pawl {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

// The world failed where nobody can be told and no answer would be right (a disk that cannot be
// read in the middle of a turn). Says why and stops the process; to be started again.
[[noreturn]] void cannot_go_on(const char* reason);

}  // namespace pawl

#define PAWL_CHECK(condition)                            \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::pawl::check_failed(#condition, __FILE__, __LINE__))
