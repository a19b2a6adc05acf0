#pragma once

namespace shoal {

// From CMakeLists.txt's project(VERSION).
inline constexpr const char* kVersion = SHOAL_VERSION;

}  // namespace shoal
