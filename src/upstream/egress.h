#pragma once

#include <string>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "upstream/url.h"

namespace shoal::upstream {

// An HTTP proxy between us and the registries. It is the operator's word where it is.
struct Proxy {
  Proxy(Url url_in, std::string authorization_in)
      : url(std::move(url_in)), authorization(std::move(authorization_in)) {}

  Url url;                    // http://host:port
  std::string authorization;  // of a Proxy-Authorization header; empty = none
};

// How connections to a server are made.   Lifetime  what it points to outlives it.
struct Egress {
  // Not explicit: most connections need no more than this.
  Egress(boost::asio::ssl::context& tls_in, const Proxy* proxy_in = nullptr)
      : tls(&tls_in), proxy(proxy_in) {}

  boost::asio::ssl::context* tls;
  const Proxy* proxy;  // nullptr = none
};

}  // namespace shoal::upstream
