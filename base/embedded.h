#pragma once

#include <string_view>

namespace pawl {

// A text file that was put into the program when it was built (cmake/pawl_embed.cmake). The path is
// relative to the repository's root. Both live as long as the program.
struct EmbeddedFile {
    std::string_view path;
    std::string_view text;
};

}  // namespace pawl
