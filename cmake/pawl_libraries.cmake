# Libraries that Debian ships without a CMake package of their own.

# SOCI 4.0 with its SQLite backend; the store alone links it.
find_path(SOCI_INCLUDE_DIR soci/soci.h REQUIRED)
find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3 REQUIRED)
find_library(SQLITE3_LIBRARY sqlite3 REQUIRED)
add_library(pawl_soci INTERFACE)
target_include_directories(pawl_soci SYSTEM INTERFACE "${SOCI_INCLUDE_DIR}")
target_link_libraries(pawl_soci INTERFACE
    "${SOCI_SQLITE3_LIBRARY}" "${SOCI_CORE_LIBRARY}" "${SQLITE3_LIBRARY}")

# Boost's Asio and Beast, which are headers.
find_package(Boost 1.81 REQUIRED)
add_library(pawl_boost INTERFACE)
target_link_libraries(pawl_boost INTERFACE Boost::headers)
target_compile_definitions(pawl_boost INTERFACE BOOST_ASIO_NO_DEPRECATED)

# The program's memory: records are made on one thread and given back on another all the time, for
# which the system's allocator locks. Sanitizers bring one of their own.
if(NOT PAWL_SANITIZE)
    find_library(MIMALLOC_LIBRARY mimalloc REQUIRED)
endif()
