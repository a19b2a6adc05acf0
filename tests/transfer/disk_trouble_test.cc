// A disk that gives out in the middle of a download is no reason to send its readers away.

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

class DiskTroubleTest : public TransferTest {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("shoal-transfer-test-" + random_hex(12));
    std::filesystem::create_directories(disk());
    if (::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=8m") == -1) {
      GTEST_SKIP() << "a small file system cannot be mounted here: " << std::strerror(errno);
    }
    is_mounted_ = true;
  }
  ~DiskTroubleTest() override {
    if (is_mounted_) ::umount2(disk().c_str(), MNT_DETACH);
  }
  // Of the first node.
  std::filesystem::path disk() const { return folder_ / "1"; }
  std::filesystem::path foreign() const { return disk() / "foreign"; }
  // Somebody else takes all that is left.
  void brim() const {
    std::ofstream file(foreign(), std::ios::binary | std::ios::app);
    const std::string block(kKiB, 'x');
    while (file << block << std::flush) {
    }
  }
  std::string add(std::uint64_t seed) {
    std::string content = content_of(3 * kMiB, seed);
    upstream_.add(content);
    return content;
  }
  bool is_mounted_ = false;
};

TEST_F(DiskTroubleTest, TheRestIsHandedThrough) {
  const std::string content = add(1);
  Node& node = add_node(upstream_);
  int chunks = 0;
  upstream_.spoil = [&](std::string&) {
    if (++chunks == 8) brim();
  };
  for (int i = 0; i < 2; ++i) {
    const auto got = result_of(pull(node, descriptor_of(content)));
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_EQ(*got, content);
    ASSERT_TRUE(node.store->trouble());
    EXPECT_EQ(node.store->trouble()->code, Errc::no_space);
  }
  EXPECT_EQ(node.metrics.passages("disk").Value(), 2);
  std::filesystem::remove(foreign());
  const auto tidied = node.store->tidy();
  ASSERT_TRUE(tidied.has_value()) << tidied.error().message;
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  EXPECT_EQ(node.store->stats().blobs, 1U) << "it is stored again";
  EXPECT_EQ(node.metrics.passages("disk").Value(), 2);
}

// The request whose bytes could not be written once counted against its registry, and none was left to ask.
TEST_F(DiskTroubleTest, AByteThatCannotBeWrittenIsNoFaultOfTheRegistry) {
  const std::string content = add(1);
  Node& node = add_node(upstream_);
  bool is_first = true;
  upstream_.spoil = [&](std::string&) {
    if (std::exchange(is_first, false)) brim();
  };
  const auto got = result_of(pull(node, descriptor_of(content)));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, content);
}

TEST_F(DiskTroubleTest, AllReadersOfADownloadGoOnEachOnItsOwn) {
  const std::string content = add(1);
  Node& node = add_node(upstream_);
  int chunks = 0;
  upstream_.spoil = [&](std::string&) {
    if (++chunks == 8) brim();
  };
  std::vector<std::shared_ptr<std::optional<Result<std::string>>>> readers;
  for (int i = 0; i < 5; ++i) readers.push_back(start(pull(node, descriptor_of(content))));
  for (const auto& reader : readers) {
    run_until([&] { return reader->has_value(); }, "a reader ended");
    ASSERT_TRUE((*reader)->has_value()) << (*reader)->error().message;
    EXPECT_EQ(***reader, content);
  }
}

TEST_F(DiskTroubleTest, WhatIsHereIsServedMeanwhile) {
  const std::string content = add(1);
  Node& node = add_node(upstream_);
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  const auto held = node.store->open_blob(descriptor_of(content).digest);
  brim();
  EXPECT_EQ(*result_of(pull(node, descriptor_of(add(2)))), content_of(3 * kMiB, 2));
  const int requests = upstream_.requests;
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  EXPECT_EQ(upstream_.requests, requests);
}

TEST_F(DiskTroubleTest, ADownloadFromPeersEndsWhenTheDiskDoes) {
  const std::string content = add(1);
  Node& node = add_node(upstream_, true);
  Node& peer = add_node(upstream_, true);
  introduce();
  EXPECT_EQ(*result_of(pull(peer, descriptor_of(content))), content);
  brim();
  // No room is left, so nothing of it is asked of the peer.
  EXPECT_EQ(*result_of(pull(node, descriptor_of(content))), content);
  EXPECT_EQ(node.metrics.received_bytes(ByteSource::peer).Value(), 0);
}

}  // namespace
}  // namespace shoal::transfer
