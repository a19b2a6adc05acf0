// Connections: opened to the right addresses only, kept, limited, handed on in order.
#include "upstream/pool.h"

#include <future>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include "upstream/fake_registry.h"
#include "upstream/tls.h"

namespace shoal::upstream::testing {
namespace {

// Names of the test's own.
class FakeResolver final : public Resolver {
 public:
  Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime) override {
    const auto found = names.find(host);
    if (found == names.end()) co_return fail(Errc::unavailable, "host " + host + " is unknown");
    Addresses out;
    for (const auto& text : found->second) out.push_back(asio::ip::make_address(text));
    co_return out;
  }
  std::map<std::string, std::vector<std::string>> names;
};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest() : tls_(std::move(*make_tls_context({}))) {
    resolver_.names["server.test"] = {"127.0.0.1"};
    server_.on("GET", "/", {Answer(200, "x")});
  }
  ~PoolTest() override {
    stop_.stop();
    if (pool_) pool_->close_idle();
    io_.restart();
    io_.run_for(std::chrono::seconds(30));
    EXPECT_TRUE(io_.stopped());
    EXPECT_EQ(stray_exceptions(), 0U);
  }

  Pool& pool() {
    if (!pool_) pool_.emplace(io_.get_executor(), connector_, stop_, options_);
    return *pool_;
  }
  Url url(const std::string& host = "server.test") {
    return *Url::parse("http://" + host + ":" + std::to_string(server_.port()));
  }
  template <class T>
  T run(Awaitable<T> task) {
    const auto out = std::make_shared<std::optional<T>>();
    auto keeping = keep(std::move(task), out);
    spawn(io_.get_executor(), "test", std::move(keeping));
    io_.restart();
    io_.run_for(std::chrono::seconds(30));
    if (!*out) throw std::runtime_error("the call did not end in time");
    return std::move(**out);
  }
  Result<Pool::Lease> acquire(const Url& to, AddressScope limit = AddressScope::special,
                              bool fresh = false) {
    return run(pool().acquire(to, *tls_, limit, fresh));
  }
  // One request, so that the connection may be kept.
  Result<ResponseHead> use(Pool::Lease& lease) { return run(request(lease.connection())); }

  Awaitable<Result<ResponseHead>> request(Connection& connection) {
    const std::string message = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    auto head = co_await connection.exchange(message, false, std::chrono::seconds(10));
    if (!head) co_return fail(head.error());
    std::vector<std::byte> body(16);
    while (true) {
      const auto size = co_await connection.read_body(body, std::chrono::seconds(10));
      if (!size) co_return fail(size.error());
      if (*size == 0) co_return head;
    }
  }

  asio::io_context io_;
  StopSignal stop_;
  FakeResolver resolver_;
  Metrics metrics_;
  Connector connector_{io_.get_executor(), resolver_, stop_, metrics_,
                       std::chrono::milliseconds(2000)};
  FakeRegistry server_;
  std::unique_ptr<asio::ssl::context> tls_;
  PoolOptions options_;
  std::optional<Pool> pool_;

 private:
  template <class T>
  Awaitable<void> keep(Awaitable<T> task, std::shared_ptr<std::optional<T>> out) {
    out->emplace(co_await std::move(task));
    io_.stop();
  }
};

