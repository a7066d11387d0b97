#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/program.h"

// A program as bytes (`.pawlc`) and as text.

namespace pawl::rules {

// Raised by every change of the layout, of opcode.def or builtin.def.
constexpr std::uint32_t program_format_version = 4;

std::string write_program(const Program& program);

// Reads what write_program wrote. Anything else (cut, damaged, of another version, made by hand) is
// refused: after the checksum, verify_program looks at every index, jump and stack height, so that
// what is accepted can be run without further checks.
Result<Program> read_program(std::string_view bytes);

// Refuses code that could reach outside its unit's tables, leave the stack uneven, jump astray or
// name what the program does not have.
Status verify_program(const Program& program);

// Fills in Unit::stack_max. The program is otherwise whole and sound: it is the compiler's own, and
// what verify_program would refuse stops the process. Returns the units whose stack is higher than
// stack_max can say, which cannot run.
std::vector<UnitIndex> measure_stacks(Program& program);

// Fills in Unit::hash and Program::hash (meaning.md 35).
void hash_program(Program& program);

// For people: every unit with its instructions, constants and lines.
std::string disassemble(const Program& program);

}  // namespace pawl::rules
