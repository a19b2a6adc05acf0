// Goal: whatever one member of a swarm does, every honest one ends with the right bytes, the liar is
// kept out, nobody honest is, and the registry is not asked for much more than one copy.
#include <algorithm>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "transfer/served_bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

class PoisonTest : public TransferTest {
 protected:
  PoisonTest() {
    spoiled_.spoil = [](std::string& chunk) { chunk[0] = static_cast<char>(chunk[0] ^ 1); };
  }
  void add_content(std::size_t size) {
    content_ = content_of(size);
    upstream_.add(content_);
    spoiled_.add(content_);
  }
  // Reads the last byte, which is there when the whole is.
  Awaitable<Result<Extent>> fetch(Node& node) {
    Descriptor descriptor = descriptor_of(content_);
    std::vector<Repository> hints(1, repository());
    auto handle = co_await node.transfers->open(std::move(descriptor), std::move(hints));
    if (!handle) co_return fail(handle.error());
    const auto deadline = std::chrono::steady_clock::now() + 50s;
    const ByteRange last{content_.size() - 1, 1};
    auto extent = co_await (*handle)->read(last, deadline);
    co_return extent;
  }
  std::vector<std::shared_ptr<std::optional<Result<Extent>>>> fetch_on(
      const std::vector<Node*>& nodes) {
    std::vector<std::shared_ptr<std::optional<Result<Extent>>>> out;
    for (Node* node : nodes) out.push_back(start(fetch(*node)));
    return out;
  }
  void expect_right_bytes(Node& node) {
    const auto got = node.store->read_all(descriptor_of(content_).digest, 64 * kMiB);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_TRUE(*got == content_);
  }
  static double bans(Node& node) {
    return node.metrics.peers_banned("false_word").Value() +
           node.metrics.peers_banned("bad_bytes").Value();
  }
  // Puts a blob into the node's store that is whole, as the node believes, and is not: on disk and in
  // the checksums. Only who compares the digest can tell.
  void plant_bad_blob(Node& node) {
    std::string bad = content_;
    for (std::size_t i = 100; i < bad.size(); i += 200'000) bad[i] = static_cast<char>(bad[i] ^ 1);
    const auto seed = node.store->create_blob(descriptor_of(content_));
    ASSERT_TRUE(seed.has_value());
    // Good bytes make it complete; then the file is changed, and a new process takes the CRC32Cs of
    // a folder that somebody tampered with.
    ASSERT_TRUE((*seed)->write(0, as_bytes(content_)));
    for (std::uint32_t i = 0; i < (*seed)->layout().count(); ++i) {
      ASSERT_TRUE((*seed)->finish_piece(i));
    }
    ASSERT_TRUE(node.store->commit(**seed));
    const auto written = pwrite((*seed)->fd(), bad.data(), bad.size(), 0);
    ASSERT_EQ(written, static_cast<ssize_t>(bad.size()));
    // Its checks are done, so this object sends what is in the file now.
    planted_ = *seed;
  }

  FakeUpstream spoiled_;
  std::string content_;
  std::shared_ptr<store::BlobFile> planted_;
};

TEST_F(PoisonTest, FetcherThatLiesIsBannedAndAllOthersFinish) {
  add_content(16 * kMiB);
  upstream_.chunk_delay = spoiled_.chunk_delay = 1ms;
  Node& liar = add_node(spoiled_, true);
  std::vector<Node*> honest;
  for (int i = 0; i < 4; ++i) honest.push_back(&add_node(upstream_, true));
  introduce();
  auto bad = start(fetch(liar));
  auto good = fetch_on(honest);
  run_until(
      [&] { return std::all_of(good.begin(), good.end(), [](auto& g) { return g->has_value(); }); },
      "all honest nodes ended");
  for (std::size_t i = 0; i < good.size(); ++i) {
    ASSERT_TRUE((*good[i])->has_value()) << (*good[i])->error().message;
    expect_right_bytes(*honest[i]);
  }
  run_until([&] { return bad->has_value(); }, "the liar's own download ended");
  for (Node* node : honest) {
    run_until([&] { return bans(*node) == 1 && node->swarm->peers() == 3; }, "the liar is banned");
  }
  for (Node* node : honest) EXPECT_EQ(bans(*node), 1) << "the liar and nobody else";
  EXPECT_LE(upstream_.bytes_sent, 3 * content_.size()) << "they share what is fetched again";
}

TEST_F(PoisonTest, SeedThatLiesIsBannedAndWhatItSentIsFetchedAgain) {
  add_content(4 * kMiB);
  Node& liar = add_node(upstream_, true);
  Node& honest = add_node(upstream_, true);
  introduce();
  plant_bad_blob(liar);
  auto got = result_of(fetch(honest));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  expect_right_bytes(honest);
  run_until([&] { return bans(honest) == 1; }, "the liar is banned");
  EXPECT_EQ(honest.swarm->peers(), 0U);
  EXPECT_LE(upstream_.bytes_sent, content_.size() * 3 / 2) << "not all of it again";
}

TEST_F(PoisonTest, WithoutUpstreamTheLiarIsDoneWithout) {
  add_content(4 * kMiB);
  FakeUpstream dead, silent;
  dead.refuses.emplace(repository(), Error{Errc::unavailable, "connection refused", 0});
  silent.add(content_);
  silent.chunk_delay = 24h;
  // The honest node has hope as long as somebody else waits for the blob too.
  Node& waiting = add_node(silent, true);
  const auto waits = start(fetch(waiting));
  run_until([&] { return silent.requests > 0; }, "its download has begun");
  Node& honest = add_node(dead, true);
  Node& liar = add_node(dead, true);
  introduce();
  plant_bad_blob(liar);
  const auto got = start(fetch(honest));
  run_until([&] { return honest.metrics.bad_pieces.Value() > 0; }, "the liar has sent bad bytes");
  EXPECT_EQ(bans(honest), 0) << "nobody can know yet who is right";
  Node& seed = add_node(upstream_, true);
  EXPECT_TRUE(result_of(fetch(seed)).has_value());
  introduce();
  run_until([&] { return got->has_value(); }, "the good blob came");
  ASSERT_TRUE((*got)->has_value()) << (*got)->error().message;
  expect_right_bytes(honest);
  run_until([&] { return bans(honest) == 1 && honest.swarm->peers() == 2; },
            "what matched the digest convicts the liar, and the honest stay");
}

TEST_F(PoisonTest, ReaderThatWasGivenBadBytesGetsAnErrorBeforeTheLast) {
  add_content(2 * kMiB);
  Node& liar = add_node(upstream_, true);
  Node& honest = add_node(upstream_, true);
  introduce();
  plant_bad_blob(liar);
  const auto got = result_of(pull(honest, descriptor_of(content_)));
  if (got) {
    EXPECT_TRUE(*got == content_) << "what is given whole is right";
  } else {
    EXPECT_EQ(got.error().code, Errc::corrupt);
  }
  run_until([&] { return honest.store->open_blob(descriptor_of(content_).digest).has_value(); },
            "the blob is here all the same");
  expect_right_bytes(honest);
}

TEST_F(PoisonTest, BadPiecesOfAnEarlierRunAreRepaired) {
  add_content(2 * kMiB);
  Node& node = add_node(upstream_);
  {
    std::string bad = content_;
    bad[700'000] = static_cast<char>(bad[700'000] ^ 1);
    const auto blob = node.store->create_blob(descriptor_of(content_));
    ASSERT_TRUE(blob.has_value());
    ASSERT_TRUE((*blob)->write(0, as_bytes(bad)));
    for (std::uint32_t i = 0; i < (*blob)->layout().count(); ++i) {
      ASSERT_TRUE((*blob)->finish_piece(i));
    }
    ASSERT_TRUE(node.store->checkpoint(**blob, true));
  }
  auto got = result_of(fetch(node));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  expect_right_bytes(node);
}