TEST_F(PoolTest, PublicRegistryDoesNotLeadToPrivateAddresses) {
  for (const char* address :
       {"127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"}) {
    resolver_.names["evil.test"] = {address};
    const auto lease = acquire(url("evil.test"), AddressScope::public_net);
    ASSERT_FALSE(lease) << address;
    EXPECT_EQ(lease.error().code, Errc::protocol);
    EXPECT_NE(lease.error().message.find("evil.test"), std::string::npos);
  }
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(PoolTest, AllowedAddressesOfAMixAreUsed) {
  resolver_.names["mixed.test"] = {"169.254.169.254", "127.0.0.1"};
  const auto lease = acquire(url("mixed.test"), AddressScope::loopback);
  ASSERT_TRUE(lease) << lease.error().message;
}

TEST_F(PoolTest, KeptConnectionToAPrivateAddressIsNotLent) {
  {
    auto lease = acquire(url());
    ASSERT_TRUE(lease);
    ASSERT_TRUE(use(*lease));
  }
  EXPECT_EQ(pool().idle(), 1U);
  EXPECT_EQ(acquire(url(), AddressScope::public_net).error().code, Errc::protocol);
  EXPECT_EQ(pool().idle(), 1U);
}

TEST_F(PoolTest, NextAddressIsTriedWhereOneIsDead) {
  // Nothing listens on this port of the other loopback address.
  resolver_.names["two.test"] = {"127.0.0.77", "127.0.0.1"};
  auto lease = acquire(url("two.test"));
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_TRUE(use(*lease));
}

TEST_F(PoolTest, Ipv6SocketsWork) {
  const int probe = ::socket(AF_INET6, SOCK_STREAM, 0);
  if (probe < 0) GTEST_SKIP() << "this machine has no IPv6";
  ::close(probe);
  // A mapped address goes through an IPv6 socket and arrives at the IPv4 server.
  resolver_.names["six.test"] = {"::ffff:127.0.0.1"};
  auto lease = acquire(url("six.test"));
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_TRUE(use(*lease));
  EXPECT_EQ(lease->connection().scope(), AddressScope::loopback);
}

TEST_F(PoolTest, ConnectionIsKeptAndReused) {
  for (int i = 0; i < 3; ++i) {
    auto lease = acquire(url());
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->reused(), i > 0);
    ASSERT_TRUE(use(*lease));
  }
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(PoolTest, FreshClosesWhatWasKept) {
  {
    auto lease = acquire(url());
    ASSERT_TRUE(lease && use(*lease));
  }
  auto lease = acquire(url(), AddressScope::special, true);
  ASSERT_TRUE(lease);
  EXPECT_FALSE(lease->reused());
  EXPECT_EQ(pool().idle(), 0U);
}

TEST_F(PoolTest, UnusedOrHalfReadConnectionsAreNotKept) {
  {
    const auto lease = acquire(url());
    ASSERT_TRUE(lease);
  }
  EXPECT_EQ(pool().idle(), 0U);
}

TEST_F(PoolTest, LimitHoldsAndThoseWhoWaitAreServedInOrder) {
  options_.connections_per_host_max = 1;
  std::vector<int> order;
  const auto worker = [&](int number) -> Awaitable<void> {
    const Url to = url();
    auto lease = co_await pool().acquire(to, *tls_, AddressScope::special, false);
    if (!lease) co_return;
    const auto head = co_await request(lease->connection());
    if (head) order.push_back(number);
    if (order.size() == 5) io_.stop();
  };
  for (int i = 0; i < 5; ++i) spawn(io_.get_executor(), "worker", worker(i));
  io_.run_for(std::chrono::seconds(30));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(PoolTest, WaitingHasADeadline) {
  options_.connections_per_host_max = 1;
  options_.wait_max = std::chrono::milliseconds(50);
  const auto first = acquire(url());
  ASSERT_TRUE(first);
  EXPECT_EQ(acquire(url()).error().code, Errc::timeout);
}

TEST_F(PoolTest, QueueHasALimit) {
  options_.connections_per_host_max = 1;
  options_.waiting_per_host_max = 0;
  const auto first = acquire(url());
  ASSERT_TRUE(first);
  EXPECT_EQ(acquire(url()).error().code, Errc::unavailable);
}

TEST_F(PoolTest, SlotOfAFailedConnectIsFree) {
  options_.connections_per_host_max = 1;
  resolver_.names.erase("server.test");
  EXPECT_FALSE(acquire(url()));
  resolver_.names["server.test"] = {"127.0.0.1"};
  EXPECT_TRUE(acquire(url()));
}

TEST_F(PoolTest, IdleConnectionsAreClosedAfterAWhile) {
  options_.idle_max = std::chrono::milliseconds(50);
  {
    auto lease = acquire(url());
    ASSERT_TRUE(lease && use(*lease));
  }
  EXPECT_EQ(pool().idle(), 1U);
  io_.restart();
  io_.run_for(std::chrono::seconds(30));  // ends as soon as the reaper has nothing left to wait for
  EXPECT_TRUE(io_.stopped());
  EXPECT_EQ(pool().idle(), 0U);
}

TEST_F(PoolTest, StopEndsWaiting) {
  options_.connections_per_host_max = 1;
  const auto first = acquire(url());
  ASSERT_TRUE(first);
  asio::post(io_, [this] { asio::post(io_, [this] { stop_.stop(); }); });
  EXPECT_EQ(acquire(url()).error().code, Errc::canceled);
  EXPECT_EQ(acquire(url()).error().code, Errc::canceled);
}

TEST_F(PoolTest, StopEndsASleep) {
  asio::post(io_, [this] { asio::post(io_, [this] { stop_.stop(); }); });
  EXPECT_FALSE(run(stop_.sleep_for(std::chrono::hours(1))));
}

TEST(SystemResolverTest, LiteralsNamesAndTheUnknown) {
  asio::io_context io;
  asio::thread_pool threads(1);
  StopSignal stop;
  SystemResolver resolver(io.get_executor(), threads, stop);
  const auto resolve = [&](const std::string& host) {
    std::optional<Result<Addresses>> out;
    const auto task = [&]() -> Awaitable<void> {
      std::string name = host;
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      out.emplace(co_await resolver.resolve(std::move(name), deadline));
    };
    spawn(io.get_executor(), "test", task());
    io.restart();
    io.run();
    return *out;
  };
  EXPECT_EQ(resolve("10.1.2.3")->at(0).to_string(), "10.1.2.3");
  EXPECT_EQ(resolve("2001:db8::1")->at(0).to_string(), "2001:db8::1");
  const auto localhost = resolve("localhost");
  ASSERT_TRUE(localhost);
  EXPECT_TRUE(localhost->at(0).is_loopback());
  // The C library still reads old spellings of addresses; they are judged by what they mean.
  EXPECT_EQ(resolve("0x7f.1")->at(0).to_string(), "127.0.0.1");
  EXPECT_FALSE(resolve("no-such-host.invalid"));
}

TEST(SystemResolverTest, StuckLookUpTimesOut) {
  asio::io_context io;
  asio::thread_pool threads(1);
  StopSignal stop;
  SystemResolver resolver(io.get_executor(), threads, stop);
  std::promise<void> release;
  asio::post(threads, [&] { release.get_future().wait(); });  // the only thread is taken
  std::optional<Result<Addresses>> out;
  const auto task = [&]() -> Awaitable<void> {
    std::string name = "localhost";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    out.emplace(co_await resolver.resolve(std::move(name), deadline));
    release.set_value();
  };
  spawn(io.get_executor(), "test", task());
  io.run();
  ASSERT_TRUE(out);
  EXPECT_EQ(out->error().code, Errc::timeout);
}

}  // namespace
}  // namespace shoal::upstream::testing
