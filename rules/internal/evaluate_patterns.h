#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rules/internal/operators.h"

// The patterns of `matches`, read once and kept. Matching takes time linear in the text (RE2).

namespace pawl::rules::internal {

class PatternCache {
 public:
    PatternCache();
    ~PatternCache();

    enum class Answer : std::uint8_t { no, yes, not_understood };
    // Over the whole text.
    Answer matches(std::string_view text, std::string_view pattern, Case text_case);

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

}  // namespace pawl::rules::internal
