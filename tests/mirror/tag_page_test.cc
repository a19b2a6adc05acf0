#include "mirror/tag_page.h"

#include <gtest/gtest.h>

namespace shoal::mirror {
namespace {

TagPage page(const std::string& tags, std::optional<std::uint64_t> count, std::string last = {}) {
  TagWindow window;
  window.count = count;
  window.last = std::move(last);
  auto cut = page_of_tags("{\"tags\":" + tags + "}", window);
  if (!cut) throw std::runtime_error(cut.error().message);
  return *cut;
}

TEST(TagPageTest, WhatFitsIsLeftAlone) {
  EXPECT_EQ(page("[ \"b\", \"a\" ]", 2).content, "{\"tags\":[ \"b\", \"a\" ]}");
  EXPECT_FALSE(page("[\"b\"]", 2, "a").cut) << "the registry has looked at last itself";
  EXPECT_FALSE(page("null", 0).cut);
}

TEST(TagPageTest, PagesFollowEachOther) {
  const TagPage first = page("[\"a\",\"b\",\"c\"]", 2);
  EXPECT_EQ(first.content, "{\"tags\":[\"a\",\"b\"]}");
  EXPECT_TRUE(first.cut);
  EXPECT_EQ(first.last, "b");
  const TagPage last = page("[\"a\",\"b\",\"c\"]", 2, first.last);
  EXPECT_EQ(last.content, "{\"tags\":[\"c\"]}");
  EXPECT_FALSE(last.cut);
}

TEST(TagPageTest, ATagThatIsGoneStillHasAPlace) {
  EXPECT_EQ(page("[\"a\",\"c\",\"e\"]", 1, "b").content, "{\"tags\":[\"c\"]}");
  EXPECT_EQ(page("[\"a\",\"c\",\"e\"]", 1, "z").content, "{\"tags\":[]}");
}

TEST(TagPageTest, OfRegistriesThatDoNotSortThePagesAreWholeAllTheSame) {
  EXPECT_EQ(page("[\"9\",\"10\",\"1\"]", 1, "9").content, "{\"tags\":[\"10\"]}");
  EXPECT_EQ(page("[\"9\",\"10\",\"1\"]", 1, "10").content, "{\"tags\":[\"1\"]}");
}

TEST(TagPageTest, NoneIsAPageWithoutASuccessor) {
  const TagPage none = page("[\"a\",\"b\"]", 0);
  EXPECT_EQ(none.content, "{\"tags\":[]}");
  EXPECT_FALSE(none.cut);
}

}  // namespace
}  // namespace shoal::mirror
