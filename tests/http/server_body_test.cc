// Bodies: exact bytes out of files, clients that are slow or leave, bodies that break off.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_range.h"
#include "base/bytes.h"
#include "http/test_client.h"
#include "http/test_server.h"

namespace shoal::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kGet = "GET /blob HTTP/1.1\r\nHost: m\r\n\r\n";

// A sparse file without a name: byte i of the last MiB is i mod 251, all before is zero.
class SparseFile {
 public:
  explicit SparseFile(std::uint64_t size) : size_(size) {
    std::string path = ::testing::TempDir() + "/shoal-http-XXXXXX";
    file_ = ::mkstemp(path.data());
    ::unlink(path.c_str());
    EXPECT_EQ(::ftruncate(file_, static_cast<off_t>(size)), 0);
    const std::string tail = expected(size - kTailBytes, kTailBytes);
    EXPECT_EQ(::pwrite(file_, tail.data(), tail.size(), static_cast<off_t>(size - kTailBytes)),
              static_cast<ssize_t>(kTailBytes));
  }
  ~SparseFile() { ::close(file_); }
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;

  int file() const { return file_; }
  std::uint64_t size() const { return size_; }
  std::string expected(std::uint64_t offset, std::uint64_t count) const {
    std::string out(count, '\0');
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = offset + i;
      if (at >= size_ - kTailBytes) out[i] = static_cast<char>(at % 251);
    }
    return out;
  }

  static constexpr std::uint64_t kTailBytes = kMiB;

 private:
  std::uint64_t size_;
  int file_;
};

// What became of a handler's send.
struct Outcome {
  std::promise<Result<void>> promise;
  std::future<Result<void>> future = promise.get_future();
};

// Sends `range` of `file` and tells `outcome`.
Handler file_handler(const SparseFile& file, ByteRange range, Outcome& outcome) {
  struct Send {
    static Awaitable<void> run(const SparseFile& from, ByteRange range, Outcome& told,
                               Responder& response) {
      ResponseHead head(200);
      auto sent = co_await response.send_head(std::move(head), range.size);
      if (sent) sent = co_await response.send_file(from.file(), range.offset, range.size);
      told.promise.set_value(std::move(sent));
    }
  };
  return [&file, range, &outcome](const Request&, Responder& response) {
    return Send::run(file, range, outcome, response);
  };
}

Awaitable<void> break_off(const Request&, Responder& response) {
  ResponseHead head(200);
  co_await response.send_head(std::move(head), 100);
  std::string part = "0123456789";
  co_await response.send_bytes(std::move(part));
  response.abandon("upstream broke");
}

Awaitable<void> throw_in_body(const Request&, Responder& response) {
  ResponseHead head(200);
  co_await response.send_head(std::move(head), 100);
  std::string part = "0123456789";
  co_await response.send_bytes(std::move(part));
  throw std::runtime_error("boom");
}

Awaitable<void> send_too_much(const Request&, Responder& response) {
  ResponseHead head(200);
  co_await response.send_head(std::move(head), 4);
  std::string part = "abcd";
  co_await response.send_bytes(std::move(part));
  part = "e";
  co_await response.send_bytes(std::move(part));
}

Awaitable<void> send_in_parts(const Request&, Responder& response) {
  ResponseHead head(200);
  co_await response.send_head(std::move(head), 6);
  for (const char* part : {"ab", "", "cd", "ef"}) {
    std::string bytes = part;
    co_await response.send_bytes(std::move(bytes));
  }
}

TEST(HttpBodyTest, FileRangesAreExactBeyondTwoGiB) {
  const SparseFile file(3 * kGiB);
  for (const ByteRange range : {
           ByteRange{0, 1},
           ByteRange{0, 5 * kMiB},
           ByteRange{3 * kGiB - 1, 1},
           ByteRange{3 * kGiB - 7 * kMiB - 13, 7 * kMiB + 13},
           ByteRange{3 * kGiB - kMiB - 1, 4097},
           ByteRange{2 * kGiB - 1, 2},
       }) {
    Outcome outcome;
    TestServer server(file_handler(file, range, outcome));
    TestClient client(server.port());
    client.send(kGet);
    const std::string response = client.response();
    EXPECT_EQ(header_of(response, "Content-Length"), std::to_string(range.size));
    EXPECT_TRUE(body_of(response) == file.expected(range.offset, range.size)) << range.offset;
    EXPECT_TRUE(outcome.future.get());
  }
}

