// A blob that cannot be stored still reaches who asked for it.
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/passage.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

class PassageTest : public TransferTest {
 protected:
  PassageTest() { room_.quota.bytes = kMiB; }
  std::string add(std::size_t size) {
    std::string content = content_of(size);
    upstream_.add(content);
    return content;
  }
  std::shared_ptr<BlobHandle> open(Node& node, const std::string& content) {
    auto handle = result_of(node.transfers->open(descriptor_of(content), {repository()}));
    EXPECT_TRUE(handle.has_value());
    return std::move(*handle);
  }
  Result<std::string> read(BlobHandle& handle, ByteRange wanted,
                           std::chrono::seconds patience = 50s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto extent = result_of(handle.read(wanted, deadline));
    if (!extent) return fail(extent.error());
    EXPECT_EQ(extent->range.offset, wanted.offset);
    EXPECT_LE(extent->range.size, wanted.size);
    std::string out(extent->range.size, '\0');
    const auto got =
        pread(extent->fd, out.data(), out.size(), static_cast<off_t>(extent->range.offset));
    EXPECT_EQ(got, static_cast<ssize_t>(out.size()));
    return out;
  }
  template <class T>
  static Errc code(const Result<T>& result) {
    return result ? Errc::internal : result.error().code;
  }
  static double passages(Node& node, const char* reason) {
    return node.metrics.passages(reason).Value();
  }
};

TEST_F(PassageTest, ABlobThatDoesNotFitIsHandedThroughAndNothingOfItStored) {
  const std::string content = add(3 * kMiB + 17);
  Node& node = add_node(upstream_);
  for (int i = 0; i < 2; ++i) {
    const auto got = result_of(pull(node, descriptor_of(content)));
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_EQ(*got, content);
  }
  EXPECT_EQ(passages(node, "room"), 2);
  EXPECT_EQ(node.store->stats().partial_blobs + node.store->stats().blobs, 0U);
  EXPECT_EQ(upstream_.bytes_sent, 2 * content.size());
  EXPECT_EQ(node.metrics.received_bytes(ByteSource::upstream).Value(),
            2 * static_cast<double>(content.size()));
}

TEST_F(PassageTest, ItsBytesCountForTheRegistryTheyCameFrom) {
  const std::string content = add(2 * kMiB);
  Node& node = add_node(upstream_);
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  DownloadMetrics counted(node.metrics.registry(), {});
  EXPECT_EQ(counted.bytes("other", ByteSource::upstream).Value(),
            static_cast<double>(content.size()));
}

TEST_F(PassageTest, WithANodeOfItsOwnSwarmToo) {
  const std::string content = add(2 * kMiB);
  Node& node = add_node(upstream_, true);
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
}

TEST_F(PassageTest, TheReaderIsNotOutrunByMoreThanTheWindow) {
  const std::string content = add(8 * kMiB);
  Node& node = add_node(upstream_);
  const auto handle = open(node, content);
  EXPECT_FALSE(handle->was_complete());
  ASSERT_TRUE(read(*handle, {0, content.size()}).has_value());
  bool rested = false;
  auto rest = [](bool& done) -> Awaitable<void> {
    for (int i = 0; i < 50; ++i) co_await sleep_for(1ms);
    done = true;
  };
  spawn(reactor_.get_executor(), "rest", rest(rested));
  run_until([&] { return rested; }, "time went by");
  EXPECT_LE(upstream_.bytes_sent, Passage::kWindowBytes + 2 * 100 * 1000);
}

