#include "upstream/content_range.h"

#include <gtest/gtest.h>

#include "base/descriptor.h"

namespace shoal::upstream {
namespace {

ResponseHead partial(const std::string& content_range, std::uint64_t length) {
  ResponseHead head(206);
  head.headers.emplace_back("content-range", content_range);
  head.content_length = length;
  return head;
}

ResponseHead whole(std::optional<std::uint64_t> length) {
  ResponseHead head(200);
  head.content_length = length;
  return head;
}

constexpr ByteRange kAsked{100, 50};

TEST(ContentRangeTest, TheRangeThatWasAskedFor) {
  EXPECT_EQ(coming_range(partial("bytes 100-149/1000", 50), kAsked), kAsked);
  EXPECT_EQ(coming_range(partial("bytes 100-149/*", 50), kAsked), kAsked);
  EXPECT_EQ(coming_range(partial("bytes 100-149/150", 50), kAsked), kAsked);
}

TEST(ContentRangeTest, AnyOtherIsRefused) {
  for (const char* header :
       {"bytes 0-49/1000", "bytes 100-148/149", "bytes 100-150/1000", "bytes 101-149/1000",
        "bytes 100-149/149", "bytes 149-100/1000", "bytes 100-149", "bytes 100-149/",
        "bytes */1000", "100-149/1000", "bytes 100-149/1000 ", "bytes -100-149/1000",
        "bytes 99999999999999999999-149/1000", "", "items 100-149/1000"}) {
    const auto coming = coming_range(partial(header, 50), kAsked);
    ASSERT_FALSE(coming) << header;
    EXPECT_EQ(coming.error().code, Errc::protocol) << header;
  }
  EXPECT_FALSE(coming_range(ResponseHead(206), kAsked));
}

TEST(ContentRangeTest, LyingContentLengthIsRefused) {
  EXPECT_EQ(coming_range(partial("bytes 100-149/1000", 51), kAsked).error().code, Errc::protocol);
  ResponseHead silent = partial("bytes 100-149/1000", 0);
  silent.content_length.reset();
  EXPECT_EQ(coming_range(silent, kAsked), kAsked);
}

TEST(ContentRangeTest, AWholeBlobInPlaceOfARange) {
  EXPECT_EQ(coming_range(whole(1000), kAsked), (ByteRange{0, 1000}));
  EXPECT_EQ(coming_range(whole(149), kAsked).error().code, Errc::protocol);
  EXPECT_EQ(coming_range(whole(kBlobBytesMax + 1), kAsked).error().code, Errc::too_large);
  EXPECT_EQ(coming_range(whole(std::nullopt), kAsked).error().code, Errc::protocol);
  EXPECT_EQ(coming_range(whole(std::nullopt), ByteRange{0, 50}), (ByteRange{0, 50}));
}

TEST(ContentRangeTest, EncodedBodiesAreRefused) {
  ResponseHead head = partial("bytes 100-149/1000", 50);
  head.headers.emplace_back("content-encoding", "gzip");
  EXPECT_EQ(coming_range(head, kAsked).error().code, Errc::protocol);
  head.headers.back().second = "identity";
  EXPECT_TRUE(coming_range(head, kAsked));
}

TEST(ContentRangeTest, Total) {
  EXPECT_EQ(total_of_content_range("bytes 0-0/1234"), 1234U);
  EXPECT_FALSE(total_of_content_range("bytes 0-0/*"));
  EXPECT_FALSE(total_of_content_range(""));
}

}  // namespace
}  // namespace shoal::upstream
