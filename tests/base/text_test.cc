#include "base/text.h"

#include <gmock/gmock.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TextTest, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(trimmed("\t a b \t"), "a b");
  EXPECT_EQ(trimmed("\n"), "\n");
  EXPECT_EQ(trimmed("  "), "");
}

TEST(TextTest, SplitsAndKeepsEmptyPartsBetweenSeparators) {
  EXPECT_THAT(split("", ','), IsEmpty());
  EXPECT_THAT(split(" \t", ','), IsEmpty());
  EXPECT_THAT(split("a", ','), ElementsAre("a"));
  EXPECT_THAT(split(" a ,b,", ','), ElementsAre("a", "b", ""));
}

TEST(TextTest, PrintableIsOneLineOfBoundedLength) {
  EXPECT_EQ(printable("a\r\n\x1b[2J\x7f"), "a\\x0d\\x0a\\x1b[2J\\x7f");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(TextTest, PrintableAsciiIsSpaceToTilde) {
  EXPECT_TRUE(is_printable_ascii(""));
  EXPECT_TRUE(is_printable_ascii(" ~azAZ09"));
  for (const char* text : {"a\tb", "a\n", "\x1f", "\x7f", "\x80", "caf\xc3\xa9"}) {
    EXPECT_FALSE(is_printable_ascii(text)) << printable(text);
  }
  EXPECT_FALSE(is_printable_ascii(std::string_view("a\0b", 3)));
}

TEST(TextTest, PercentEncodingLeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b&c=d/e:f\xff\n"), "a%20b%26c%3Dd%2Fe%3Af%FF%0A");
}

TEST(TextTest, PercentEncodingLeavesAlsoWhatTheCallerSays) {
  EXPECT_EQ(percent_encode("acme/app:1?&", "/:"), "acme/app:1%3F%26");
}

TEST(TextTest, EditDistanceCountsSingleCharacterChanges) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("listen", "listen"), 0U);
  EXPECT_EQ(edit_distance("lisen", "listen"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace shoal
