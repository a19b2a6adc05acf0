#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

class SwarmTransferTest : public TransferTest {};

TEST_F(SwarmTransferTest, SecondNodeGetsEverythingFromTheFirst) {
  const std::string content = content_of(6 * kMiB + 5);
  upstream_.add(content);
  Node& first = add_node(upstream_, true);
  Node& second = add_node(upstream_, true);
  introduce();
  EXPECT_EQ(*result_of(pull(first, descriptor_of(content))), content);
  const std::uint64_t before = upstream_.bytes_sent;
  const auto got = result_of(pull(second, descriptor_of(content)));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, content);
  EXPECT_EQ(upstream_.bytes_sent, before) << "not one byte from upstream";
}

TEST_F(SwarmTransferTest, SecondNodeNeedsNoRegistryAtAll) {
  const std::string content = content_of(kMiB);
  FakeUpstream dead;
  dead.refuses.emplace(repository(), Error{Errc::unavailable, "connection refused", 0});
  upstream_.add(content);
  Node& first = add_node(upstream_, true);
  Node& second = add_node(dead, true);
  introduce();
  EXPECT_EQ(*result_of(pull(first, descriptor_of(content))), content);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const Digest digest = descriptor_of(content).digest;
  const auto described = result_of(second.transfers->describe(digest, deadline));
  ASSERT_TRUE(described.has_value()) << "its size is known from the node that has it";
  EXPECT_EQ(described->size, content.size());
  EXPECT_EQ(*result_of(pull(second, descriptor_of(content), {})), content);
}

TEST_F(SwarmTransferTest, NodesThatStartTogetherShareTheWork) {
  const std::string content = content_of(32 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 1ms;
  for (int i = 0; i < 3; ++i) add_node(upstream_, true);
  introduce();
  std::vector<std::shared_ptr<std::optional<Result<std::string>>>> pulls;
  for (const auto& node : nodes_) pulls.push_back(start(pull(*node, descriptor_of(content))));
  for (const auto& one : pulls) {
    run_until([&] { return one->has_value(); }, "a node has the blob");
    ASSERT_TRUE((*one)->has_value()) << (*one)->error().message;
    EXPECT_EQ(***one, content);
  }
  EXPECT_LE(upstream_.bytes_sent, content.size() * 110 / 100);
}

TEST_F(SwarmTransferTest, NodeWithoutCredentialsGetsItFromThoseThatHaveThem) {
  const std::string content = content_of(8 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 1ms;
  FakeUpstream locked;
  locked.refuses.emplace(repository(), Error{Errc::unauthorized, "401", 0});
  Node& trusted = add_node(upstream_, true);
  Node& stranger = add_node(locked, true);
  introduce();
  auto first = start(pull(trusted, descriptor_of(content)));
  run_until([&] { return upstream_.bytes_sent > 0; }, "the first has begun");
  auto second = start(pull(stranger, descriptor_of(content)));
  run_until([&] { return first->has_value() && second->has_value(); }, "both ended");
  EXPECT_EQ(***first, content);
  ASSERT_TRUE((*second)->has_value()) << (*second)->error().message;
  EXPECT_EQ(***second, content);
}

TEST_F(SwarmTransferTest, LyingPeerDoesNotKeepTheBlobAway) {
  const std::string content = content_of(2 * kMiB);
  upstream_.add(content);
  FakeUpstream liar;
  liar.add(content);
  liar.spoil = [](std::string& chunk) { chunk[0] = static_cast<char>(chunk[0] ^ 1); };
  liar.chunk_delay = 20ms;
  Node& lying = add_node(liar, true);
  Node& honest = add_node(upstream_, true);
  introduce();
  auto bad = start(pull(lying, descriptor_of(content)));
  run_until([&] { return liar.bytes_sent > 0; }, "the liar has bytes to offer");
  auto handle = result_of(honest.transfers->open(descriptor_of(content), {repository()}));
  ASSERT_TRUE(handle.has_value());
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  const auto last = result_of((*handle)->read({content.size() - 1, 1}, deadline));
  ASSERT_TRUE(last.has_value()) << last.error().message;
  EXPECT_EQ(*honest.store->read_all(descriptor_of(content).digest, 4 * kMiB), content);
  run_until([&] { return bad->has_value(); }, "the liar's own pull ended");
}

TEST_F(SwarmTransferTest, TagsAndManifestsAreKnownToTheOthers) {
  Node& first = add_node(upstream_, true);
  Node& second = add_node(upstream_, true);
  introduce();
  const std::string manifest = "{\"schemaVersion\":2}";
  Descriptor descriptor = descriptor_of(manifest);
  descriptor.media_type = "application/vnd.oci.image.manifest.v1+json";
  ASSERT_TRUE(first.store->put(descriptor, manifest, repository()));
  const Tag tag = *Tag::parse("v1");
  ASSERT_TRUE(first.store->put_tag(repository(), tag,
                                   store::TagRecord(descriptor, std::chrono::system_clock::now())));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto answer = result_of(second.transfers->resolve(repository(), tag, deadline));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->descriptor, descriptor);
  const auto described = result_of(second.transfers->describe(descriptor.digest, deadline));
  ASSERT_TRUE(described.has_value());
  EXPECT_EQ(*described, descriptor);
  EXPECT_EQ(*result_of(pull(second, *described, {})), manifest);
}

}  // namespace
}  // namespace shoal::transfer
