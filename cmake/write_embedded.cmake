# Run at build time by pawl_embed: writes OUTPUT, the source that holds the files of LIST.
file(STRINGS "${LIST}" paths)
set(entries "")
set(count 0)
foreach(path IN LISTS paths)
    file(READ "${ROOT}/${path}" text)
    string(APPEND entries "    {\"${path}\"sv, R\"pawl~(${text})pawl~\"sv},\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Written by cmake/write_embedded.cmake.
#include \"embedded/${NAME}.h\"

#include <array>

namespace pawl {
namespace {

using namespace std::string_view_literals;

constexpr std::array<EmbeddedFile, ${count}> files{{
${entries}}};

}  // namespace

std::span<const EmbeddedFile> embedded_${NAME}() { return files; }

}  // namespace pawl
")
