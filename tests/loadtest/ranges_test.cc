#include "loadtest/ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

using testing::HasSubstr;

TEST(ChunkTest, ChunksCoverTheContentWithoutGaps) {
  for (const std::uint64_t content : {0U, 1U, 7U, 8U, 9U, 16U, 100U}) {
    std::uint64_t offset = 0;
    const std::uint64_t count = chunk_count(content, 8);
    for (std::uint64_t number = 0; number < count; ++number) {
      const ByteRange chunk = chunk_at(number, content, 8);
      EXPECT_EQ(chunk.offset, offset) << content;
      EXPECT_FALSE(chunk.empty()) << content;
      EXPECT_LE(chunk.size, 8U) << content;
      offset = chunk.end();
    }
    EXPECT_EQ(offset, content);
  }
}

TEST(ChunkTest, CountDoesNotOverflow) {
  EXPECT_EQ(chunk_count(UINT64_MAX, UINT64_MAX), 1U);
  EXPECT_EQ(chunk_count(UINT64_MAX, 2), (UINT64_MAX >> 1) + 1);
}

TEST(RangeTest, OpenEndedRangeNamesNoEnd) {
  EXPECT_EQ(open_ended_range(0), "bytes=0-");
  EXPECT_EQ(open_ended_range(8'388'608), "bytes=8388608-");
}

TEST(BytesToSkipTest, RangeAsAskedForSkipsNothing) {
  const auto skip = bytes_to_skip({206, "bytes 60-99/100", 40}, 60, 100, true);
  ASSERT_TRUE(skip) << skip.error().message;
  EXPECT_EQ(*skip, 0U);
}

TEST(BytesToSkipTest, WholeContentSkipsWhatIsThereAlready) {
  const auto skip = bytes_to_skip({200, "", 100}, 60, 100, true);
  ASSERT_TRUE(skip) << skip.error().message;
  EXPECT_EQ(*skip, 60U);
}

TEST(BytesToSkipTest, UnsaidLengthIsAccepted) {
  EXPECT_TRUE(bytes_to_skip({200, "", std::nullopt}, 0, 100, false));
  EXPECT_TRUE(bytes_to_skip({206, "bytes 60-99/100", std::nullopt}, 60, 100, true));
}

TEST(BytesToSkipTest, OtherRangesAreRefused) {
  for (const char* header :
       {"", "bytes 0-99/100", "bytes 60-98/100", "bytes 60-99/101", "bytes 60-99/*", "61-99/100"}) {
    const auto skip = bytes_to_skip({206, header, std::nullopt}, 60, 100, true);
    ASSERT_FALSE(skip) << header;
    EXPECT_EQ(skip.error().code, Errc::protocol);
    EXPECT_THAT(skip.error().message, HasSubstr("bytes 60-99/100"));
  }
}

TEST(BytesToSkipTest, WrongLengthsAreRefused) {
  EXPECT_FALSE(bytes_to_skip({200, "", 99}, 0, 100, false));
  EXPECT_FALSE(bytes_to_skip({206, "bytes 60-99/100", 100}, 60, 100, true));
}

TEST(BytesToSkipTest, UnaskedRangeIsRefused) {
  EXPECT_FALSE(bytes_to_skip({206, "bytes 0-99/100", 100}, 0, 100, false));
}

}  // namespace
}  // namespace shoal::loadtest
