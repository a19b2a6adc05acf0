#include "p2p/swarm.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "base/bytes.h"
#include "base/event.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/store.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;

std::string some_bytes(std::size_t size) {
  std::string out(size, '\0');
  std::uint64_t state = 0x9e3779b97f4a7c15U;
  for (char& c : out) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    c = static_cast<char>(state);
  }
  return out;
}

Descriptor descriptor_of(const std::string& content) {
  return Descriptor(hash_of(DigestAlgorithm::sha256, as_bytes(content)), content.size());
}

Repository repository() {
  return Repository(*RegistryName::parse("registry.example"), *RepositoryName::parse("a/b"));
}

// Counts what happens in a blob's swarm.
class Recorder final : public BlobListener {
 public:
  void peer_joined(PeerKey, const NodeId&) override { ++joined; }
  void peer_left(PeerKey) override { ++left; }
  void peer_has(PeerKey, const Pieces& pieces) override { heard_pieces += pieces.size(); }
  void peer_has_all(PeerKey) override { ++has_all; }
  void piece_arrived(std::uint32_t) override { ++arrived; }
  void members_asked(std::size_t members) override { asked = members; }
  void member_answered(const NodeId&, Holding holding) override {
    answers[holding] += 1;
    claimed_when_answered = claimed;
  }
  void member_joined(const NodeId&, bool eligible) override { last_eligible = eligible; }
  void member_left(const NodeId&) override { ++members_left; }
  void member_eligible(const NodeId&, bool eligible) override { last_eligible = eligible; }
  void member_claims(const NodeId&, const Pieces& pieces) override { claimed = pieces; }
  void member_releases(const NodeId&, const Pieces& pieces) override { released = pieces; }

  int joined = 0, left = 0, has_all = 0, members_left = 0;
  std::size_t heard_pieces = 0, arrived = 0;
  bool last_eligible = false;
  Pieces claimed, claimed_when_answered, released;
  std::optional<std::size_t> asked;
  std::map<Holding, int> answers;
};

// One node: a store and a swarm, that holds what is in its store.
class Node final : public SwarmHost {
 public:
  Node(asio::io_context& reactor, asio::thread_pool& pool, const std::filesystem::path& folder,
       const std::string& address, const std::string& cluster) {
    store::StoreOptions store_options;
    store_options.data_dir = folder;
    auto opened = store::Store::open(std::move(store_options), metrics);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    store = std::move(*opened);
    SwarmOptions options;
    options.listen = address + ":0";
    options.cluster = cluster;
    auto started = Swarm::start(std::move(options), reactor.get_executor(), pool, metrics);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    swarm = std::move(*started);
    swarm->set_host(this);
    endpoint = {asio::ip::make_address(address), swarm->port()};
  }
  ~Node() override {
    memberships.clear();
    swarm->stop();
  }

  Awaitable<Holding> wanted(Descriptor descriptor) override {
    if (arriving.contains(descriptor.digest)) co_return Holding::arriving;
    auto blob = store->open_blob(descriptor.digest);
    if (!blob) co_return Holding::none;
    memberships.push_back(swarm->join(*blob, std::weak_ptr<BlobListener>(), false));
    co_return Holding::complete;
  }
  Awaitable<std::optional<Descriptor>> describe(Digest digest) override {
    const auto known = store->describe(digest);
    co_return known ? std::optional<Descriptor>(known->descriptor) : std::nullopt;
  }
  Awaitable<std::optional<TagAnswer>> resolve(Repository asked, Tag tag) override {
    const auto record = store->tag(asked, tag);
    if (!record) co_return std::nullopt;
    co_return TagAnswer(record->descriptor, record->checked_at);
  }

  std::shared_ptr<store::BlobFile> want(const Descriptor& descriptor,
                                        const std::shared_ptr<Recorder>& recorder) {
    auto blob = store->create_blob(descriptor);
    EXPECT_TRUE(blob.has_value());
    arriving.insert(descriptor.digest);
    memberships.push_back(swarm->join(*blob, recorder, true));
    return *blob;
  }