TEST(HttpBodyTest, BytesSentInPartsArriveAsOneBody) {
  TestServer server(send_in_parts);
  TestClient client(server.port());
  client.send(kGet);
  EXPECT_EQ(body_of(client.response()), "abcdef");
  client.send(kGet);
  EXPECT_EQ(body_of(client.response()), "abcdef");
}

TEST(HttpBodyTest, HeadWritesNoBodyWhateverTheHandlerSends) {
  const SparseFile file(2 * kMiB);
  Outcome outcome;
  TestServer server(file_handler(file, ByteRange{0, 2 * kMiB}, outcome));
  TestClient client(server.port());
  client.send("HEAD /blob HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(header_of(all, "Content-Length"), std::to_string(2 * kMiB));
  EXPECT_EQ(body_of(all), "");
  EXPECT_TRUE(outcome.future.get());
}

TEST(HttpBodyTest, AnAbandonedBodyEndsInFin) {
  TestServer server(break_off);
  TestClient client(server.port());
  client.send(kGet);
  EXPECT_EQ(body_of(client.read_to_end()), "0123456789");
  EXPECT_EQ(client.ending(), 0);
}

// The kernel answers a close() with bytes unread by RST, and containerd resumes only after FIN.
TEST(HttpBodyTest, ABrokenBodyEndsInFinAlthoughTheClientSentMore) {
  for (const Handler& handler : {Handler(break_off), Handler(throw_in_body)}) {
    TestServer server(handler);
    TestClient client(server.port());
    client.send(kGet + std::string(200000, 'x'));
    EXPECT_EQ(body_of(client.read_to_end()), "0123456789");
    EXPECT_EQ(client.ending(), 0);
  }
}

TEST(HttpBodyTest, ABodyLongerThanPromisedIsNotSent) {
  TestServer server(send_too_much);
  TestClient client(server.port());
  client.send(kGet);
  EXPECT_EQ(body_of(client.read_to_end()), "abcd");
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpBodyTest, AFileThatEndsEarlyIsAnIoErrorAndFin) {
  const SparseFile file(2 * kMiB);
  Outcome outcome;
  TestServer server(file_handler(file, ByteRange{0, 3 * kMiB}, outcome));
  TestClient client(server.port());
  client.send(kGet);
  EXPECT_EQ(body_of(client.read_to_end()).size(), 2 * kMiB);
  EXPECT_EQ(client.ending(), 0);
  const auto sent = outcome.future.get();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::io);
}

TEST(HttpBodyTest, AClientThatTakesNothingTimesOut) {
  const SparseFile file(256 * kMiB);
  Outcome outcome;
  ServerOptions options;
  options.send_timeout = seconds(1);
  TestServer server(file_handler(file, ByteRange{0, file.size()}, outcome), options);
  TestClient client(server.port(), 4096);
  client.send(kGet);
  const auto sent = outcome.future.get();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::timeout);
}

// The socket of such a client is hardly ever writable within the time-out, yet it takes bytes.
TEST(HttpBodyTest, AClientThatTakesLittleDoesNotTimeOut) {
  const SparseFile file(256 * kMiB);
  Outcome outcome;
  ServerOptions options;
  options.send_timeout = seconds(1);
  TestServer server(file_handler(file, ByteRange{0, file.size()}, outcome), options);
  TestClient client(server.port(), 4096);
  client.send(kGet);
  // The wait for the outcome is what makes the client slow.
  const auto patience = std::chrono::steady_clock::now() + milliseconds(2500);
  while (std::chrono::steady_clock::now() < patience) {
    ASSERT_EQ(client.read(2048).size(), 2048U);
    ASSERT_EQ(outcome.future.wait_for(milliseconds(20)), std::future_status::timeout);
  }
  client.reset();
  EXPECT_EQ(outcome.future.get().error().code, Errc::canceled);
}

TEST(HttpBodyTest, AClientThatLeavesCancelsTheSend) {
  const SparseFile file(256 * kMiB);
  Outcome outcome;
  TestServer server(file_handler(file, ByteRange{0, file.size()}, outcome));
  {
    TestClient client(server.port());
    client.send(kGet);
    EXPECT_EQ(client.read(10000).size(), 10000U);
  }
  const auto sent = outcome.future.get();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::canceled);
}

}  // namespace
}  // namespace shoal::http
