// Ranges of blobs: what reaches the sink, and what a registry may not get away with.
#include <poll.h>

#include <gtest/gtest.h>

#include "base/event.h"
#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

class ClientBlobTest : public ClientTest {
 protected:
  ClientBlobTest() { registry_.on("GET", blob_path(digest_), ranged(content_)); }

  void answer_with(Answer answer) {
    registry_.on("GET", blob_path(digest_), std::vector<Answer>{std::move(answer)});
  }

  const std::string content_ = pattern(1'000'000);
  const Digest digest_ = sha256_of(content_);
  StringSink sink_;
};

TEST_F(ClientBlobTest, RangeArrivesInOrderAndWhole) {
  const auto got = get_blob(digest_, ByteRange{123, 700'000}, sink_);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, (ByteRange{123, 700'000}));
  EXPECT_EQ(sink_.range, *got);
  EXPECT_EQ(sink_.begun, 1);
  EXPECT_EQ(sink_.data, content_.substr(123, 700'000));
  EXPECT_EQ(registry_.seen().at(0).header("range"), "bytes=123-700122");
  EXPECT_EQ(metrics_.upstream_bytes("reg.test").Value(), 700'000);
}

TEST_F(ClientBlobTest, LimitedRateIsKeptAndNothingIsLost) {
  options_.bytes_per_second_max = 4'000'000;
  const auto begun = std::chrono::steady_clock::now();
  const auto got = get_blob(digest_, ByteRange{0, content_.size()}, sink_);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink_.data, content_);
  // A quarter of a second's worth, of which a twentieth of a second may have been saved up.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(150));
}

TEST_F(ClientBlobTest, RegistryThatIgnoresRangeSendsTheWhole) {
  answer_with(Answer(200, content_));
  const auto got = get_blob(digest_, ByteRange{500, 10}, sink_);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink_.range, (ByteRange{0, content_.size()}));
  EXPECT_EQ(sink_.data, content_);
}

