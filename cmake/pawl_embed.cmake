# pawl_embed(target NAME name FILES file...)
#
# Puts text files into the program. In a source of that target:
#
#     #include "embedded/<name>.h"
#     for (const pawl::EmbeddedFile& file : pawl::embedded_<name>()) { file.path; file.text; }
#
# Paths are relative to the repository's root, in bytewise order. Text only: no zero bytes.
set(PAWL_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/write_embedded.cmake")

function(pawl_embed target)
    cmake_parse_arguments(EMBED "" "NAME" "FILES" ${ARGN})
    set(folder "${PROJECT_BINARY_DIR}/embedded/${target}/embedded")
    set(paths "")
    set(inputs "")
    foreach(file IN LISTS EMBED_FILES)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(APPEND inputs "${file}")
        cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
        list(APPEND paths "${file}")
    endforeach()
    list(SORT paths COMPARE STRING)
    # The list goes through a file, written only when it differs, so that a file that is added or
    # removed regenerates the source too.
    set(list_file "${folder}/${EMBED_NAME}.list")
    list(JOIN paths "\n" list_text)
    file(CONFIGURE OUTPUT "${list_file}" CONTENT "${list_text}" @ONLY)
    file(CONFIGURE OUTPUT "${folder}/${EMBED_NAME}.h" @ONLY CONTENT
"#pragma once

#include <span>

#include \"base/embedded.h\"

namespace pawl {

std::span<const EmbeddedFile> embedded_@EMBED_NAME@();

}  // namespace pawl
")
    add_custom_command(
        OUTPUT "${folder}/${EMBED_NAME}.cpp"
        COMMAND ${CMAKE_COMMAND} -D "NAME=${EMBED_NAME}" -D "ROOT=${PROJECT_SOURCE_DIR}"
                -D "LIST=${list_file}" -D "OUTPUT=${folder}/${EMBED_NAME}.cpp"
                -P "${PAWL_EMBED_SCRIPT}"
        DEPENDS "${list_file}" "${PAWL_EMBED_SCRIPT}" ${inputs}
        COMMENT "Embedding ${EMBED_NAME}"
        VERBATIM)
    target_sources(${target} PRIVATE "${folder}/${EMBED_NAME}.cpp")
    target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}/embedded/${target}")
endfunction()