TEST_F(PassageTest, PartsAreReadInAnyOrder) {
  const std::string content = add(4 * kMiB);
  Node& node = add_node(upstream_);
  const auto handle = open(node, content);
  for (const std::uint64_t offset :
       {3 * kMiB, 5 * kKiB, 5 * kKiB + 1, 4 * kMiB - 1, std::uint64_t{0}}) {
    const ByteRange wanted{offset, std::min<std::uint64_t>(1000, content.size() - offset)};
    const auto got = read(*handle, wanted);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_EQ(*got, content.substr(offset, got->size()));
  }
  EXPECT_EQ(code(read(*handle, {content.size(), 1})), Errc::invalid_argument);
  EXPECT_EQ(code(read(*handle, {0, 0})), Errc::invalid_argument);
}

TEST_F(PassageTest, ARegistryThatIgnoresRangeIsReadFromTheFront) {
  const std::string content = add(3 * kMiB);
  upstream_.ignores_range = true;
  Node& node = add_node(upstream_);
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  EXPECT_EQ(upstream_.bytes_sent, content.size());
  const auto handle = open(node, content);
  EXPECT_EQ(read(*handle, {2 * kMiB, 10}).value(), content.substr(2 * kMiB, 10));
}

TEST_F(PassageTest, AConnectionThatBreaksIsTakenUpWhereItBroke) {
  const std::string content = add(2 * kMiB);
  upstream_.breaks_after = 300'000;
  Node& node = add_node(upstream_);
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  EXPECT_EQ(upstream_.bytes_sent, content.size());
}

TEST_F(PassageTest, TheEndOfABlobThatDoesNotMatchIsWithheld) {
  const std::string content = add(2 * kMiB);
  bool spoiled = false;
  upstream_.spoil = [&](std::string& chunk) {
    if (!spoiled) chunk[5] = static_cast<char>(chunk[5] ^ 1);
    spoiled = true;
  };
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of(content)));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Errc::corrupt);
  EXPECT_EQ(node.metrics.swarm_corrupt_blobs.Value(), 1);
}

TEST_F(PassageTest, ReadingAgainAfterAMismatchGivesNoMore) {
  const std::string content = add(2 * kMiB);
  upstream_.spoil = [](std::string& chunk) { chunk[0] = static_cast<char>(chunk[0] ^ 1); };
  Node& node = add_node(upstream_);
  const auto handle = open(node, content);
  std::uint64_t at = 0;
  for (auto part = read(*handle, {0, content.size()}); part;
       part = read(*handle, {at, content.size() - at})) {
    at += part->size();
    ASSERT_LT(at, content.size());
  }
  EXPECT_EQ(code(read(*handle, {at, content.size() - at})), Errc::corrupt);
}

TEST_F(PassageTest, ErrorsOfUpstreamReachTheReader) {
  const std::string content = content_of(2 * kMiB);
  Node& node = add_node(upstream_);
  EXPECT_EQ(code(result_of(pull(node, descriptor_of(content)))), Errc::not_found);
  upstream_.refuses.emplace(repository(), Error{Errc::unavailable, "connection refused", 0});
  EXPECT_EQ(code(result_of(pull(node, descriptor_of(content)))), Errc::unavailable);
  EXPECT_EQ(code(result_of(pull(node, descriptor_of(content), {}))), Errc::not_found);
}

TEST_F(PassageTest, AReaderThatIsNotServedInTimeIsToldSo) {
  const std::string content = add(2 * kMiB);
  upstream_.chunk_delay = 1h;
  Node& node = add_node(upstream_);
  const auto handle = open(node, content);
  EXPECT_EQ(code(read(*handle, {0, content.size()}, 0s)), Errc::timeout);
}

TEST_F(PassageTest, ThereIsALimitToHowManyThereAre) {
  const std::string content = add(2 * kMiB);
  Node& node = add_node(upstream_);
  std::vector<std::shared_ptr<BlobHandle>> handles;
  for (std::size_t i = 0; i < Passage::kPassagesMax; ++i) handles.push_back(open(node, content));
  const auto refused = result_of(node.transfers->open(descriptor_of(content), {repository()}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  handles.pop_back();
  handles.push_back(open(node, content));
}

}  // namespace
}  // namespace shoal::transfer
