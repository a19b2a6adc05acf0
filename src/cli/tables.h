#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json_fwd.hpp>

// What the admin API answers, as people read it. Members that are missing or of another type read as empty:
// the daemon may be of another version.   Pure.
namespace shoal::cli {

using Seconds = std::chrono::seconds;  // since 1970

std::string images_table(const nlohmann::json& document, Seconds now);
std::string blobs_table(const nlohmann::json& document, Seconds now, bool has_header);
std::string space_table(const nlohmann::json& document);

// "5 s", "12 min", "3 h", "9 d": how long ago; "-" for never.
std::string age(Seconds then, Seconds now);

}  // namespace shoal::cli
