#include "upstream/response_decoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::upstream {
namespace {

// All body bytes that are at hand, taken `step` at a time.
Result<std::string> take_all(ResponseDecoder& decoder, std::size_t step = 1024) {
  std::string out;
  std::vector<std::byte> buffer(step);
  while (true) {
    const auto size = decoder.take(buffer);
    if (!size) return fail(size.error());
    if (*size == 0) return out;
    out += as_text(std::span<const std::byte>(buffer.data(), *size));
  }
}

TEST(ResponseDecoderTest, SizedBodyByteByByte) {
  ResponseDecoder decoder(false);
  const std::string wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
  std::string body;
  for (const char c : wire) {
    EXPECT_FALSE(decoder.done());
    ASSERT_TRUE(decoder.feed(std::string_view(&c, 1)));
    if (decoder.head_complete()) body += *take_all(decoder);
  }
  EXPECT_EQ(decoder.head().status, 200);
  EXPECT_EQ(decoder.head().header("x-a"), "b");
  EXPECT_EQ(decoder.head().content_length, 5U);
  EXPECT_EQ(body, "hello");
  EXPECT_TRUE(decoder.done());
  EXPECT_TRUE(decoder.reusable());
}

TEST(ResponseDecoderTest, SizedBodyPastTheDecoder) {
  ResponseDecoder decoder(false);
  ASSERT_TRUE(decoder.feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhe"));
  EXPECT_EQ(decoder.direct_bytes(), 0U);  // what is at hand goes first
  EXPECT_EQ(take_all(decoder), "he");
  EXPECT_EQ(decoder.direct_bytes(), 8U);
  decoder.count_direct(8);
  EXPECT_TRUE(decoder.reusable());
}

TEST(ResponseDecoderTest, ChunkedBodyInAnyCut) {
  const std::string wire =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n7\r\n, "
      "world\r\n0\r\nT: "
      "u\r\n\r\n";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    ResponseDecoder decoder(false);
    std::string body;
    for (const auto& part : {wire.substr(0, cut), wire.substr(cut)}) {
      ASSERT_TRUE(decoder.feed(part)) << cut;
      if (decoder.head_complete()) body += *take_all(decoder, 3);
    }
    EXPECT_EQ(body, "hello, world") << cut;
    EXPECT_TRUE(decoder.done()) << cut;
    EXPECT_TRUE(decoder.reusable()) << cut;
  }
}

TEST(ResponseDecoderTest, HeadHasNoBodyWhateverItSays) {
  ResponseDecoder decoder(true);
  ASSERT_TRUE(decoder.feed("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"));
  EXPECT_EQ(decoder.head().content_length, 10000000000U);
  EXPECT_TRUE(decoder.done());
  EXPECT_TRUE(decoder.reusable());
}

TEST(ResponseDecoderTest, EmptyBodies) {
  for (const char* wire : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
                           "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}) {
    ResponseDecoder decoder(false);
    ASSERT_TRUE(decoder.feed(wire));
    EXPECT_TRUE(decoder.done()) << wire;
  }
}

TEST(ResponseDecoderTest, BodyUntilTheConnectionEnds) {
  ResponseDecoder decoder(false);
  ASSERT_TRUE(decoder.feed("HTTP/1.0 200 OK\r\n\r\nabc"));
  EXPECT_EQ(take_all(decoder), "abc");
  EXPECT_FALSE(decoder.done());
  ASSERT_TRUE(decoder.end_of_stream());
  EXPECT_TRUE(decoder.done());
  EXPECT_FALSE(decoder.reusable());
}

TEST(ResponseDecoderTest, EndInTheMiddle) {
  for (const char* wire :
       {"", "HTTP/1.1 200 OK\r\nCont", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"}) {
    ResponseDecoder decoder(false);
    ASSERT_TRUE(decoder.feed(wire));
    if (decoder.head_complete()) {
      ASSERT_TRUE(take_all(decoder));
    }
    const auto end = decoder.end_of_stream();
    ASSERT_FALSE(end) << wire;
    EXPECT_EQ(end.error().code, Errc::unavailable);
    EXPECT_FALSE(decoder.done());
  }
}

TEST(ResponseDecoderTest, CloseAndLeftoversMakeItUnfitForReuse) {
  ResponseDecoder closing(false);
  ASSERT_TRUE(closing.feed("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(closing.done());
  EXPECT_FALSE(closing.reusable());
  ResponseDecoder more(false);
  ASSERT_TRUE(more.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(more.done());
  EXPECT_FALSE(more.reusable());
}

TEST(ResponseDecoderTest, InformationalResponsesAreSkipped) {
  ResponseDecoder decoder(false);
  ASSERT_TRUE(decoder.feed(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(decoder.head().status, 200);
  EXPECT_EQ(decoder.head().header("link"), std::nullopt);
}

TEST(ResponseDecoderTest, HostileResponses) {
  const auto code = [](const std::string& wire) {
    ResponseDecoder decoder(false);
    const auto fed = decoder.feed(wire);
    if (!fed) return fed.error().code;
    const auto taken = take_all(decoder);
    return taken ? Errc::internal : taken.error().code;
  };
  std::string endless_informational;
  for (int i = 0; i < 20; ++i) endless_informational += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(code("SSH-2.0-OpenSSH_9.2\r\n"), Errc::protocol);
  EXPECT_EQ(code("HTTP/2 200 OK\r\n\r\n"), Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
            Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 101 Switching\r\n\r\n"), Errc::protocol);
  EXPECT_EQ(code(endless_informational), Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nX: " + std::string(40000, 'a')), Errc::too_large);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
            Errc::protocol);
}

TEST(ResponseDecoderTest, EndlessChunkHeaderHitsTheLimit) {
  ResponseDecoder decoder(false);
  ASSERT_TRUE(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"));
  const std::string extension(16 * 1024, 'x');
  Result<void> fed;
  for (int i = 0; i < 20 && fed; ++i) {
    fed = decoder.feed(extension);
    if (fed && !take_all(decoder)) return;  // refused by the parser, which is as good
  }
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Errc::too_large);
}

}  // namespace
}  // namespace shoal::upstream
