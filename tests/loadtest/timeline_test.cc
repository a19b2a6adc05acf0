#include "loadtest/timeline.h"

#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

using std::chrono::milliseconds;

class TimelineTest : public testing::Test {
 protected:
  SteadyTime after(milliseconds time) const { return start_ + time; }

  const SteadyTime start_ = SteadyTime(std::chrono::hours(5));
  Timeline timeline_{start_};
};

TEST_F(TimelineTest, EndsWithTheTotal) {
  const auto points = timeline_.ending_at(after(milliseconds(1500)), 7);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_DOUBLE_EQ(points[0].since_start.count(), 1.5);
  EXPECT_EQ(points[0].bytes, 7U);
}

TEST_F(TimelineTest, PointsCloseTogetherAreLeftOut) {
  timeline_.note(after(milliseconds(100)), 1);
  timeline_.note(after(milliseconds(110)), 2);
  timeline_.note(after(milliseconds(120)), 3);
  const auto points = timeline_.ending_at(after(milliseconds(121)), 4);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].bytes, 1U);
  EXPECT_EQ(points[1].bytes, 3U);
  EXPECT_EQ(points[2].bytes, 4U);
}

TEST_F(TimelineTest, NeverFallsWhenThreadsArriveInAnotherOrder) {
  timeline_.note(after(milliseconds(100)), 10);
  timeline_.note(after(milliseconds(200)), 9);
  EXPECT_EQ(timeline_.ending_at(after(milliseconds(300)), 10)[1].bytes, 10U);
}

TEST_F(TimelineTest, ALongPullKeepsFewPointsOfItsWholeLength) {
  constexpr int kNotes = 100'000;
  for (int number = 0; number < kNotes; ++number) {
    timeline_.note(after(Timeline::kFirstInterval * number), static_cast<std::uint64_t>(number));
  }
  const auto points = timeline_.ending_at(after(Timeline::kFirstInterval * kNotes), kNotes);
  EXPECT_LE(points.size(), Timeline::kPointsMax + 1);
  EXPECT_GE(points.size(), Timeline::kPointsMax / 2);
  EXPECT_EQ(points[0].bytes, 0U);
  const double middle = points[points.size() / 2].since_start.count();
  EXPECT_NEAR(middle / points.back().since_start.count(), 0.5, 0.05);
}

}  // namespace
}  // namespace shoal::loadtest