TEST_F(ClientBlobTest, ChunkedBodyOfAnnouncedRange) {
  answer_with(
      raw("HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 2-6/9\r\n\r\n"
          "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  const auto got = get_blob(digest_, ByteRange{2, 5}, sink_);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink_.data, "abcde");
}

TEST_F(ClientBlobTest, ChunkedBodyLongerOrShorterThanAnnounced) {
  const std::string head =
      "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 2-6/9\r\n\r\n";
  answer_with(raw(head + "6\r\nabcdef\r\n0\r\n\r\n"));
  EXPECT_EQ(get_blob(digest_, ByteRange{2, 5}, sink_).error().code, Errc::protocol);
  StringSink short_sink;
  answer_with(raw(head + "4\r\nabcd\r\n0\r\n\r\n"));
  EXPECT_EQ(get_blob(digest_, ByteRange{2, 5}, short_sink).error().code, Errc::unavailable);
  EXPECT_EQ(short_sink.data, "abcd");
}

TEST_F(ClientBlobTest, WrongContentRangeNeverReachesTheSink) {
  Answer wrong(206, "0123456789");
  wrong.set("Content-Range", "bytes 10-19/1000000");
  answer_with(wrong);
  const auto got = get_blob(digest_, ByteRange{0, 10}, sink_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::protocol);
  EXPECT_EQ(sink_.begun, 0);
  EXPECT_EQ(registry_.seen().size(), 1U);
}

TEST_F(ClientBlobTest, LyingContentLengthNeverReachesTheSink) {
  answer_with(
      raw("HTTP/1.1 206 OK\r\nContent-Length: 12\r\nContent-Range: bytes 0-9/99\r\n\r\n"
          "0123456789ab"));
  EXPECT_EQ(get_blob(digest_, ByteRange{0, 10}, sink_).error().code, Errc::protocol);
  EXPECT_EQ(sink_.begun, 0);
}

TEST_F(ClientBlobTest, ShortBodyDeliversWhatCameAndSaysSo) {
  answer_with(
      raw("HTTP/1.1 206 OK\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/99\r\n\r\n01234"));
  const auto got = get_blob(digest_, ByteRange{0, 10}, sink_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
  EXPECT_EQ(sink_.data, "01234");
  EXPECT_EQ(sink_.begun, 1);
  EXPECT_EQ(registry_.seen().size(), 1U);  // the caller asks for the rest
}

TEST_F(ClientBlobTest, ResetMidBody) {
  Answer breaking(0, "");
  breaking.by_hand = [this](Wire& wire) {
    wire.write(
        "HTTP/1.1 206 OK\r\nContent-Length: 1000000\r\nContent-Range: bytes 0-999999/*\r\n\r\n");
    wire.write(content_.substr(0, 300'000));
    wire.reset();
  };
  answer_with(breaking);
  const auto got = get_blob(digest_, ByteRange{0, content_.size()}, sink_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
  EXPECT_EQ(sink_.data, content_.substr(0, sink_.data.size()));
}

TEST_F(ClientBlobTest, StalledBodyTimesOut) {
  options_.read_timeout = std::chrono::milliseconds(100);
  Answer stalling(0, "");
  stalling.by_hand = [](Wire& wire) {
    wire.write("HTTP/1.1 206 OK\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/99\r\n\r\n0");
    char byte = 0;
    wire.read_some(&byte, 1);  // until the client gives up
  };
  answer_with(stalling);
  EXPECT_EQ(get_blob(digest_, ByteRange{0, 10}, sink_).error().code, Errc::timeout);
}

TEST_F(ClientBlobTest, SinksErrorEndsTheFetch) {
  sink_.fails_with = Error{Errc::no_space, "disk full", 0};
  const auto got = get_blob(digest_, ByteRange{0, content_.size()}, sink_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::no_space);
  EXPECT_EQ(registry_.seen().size(), 1U);
  // The half-read connection is not used again.
  StringSink other;
  ASSERT_TRUE(get_blob(digest_, ByteRange{0, 10}, other));
  EXPECT_EQ(other.data, content_.substr(0, 10));
  EXPECT_EQ(registry_.connections(), 2);
}

TEST_F(ClientBlobTest, ImpossibleRangesAreNoRequest) {
  for (const ByteRange range : {ByteRange{0, 0}, ByteRange{~std::uint64_t{0}, 2},
                                ByteRange{2, ~std::uint64_t{0}}, ByteRange{kBlobBytesMax, 1}}) {
    EXPECT_EQ(get_blob(digest_, range, sink_).error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(registry_.seen().empty());
}

TEST_F(ClientBlobTest, RangeBeyondTheBlob) {
  answer_with(Answer(416, ""));
  EXPECT_EQ(get_blob(digest_, ByteRange{2'000'000, 10}, sink_).error().code, Errc::protocol);
}

// Takes nothing until it is let go.
class BlockedSink final : public BodySink {
 public:
  explicit BlockedSink(asio::io_context& io) : released(io.get_executor()) {}
  void begin(ByteRange) override {}
  Awaitable<Result<void>> write(std::span<const std::byte> bytes) override {
    EXPECT_FALSE(std::exchange(inside, true));  // never a second write beside the first
    const auto deadline = std::chrono::steady_clock::now() + kTestTimeout;
    while (!open) {
      if (!co_await released.wait_until(deadline)) co_return fail(Errc::timeout, "never released");
    }
    received += bytes.size();
    inside = false;
    co_return Result<void>();
  }

  Event released;
  bool open = false;
  bool inside = false;
  std::size_t received = 0;
};

TEST_F(ClientBlobTest, SlowSinkHoldsTheRegistryBack) {
  constexpr std::size_t kSize = 64 * 1024 * 1024;
  BlockedSink sink(io_);
  std::atomic<std::size_t> sent_before_stall{0};
  Answer flood(0, "");
  flood.by_hand = [&](Wire& wire) {
    wire.write("HTTP/1.1 206 OK\r\nContent-Length: " + std::to_string(kSize) +
               "\r\nContent-Range: bytes 0-" + std::to_string(kSize - 1) + "/*\r\n\r\n");
    const std::string block(64 * 1024, 'x');
    for (std::size_t sent = 0; sent < kSize; sent += block.size()) {
      pollfd writable{wire.fd(), POLLOUT, 0};
      if (sent_before_stall == 0 && ::poll(&writable, 1, 500) == 0) {
        sent_before_stall = sent;
        asio::post(io_, [&] {
          sink.open = true;
          sink.released.notify_all();
        });
      }
      if (!wire.write(block)) return;
    }
  };
  answer_with(flood);
  const auto got = get_blob(digest_, ByteRange{0, kSize}, sink);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink.received, kSize);
  EXPECT_GT(sent_before_stall, 0U);
  EXPECT_LT(sent_before_stall, kSize / 2);  // the kernel's buffers, and one of ours
}

}  // namespace
}  // namespace shoal::upstream::testing
