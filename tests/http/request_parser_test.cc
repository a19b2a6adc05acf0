#include "http/request_parser.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using State = RequestParser::State;

constexpr std::uint32_t kHeaderBytesMax = 512;
constexpr std::uint64_t kBodyBytesMax = 64;

// A parser, and what is left over of the bytes it was given.
struct Parsing {
  explicit Parsing(std::string_view bytes) { feed(bytes); }
  void feed(std::string_view bytes) {
    rest += bytes;
    rest.erase(0, parser.feed(rest));
  }
  RequestParser parser{kHeaderBytesMax, kBodyBytesMax};
  std::string rest;
};

TEST(RequestParserTest, SimpleGet) {
  Parsing parsing("GET /v2/?ns=docker.io HTTP/1.1\r\nHost: mirror\r\nACCEPT:  a/b \r\n\r\n");
  ASSERT_EQ(parsing.parser.state(), State::complete);
  EXPECT_TRUE(parsing.parser.keep_alive());
  EXPECT_FALSE(parsing.parser.expects_continue());
  const Request request = parsing.parser.take_request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/v2/?ns=docker.io");
  EXPECT_EQ(request.path, "/v2/");
  EXPECT_THAT(request.query, ElementsAre(Pair("ns", "docker.io")));
  EXPECT_THAT(request.headers, ElementsAre(Pair("host", "mirror"), Pair("accept", "a/b")));
  EXPECT_EQ(request.header("accept"), "a/b");
  EXPECT_EQ(request.header("range"), std::nullopt);
  EXPECT_EQ(request.query_value("ns"), "docker.io");
  EXPECT_EQ(request.query_value("n"), std::nullopt);
}

TEST(RequestParserTest, BytesMayComeOneByOne) {
  const std::string bytes =
      "\r\nPOST /a HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n0\r\nTrailer-Field: x\r\n\r\n";
  RequestParser parser(kHeaderBytesMax, kBodyBytesMax);
  std::string pending;
  for (const char c : bytes) {
    ASSERT_NE(parser.state(), State::complete);
    pending += c;
    pending.erase(0, parser.feed(pending));
    ASSERT_NE(parser.state(), State::refused) << parser.refusal().reason;
  }
  EXPECT_EQ(parser.state(), State::complete);
  EXPECT_EQ(pending, "");
  EXPECT_EQ(parser.take_request().headers.size(), 2U);
}

TEST(RequestParserTest, TheNextRequestIsLeftAlone) {
  Parsing parsing("GET /a HTTP/1.1\r\nHost: m\r\n\r\nGET /b");
  EXPECT_EQ(parsing.parser.state(), State::complete);
  EXPECT_EQ(parsing.rest, "GET /b");
}

