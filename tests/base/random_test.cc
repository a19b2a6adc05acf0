#include "base/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(RandomTest, StaysBelowItsBoundAndReachesEveryValue) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(3));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(random_below(1), 0U);
}

TEST(RandomTest, HexHasTheLengthAskedForAndDiffers) {
  EXPECT_EQ(random_hex(0), "");
  EXPECT_EQ(random_hex(1).size(), 1U);
  EXPECT_EQ(random_hex(15).size(), 15U);
  const std::string id = random_hex(32);
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(id, random_hex(32));
}

}  // namespace
}  // namespace shoal
