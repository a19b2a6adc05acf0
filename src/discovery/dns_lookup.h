#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/dns_name.h"
#include "base/result.h"
#include "base/task.h"
#include "discovery/dns_client.h"
#include "discovery/source.h"

namespace shoal::discovery {

struct Resolved {
  Endpoints endpoints;          // not empty; at most kEndpointsMax
  std::chrono::seconds ttl{0};  // the shortest of all records that led here
};

// One name being looked up. What it asks is on its way when it has been made, so that many of them
// wait for the server together.
// Lifetime  `client` outlives finish().
class DnsLookup {
 public:
  DnsLookup(DnsClient& client, DnsName name);

  // Errors  as DnsClient::Question::answer(); not_found too where no record leads to a node.
  Awaitable<Result<Resolved>> finish();

 private:
  // The questions for the addresses of one host.
  struct Host {
    Host(DnsClient& client, const std::string& name)
        : a(client.ask(name, DnsType::a)), aaaa(client.ask(name, DnsType::aaaa)) {}
    std::shared_ptr<DnsClient::Question> a;
    std::shared_ptr<DnsClient::Question> aaaa;
  };
  using Addresses = std::vector<AddressRecord>;

  static Awaitable<Result<Addresses>> addresses(Host host);
  Awaitable<Result<Resolved>> finish_host();
  Awaitable<Result<Resolved>> finish_service();
  // Asks for the addresses of targets that came without any.
  Awaitable<Result<void>> resolve(std::vector<std::string> targets,
                                  std::map<std::string, Addresses>& known);

  DnsClient& client_;
  DnsName name_;
  std::shared_ptr<DnsClient::Question> service_;  // or
  std::unique_ptr<Host> host_;
};

}  // namespace shoal::discovery
