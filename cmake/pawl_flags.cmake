# Flags that every target of ours shares. A library from outside is included as a system header, so
# that its warnings are not ours.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CXX_FLAGS)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# No link-time optimisation: it doubles the build and hides which room costs time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g0 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

find_program(PAWL_CCACHE ccache)
if(PAWL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PAWL_CCACHE}")
endif()

# Bounds of containers are checked in every build: a checked program that stops is better than one
# that goes on with someone else's memory.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns of overlaps inside std::string that are not there (GCC bug 105651).
    add_compile_options(-Wno-restrict)
endif()
if(PAWL_WERROR)
    add_compile_options(-Werror)
endif()

if(PAWL_SANITIZE)
    add_compile_options(-fsanitize=${PAWL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${PAWL_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC's own manual: with a sanitizer, this one warns where nothing is wrong.
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
endif()
if(PAWL_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The same sources give the same program wherever they lie; also, a failed check then names
# "engine/turn.cpp" and no folder of the machine that built it.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()
