#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

// Texts one behind the other, each with its size in bytes before it: "5:hello2:yo".

namespace pawl::engine {

// Appends to `out`, as one text, what `append` appends to it.
template <class Append>
void append_sized(std::string& out, Append append) {
    const std::size_t begin = out.size();
    append();
    char size[24];
    char* end = std::to_chars(size, size + sizeof size - 1, out.size() - begin).ptr;
    *end++ = ':';
    out.insert(begin, size, static_cast<std::size_t>(end - size));
}

// "-17"
inline void append_decimal(std::string& out, std::int64_t number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace pawl::engine
