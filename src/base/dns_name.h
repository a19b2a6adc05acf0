#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

// A name in DNS that stands for nodes, as a person writes it.
//   "shoal-peers.shoal.svc:6881"           A and AAAA records; the port is ours to say
//   "_swarm._tcp.shoal-peers.shoal.svc"    SRV records, which name the port themselves
// The two cannot be confused, so neither needs a prefix.
class DnsName {
 public:
  // Errors  invalid_argument: neither of the two; an address, which is no name.
  static Result<DnsName> parse(std::string_view text);

  const std::string& text() const { return text_; }  // as it was written
  const std::string& name() const { return name_; }  // without the port
  bool is_service() const { return port_ == 0; }
  std::uint16_t port() const { return port_; }  // of a host; 0 with a service

 private:
  DnsName(std::string text, std::string name, std::uint16_t port)
      : text_(std::move(text)), name_(std::move(name)), port_(port) {}
  std::string text_;
  std::string name_;
  std::uint16_t port_;
};

}  // namespace shoal
