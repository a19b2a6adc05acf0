#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <libtorrent/alert.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/socket.hpp>

#include "p2p/cluster_key.h"
#include "p2p/dht_storage.h"
#include "p2p/directory.h"

namespace shoal::p2p {

// The key that the tests' clusters share; another number is another cluster.
ClusterKey test_key(unsigned char number = 1);
lt::sha1_hash hash_number(unsigned number);
TagRecord record_of(std::string_view content, std::chrono::milliseconds checked_at);
std::chrono::milliseconds now_ms();

// Of the DHT, since the node started.
struct Packets {
  std::int64_t in = 0;
  std::int64_t out = 0;
};

// One node: a real session with a Directory over it, on an address of its own, all on one shared
// io_context that the test runs. So nothing happens unless the test lets it, and there are no threads.
class DhtNode {
 public:
  DhtNode(lt::io_context& io, const std::string& address, const ClusterKey& key,
          std::shared_ptr<DhtTables> tables = nullptr);
  ~DhtNode();

  const lt::tcp::endpoint& endpoint() const { return endpoint_; }
  lt::session& session() { return *session_; }
  Directory& directory() { return *directory_; }
  DhtTables& tables() { return *tables_; }
  // What the last statistics said, and how many there were.
  const Packets& packets() const { return packets_; }
  std::size_t counted() const { return counted_; }
  // Told by alerts: a question that libtorrent answers at once would wait for its thread, which is ours.
  std::size_t torrents_added() const { return torrents_added_; }
  // Begins to stop; the io_context must run on until the proxy is gone.
  lt::session_proxy stop();

 private:
  void pop();

  lt::io_context& io_;
  std::shared_ptr<DhtTables> tables_;
  std::unique_ptr<lt::session> session_;
  std::unique_ptr<Directory> directory_;
  lt::tcp::endpoint endpoint_;
  Packets packets_;
  std::size_t counted_ = 0;
  std::size_t torrents_added_ = 0;
  std::shared_ptr<DhtNode*> self_;
};

// Several nodes that know each other.
class DhtCluster {
 public:
  // Waits until each has `joined_min` others in its table (all, where there are fewer).
  explicit DhtCluster(std::size_t nodes, std::size_t joined_min = 1);
  ~DhtCluster();

  DhtNode& node(std::size_t index) { return *nodes_.at(index); }
  std::size_t size() const { return nodes_.size(); }
  // One more, that knows the first; not waited for.
  DhtNode& add(const ClusterKey& key = test_key(), std::shared_ptr<DhtTables> tables = nullptr);
  void remove(std::size_t index);

  // Asks a node's session for its statistics and waits for them.
  Packets packets(std::size_t index);

  // Runs all until `done`; false after 20 s, which no run comes near unless something is broken.
  bool run_until(const std::function<bool()>& done);

 private:
  std::string next_address();

  lt::io_context io_;
  unsigned used_ = 0;
  std::vector<lt::session_proxy> stopping_;  // a session ends only while the io_context runs
  std::vector<std::unique_ptr<DhtNode>> nodes_;
};

}  // namespace shoal::p2p
