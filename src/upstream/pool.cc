#include "upstream/pool.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>

namespace shoal::upstream {
namespace {

using std::chrono::steady_clock;

}  // namespace

// One who waits for a slot. Leaves the queue with its coroutine, however that ends.
struct Pool::Waiter {
  Waiter(std::list<Waiter*>& queue_in, const asio::any_io_executor& executor)
      : queue(queue_in), timer(executor), place(queue.insert(queue.end(), this)) {}
  ~Waiter() {
    if (!granted) queue.erase(place);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  void grant(std::unique_ptr<Connection> connection_in) {
    queue.erase(place);
    granted = true;
    connection = std::move(connection_in);
    timer.cancel();
  }

  std::list<Waiter*>& queue;
  asio::steady_timer timer;
  std::list<Waiter*>::iterator place;
  bool granted = false;
  std::unique_ptr<Connection> connection;  // handed over with the slot, where it is reusable
};

Pool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      key_(std::move(other.key_)),
      connection_(std::move(other.connection_)),
      reused_(other.reused_) {}

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pool_ = std::exchange(other.pool_, nullptr);
  key_ = std::move(other.key_);
  connection_ = std::move(other.connection_);
  reused_ = other.reused_;
  return *this;
}

Pool::Lease::~Lease() {
  give_back();
}

void Pool::Lease::give_back() {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->give_back(key_, std::move(connection_));
}

Pool::Pool(asio::any_io_executor executor, Connector& connector, StopSignal& stop,
           PoolOptions options)
    : executor_(std::move(executor)),
      connector_(connector),
      stop_(stop),
      options_(options),
      reaper_(std::make_shared<asio::steady_timer>(executor_)) {
  options_.connections_per_host_max = std::max<std::size_t>(options_.connections_per_host_max, 1);
}

Awaitable<Result<Pool::Lease>> Pool::acquire(const Url& url, Egress egress, AddressScope limit,
                                             bool fresh) {
  if (stop_.stopped()) co_return fail(Errc::canceled, "the upstream client is stopping");
  // Another context demands another CA or shows another certificate, another proxy is another way: such
  // connections are not for everybody.
  const std::string key =
      fmt::format("{} {} {}", url.origin(), static_cast<const void*>(egress.tls),
                  static_cast<const void*>(egress.proxy));
  Host& host = hosts_[key];
  if (fresh) {
    host.open -= host.idle.size();
    host.idle.clear();
  }
  auto idle = take_idle(host, limit);
  if (!idle && host.open >= options_.connections_per_host_max && !host.idle.empty()) {
    host.idle.pop_front();  // not for us to use, but in the way
    --host.open;
  }
  const bool must_wait = !idle && host.open >= options_.connections_per_host_max;
  if (must_wait && host.waiting.size() >= options_.waiting_per_host_max) {
    co_return fail(Errc::unavailable, "too many requests to " + url.authority() + " wait already");
  }
  if (!idle && !must_wait) ++host.open;
  Lease lease(must_wait ? nullptr : this, key);
  lease.connection_ = std::move(idle);
  if (must_wait) {
    auto waited = co_await wait_for_slot(host, lease);
    if (!waited) co_return fail(waited.error());
  }
  const bool usable = lease.connection_ && !fresh && lease.connection_->still_open() &&
                      may_lead(limit, lease.connection_->scope());
  lease.reused_ = usable;
  if (usable) co_return lease;
  lease.connection_.reset();
  auto opened = co_await connector_.open(url, egress, limit);
  if (!opened) co_return fail(opened.error());
  lease.connection_ = std::move(*opened);
  co_return lease;
}

Awaitable<Result<void>> Pool::wait_for_slot(Host& host, Lease& lease) {
  Waiter waiter(host.waiting, executor_);
  waiter.timer.expires_after(options_.wait_max);
  const StopSignal::Hook hook(stop_, [&waiter] { waiter.timer.cancel(); });
  boost::system::error_code ignored;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (waiter.granted) {
    lease.pool_ = this;
    lease.connection_ = std::move(waiter.connection);
    co_return Result<void>();
  }
  if (stop_.stopped()) co_return fail(Errc::canceled, "the upstream client is stopping");
  co_return fail(Errc::timeout, "no connection became free in time");
}

std::unique_ptr<Connection> Pool::take_idle(Host& host, AddressScope limit) {
  for (auto at = host.idle.end(); at != host.idle.begin();) {
    --at;
    const bool open = at->connection->still_open();
    if (open && !may_lead(limit, at->connection->scope())) continue;
    auto connection = std::move(at->connection);
    at = host.idle.erase(at);
    if (open) return connection;
    --host.open;
  }
  return nullptr;
}

void Pool::give_back(const std::string& key, std::unique_ptr<Connection> connection) {
  Host& host = hosts_[key];
  const bool reusable = connection && connection->reusable();
  if (!reusable) connection.reset();
  if (!host.waiting.empty()) {
    host.waiting.front()->grant(std::move(connection));
    return;
  }
  if (!reusable) return release_slot(key);
  host.idle.emplace_back(std::move(connection), steady_clock::now());
  arm_reaper();
}

void Pool::release_slot(const std::string& key) {
  Host& host = hosts_[key];
  --host.open;
  if (host.open == 0) hosts_.erase(key);
}

void Pool::close_idle() {
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    Host& host = at->second;
    host.open -= host.idle.size();
    host.idle.clear();
    at = host.open == 0 ? hosts_.erase(at) : std::next(at);
  }
  reaper_->cancel();
}

std::size_t Pool::idle() const {
  std::size_t count = 0;
  for (const auto& [key, host] : hosts_) count += host.idle.size();
  return count;
}

void Pool::arm_reaper() {
  if (reaper_armed_ || stop_.stopped()) return;
  reaper_armed_ = true;
  reaper_->expires_after(options_.idle_max);
  reaper_->async_wait([this, alive = std::weak_ptr<asio::steady_timer>(reaper_)](auto) {
    if (alive.expired()) return;
    reaper_armed_ = false;
    reap();
  });
}

void Pool::reap() {
  const SteadyTime oldest = steady_clock::now() - options_.idle_max;
  bool any_left = false;
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    Host& host = at->second;
    host.open -= host.idle.size();
    host.idle.remove_if([oldest](const Idle& idle) { return idle.since <= oldest; });
    host.open += host.idle.size();
    any_left = any_left || !host.idle.empty();
    at = host.open == 0 ? hosts_.erase(at) : std::next(at);
  }
  if (any_left) arm_reaper();
}

}  // namespace shoal::upstream
