#include "loadtest/resume_limit.h"

#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

TEST(ResumeLimitTest, GivesUpAfterResumesWithoutAByte) {
  ResumeLimit limit;
  for (int number = 0; number < kFruitlessResumesMax; ++number) EXPECT_TRUE(limit.allows(7, 7));
  EXPECT_FALSE(limit.allows(7, 7));
  EXPECT_EQ(limit.resumes(), kFruitlessResumesMax);
}

// What counts is the whole request, not whether bytes came together with its end.
TEST(ResumeLimitTest, EveryRequestThatBringsBytesStartsTheCountAgain) {
  ResumeLimit limit;
  for (std::uint64_t offset = 0; offset < 100; ++offset) {
    EXPECT_TRUE(limit.allows(offset, offset + 1)) << offset;
    EXPECT_TRUE(limit.allows(offset + 1, offset + 1)) << offset;
  }
}

TEST(ResumeLimitTest, BytesAtATimeDoNotGoOnForEver) {
  ResumeLimit limit;
  for (std::uint64_t offset = 0; offset < kResumesMax; ++offset) {
    ASSERT_TRUE(limit.allows(offset, offset + 1)) << offset;
  }
  EXPECT_FALSE(limit.allows(kResumesMax, kResumesMax + 1));
}

}  // namespace
}  // namespace shoal::loadtest
