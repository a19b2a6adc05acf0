#include "upstream/tag_memory.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace shoal::upstream {
namespace {

TagMemory::Entry entry(std::string entity_tag, std::uint64_t size = 1) {
  return TagMemory::Entry(std::move(entity_tag),
                          Descriptor(hash_of(DigestAlgorithm::sha256, {}), size));
}

TEST(TagMemoryTest, TheLastAnswerIsKept) {
  TagMemory memory;
  EXPECT_FALSE(memory.find("a"));
  memory.put("a", entry("\"1\""));
  memory.put("a", entry("\"2\"", 2));
  ASSERT_TRUE(memory.find("a"));
  EXPECT_EQ(memory.find("a")->entity_tag, "\"2\"");
  EXPECT_EQ(memory.find("a")->descriptor.size, 2U);
  EXPECT_FALSE(memory.find("b"));
}

TEST(TagMemoryTest, OnlyStrongAndWellFormedTags) {
  TagMemory memory;
  for (const std::string& tag :
       {std::string("W/\"1\""), std::string("1"), std::string("\""), std::string(),
        std::string("\"a\r\nb\""), std::string("\"a\"b\""), "\"" + std::string(256, 'x') + "\""}) {
    memory.put("a", entry(tag));
    EXPECT_FALSE(memory.find("a")) << tag;
  }
}

TEST(TagMemoryTest, OnlyKeysOfAReasonableLength) {
  TagMemory memory;
  const std::string longest(TagMemory::kKeyBytesMax, 'x');
  memory.put(longest, entry("\"1\""));
  memory.put(longest + "x", entry("\"1\""));
  EXPECT_TRUE(memory.find(longest));
  EXPECT_FALSE(memory.find(longest + "x"));
}

TEST(TagMemoryTest, IsBounded) {
  TagMemory memory;
  for (std::size_t i = 0; i <= TagMemory::kEntriesMax; ++i) {
    memory.put(std::to_string(i), entry("\"1\""));
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i <= TagMemory::kEntriesMax; ++i)
    kept += memory.find(std::to_string(i)) ? 1 : 0;
  EXPECT_EQ(kept, TagMemory::kEntriesMax);
}

}  // namespace
}  // namespace shoal::upstream
