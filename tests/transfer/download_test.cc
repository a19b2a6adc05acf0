#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

class DownloadTest : public TransferTest {};

TEST_F(DownloadTest, BlobComesWholeFromUpstreamAndIsThereTheNextTime) {
  const std::string content = content_of(3 * kMiB + 17);
  upstream_.add(content);
  Node& node = add_node(upstream_);
  auto first = result_of(pull(node, descriptor_of(content)));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(*first, content);
  EXPECT_EQ(upstream_.bytes_sent, content.size()) << "each byte once";
  const int requests = upstream_.requests;
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content), {})), content);
  EXPECT_EQ(upstream_.requests, requests);
}

TEST_F(DownloadTest, ManyReadersShareOneDownload) {
  const std::string content = content_of(2 * kMiB);
  upstream_.add(content);
  Node& node = add_node(upstream_);
  std::vector<std::shared_ptr<std::optional<Result<std::string>>>> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(start(pull(node, descriptor_of(content))));
  for (const auto& reader : readers) {
    run_until([&] { return reader->has_value(); }, "a reader ended");
    EXPECT_EQ(***reader, content);
  }
  EXPECT_EQ(upstream_.bytes_sent, content.size());
}

TEST_F(DownloadTest, LastByteIsWithheldUntilTheDigestMatched) {
  const std::string content = content_of(kMiB);
  upstream_.add(content);
  upstream_.spoil = [](std::string& chunk) { chunk[0] = static_cast<char>(chunk[0] ^ 1); };
  Node& node = add_node(upstream_);
  const Descriptor descriptor = descriptor_of(content);
  auto handle = result_of(node.transfers->open(descriptor, {repository()}));
  ASSERT_TRUE(handle.has_value());
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  const auto last = result_of((*handle)->read({descriptor.size - 1, 1}, deadline));
  ASSERT_FALSE(last.has_value());
  EXPECT_EQ(last.error().code, Errc::corrupt);
  EXPECT_FALSE(node.store->open_blob(descriptor.digest).has_value()) << "nothing corrupt is stored";
  EXPECT_EQ(upstream_.bytes_sent, 2 * content.size()) << "tried once more, and no more";
}

TEST_F(DownloadTest, CorruptBytesOnceAreRepaired) {
  const std::string content = content_of(kMiB);
  upstream_.add(content);
  bool spoiled = false;
  upstream_.spoil = [&](std::string& chunk) {
    if (!spoiled) chunk[5] = static_cast<char>(chunk[5] ^ 1);
    spoiled = true;
  };
  Node& node = add_node(upstream_);
  const Descriptor descriptor = descriptor_of(content);
  auto handle = result_of(node.transfers->open(descriptor, {repository()}));
  ASSERT_TRUE(handle.has_value());
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  EXPECT_TRUE(result_of((*handle)->read({descriptor.size - 1, 1}, deadline)).has_value());
  EXPECT_EQ(*node.store->read_all(descriptor.digest, 2 * kMiB), content);
}

TEST_F(DownloadTest, NobodyHasItIsNotFound) {
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of("nowhere")));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Errc::not_found);
}

TEST_F(DownloadTest, WithoutAnyHintTheErrorSaysSo) {
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of("nowhere"), {}));
  ASSERT_FALSE(got.has_value());
  EXPECT_NE(got.error().message.find("no registry is known"), std::string::npos);
}

TEST_F(DownloadTest, RepositoryThatRefusesIsPassedOver) {
  const std::string content = content_of(kMiB);
  upstream_.add(content);
  upstream_.refuses.emplace(repository("private/app"), Error{Errc::unauthorized, "401", 0});
  Node& node = add_node(upstream_);
  const auto got = result_of(
      pull(node, descriptor_of(content), {repository("private/app"), repository("public/app")}));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, content);
}

TEST_F(DownloadTest, UpstreamThatIsDownEndsTheDownloadSoon) {
  upstream_.refuses.emplace(repository(), Error{Errc::unavailable, "connection refused", 0});
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of("x")));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Errc::unavailable);
}

TEST_F(DownloadTest, BrokenRequestsGoOnWhereTheyBroke) {
  const std::string content = content_of(4 * kMiB);
  upstream_.add(content);
  upstream_.breaks_after = 700 * 1000;
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of(content)));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, content);
}

