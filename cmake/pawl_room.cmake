# pawl_room(name [IS_SMALL] [FOLDER folder] [HEADERS header...] SOURCES source...
#           [LINKS room...] [PRIVATE_LINKS target...])
#
# One static library. Includes are written "room/header.h", and each room sees only the rooms it
# links: its include folder holds nothing but a link to its own sources, so an include that the
# architecture forbids does not compile (tests/tidy tries it). With HEADERS, only those files of
# the folder are shown to others; that is how two targets share the folder rules/. IS_SMALL is for a
# room whose code runs once in a process: it is compiled for size, since most of what an idle engine
# has in memory is its program.
function(pawl_room name)
    cmake_parse_arguments(ROOM "IS_SMALL" "FOLDER" "HEADERS;SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
    if(NOT ROOM_FOLDER)
        set(ROOM_FOLDER ${name})
    endif()
    set(shown "${PROJECT_BINARY_DIR}/include/${name}")
    if(ROOM_HEADERS)
        file(MAKE_DIRECTORY "${shown}/${ROOM_FOLDER}")
        foreach(header IN LISTS ROOM_HEADERS)
            file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${ROOM_FOLDER}/${header}"
                 "${shown}/${ROOM_FOLDER}/${header}" SYMBOLIC)
        endforeach()
    else()
        cmake_path(GET ROOM_FOLDER PARENT_PATH parent)
        file(MAKE_DIRECTORY "${shown}/${parent}")
        file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${ROOM_FOLDER}" "${shown}/${ROOM_FOLDER}" SYMBOLIC)
    endif()

    # A room that has no source yet is still a target that others can link.
    if(NOT ROOM_SOURCES)
        set(ROOM_SOURCES "${PROJECT_BINARY_DIR}/empty_room.cpp")
        file(CONFIGURE OUTPUT "${ROOM_SOURCES}" CONTENT "// A room without sources.\n")
    endif()
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC "${shown}")
    target_link_libraries(${name} PUBLIC ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
    if(ROOM_IS_SMALL AND CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${name} PRIVATE -Os)
    endif()
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${name} PUBLIC "-ffile-prefix-map=${shown}/=")
    endif()
endfunction()
