#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/host_port.h"
#include "base/result.h"

namespace shoal::cli {

// Asks a running daemon's admin port. Each call blocks until it has answered.
class Client {
 public:
  explicit Client(HostPort server) : server_(std::move(server)) {}

  // Errors  what the daemon answered (its message); unavailable, timeout: no daemon answers; protocol: what
  //         answers is none.
  Result<nlohmann::json> call(const std::string& method, const std::string& path) const;

 private:
  HostPort server_;
};

// `text` as a part of a query.
std::string percent_encoded(const std::string& text);

}  // namespace shoal::cli
