#include "discovery/dns_lookup.h"

#include <algorithm>
#include <span>
#include <utility>

namespace shoal::discovery {
namespace {

using Endpoint = asio::ip::tcp::endpoint;

constexpr std::size_t kTargetsAtOnce = 64;

void add(Resolved& out, const AddressRecord& record, std::uint16_t port, std::chrono::seconds ttl) {
  if (out.endpoints.size() >= kEndpointsMax) return;
  out.ttl = out.endpoints.empty() ? ttl : std::min(out.ttl, ttl);
  out.endpoints.insert(Endpoint(record.address, port));
}

}  // namespace

DnsLookup::DnsLookup(DnsClient& client, DnsName name) : client_(client), name_(std::move(name)) {
  if (name_.is_service()) {
    service_ = client_.ask(name_.name(), DnsType::srv);
  } else {
    host_ = std::make_unique<Host>(client_, name_.name());
  }
}

Awaitable<Result<Resolved>> DnsLookup::finish() {
  auto work = service_ ? finish_service() : finish_host();
  auto resolved = co_await std::move(work);
  if (resolved && resolved->endpoints.empty()) {
    co_return fail(Errc::not_found, name_.text() + ": there is no address of a node in the answer");
  }
  co_return resolved;
}

// Where only one of the two kinds of address can be had, that is the answer: servers that break on
// AAAA are common.   Errors  that of the A record, unless it says less than the other.
Awaitable<Result<DnsLookup::Addresses>> DnsLookup::addresses(Host host) {
  auto v4 = co_await host.a->answer();
  auto v6 = co_await host.aaaa->answer();
  Addresses all;
  if (v4) all = std::move(v4->addresses);
  if (v6) all.insert(all.end(), v6->addresses.begin(), v6->addresses.end());
  if (!all.empty() || (v4 && v6)) co_return all;
  const bool second_says_more = v4 || (!v6 && v4.error().code == Errc::not_found);
  co_return fail(second_says_more ? v6.error() : v4.error());
}

Awaitable<Result<Resolved>> DnsLookup::finish_host() {
  const Host host = *host_;
  auto found = co_await addresses(host);
  if (!found) co_return fail(found.error());
  Resolved out;
  for (const AddressRecord& record : *found) add(out, record, name_.port(), record.ttl);
  co_return out;
}

Awaitable<Result<Resolved>> DnsLookup::finish_service() {
  auto answer = co_await service_->answer();
  if (!answer) co_return fail(answer.error());
  auto& services = answer->services;
  if (services.size() > kEndpointsMax) services.resize(kEndpointsMax);
  std::map<std::string, Addresses> known;
  for (AddressRecord& record : answer->glue) known[record.name].push_back(std::move(record));
  std::vector<std::string> unknown;
  for (const ServiceRecord& service : services) {
    if (!known.contains(service.target)) unknown.push_back(service.target);
  }
  auto resolved = co_await resolve(std::move(unknown), known);
  Resolved out;
  for (const ServiceRecord& service : services) {
    for (const AddressRecord& record : known[service.target]) {
      add(out, record, service.port, std::min(service.ttl, record.ttl));
    }
  }
  // Some are better than none; the rest is asked for again soon enough.
  if (out.endpoints.empty() && !resolved) co_return fail(resolved.error());
  co_return out;
}

Awaitable<Result<void>> DnsLookup::resolve(std::vector<std::string> targets,
                                           std::map<std::string, Addresses>& known) {
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  std::span<const std::string> left(targets);
  while (!left.empty()) {
    const auto batch = left.first(std::min(left.size(), kTargetsAtOnce));
    left = left.subspan(batch.size());
    std::vector<Host> hosts;
    for (const std::string& target : batch) hosts.emplace_back(client_, target + ".");
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto found = co_await addresses(hosts[i]);
      if (found) {
        known[batch[i]] = std::move(*found);
      } else if (found.error().code != Errc::not_found) {
        co_return fail(found.error());  // the server is in trouble: no use to ask it for the rest
      }
    }
  }
  co_return Result<void>();
}

}  // namespace shoal::discovery
