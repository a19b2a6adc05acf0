// Members that are no neighbours find each other in the directory.
#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "p2p/swarm_fixture.h"
#include "pki/test_authority.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMembers = 12;

class MeshTest : public SwarmTest {
 protected:
  void add_nodes(std::size_t count, const SwarmOptions& options) {
    for (std::size_t i = 0; i < count; ++i) add_node(options);
  }
  // Every node is told of the first alone, as by a discovery that knows little.
  void introduce_to_the_first() {
    for (const auto& node : nodes_) node->swarm->set_peers({nodes_.front()->endpoint});
  }
  void run_until_in_the_directory(std::size_t others) {
    run_until(
        [&] {
          return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
            return node->swarm->directory_nodes() >= others;
          });
        },
        "all know others in the directory");
  }
  std::size_t links() const {
    return std::accumulate(
        nodes_.begin(), nodes_.end(), std::size_t{0},
        [](std::size_t sum, const auto& node) { return sum + node->swarm->peers(); });
  }
  // A blob at rest at `holder` comes to `wanter`.
  void exchange(Node& holder, Node& wanter, std::size_t size) {
    const std::string content = some_bytes(size);
    const Descriptor descriptor = descriptor_of(content);
    ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
    holder.swarm->hold({descriptor.digest}, true);
    const auto recorder = std::make_shared<Recorder>();
    const auto blob = wanter.want(descriptor, recorder);
    run_until([&] { return recorder->arrived == blob->layout().count(); }, "all pieces arrived");
    EXPECT_TRUE(wanter.store->commit(*blob));
    wanter.memberships.back()->verified();
  }
};

TEST_F(MeshTest, BlobAtRestIsFoundWhereDiscoveryKnowsOneNode) {
  add_nodes(4, SwarmOptions());
  introduce_to_the_first();
  run_until_in_the_directory(3);
  EXPECT_EQ(nodes_[3]->swarm->peers(), 1U);
  exchange(*nodes_[1], *nodes_[3], kMiB + 1);
}

TEST_F(MeshTest, BlobAtRestIsFoundByTls) {
  const pki::TestAuthority authority;
  SwarmOptions options;
  options.credentials = authority.credentials();
  add_nodes(4, options);
  introduce_to_the_first();
  run_until_in_the_directory(3);
  exchange(*nodes_[1], *nodes_[3], kMiB + 1);
}

TEST_F(MeshTest, NodesKeepAboutAsManyConnectionsAsTheyMay) {
  SwarmOptions options;
  options.neighbours = 2;
  add_nodes(kMembers, options);
  introduce();
  run_until_in_the_directory(kMembers / 2);
  run_until([&] { return links() <= kMembers * 4 && links() >= kMembers * 2; },
            "each made two connections and let the others go");
  std::size_t size = kMiB;
  for (std::size_t wanter = 1; wanter < kMembers; wanter += 3) {
    exchange(*nodes_.front(), *nodes_[wanter], ++size);
  }
}

TEST_F(MeshTest, TwoThatWantTheSameBlobMeetAlthoughTheyAreNoNeighbours) {
  add_nodes(5, SwarmOptions());
  introduce_to_the_first();
  run_until_in_the_directory(4);
  const Descriptor descriptor = descriptor_of(some_bytes(kMiB));
  const auto one = std::make_shared<Recorder>();
  const auto two = std::make_shared<Recorder>();
  nodes_[2]->want(descriptor, one);
  nodes_[4]->want(descriptor, two);
  run_until([&] { return one->joined == 1 && two->joined == 1; }, "they met");
  EXPECT_EQ(one->left + two->left, 0);
}

TEST_F(MeshTest, WhatIsDroppedAndAskedForIsNotHeld) {
  add_nodes(3, SwarmOptions());
  introduce_to_the_first();
  run_until_in_the_directory(2);
  const Digest digest = descriptor_of(some_bytes(kMiB)).digest;
  const auto held = [&] { return nodes_[1]->metrics.directory_blobs.Value(); };
  nodes_[1]->swarm->hold({digest}, true);
  run_until([&] { return held() == 1 && nodes_[1]->metrics.directory_announces.Value() == 1; },
            "it is announced");
  nodes_[1]->swarm->drop(digest);
  run_until([&] { return held() == 0; }, "it is no longer");
}

// --- records ---

class RecordTest : public MeshTest {
 protected:
  static SwarmOptions with_secret(unsigned char secret) {
    SwarmOptions options;
    options.cluster_secret.emplace();
    options.cluster_secret->fill(static_cast<std::byte>(secret));
    return options;
  }
  // The last node asks; the store of none has the tag.
  Result<Resolution> resolve(std::chrono::milliseconds patience) {
    return result_of(nodes_.back()->swarm->resolve(repository(), *Tag::parse("v1"),
                                                   std::chrono::steady_clock::now() + patience));
  }
  void publish(Node& node) {
    node.swarm->publish(repository(), *Tag::parse("v1"),
                        Resolution(descriptor_, std::chrono::system_clock::now()));
  }
  double records_at(std::size_t node) const {
    return nodes_[node]->metrics.directory_records.Value();
  }

  const Descriptor descriptor_ = descriptor_of(some_bytes(77));
};

TEST_F(RecordTest, TagIsKnownAfterTheNodeThatAskedIsGone) {
  add_nodes(4, with_secret(1));
  introduce_to_the_first();
  run_until_in_the_directory(3);
  publish(*nodes_[1]);
  run_until([&] { return records_at(0) == 2 && records_at(2) == 2; }, "others keep both records");
  nodes_.erase(nodes_.begin() + 1);
  const auto answer = resolve(20s);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->descriptor, descriptor_);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto described = result_of(nodes_.back()->swarm->describe(descriptor_.digest, deadline));
  ASSERT_TRUE(described.has_value()) << described.error().message;
  EXPECT_EQ(described->size, descriptor_.size);
}

TEST_F(RecordTest, WhoHasAnotherSecretIsNotBelieved) {
  add_nodes(2, with_secret(1));
  add_node(with_secret(2));
  introduce();
  run_until_in_the_directory(2);
  publish(*nodes_[0]);
  run_until([&] { return records_at(1) == 2; }, "the other of its cluster keeps both records");
  const auto answer = resolve(20s);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Errc::not_found);
  EXPECT_EQ(records_at(2), 0);
}

TEST_F(RecordTest, WithoutASecretOnlyMembersThatAreConnectedAreAsked) {
  add_nodes(3, SwarmOptions());
  introduce();
  run_until_in_the_directory(2);
  publish(*nodes_[0]);
  const auto answer = resolve(20s);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Errc::not_found);
  EXPECT_EQ(records_at(0) + records_at(1), 0);
}

}  // namespace
}  // namespace shoal::p2p
