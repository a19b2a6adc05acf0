# Every third-party library Shoal uses, each behind one target, each quirk with its reason.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The same file in another clone is the same file.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      "${CCACHE_PROGRAM}")
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBTORRENT REQUIRED IMPORTED_TARGET libtorrent-rasterbar)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
# Debian's leveldb CMake package asks for snappy's, which lives in another package; the plain
# library needs neither.
find_path(LEVELDB_INCLUDE_DIR leveldb/db.h REQUIRED)
find_library(LEVELDB_LIBRARY leveldb REQUIRED)

# Warnings are a property of our code, not of the whole build.
add_library(shoal_warnings INTERFACE)
target_compile_options(shoal_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Werror
  # At -O3 GCC 12 takes "text" + std::string for an overlapping copy (its bug 105651).
  $<$<CONFIG:Release>:-Wno-restrict>)

# Asio as libtorrent was built with it: its compile definitions change the layout of Asio's types,
# so every file that includes Asio must see the same ones.
# -include utility: Boost 1.74's awaitable.hpp uses std::exchange without including it.
# -Wno-mismatched-new-delete: GCC 12 inlines the operator new of Asio's coroutine frames but not their
# operator delete, and takes the two for a mismatch. Both end in the global ones.
add_library(shoal_asio INTERFACE)
target_compile_options(shoal_asio INTERFACE "SHELL:-include utility" -Wno-mismatched-new-delete
  ${LIBTORRENT_CFLAGS_OTHER})
# spdlog's bundled and Debian's fmt must not both be in one process: Debian's spdlog is built with
# the external one.
target_link_libraries(shoal_asio INTERFACE Threads::Threads OpenSSL::SSL OpenSSL::Crypto)

add_library(shoal_libtorrent INTERFACE)
# As a system include, so that its headers are not held to our warnings.
target_link_libraries(shoal_libtorrent INTERFACE shoal_asio ${LIBTORRENT_LINK_LIBRARIES})

add_library(shoal_leveldb INTERFACE)
target_include_directories(shoal_leveldb SYSTEM INTERFACE "${LEVELDB_INCLUDE_DIR}")
target_link_libraries(shoal_leveldb INTERFACE "${LEVELDB_LIBRARY}")
