#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/internal/program_operands.h"
#include "rules/program.h"

// The verifier's look at one instruction alone: whether each operand names something that is there,
// and fits the others.

namespace pawl::rules {

class OperandVerifier {
 public:
    // `clauses`: of the rule that the unit is of; `journey`: likewise, or null. All outlive it.
    OperandVerifier(const Program& program, UnitIndex index, std::span<const Clause> clauses,
                    const Journey* journey);

    // Empty when all is well. Each instruction of the unit once: no two may have one shape.
    std::string check(std::uint32_t at);

 private:
    // The first failure stands.
    void fail(std::string_view what) {
        if (failure_.empty()) failure_ = what;
    }
    const Instruction& instruction() const { return unit_.code[at_]; }

    bool operand_fits(Operand kind, std::int64_t operand) const;
    bool member_fits(std::int64_t member) const;
    bool steering_fits(std::size_t operand) const;
    void check_special();
    void check_shape();
    bool is_unique_key(EntityIndex entity, const Shape& shape, std::size_t count) const;
    void check_call();
    void check_wait();
    void check_plan();

    const Program& program_;
    const Unit& unit_;
    std::span<const Clause> clauses_;
    const Journey* journey_;
    std::uint32_t at_ = 0;
    std::string failure_;
    std::vector<std::int64_t> shape_highest_;  // greatest field of each shape, or -1
    std::vector<bool> shape_used_;
};

}  // namespace pawl::rules
