#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/dns_name.h"
#include "base/event.h"
#include "base/metrics.h"
#include "base/result.h"
#include "discovery/dns_client.h"
#include "discovery/source.h"
#include "discovery/troubles.h"

namespace shoal::discovery {

struct DnsPeersOptions {
  DnsClientOptions client;
  std::chrono::milliseconds refresh{30'000};
  std::chrono::milliseconds ttl_floor{5'000};  // a shorter TTL counts as this
  // How long a name that stops resolving keeps the addresses it had.
  std::chrono::milliseconds keep{std::chrono::hours(1)};
};

// When to look again at answers that live for `ttl`: then, but no later than after `refresh` and no
// sooner than the floor, unless refresh itself is sooner.
std::chrono::milliseconds next_look(std::chrono::seconds ttl, const DnsPeersOptions& options);

// Peers behind names in DNS: the A and AAAA records of a host, the SRV records of a service and the
// addresses of their targets. All names are looked up at the same time.
class DnsPeers final : public Source {
 public:
  DnsPeers(asio::any_io_executor reactor, Metrics& metrics, std::vector<DnsName> names,
           DnsPeersOptions options);

  std::string_view name() const override { return "dns"; }
  Awaitable<void> run(Found found) override;
  void stop() override;

 private:
  // What one name stood for when it last resolved.
  struct Known {
    Endpoints endpoints;
    SteadyTime resolved_at;
  };

  Awaitable<std::chrono::milliseconds> look();
  void failed(const DnsName& name, const Error& error);
  Endpoints all() const;

  asio::any_io_executor reactor_;
  std::vector<DnsName> names_;
  DnsPeersOptions options_;
  Troubles troubles_;
  Event stopping_;
  bool stopped_ = false;
  std::unique_ptr<DnsClient> client_;   // a new one for each round, which reads resolv.conf anew
  std::map<std::string, Known> known_;  // by name as configured
};

}  // namespace shoal::discovery
