#pragma once

#include <chrono>
#include <memory>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/address.h"
#include "upstream/connection.h"
#include "upstream/egress.h"
#include "upstream/resolver.h"
#include "upstream/url.h"

namespace shoal::upstream {

// Opens connections: DNS, then TCP to one address after the other, then TLS.
// Thread  the reactor's.   Lifetime  outlives its calls; what it is made of outlives it.
class Connector {
 public:
  Connector(asio::any_io_executor executor, Resolver& resolver, StopSignal& stop, Metrics& metrics,
            std::chrono::milliseconds timeout)
      : executor_(std::move(executor)),
        resolver_(resolver),
        stop_(stop),
        metrics_(metrics),
        timeout_(timeout) {}

  // A connection to url's server, at an address no closer to us than `limit`. This is where the
  // rule against being led to private addresses is kept: after DNS, so that no name gets around it.
  // Through a proxy it is the proxy that looks names up, so there the rule holds for addresses only,
  // and for the names of this machine.
  // Errors  protocol: every address is over the limit, or the certificate is not accepted;
  //         unavailable, timeout (of the last address tried); canceled.
  // Lifetime  `url` outlives the await, what `egress` points to the connection too.
  Awaitable<Result<std::unique_ptr<Connection>>> open(const Url& url, Egress egress,
                                                      AddressScope limit);

 private:
  tl::unexpected<Error> forbidden(const Url& url);
  // The addresses to connect to.
  Awaitable<Result<Addresses>> look_up(const Url& url, AddressScope limit, SteadyTime deadline);
  Awaitable<Result<std::unique_ptr<Connection>>> open_at(asio::ip::address address, const Url& url,
                                                         Egress egress, SteadyTime deadline);

  asio::any_io_executor executor_;
  Resolver& resolver_;
  StopSignal& stop_;
  Metrics& metrics_;
  std::chrono::milliseconds timeout_;
};

}  // namespace shoal::upstream
