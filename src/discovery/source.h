#pragma once

#include <functional>
#include <set>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "base/task.h"

namespace shoal::discovery {

using Endpoints = std::set<asio::ip::tcp::endpoint>;

// What one source may tell at once; what goes beyond it is left out. Ten times the largest cluster.
inline constexpr std::size_t kEndpointsMax = 10'000;

// Somewhere that says where other nodes are.
// Thread  the reactor's.   Lifetime  outlives run().
class Source {
 public:
  using Found = std::function<void(const Endpoints&)>;

  virtual ~Source() = default;

  // Its name in metrics and logs: "static", "dns", "file".
  virtual std::string_view name() const = 0;
  // Looks again and again until stop(). `found` is told all that the source knows after the first
  // look, and whenever it has changed.
  virtual Awaitable<void> run(Found found) = 0;
  virtual void stop() = 0;
};

}  // namespace shoal::discovery