  Metrics metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Swarm> swarm;
  asio::ip::tcp::endpoint endpoint;
  std::set<Digest> arriving;
  std::vector<std::unique_ptr<Membership>> memberships;
};

class SwarmTest : public testing::Test {
 protected:
  ~SwarmTest() override {
    nodes_.clear();
    pool_.join();
    reactor_.poll();
    std::filesystem::remove_all(folder_);
  }

  Node& add_node(const std::string& cluster = "test") {
    const std::string number = std::to_string(nodes_.size() + 1);
    nodes_.push_back(
        std::make_unique<Node>(reactor_, pool_, folder_ / number, "127.77.0." + number, cluster));
    return *nodes_.back();
  }
  void introduce() {
    std::vector<asio::ip::tcp::endpoint> all;
    for (const auto& node : nodes_) all.push_back(node->endpoint);
    for (const auto& node : nodes_) node->swarm->set_peers(all);
  }
  // Runs the reactor until `condition`, or fails the test.
  void run_until(const std::function<bool()>& condition, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never happened: " << what;
      reactor_.restart();
      reactor_.run_for(5ms);
    }
  }
  void run_until_connected(std::size_t peers_each) {
    run_until(
        [&] {
          return std::all_of(nodes_.begin(), nodes_.end(),
                             [&](const auto& node) { return node->swarm->peers() == peers_each; });
        },
        "all members are connected");
  }
  template <class T>
  T result_of(Awaitable<T> task) {
    std::optional<T> out;
    spawn(reactor_.get_executor(), "test", keep(std::move(task), out));
    run_until([&] { return out.has_value(); }, "the task ended");
    return std::move(*out);
  }

  asio::io_context reactor_;
  asio::thread_pool pool_{2};
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("shoal-swarm-test-" + random_hex(12));
  std::vector<std::unique_ptr<Node>> nodes_;

 private:
  template <class T>
  static Awaitable<void> keep(Awaitable<T> task, std::optional<T>& out) {
    T value = co_await std::move(task);
    out.emplace(std::move(value));
  }
};

TEST_F(SwarmTest, WholeBlobTravelsFromOneMemberToAnother) {
  Node& holder = add_node();
  Node& wanter = add_node();
  const std::string content = some_bytes(5 * kMiB + 321);
  const Descriptor descriptor = descriptor_of(content);
  ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
  introduce();
  run_until_connected(1);

  const auto recorder = std::make_shared<Recorder>();
  const auto blob = wanter.want(descriptor, recorder);
  run_until([&] { return recorder->arrived == blob->layout().count(); }, "all pieces arrived");
  EXPECT_TRUE(wanter.store->commit(*blob));
  EXPECT_EQ(*wanter.store->read_all(descriptor.digest, 64 * kMiB), content);
  EXPECT_EQ(recorder->asked, 1U);
  EXPECT_EQ(recorder->answers[Holding::complete], 1);
}

TEST_F(SwarmTest, TwoThatWantTheSameBlobFindEachOtherAndShareTheirPieces) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const std::string content = some_bytes(4 * kMiB);
  const Descriptor descriptor = descriptor_of(content);
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  const auto blob_one = one.want(descriptor, first);
  const auto blob_two = two.want(descriptor, second);
  run_until([&] { return first->joined == 1 && second->joined == 1; }, "they met");

  // Each is given half of the pieces, as if from upstream; the other half comes from the other.
  const auto give = [&](Node& node, const std::shared_ptr<store::BlobFile>& blob,
                        std::uint32_t parity) {
    for (std::uint32_t piece = parity; piece < blob->layout().count(); piece += 2) {
      const ByteRange range = blob->layout().range(piece);
      ASSERT_TRUE(blob->write(range.offset, as_bytes(content).subspan(range.offset, range.size)));
      ASSERT_TRUE(blob->finish_piece(piece));
      node.memberships.back()->offer(piece);
    }
  };
  give(one, blob_one, 0);
  give(two, blob_two, 1);
  run_until(
      [&] {
        return blob_one->pieces_present() == blob_one->layout().count() &&
               blob_two->pieces_present() == blob_two->layout().count();
      },
      "both have all pieces");
  EXPECT_TRUE(one.store->commit(*blob_one));
  EXPECT_TRUE(two.store->commit(*blob_two));
}

