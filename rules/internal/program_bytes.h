#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/program.h"

// The inside of a program file without its frame (magic, version, checksum): what the frame
// protects, for tests and fuzzing that go past it.

namespace pawl::rules {

// The parts of a program as bytes: the table of texts, then all fields in a fixed order.
std::string write_program_body(const Program& program);
// Reads them within the bounds of the bytes; no index in it has been looked at yet.
Result<Program> read_program_body(std::string_view body);
// The body in the frame that read_program expects.
std::string frame_program(std::string_view body);

// How a file is refused.
Error damaged_program(std::string detail);

}  // namespace pawl::rules
