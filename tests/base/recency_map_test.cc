#include "base/recency_map.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::vector<int> keys_of(const RecencyMap<int, std::string>& map) {
  std::vector<int> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

RecencyMap<int, std::string> three() {
  RecencyMap<int, std::string> map;
  map.put(1, "one");
  map.put(2, "two");
  map.put(3, "three");
  return map;
}

TEST(RecencyMapTest, TheLastPutComesFirst) {
  const auto map = three();
  EXPECT_EQ(keys_of(map), (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(map.size(), 3U);
}

TEST(RecencyMapTest, TouchIsAUseAndFindIsNot) {
  auto map = three();
  ASSERT_NE(map.find(1), nullptr);
  EXPECT_EQ(keys_of(map), (std::vector<int>{3, 2, 1}));
  ASSERT_NE(map.touch(1), nullptr);
  EXPECT_EQ(*map.touch(1), "one");
  EXPECT_EQ(keys_of(map), (std::vector<int>{1, 3, 2}));
  EXPECT_EQ(map.find(4), nullptr);
  EXPECT_EQ(map.touch(4), nullptr);
}

TEST(RecencyMapTest, PutReplacesWhatStoodThere) {
  auto map = three();
  EXPECT_EQ(map.put(1, "uno"), "uno");
  EXPECT_EQ(*map.find(1), "uno");
  EXPECT_EQ(keys_of(map), (std::vector<int>{1, 3, 2}));
}

TEST(RecencyMapTest, TheOldestGoes) {
  auto map = three();
  map.touch(1);
  EXPECT_EQ(map.oldest().first, 2);
  map.pop_oldest();
  EXPECT_EQ(keys_of(map), (std::vector<int>{1, 3}));
  EXPECT_EQ(map.find(2), nullptr);
}

TEST(RecencyMapTest, EntriesAreErasedByKeyAndInPassing) {
  auto map = three();
  map.erase(4);
  map.erase(3);
  EXPECT_EQ(keys_of(map), (std::vector<int>{2, 1}));
  const auto next = map.erase(map.begin());
  EXPECT_EQ(next->first, 1);
  EXPECT_EQ(map.find(2), nullptr);
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(1), nullptr);
}

}  // namespace
}  // namespace shoal
