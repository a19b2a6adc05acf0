#include "mirror/conditional.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace shoal::mirror {
namespace {

const Digest kDigest = hash_of(DigestAlgorithm::sha256, {});

http::Request request_with(std::vector<std::pair<std::string, std::string>> headers) {
  http::Request request;
  request.headers = std::move(headers);
  return request;
}

TEST(ConditionalTest, IfNoneMatch) {
  const std::string tag = entity_tag(kDigest);
  const auto has = [](std::string value) {
    return client_has(request_with({{"if-none-match", std::move(value)}}), kDigest);
  };
  EXPECT_TRUE(has(tag));
  EXPECT_TRUE(has("W/" + tag));
  EXPECT_TRUE(has("*"));
  EXPECT_TRUE(has("\"other\" ,\t" + tag + " "));
  EXPECT_FALSE(has("\"other\""));
  EXPECT_FALSE(has(kDigest.text()));
  EXPECT_FALSE(has(""));
  EXPECT_FALSE(has(",,, ,"));
  EXPECT_FALSE(client_has(request_with({}), kDigest));
}

struct RangeCase {
  const char* header;
  std::vector<ByteRange> ranges;
};

TEST(ConditionalTest, RangesOfAThousandBytes) {
  const RangeCase cases[] = {
      {
          "bytes=0-0",
          {{0, 1}},
      },
      {"bytes=2-5", {{2, 4}}},
      {"bytes=2-", {{2, 998}}},
      {"bytes=0-", {{0, 1000}}},
      {"bytes=-3", {{997, 3}}},
      {"bytes=-9999", {{0, 1000}}},
      {"items=0-1", {}},
      {"bytes=", {}},
      {"bytes=x-y", {}},
      {"bytes=0-1,x", {}},
      {"bytes=0-1,3-4", {{0, 5}}},
      {"bytes=500-501,0-1", {{500, 2}, {0, 2}}},
  };
  for (const RangeCase& each : cases) {
    const auto wanted = wanted_ranges(request_with({{"range", each.header}}), kDigest, 1000);
    ASSERT_TRUE(wanted) << each.header;
    EXPECT_EQ(*wanted, each.ranges) << each.header;
  }
}

TEST(ConditionalTest, RangesThatHoldNoByte) {
  for (const char* header : {"bytes=10-", "bytes=10-12", "bytes=5-2,77-", "bytes=5-2", "bytes=-0",
                             "bytes=99999999999999999999-"}) {
    const auto wanted = wanted_ranges(request_with({{"range", header}}), kDigest, 10);
    ASSERT_FALSE(wanted) << header;
    EXPECT_EQ(wanted.error().code, Errc::not_found) << header;
  }
  EXPECT_FALSE(wanted_ranges(request_with({{"range", "bytes=0-"}}), kDigest, 0));
}

TEST(ConditionalTest, TooManyRangesAreAnError) {
  std::string header = "bytes=0-0";
  for (std::size_t i = 0; i < kRangesMax; ++i) header += ",1-1";
  const auto wanted = wanted_ranges(request_with({{"range", header}}), kDigest, 10);
  ASSERT_FALSE(wanted);
  EXPECT_EQ(wanted.error().code, Errc::too_large);
}

TEST(ConditionalTest, NoRangeIsTheWhole) {
  const auto wanted = wanted_ranges(request_with({}), kDigest, 10);
  ASSERT_TRUE(wanted);
  EXPECT_TRUE(wanted->empty());
}

TEST(ConditionalTest, IfRangeOfOtherContentTurnsTheRangeOff) {
  const auto wanted = [](std::string if_range) {
    return *wanted_ranges(request_with({{"range", "bytes=1-2"}, {"if-range", std::move(if_range)}}),
                          kDigest, 10);
  };
  EXPECT_EQ(wanted(entity_tag(kDigest)), (std::vector<ByteRange>{{1, 2}}));
  EXPECT_TRUE(wanted("\"other\"").empty());
  EXPECT_TRUE(wanted("W/" + entity_tag(kDigest)).empty()) << "If-Range compares strongly";
  EXPECT_TRUE(wanted("Tue, 01 Jan 2030 00:00:00 GMT").empty());
}

}  // namespace
}  // namespace shoal::mirror