TEST_F(SwarmTest, ClaimsReleasesAndEligibilityReachTheOther) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const Descriptor descriptor = descriptor_of(some_bytes(kMiB));
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  one.want(descriptor, first);
  one.memberships.back()->claim({4, 5});  // before the other has come
  two.want(descriptor, second);
  run_until([&] { return second->answers[Holding::arriving] == 1; }, "the other has answered");
  EXPECT_EQ(second->claimed_when_answered, (Pieces{4, 5})) << "who has the answer has the claims";
  EXPECT_TRUE(second->last_eligible);
  one.memberships.back()->release({5});
  one.memberships.back()->set_eligible(false);
  run_until([&] { return second->released == Pieces{5} && !second->last_eligible; },
            "release heard");
  run_until([&] { return second->joined == 1; }, "they are connected");
  two.memberships.back()->claim({7});
  run_until([&] { return first->claimed == Pieces{7} && first->last_eligible; }, "claim heard");
  one.memberships.clear();
  run_until([&] { return second->left == 1 && second->released == Pieces{4}; },
            "leaving is noticed, and nobody waits for what was claimed");
}

TEST_F(SwarmTest, MemberWhoseNodeDiesIsGone) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const Descriptor descriptor = descriptor_of(some_bytes(kMiB));
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  one.want(descriptor, first);
  two.want(descriptor, second);
  run_until([&] { return second->joined == 1 && second->last_eligible; }, "they met");
  one.swarm->stop();
  run_until([&] { return second->left == 1 && second->members_left == 1; }, "leaving is noticed");
}

TEST_F(SwarmTest, MembersAnswerForDescriptorsAndTags) {
  Node& knows = add_node();
  Node& stale = add_node();
  Node& asks = add_node();
  introduce();
  run_until_connected(2);
  const Descriptor old_one = descriptor_of("old");
  const Descriptor new_one = descriptor_of("new");
  const Tag tag = *Tag::parse("latest");
  const auto now = std::chrono::system_clock::now();
  ASSERT_TRUE(knows.store->put_tag(repository(), tag, store::TagRecord(new_one, now - 10s)));
  ASSERT_TRUE(stale.store->put_tag(repository(), tag, store::TagRecord(old_one, now - 1000s)));
  ASSERT_TRUE(knows.store->put(new_one, "new", repository()));

  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto answer = result_of(asks.swarm->resolve(repository(), tag, deadline));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->descriptor.digest, new_one.digest) << "the answer confirmed last wins";
  const auto described = result_of(asks.swarm->describe(new_one.digest, deadline));
  ASSERT_TRUE(described.has_value());
  EXPECT_EQ(described->size, 3U);
  const auto unknown = result_of(asks.swarm->describe(descriptor_of("nobody").digest, deadline));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, Errc::not_found);
}

TEST_F(SwarmTest, NodesOfDifferentClustersDoNotMeet) {
  Node& one = add_node("red");
  add_node("red");
  Node& other = add_node("blue");
  introduce();
  run_until([&] { return one.swarm->peers() == 1; }, "the two of one cluster met");
  EXPECT_EQ(other.swarm->peers(), 0U);
}

TEST_F(SwarmTest, MemberThatRestartsIsFoundAgain) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  two.swarm->stop();
  run_until([&] { return one.swarm->peers() == 0; }, "leaving is noticed");
  SwarmOptions options;
  options.listen = "127.77.0.2:" + std::to_string(two.endpoint.port());
  options.cluster = "test";
  auto again = Swarm::start(std::move(options), reactor_.get_executor(), pool_, two.metrics);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  run_until([&] { return one.swarm->peers() == 1; }, "it is connected again");
}

TEST_F(SwarmTest, PortInUseIsNamed) {
  Node& one = add_node();
  SwarmOptions options;
  options.listen = "127.77.0.1:" + std::to_string(one.endpoint.port());
  const auto second = Swarm::start(options, reactor_.get_executor(), pool_, one.metrics);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find(options.listen), std::string::npos);
}

}  // namespace
}  // namespace shoal::p2p
