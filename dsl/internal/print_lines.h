#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/source.h"
#include "dsl/tree.h"

// The paper on which the formatter prints: lines with their indentation, the comments between them,
// and the breaks of lines that are too long. Everything is printed in the order of the source, so
// each comment meets the place before which it stood.

namespace pawl::dsl {

// A place where a long line may be broken, in a text that is not printed yet. A lower level is
// broken first. The space that follows it is dropped at the break.
std::string soft_break(unsigned level);
std::string without_breaks(std::string_view text);

class Lines {
 public:
    Lines(const Tree& tree, const SourceFile& file) : tree_(tree), file_(file) {}

    // Where a line stands among those around it.
    enum class Place : std::uint8_t {
        item,
        first,   // behind the line that opens a block: no blank line before it
        closer,  // `end`, `else`: comments before it belong to the block
    };
    // Begins a line for what stands at `begin` in the source, after its comments.
    void begin(std::uint32_t begin, Place place = Place::item);
    // The same with exactly one blank line before it and its comments, but for the first.
    void begin_declaration(std::uint32_t begin, bool is_apart);
    // Writes the line's text, which may hold soft breaks; what is broken off stands at
    // `continuation` columns, or four more than the line.
    void write(std::string_view text, std::size_t continuation = 0);

    void indent() { indent_ += 2; }
    void dedent() { indent_ -= 2; }
    std::size_t indentation() const { return indent_; }

    // Where the word before `at` begins, or the one that many before it: an item begins there whose
    // first words are keywords, which the tree does not keep.
    std::uint32_t keyword_before(std::uint32_t at, unsigned words = 1) const;
    // The place of the next word that opens, divides or closes a block.
    std::uint32_t next_block_word();
    // The comments that are left, and the text.
    std::string finish();

 private:
    void flush_comments(std::uint32_t before, std::size_t comment_indent, bool is_apart,
                        bool is_first);
    bool has_blank_line_before(std::uint32_t at) const;
    void new_line();

    const Tree& tree_;
    const SourceFile& file_;
    std::string out_;
    std::size_t indent_ = 0;
    std::size_t comment_ = 0;     // the next one
    std::size_t block_word_ = 0;  // the next one
    bool opened_ = false;         // nothing was printed in the innermost block yet
};

}  // namespace pawl::dsl
