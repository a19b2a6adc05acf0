#pragma once

#include <chrono>
#include <string>

#include <libtorrent/alert.hpp>

#include "base/metrics.h"

namespace shoal::p2p {

// Counts TLS handshakes that failed, and says so in the log, but not once for each: anybody who
// reaches the port can make one fail.   Thread  the swarm's.
class HandshakeFailures {
 public:
  explicit HandshakeFailures(Metrics& metrics) : metrics_(metrics) {}

  // Looks at an alert of the session, whichever.
  void note(const lt::alert& alert);
  // Writes at most one line in kLogInterval. Call it about once a second.
  void tell(std::chrono::steady_clock::time_point now);

  static constexpr std::chrono::seconds kLogInterval{10};

 private:
  Metrics& metrics_;
  unsigned untold_ = 0;
  std::string last_;
  std::chrono::steady_clock::time_point told_at_{};
};

}  // namespace shoal::p2p
