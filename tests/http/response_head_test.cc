#include "http/response_head.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace shoal::http {
namespace {

HeadFacts facts(std::uint64_t content_length, bool keep_alive) {
  const auto when = std::chrono::system_clock::from_time_t(784111777);
  return HeadFacts(content_length, keep_alive, "00112233aabbccdd", when);
}

TEST(RenderHeadTest, EveryByteIsInItsPlace) {
  ResponseHead head(206);
  head.set("Content-Type", "application/octet-stream").set("Accept-Ranges", "bytes");
  EXPECT_EQ(render_head(head, facts(7, true)),
            "HTTP/1.1 206 Partial Content\r\n"
            "Content-Type: application/octet-stream\r\n"
            "Accept-Ranges: bytes\r\n"
            "Content-Length: 7\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Connection: keep-alive\r\n"
            "X-Request-Id: 00112233aabbccdd\r\n"
            "\r\n");
}

TEST(RenderHeadTest, ClosingConnectionsSaySo) {
  const std::string text = render_head(ResponseHead(404), facts(0, false));
  EXPECT_NE(text.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nContent-Length: 0\r\n"), std::string::npos);
}

TEST(RenderHeadTest, StatusesWithoutBodyHaveNoContentLength) {
  for (const int status : {204, 304}) {
    const std::string text = render_head(ResponseHead(status), facts(5, true));
    EXPECT_EQ(text.find("Content-Length"), std::string::npos) << text;
    EXPECT_FALSE(status_allows_body(status));
  }
  EXPECT_TRUE(status_allows_body(200));
}

TEST(RenderHeadTest, ContentCannotWriteHeaders) {
  for (const char* value : {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x7f", "\x01"}) {
    ResponseHead head(200);
    head.set("Docker-Content-Digest", value);
    EXPECT_THROW(render_head(head, facts(0, true)), std::logic_error) << value;
  }
  ResponseHead with_nul(200);
  with_nul.set("X", std::string("a\0b", 3));
  EXPECT_THROW(render_head(with_nul, facts(0, true)), std::logic_error);
}

TEST(RenderHeadTest, HeaderNamesAreTokens) {
  for (const char* name : {"", "A B", "A:", "A\r\nB", "\xc3\xa4"}) {
    ResponseHead head(200);
    head.set(name, "v");
    EXPECT_THROW(render_head(head, facts(0, true)), std::logic_error) << name;
  }
}

TEST(RenderHeadTest, TheConnectionsOwnHeadersCannotBeSetTwice) {
  for (const char* name : {"Content-Length", "content-length", "Transfer-Encoding", "Date",
                           "CONNECTION", "X-Request-ID"}) {
    ResponseHead head(200);
    head.set(name, "1");
    EXPECT_THROW(render_head(head, facts(0, true)), std::logic_error) << name;
  }
}

TEST(RenderHeadTest, OnlyFinalStatusesAreResponses) {
  for (const int status : {0, 100, 199, 600, -1}) {
    EXPECT_THROW(render_head(ResponseHead(status), facts(0, true)), std::logic_error) << status;
  }
}

}  // namespace
}  // namespace shoal::http
