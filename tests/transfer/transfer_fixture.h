#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "base/event.h"
#include "base/metrics.h"
#include "p2p/swarm.h"
#include "store/store.h"
#include "transfer/transfers.h"
#include "upstream/blob_fetcher.h"

namespace shoal::transfer {

// Bytes that look random and are the same for the same seed.
std::string content_of(std::size_t size, std::uint64_t seed = 1);
Descriptor descriptor_of(const std::string& content);
Repository repository(const std::string& name = "team/app");

// A registry in memory: gives ranges of what it was given, in chunks, and counts.
class FakeUpstream final : public upstream::BlobFetcher {
 public:
  void add(const std::string& content) { blobs_[descriptor_of(content).digest] = content; }
  Awaitable<Result<ByteRange>> get_blob(Repository repository, Digest digest, ByteRange range,
                                        upstream::BodySink& sink) override;

  std::map<Repository, Error> refuses;        // these answer with an error
  bool ignores_range = false;                 // always sends the whole blob
  std::function<void(std::string&)> spoil;    // changes each chunk before it is sent
  std::optional<std::uint64_t> breaks_after;  // each request breaks off after so many bytes
  std::chrono::milliseconds chunk_delay{0};   // what a slow line needs for a chunk
  std::uint64_t bytes_sent = 0;
  int requests = 0;

 private:
  std::map<Digest, std::string> blobs_;
};

// One node: store, transfers and, where asked for, a swarm.
struct Node {
  Node(asio::io_context& reactor, asio::thread_pool& pool, const std::filesystem::path& folder,
       upstream::BlobFetcher& upstream, const std::string& swarm_address, TransferOptions options,
       p2p::SwarmOptions swarm_options, store::RoomOptions room);
  ~Node();
  // The store as a new process would open it.
  void restart(asio::io_context& reactor, asio::thread_pool& pool, upstream::BlobFetcher& upstream);

  std::filesystem::path folder;
  TransferOptions options;
  store::RoomOptions room;
  Metrics metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<p2p::Swarm> swarm;
  std::unique_ptr<Transfers> transfers;
};

class TransferTest : public testing::Test {
 protected:
  ~TransferTest() override;

  Node& add_node(upstream::BlobFetcher& upstream, bool with_swarm = false);
  // All nodes with a swarm know each other.
  void introduce();
  // The same where they are not all connected: all know `others` in the directory.
  void introduce_by_directory(std::size_t others);
  void run_until(const std::function<bool()>& condition, const char* what);
  template <class T>
  T result_of(Awaitable<T> task) {
    auto out = start(std::move(task));
    run_until([&] { return out->has_value(); }, "the task ended");
    return std::move(**out);
  }
  template <class T>
  std::shared_ptr<std::optional<T>> start(Awaitable<T> task) {
    auto out = std::make_shared<std::optional<T>>();
    spawn(reactor_.get_executor(), "test", keep(std::move(task), out));
    return out;
  }
  // Opens and reads the whole blob front to back, as a client does.
  Awaitable<Result<std::string>> pull(Node& node, Descriptor descriptor,
                                      std::vector<Repository> hints = {repository()});

  asio::io_context reactor_;
  asio::thread_pool pool_{3};
  FakeUpstream upstream_;
  TransferOptions options_;
  p2p::SwarmOptions swarm_options_;  // each node's address aside
  store::RoomOptions room_;          // of nodes that are added from now on
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<Node>> nodes_;

 private:
  void tell_all_about_all();
  template <class T>
  static Awaitable<void> keep(Awaitable<T> task, std::shared_ptr<std::optional<T>> out) {
    T value = co_await std::move(task);
    out->emplace(std::move(value));
  }
};

}  // namespace shoal::transfer
