#include "discovery/dns_peers.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "discovery/dns_lookup.h"

namespace shoal::discovery {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds next_look(std::chrono::seconds ttl, const DnsPeersOptions& options) {
  const milliseconds floor = std::min(options.ttl_floor, options.refresh);
  return std::clamp(milliseconds(ttl), floor, options.refresh);
}

DnsPeers::DnsPeers(asio::any_io_executor reactor, Metrics& metrics, std::vector<DnsName> names,
                   DnsPeersOptions options)
    : reactor_(std::move(reactor)),
      names_(std::move(names)),
      options_(std::move(options)),
      troubles_("dns", metrics.discovery_errors("dns")),
      stopping_(reactor_) {}

Awaitable<void> DnsPeers::run(Found found) {
  Endpoints told;
  bool first = true;
  while (!stopped_) {
    const milliseconds pause = co_await look();
    if (stopped_) break;
    Endpoints now = all();
    if (first || now != told) found(now);
    told = std::move(now);
    first = false;
    co_await stopping_.wait_until(steady_clock::now() + pause);
  }
}

void DnsPeers::stop() {
  stopped_ = true;
  if (client_) client_->cancel();
  stopping_.notify_all();
}

// Returns  when to look again: what is wrong now may be well soon, so after a failure it is the floor.
Awaitable<milliseconds> DnsPeers::look() {
  const milliseconds soonest = next_look(std::chrono::seconds(0), options_);
  auto client = DnsClient::create(reactor_, options_.client);
  if (!client) {
    for (const DnsName& name : names_) failed(name, client.error());
    co_return soonest;
  }
  client_ = std::move(*client);
  std::vector<DnsLookup> lookups;
  for (const DnsName& name : names_) lookups.emplace_back(*client_, name);
  milliseconds pause = options_.refresh;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    auto resolved = co_await lookups[i].finish();
    if (stopped_) break;
    if (resolved) {
      troubles_.well(names_[i].text());
      pause = std::min(pause, next_look(resolved->ttl, options_));
      known_[names_[i].text()] = Known{std::move(resolved->endpoints), steady_clock::now()};
    } else {
      failed(names_[i], resolved.error());
      pause = soonest;
    }
  }
  client_.reset();
  co_return pause;
}

void DnsPeers::failed(const DnsName& name, const Error& error) {
  troubles_.failed(name.text(), error);
  const auto known = known_.find(name.text());
  if (known == known_.end()) return;
  if (steady_clock::now() - known->second.resolved_at < options_.keep) return;
  spdlog::warn("discovery: dns: {} has not resolved for too long; its {} addresses are dropped",
               name.text(), known->second.endpoints.size());
  known_.erase(known);
}

Endpoints DnsPeers::all() const {
  Endpoints out;
  for (const auto& [name, known] : known_)
    out.insert(known.endpoints.begin(), known.endpoints.end());
  while (out.size() > kEndpointsMax) out.erase(std::prev(out.end()));
  return out;
}

}  // namespace shoal::discovery
