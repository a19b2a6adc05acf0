#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/random.h"
#include "p2p/swarm.h"
#include "store/store.h"

namespace shoal::p2p {

// The same at every call; a longer one begins with a shorter one.
std::string some_bytes(std::size_t size);
Descriptor descriptor_of(const std::string& content);
Repository repository();

// Counts what happens in a blob's swarm.
class Recorder final : public BlobListener {
 public:
  void peer_joined(PeerKey, const NodeId&) override { ++joined; }
  void peer_left(PeerKey) override { ++left; }
  void peer_has(PeerKey, const Pieces& pieces) override { heard_pieces += pieces.size(); }
  void peer_has_all(PeerKey) override { ++has_all; }
  void piece_arrived(std::uint32_t) override { ++arrived; }
  void piece_disputed(std::uint32_t piece) override { disputed.push_back(piece); }
  void piece_settled(std::uint32_t) override {}
  void pieces_tainted(const Pieces&, bool) override {}
  void peers_expected(const std::vector<NodeId>&) override {}
  void pieces_distrusted(const Pieces& pieces) override {
    distrusted.insert(distrusted.end(), pieces.begin(), pieces.end());
  }
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

  Pieces disputed, distrusted;
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
  // `options.listen` is the address alone.
  Node(asio::io_context& reactor, asio::thread_pool& pool, const std::filesystem::path& folder,
       SwarmOptions options);
  ~Node() override;

  Awaitable<Holding> wanted(Descriptor descriptor) override;
  Awaitable<std::optional<Descriptor>> describe(Digest digest) override;
  Awaitable<std::optional<Resolution>> resolve(Repository asked, Reference reference) override;

  std::shared_ptr<store::BlobFile> want(const Descriptor& descriptor,
                                        const std::shared_ptr<Recorder>& recorder);

  Metrics metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Swarm> swarm;
  asio::ip::tcp::endpoint endpoint;
  std::set<Digest> arriving;
  std::vector<std::unique_ptr<Membership>> memberships;
};

class SwarmTest : public testing::Test {
 protected:
  ~SwarmTest() override;

  Node& add_node(const std::string& cluster = "test",
                 std::shared_ptr<const pki::Credentials> credentials = nullptr);
  // With an address of its own, whatever `options` say.
  Node& add_node(SwarmOptions options);
  // Tells every node about all.
  void introduce();
  // Runs the reactor until `condition`, or fails the test.
  void run_until(const std::function<bool()>& condition, const char* what);
  void run_until_connected(std::size_t peers_each);
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

}  // namespace shoal::p2p
