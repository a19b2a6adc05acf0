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
  std::optional<ByteRange> range;
};

TEST(ConditionalTest, RangesOfTenBytes) {
  const RangeCase cases[] = {
      {"bytes=0-0", ByteRange{0, 1}},  {"bytes=2-5", ByteRange{2, 4}},
      {"bytes=2-", ByteRange{2, 8}},   {"bytes=0-", ByteRange{0, 10}},
      {"bytes=-3", ByteRange{7, 3}},   {"bytes=-99", ByteRange{0, 10}},
      {"bytes=8-99", ByteRange{8, 2}}, {"items=0-1", std::nullopt},
      {"bytes=", std::nullopt},        {"bytes=x-y", std::nullopt},
      {"bytes=0-1,3-4", std::nullopt},
  };
  for (const RangeCase& each : cases) {
    const auto wanted = wanted_range(request_with({{"range", each.header}}), kDigest, 10);
    ASSERT_TRUE(wanted) << each.header;
    EXPECT_EQ(*wanted, each.range) << each.header;
  }
}

TEST(ConditionalTest, RangesThatHoldNoByte) {
  for (const char* header :
       {"bytes=10-", "bytes=10-12", "bytes=5-2", "bytes=-0", "bytes=99999999999999999999-"}) {
    const auto wanted = wanted_range(request_with({{"range", header}}), kDigest, 10);
    ASSERT_FALSE(wanted) << header;
    EXPECT_EQ(wanted.error().code, Errc::not_found) << header;
  }
  EXPECT_FALSE(wanted_range(request_with({{"range", "bytes=0-"}}), kDigest, 0));
}

TEST(ConditionalTest, NoRangeIsTheWhole) {
  const auto wanted = wanted_range(request_with({}), kDigest, 10);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(*wanted, std::nullopt);
}

TEST(ConditionalTest, IfRangeOfOtherContentTurnsTheRangeOff) {
  const auto wanted = [](std::string if_range) {
    return *wanted_range(request_with({{"range", "bytes=1-2"}, {"if-range", std::move(if_range)}}),
                         kDigest, 10);
  };
  EXPECT_EQ(wanted(entity_tag(kDigest)), (ByteRange{1, 2}));
  EXPECT_EQ(wanted("\"other\""), std::nullopt);
  EXPECT_EQ(wanted("W/" + entity_tag(kDigest)), std::nullopt) << "If-Range compares strongly";
  EXPECT_EQ(wanted("Tue, 01 Jan 2030 00:00:00 GMT"), std::nullopt);
}

}  // namespace
}  // namespace shoal::mirror
