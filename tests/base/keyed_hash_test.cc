#include "base/keyed_hash.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(KeyedHashTest, TellsTextsApartAndHasAKeyOfItsOwn) {
  const KeyedHash hash, other;
  EXPECT_EQ(hash.of("secret").size(), 32U);
  EXPECT_EQ(hash.of("secret"), hash.of("secret"));
  EXPECT_NE(hash.of("secret"), hash.of("secreT"));
  EXPECT_NE(hash.of("secret"), other.of("secret"));
  EXPECT_NE(hash.of(""), other.of(""));
}

}  // namespace
}  // namespace shoal
