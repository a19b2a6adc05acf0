// A node whose disk has room for little: what is taken from it stays, what is only on offer goes.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/housekeeping.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBlob = kMiB;

class RoomTest : public TransferTest {
 protected:
  RoomTest() { room_.quota.bytes = 2 * kBlob; }
  std::string add(std::uint64_t seed) {
    std::string content = content_of(kBlob, seed);
    upstream_.add(content);
    return content;
  }
  static bool has(Node& node, const std::string& content) {
    const auto all = node.store->list(std::nullopt, 100);
    return std::any_of(all.begin(), all.end(), [&](const store::Held& held) {
      return held.is_complete && held.digest == descriptor_of(content).digest;
    });
  }
};

TEST_F(RoomTest, BlobsThatAreOnlyOnOfferMakeRoom) {
  Node& node = add_node(upstream_, true);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::string content = add(seed);
    const auto got = result_of(pull(node, descriptor_of(content)));
    ASSERT_TRUE(got.has_value()) << seed << ": " << got.error().message;
    EXPECT_EQ(*got, content);
    EXPECT_TRUE(has(node, content));
  }
  EXPECT_EQ(node.store->stats().blobs, 2U);
  EXPECT_FALSE(has(node, content_of(kBlob, 1)));
}

TEST_F(RoomTest, HousekeepingHasTheSwarmLetGoOfWhatIsTooMuch) {
  room_.quota.bytes = 4 * kBlob;
  room_.high_watermark = 75;
  room_.low_watermark = 50;
  Node& node = add_node(upstream_, true);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    ASSERT_TRUE(result_of(pull(node, descriptor_of(add(seed)))).has_value());
  }
  EXPECT_EQ(node.store->stats().blobs, 4U);
  Housekeeping housekeeping(reactor_.get_executor(), pool_, *node.store, *node.transfers, 5ms);
  const auto run = [](Housekeeping& keeping, bool& ended) -> Awaitable<void> {
    co_await keeping.run();
    ended = true;
  };
  bool ended = false;
  spawn(reactor_.get_executor(), "housekeeping", run(housekeeping, ended));
  run_until([&] { return node.store->stats().blobs == 2; }, "down to the low watermark");
  EXPECT_TRUE(has(node, content_of(kBlob, 4)));
  housekeeping.stop();
  run_until([&] { return ended; }, "housekeeping ended");
}

}  // namespace
}  // namespace shoal::transfer
