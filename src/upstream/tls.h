#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"

namespace shoal::upstream {

// What we show a server that asks who we are; both empty = nothing.
struct ClientCertificate {
  std::string cert_file{};  // PEM; intermediate ones may follow
  std::string key_file{};   // PEM, without a password
};

// What we demand of a server's certificate: TLS 1.2 or newer, a chain to one of the system's CAs or
// of `ca_files` (PEM; empty names are passed over). The host's name is set per connection. Errors
// invalid_argument: a file cannot be read, holds no certificate, or no key for it: the message names it.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const std::vector<std::string>& ca_files, const ClientCertificate& certificate = {});

}  // namespace shoal::upstream
