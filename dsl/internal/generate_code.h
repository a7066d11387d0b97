#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/program.h"

// Writes the code of one unit: instructions, jumps to places not yet known, constants and lines.

namespace pawl::dsl::internal {

using rules::Opcode;
using rules::Value;

// A place in the code that jumps name before it is there.
struct CodeLabel {
    std::uint32_t index = 0;
};

struct ValueHash {
    std::size_t operator()(const Value& value) const;
};

class CodeBuilder {
 public:
    explicit CodeBuilder(rules::Unit& unit) : unit_(unit) {}

    std::uint32_t here() const { return static_cast<std::uint32_t>(unit_.code.size()); }

    void emit(Opcode op, std::uint32_t c = 0, std::uint32_t b = 0, std::uint32_t a = 0);
    // An instruction whose c is a place.
    void jump(Opcode op, CodeLabel to, std::uint32_t b = 0);
    CodeLabel label();
    void place(CodeLabel label);

    // By the shortest instruction for it.
    void push(const Value& value);
    // Its place among the unit's constants; equal ones share it.
    std::uint32_t constant(const Value& value);
    std::uint32_t add_query(rules::Query query);
    std::uint32_t add_shape(rules::Shape shape);
    // A variable that the author did not name.
    std::uint32_t add_local();

    // What is emitted from now on comes from that line.
    void at_line(std::uint32_t line) { line_ = line; }
    std::uint32_t line() const { return line_; }

    // Jumps get their targets. Where the unit outgrew the fields of an instruction: what there is
    // too much of, as "it asks more than 65536 queries"; else nothing.
    std::optional<std::string_view> finish();

    rules::Unit& unit() { return unit_; }

 private:
    struct Jump {
        std::uint32_t instruction = 0;
        CodeLabel to;
    };

    rules::Unit& unit_;
    std::unordered_map<Value, std::uint32_t, ValueHash> constants_;
    std::vector<std::uint32_t> places_;  // by label
    std::vector<Jump> jumps_;
    std::uint32_t line_ = 0;
    std::optional<std::string_view> outgrown_;
};

}  // namespace pawl::dsl::internal
