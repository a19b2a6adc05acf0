#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(PercentDecodeTest, PlainTextStaysAsItIs) {
  EXPECT_EQ(percent_decode("/v2/library/python+x"), "/v2/library/python+x");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(PercentDecodeTest, EscapesOfEitherCaseAreDecodedOnce) {
  EXPECT_EQ(percent_decode("%2Fa%3ab"), "/a:b");
  EXPECT_EQ(percent_decode("%252F"), "%2F");
  EXPECT_EQ(percent_decode("%ff"), "\xff");
}

TEST(PercentDecodeTest, BrokenEscapesAreRefused) {
  for (const char* text : {"%", "a%", "a%4", "%4", "%zz", "%4g", "%g4", "%%41", "% 1"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(PercentDecodeTest, NulIsRefusedHoweverItIsWritten) {
  EXPECT_EQ(percent_decode("a%00b"), std::nullopt);
  EXPECT_EQ(percent_decode(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(ParseTargetTest, PathAndQueryAreTakenApartBeforeDecoding) {
  const Target target = parse_target("/v2/a%3Fb?ns=docker.io&x=a%26b&flag&=v&&x=2");
  EXPECT_EQ(target.path, "/v2/a?b");
  EXPECT_THAT(target.query, ElementsAre(Pair("ns", "docker.io"), Pair("x", "a&b"), Pair("flag", ""),
                                        Pair("", "v"), Pair("x", "2")));
}

TEST(ParseTargetTest, PlusInAQueryIsAPlus) {
  const Target target = parse_target("/r?artifactType=application/vnd.a+json");
  EXPECT_THAT(target.query, ElementsAre(Pair("artifactType", "application/vnd.a+json")));
}

TEST(ParseTargetTest, AbsoluteTargetsLoseTheirOrigin) {
  EXPECT_EQ(parse_target("http://mirror:5000/v2/?ns=a").path, "/v2/");
  EXPECT_EQ(parse_target("http://mirror:5000").path, "/");
  EXPECT_EQ(parse_target("https://mirror?ns=a").path, "/");
  EXPECT_THAT(parse_target("https://mirror?ns=a").query, ElementsAre(Pair("ns", "a")));
}

TEST(ParseTargetTest, AsteriskStandsForTheServer) {
  EXPECT_EQ(parse_target("*").path, "*");
}

TEST(ParseTargetTest, OtherFormsHaveNoPath) {
  for (const char* text : {"mirror:5000", "v2/", "", "?a=b", "ftp://host/path", "*x"}) {
    EXPECT_EQ(parse_target(text).path, "") << text;
  }
}

TEST(ParseTargetTest, OneBrokenEscapeAnywhereSpoilsTheTarget) {
  for (const char* text : {"/v2/%zz", "/v2/%00", "/v2/?a=%", "/v2/?%4=b", "/v2/?a=b&c=%00"}) {
    const Target target = parse_target(text);
    EXPECT_EQ(target.path, "") << text;
    EXPECT_THAT(target.query, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace shoal::http
