#include "p2p/announce_schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "p2p/dht_fixture.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using TimePoint = AnnounceSchedule::TimePoint;
using Urgency = AnnounceSchedule::Urgency;

const TimePoint kStart = TimePoint() + 1000h;
const AnnounceSchedule::Options kOptions{50ms, 600s, 900s};

TEST(AnnounceScheduleTest, EmptyHasNothingDue) {
  AnnounceSchedule schedule(kOptions);
  EXPECT_FALSE(schedule.next(kStart));
  EXPECT_FALSE(schedule.next_at());
}

TEST(AnnounceScheduleTest, FreshComesBeforeTheBacklog) {
  AnnounceSchedule schedule(kOptions);
  for (unsigned i = 0; i < 100; ++i) schedule.add(hash_number(i), Urgency::known, kStart);
  schedule.add(hash_number(200), Urgency::fresh, kStart);
  EXPECT_EQ(schedule.next(kStart), hash_number(200));
}

TEST(AnnounceScheduleTest, RateIsBoundedAlsoAfterALongPause) {
  AnnounceSchedule schedule(kOptions);
  for (unsigned i = 0; i < 100; ++i) schedule.add(hash_number(i), Urgency::known, kStart);
  EXPECT_TRUE(schedule.next(kStart + 1h));
  EXPECT_FALSE(schedule.next(kStart + 1h));
  EXPECT_FALSE(schedule.next(kStart + 1h + 49ms));
  EXPECT_TRUE(schedule.next(kStart + 1h + 50ms));
  EXPECT_EQ(schedule.next_at(), kStart + 1h + 100ms);
}

TEST(AnnounceScheduleTest, EachOfTenThousandHasItsTurnOncePerPeriod) {
  AnnounceSchedule schedule(kOptions);
  constexpr unsigned kBlobs = 10'000;
  for (unsigned i = 0; i < kBlobs; ++i) schedule.add(hash_number(i), Urgency::known, kStart);
  std::map<lt::sha1_hash, TimePoint> last;
  std::size_t turns = 0;
  TimePoint now = kStart;
  while (now < kStart + 1h) {
    const auto key = schedule.next(now);
    ASSERT_TRUE(key);
    ++turns;
    if (const auto before = last.find(*key); before != last.end()) {
      EXPECT_GE(now - before->second, 600s);
      EXPECT_LE(now - before->second, 960s);
    }
    last[*key] = now;
    now = *schedule.next_at();
  }
  EXPECT_EQ(last.size(), kBlobs);
  EXPECT_LE(turns, 72'001U);
}

TEST(AnnounceScheduleTest, TooManyForTheRateAreLateButNoneIsLeftOut) {
  AnnounceSchedule schedule(AnnounceSchedule::Options{1s, 10s, 15s});
  for (unsigned i = 0; i < 100; ++i) schedule.add(hash_number(i), Urgency::known, kStart);
  std::map<lt::sha1_hash, int> turns;
  for (int second = 0; second < 300; ++second) ++turns[*schedule.next(kStart + 1s * second)];
  EXPECT_EQ(turns.size(), 100U);
  for (const auto& [key, count] : turns) EXPECT_GE(count, 2);
}

TEST(AnnounceScheduleTest, RemovedIsNeverAnnounced) {
  AnnounceSchedule schedule(kOptions);
  schedule.add(hash_number(1), Urgency::fresh, kStart);
  schedule.add(hash_number(1), Urgency::fresh, kStart);
  EXPECT_EQ(schedule.size(), 1U);
  schedule.remove(hash_number(1));
  schedule.remove(hash_number(2));
  EXPECT_FALSE(schedule.contains(hash_number(1)));
  EXPECT_FALSE(schedule.next(kStart + 1h));
}

TEST(LookupWaitTest, LooksAgainSoonThenSeldom) {
  std::chrono::milliseconds at{0};
  std::vector<long> times;
  for (unsigned lookups = 1; lookups <= 8; ++lookups) {
    at += wait_after_lookup(lookups);
    times.push_back(at.count());
  }
  EXPECT_EQ(times, (std::vector<long>{100, 300, 1000, 3000, 10000, 30000, 60000, 90000}));
}

}  // namespace
}  // namespace shoal::p2p
