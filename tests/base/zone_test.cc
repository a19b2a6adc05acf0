#include "base/zone.h"

#include <string>

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ZoneTest, NamesAreLabels) {
  for (const char* text : {"", "a", "eu-central-1a", "Rack_7.3", "0"})
    EXPECT_TRUE(is_zone(text)) << text;
  EXPECT_TRUE(is_zone(std::string(63, 'z')));
  EXPECT_FALSE(is_zone(std::string(64, 'z')));
  for (const char* text : {" ", "a b", "a/b", "a\nb", "\"", "\xc3\xa4"})
    EXPECT_FALSE(is_zone(text)) << text;
  EXPECT_FALSE(is_zone(std::string_view("a\0b", 3)));
}

TEST(ZoneTest, RelationNeedsBothZones) {
  EXPECT_EQ(zone_relation("a", "a"), ZoneRelation::same);
  EXPECT_EQ(zone_relation("a", "b"), ZoneRelation::other);
  EXPECT_EQ(zone_relation("a", "A"), ZoneRelation::other);
  EXPECT_EQ(zone_relation("", "a"), ZoneRelation::unknown);
  EXPECT_EQ(zone_relation("a", ""), ZoneRelation::unknown);
  EXPECT_EQ(zone_relation("", ""), ZoneRelation::unknown);
}

}  // namespace
}  // namespace shoal