TEST(RequestParserTest, BodiesAreCountedAndDropped) {
  Parsing parsing("PUT /a HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(parsing.parser.state(), State::body);
  parsing.feed("cdeGET /b");
  EXPECT_EQ(parsing.parser.state(), State::complete);
  EXPECT_EQ(parsing.rest, "GET /b");
}

TEST(RequestParserTest, KeepAliveFollowsVersionAndConnection) {
  const auto keep_alive = [](const std::string& version, const std::string& header) {
    Parsing parsing("GET / HTTP/" + version + "\r\nHost: m\r\n" + header + "\r\n");
    EXPECT_EQ(parsing.parser.state(), State::complete);
    return parsing.parser.keep_alive();
  };
  EXPECT_TRUE(keep_alive("1.1", ""));
  EXPECT_FALSE(keep_alive("1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keep_alive("1.1", "Connection: foo, close\r\n"));
  EXPECT_FALSE(keep_alive("1.0", ""));
  EXPECT_TRUE(keep_alive("1.0", "Connection: keep-alive\r\n"));
}

TEST(RequestParserTest, MalformedRequestsAreRefusedWith400) {
  for (const char* bytes : {
           "\x16\x03\x01\x02",  // TLS
           "GET\r\n\r\n",
           "GET  HTTP/1.1\r\n\r\n",                         // no target
           "GET / HTTP/2.0\r\nHost: m\r\n\r\n",             // no version of ours
           "GET / HTTP/1.1\nHost: m\n\n",                   // bare line feeds
           "GET /a b HTTP/1.1\r\nHost: m\r\n\r\n",          // a space in the target
           "G\x01T / HTTP/1.1\r\n\r\n",                     // no token
           "GET / HTTP/1.1\r\nHost m\r\n\r\n",              // no colon
           "GET / HTTP/1.1\r\nHost : m\r\n\r\n",            // a space before the colon
           "GET / HTTP/1.1\r\n\r\n",                        // no Host
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",  // two
           "GET / HTTP/1.1\r\nHost: m\r\nContent-Length: x\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: m\r\nContent-Length: -1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: m\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: m\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: gzip\r\n\r\n",
           "GET / HTTP/1.0\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       }) {
    Parsing parsing(bytes);
    ASSERT_EQ(parsing.parser.state(), State::refused) << bytes;
    EXPECT_EQ(parsing.parser.refusal().status, 400) << bytes;
    EXPECT_THAT(parsing.parser.refusal().reason, HasSubstr("malformed request")) << bytes;
  }
}

TEST(RequestParserTest, HeaderLimitHoldsForOneLongLine) {
  Parsing parsing("GET /" + std::string(kHeaderBytesMax, 'a'));
  ASSERT_EQ(parsing.parser.state(), State::refused);
  EXPECT_EQ(parsing.parser.refusal().status, 431);
}

TEST(RequestParserTest, HeaderLimitHoldsForManyShortLines) {
  Parsing parsing("GET / HTTP/1.1\r\nHost: m\r\n");
  int lines = 0;
  while (parsing.parser.state() == State::header && lines < 1000) {
    parsing.feed("a: b\r\n");
    ++lines;
  }
  ASSERT_EQ(parsing.parser.state(), State::refused);
  EXPECT_EQ(parsing.parser.refusal().status, 431);
  EXPECT_LT(lines, 100);
}

TEST(RequestParserTest, HeaderLimitHoldsForEmptyLines) {
  std::string lines;
  while (lines.size() <= kHeaderBytesMax) lines += "\r\n";
  Parsing parsing(lines);
  ASSERT_EQ(parsing.parser.state(), State::refused);
  EXPECT_EQ(parsing.parser.refusal().status, 431);
}

TEST(RequestParserTest, AHeaderOfExactlyTheLimitIsFine) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: m\r\nX: ";
  bytes += std::string(kHeaderBytesMax - bytes.size() - 4, 'x') + "\r\n\r\n";
  ASSERT_EQ(bytes.size(), kHeaderBytesMax);
  EXPECT_EQ(Parsing(bytes + "GET /next HTTP/1.1\r\n").parser.state(), State::complete);
}

TEST(RequestParserTest, BodiesOverTheLimitAreRefusedWith413) {
  for (const char* bytes : {
           "PUT / HTTP/1.1\r\nHost: m\r\nContent-Length: 65\r\n\r\n",
           "PUT / HTTP/1.1\r\nHost: m\r\nContent-Length: 18446744073709551615\r\n\r\n",
           "PUT / HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n",
       }) {
    Parsing parsing(bytes);
    ASSERT_EQ(parsing.parser.state(), State::refused) << bytes;
    EXPECT_EQ(parsing.parser.refusal().status, 413) << bytes;
  }
}

TEST(RequestParserTest, EndlessChunkExtensionsAreRefused) {
  Parsing parsing("PUT / HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n3;");
  parsing.feed(std::string(kHeaderBytesMax + 1, 'x'));
  ASSERT_EQ(parsing.parser.state(), State::refused);
  EXPECT_EQ(parsing.parser.refusal().status, 400);
}

TEST(RequestParserTest, ExpectContinueIsSeenAndOthersAreRefused) {
  const std::string start = "PUT / HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\nExpect: ";
  Parsing known(start + "100-Continue\r\n\r\n");
  EXPECT_EQ(known.parser.state(), State::body);
  EXPECT_TRUE(known.parser.expects_continue());
  Parsing unknown(start + "miracles\r\n\r\n");
  ASSERT_EQ(unknown.parser.state(), State::refused);
  EXPECT_EQ(unknown.parser.refusal().status, 417);
}

TEST(RequestParserTest, BrokenEscapesLeaveThePathEmpty) {
  Parsing parsing("GET /v2/%zz HTTP/1.1\r\nHost: m\r\n\r\n");
  ASSERT_EQ(parsing.parser.state(), State::complete);
  const Request request = parsing.parser.take_request();
  EXPECT_EQ(request.path, "");
  EXPECT_EQ(request.target, "/v2/%zz");
}

TEST(RequestParserTest, DamagedRequestsNeverMakeItKeepMoreThanItsLimit) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string valid =
      "PUT /v2/%41?a=b HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = valid;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    RequestParser parser(kHeaderBytesMax, kBodyBytesMax);
    std::string pending;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 40, bytes.size() - at);
      pending += bytes.substr(at, size);
      at += size;
      const std::size_t taken = parser.feed(pending);
      ASSERT_LE(taken, pending.size());
      pending.erase(0, taken);
      if (parser.state() == State::complete || parser.state() == State::refused) break;
      ASSERT_LE(pending.size(), kHeaderBytesMax);
    }
  }
}

}  // namespace
}  // namespace shoal::http