TEST_F(DownloadTest, RegistryWithoutRangeIsStreamedWholeOnce) {
  const std::string content = content_of(40 * kMiB);
  upstream_.add(content);
  upstream_.ignores_range = true;
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of(content)));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, content);
  EXPECT_LT(upstream_.bytes_sent, content.size() + kMiB)
      << "the other requests ended at once; there were " << upstream_.requests;
}

TEST_F(DownloadTest, RangeInTheMiddleComesFirst) {
  const std::string content = content_of(64 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 2ms;
  Node& node = add_node(upstream_);
  const Descriptor descriptor = descriptor_of(content);
  auto handle = result_of(node.transfers->open(descriptor, {repository()}));
  ASSERT_TRUE(handle.has_value());
  const std::uint64_t offset = 60 * kMiB + 5;
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  ASSERT_TRUE(result_of((*handle)->read({offset, 1000}, deadline)).has_value());
  EXPECT_LT(upstream_.bytes_sent, 48 * kMiB) << "not after all that lies before it";
}

TEST_F(DownloadTest, WhatArrivedBeforeARestartIsNotFetchedAgain) {
  const std::string content = content_of(8 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 1ms;
  Node& node = add_node(upstream_);
  const Descriptor descriptor = descriptor_of(content);
  {
    auto handle = result_of(node.transfers->open(descriptor, {repository()}));
    ASSERT_TRUE(handle.has_value());
    run_until([&] { return upstream_.bytes_sent > 4 * kMiB; }, "half of it came");
  }
  auto stop = [](Transfers& transfers) -> Awaitable<bool> {
    co_await transfers.stop();
    co_return true;
  };
  result_of(stop(*node.transfers));
  node.restart(reactor_, pool_, upstream_);
  const std::uint64_t before = upstream_.bytes_sent;
  EXPECT_EQ(*result_of(pull(node, descriptor)), content);
  EXPECT_LT(upstream_.bytes_sent - before, 6 * kMiB);
}

TEST_F(DownloadTest, WhatComesAgainThoughItIsHereIsCounted) {
  const std::string content = content_of(32 * kMiB);
  upstream_.add(content);
  upstream_.breaks_after = kMiB;
  Node& node = add_node(upstream_);
  const Descriptor descriptor = descriptor_of(content);
  auto handle = result_of(node.transfers->open(descriptor, {repository()}));
  ASSERT_TRUE(handle.has_value());
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  ASSERT_TRUE(result_of((*handle)->read({0, 1000}, deadline)).has_value());
  EXPECT_EQ(node.metrics.redundant_upstream_bytes.Value(), 0);
  upstream_.ignores_range = true;  // what is missing comes with all that is not
  upstream_.breaks_after = content.size();
  EXPECT_EQ(*result_of(pull(node, descriptor)), content);
  EXPECT_GT(node.metrics.redundant_upstream_bytes.Value(), 0);
}

TEST_F(DownloadTest, DownloadNobodyReadsStopsAfterItsGrace) {
  options_.grace = 0s;
  const std::string content = content_of(32 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 5ms;
  Node& node = add_node(upstream_);
  {
    auto handle = result_of(node.transfers->open(descriptor_of(content), {repository()}));
    ASSERT_TRUE(handle.has_value());
  }
  run_until([&] { return node.transfers->active() == 0; }, "the download stopped");
  EXPECT_LT(upstream_.bytes_sent, content.size());
}

TEST_F(DownloadTest, EmptyBlobNeedsNobody) {
  Node& node = add_node(upstream_);
  auto handle = result_of(node.transfers->open(descriptor_of(""), {}));
  ASSERT_TRUE(handle.has_value());
  EXPECT_TRUE((*handle)->was_complete());
  EXPECT_EQ(upstream_.requests, 0);
}

TEST_F(DownloadTest, ReadOutsideTheBlobIsRefused) {
  const std::string content = content_of(1000);
  upstream_.add(content);
  Node& node = add_node(upstream_);
  auto handle = result_of(node.transfers->open(descriptor_of(content), {repository()}));
  ASSERT_TRUE(handle.has_value());
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  const auto outside = result_of((*handle)->read({999, 2}, deadline));
  ASSERT_FALSE(outside.has_value());
  EXPECT_EQ(outside.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::transfer
