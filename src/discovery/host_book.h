#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "base/host_port.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "discovery/source.h"
#include "discovery/troubles.h"

namespace shoal::discovery {

// All addresses of one host; an IP address is its own answer, a name is looked up in the way the
// system does (/etc/hosts, NSS). Blocks where it is a name.
// Errors  unavailable: the name does not resolve; the message names it.
Result<Endpoints> look_up(const HostPort& host);

// The addresses of hosts that somebody wrote down. A name that stops resolving keeps the addresses
// it had for as long as it is written down: it is meant to be there.
// Thread  the reactor's; look-ups block on the disk pool.
class HostBook {
 public:
  // `source` is a Source's name.
  HostBook(const std::string& source, asio::thread_pool& disk_pool, Metrics& metrics)
      : disk_pool_(disk_pool), troubles_(source, metrics.discovery_errors(source)) {}

  // Looks all of them up, and forgets those that are not among them. Ends early, with some not looked
  // up, when `stopped` becomes true.   Lifetime  both references outlive the await.
  Awaitable<void> look_up_all(const std::vector<HostPort>& hosts, const bool& stopped);
  // At most kEndpointsMax.
  Endpoints all() const;
  Troubles& troubles() { return troubles_; }

 private:
  asio::thread_pool& disk_pool_;
  Troubles troubles_;
  std::map<std::string, Endpoints> known_;  // by host and port as written down
};

}  // namespace shoal::discovery
