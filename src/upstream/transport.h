#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/egress.h"
#include "upstream/pool.h"
#include "upstream/rate_limit.h"
#include "upstream/response_head.h"
#include "upstream/stop_signal.h"
#include "upstream/url.h"

namespace shoal::upstream {

struct HttpRequest {
  HttpRequest(std::string method_in, Url url_in)
      : method(std::move(method_in)), url(std::move(url_in)) {}
  HttpRequest& set(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  // The bytes on the wire. Host, User-Agent, Accept-Encoding and Content-Length are added. `proxy`: to
  // whom it is sent in place of the URL's server; nullptr = nobody.
  std::string serialise(const Proxy* proxy = nullptr) const;
  // "GET https://host/path", for messages and logs.
  std::string brief() const { return method + " " + url.brief(); }

  std::string method;
  Url url;
  std::vector<std::pair<std::string, std::string>> headers;  // names and values fit a header
  std::string body;
};

// How fast bodies may be read, all of them together.   Thread  the reactor's.
class Pace {
 public:
  // 0 = as fast as they come.   Lifetime  `stop` outlives it.
  Pace(std::uint64_t bytes_per_second, StopSignal& stop) : stop_(stop) {
    if (bytes_per_second > 0) limit_.emplace(bytes_per_second, std::chrono::steady_clock::now());
  }

  // Waits for its turn.   Returns  how many bytes may be read now, at most `wanted`.
  // Errors  canceled: the client is stopping.
  Awaitable<Result<std::size_t>> turn(std::size_t wanted);
  // So many of them were not there.
  void give_back(std::size_t bytes) {
    if (limit_) limit_->give_back(bytes);
  }

 private:
  StopSignal& stop_;
  std::optional<RateLimit> limit_;
};

struct TransportTimeouts {
  std::chrono::milliseconds header{15000};
  std::chrono::milliseconds read{15000};
};

// A response whose body is still to be read. Holds the connection.
class Response {
 public:
  Response(Pool::Lease lease, ResponseHead head, std::chrono::milliseconds read_timeout,
           prometheus::Counter& bytes, Pace& pace)
      : lease_(std::move(lease)),
        head_(std::move(head)),
        read_timeout_(read_timeout),
        bytes_(&bytes),
        pace_(&pace) {}

  const ResponseHead& head() const { return head_; }
  AddressScope scope() { return lease_.connection().scope(); }

  // Returns  how many bytes came, at least one; 0 = the end.
  // Errors  as Connection::read_body() and Pace::turn().
  Awaitable<Result<std::size_t>> read(std::span<std::byte> out);
  // The rest of the body.
  // Errors  also too_large: over `bytes_max`; timeout: not all there after four read time-outs.
  Awaitable<Result<std::string>> read_all(std::size_t bytes_max);
  // Reads a small rest, so that the connection can be used again; of a large one nothing.
  Awaitable<void> discard();

 private:
  Pool::Lease lease_;
  ResponseHead head_;
  std::chrono::milliseconds read_timeout_;
  prometheus::Counter* bytes_;
  Pace* pace_;
};

// Sends one request on a pooled connection: no redirects, no retries but one, on a new connection,
// where a kept one turned out to be stale. Counts requests and bytes.
// Thread  the reactor's.   Lifetime  outlives its responses.
class Transport {
 public:
  Transport(Pool& pool, Pace& pace, Metrics& metrics, TransportTimeouts timeouts)
      : pool_(pool), pace_(pace), metrics_(metrics), timeouts_(timeouts) {}

  // `label` is the registry's in metrics.
  // Errors  as Pool::acquire() and Connection::exchange(); the message begins with request.brief().
  // Lifetime  all references outlive the await, what `egress` points to the response too.
  Awaitable<Result<Response>> send(const HttpRequest& request, Egress egress,
                                   const std::string& label, AddressScope limit);

 private:
  Awaitable<Result<Response>> send_once(const HttpRequest& request, Egress egress,
                                        const std::string& label, AddressScope limit, bool fresh,
                                        bool& stale);

  Pool& pool_;
  Pace& pace_;
  Metrics& metrics_;
  TransportTimeouts timeouts_;
};

}  // namespace shoal::upstream