TEST_F(PoisonTest, BytesThatAReaderHasAreNoticedWhenTheyChange) {
  add_content(kMiB);
  Node& node = add_node(upstream_);
  const auto blob = node.store->create_blob(descriptor_of(content_));
  ASSERT_TRUE(blob.has_value());
  ASSERT_TRUE((*blob)->write(0, as_bytes(content_)));
  for (std::uint32_t i = 0; i < 4; ++i) ASSERT_TRUE((*blob)->finish_piece(i));
  const std::uint64_t piece_bytes = (*blob)->layout().piece_bytes();
  ServedBytes reader, elsewhere;
  reader.note({0, piece_bytes});
  reader.note({piece_bytes, piece_bytes});
  elsewhere.note({3 * piece_bytes, 10});
  std::vector<ReplacedPiece> replaced{{1, *(*blob)->crc(1)}};
  EXPECT_FALSE(reader.spoiled(replaced, **blob)) << "it came again as it was";
  replaced.push_back(ReplacedPiece{0, *(*blob)->crc(0) ^ 1});
  EXPECT_TRUE(reader.spoiled(replaced, **blob));
  EXPECT_FALSE(elsewhere.spoiled(replaced, **blob));
  elsewhere.note({0, 10});
  EXPECT_FALSE(elsewhere.spoiled(replaced, **blob)) << "given after it was replaced";
}

}  // namespace
}  // namespace shoal::transfer
