#include "transfer/transfer_fixture.h"

#include <unistd.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"

namespace shoal::transfer {

using namespace std::chrono_literals;

std::string content_of(std::size_t size, std::uint64_t seed) {
  std::string out(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
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

Repository repository(const std::string& name) {
  return Repository(*RegistryName::parse("registry.example"), *RepositoryName::parse(name));
}

Awaitable<Result<ByteRange>> FakeUpstream::get_blob(Repository repository, Digest digest,
                                                    ByteRange range, upstream::BodySink& sink) {
  ++requests;
  co_await sleep_for(0ms);
  if (const auto refused = refuses.find(repository); refused != refuses.end()) {
    co_return fail(refused->second);
  }
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) co_return fail(Errc::not_found, "no such blob");
  const ByteRange coming = ignores_range ? ByteRange{0, found->second.size()} : range;
  sink.begin(coming);
  constexpr std::uint64_t kChunk = 100 * 1000;  // not a multiple of anything
  for (std::uint64_t done = 0; done < coming.size; done += kChunk) {
    if (breaks_after && done >= *breaks_after)
      co_return fail(Errc::unavailable, "connection reset");
    if (chunk_delay > 0ms) co_await sleep_for(chunk_delay);
    std::string chunk =
        found->second.substr(coming.offset + done, std::min(kChunk, coming.size - done));
    bytes_sent += chunk.size();
    if (spoil) spoil(chunk);
    auto written = co_await sink.write(as_bytes(chunk));
    if (!written) co_return fail(written.error());
  }
  co_return coming;
}

Node::Node(asio::io_context& reactor, asio::thread_pool& pool,
           const std::filesystem::path& folder_in, upstream::BlobFetcher& upstream,
           const std::string& swarm_address, TransferOptions options_in,
           p2p::SwarmOptions swarm_options, store::RoomOptions room_in)
    : folder(folder_in), options(options_in), room(room_in) {
  if (!swarm_address.empty()) {
    swarm_options.listen = swarm_address + ":0";
    swarm_options.cluster = "transfer-test";
    auto started =
        p2p::Swarm::start(std::move(swarm_options), reactor.get_executor(), pool, metrics);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    swarm = std::move(*started);
  }
  restart(reactor, pool, upstream);
}

void Node::restart(asio::io_context& reactor, asio::thread_pool& pool,
                   upstream::BlobFetcher& upstream) {
  transfers.reset();
  store.reset();
  store::StoreOptions store_options;
  store_options.data_dir = folder;
  store_options.checkpoint_bytes = 1;
  store_options.room = room;
  auto opened = store::Store::open(std::move(store_options), metrics);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  store = std::move(*opened);
  if (swarm) {
    store->set_watcher([this](const Digest& digest, bool is_here) {
      is_here ? swarm->hold({digest}, true) : swarm->drop(digest);
    });
  }
  Context context(reactor.get_executor(), pool, *store, upstream, swarm.get(), metrics, options);
  transfers = std::make_unique<Transfers>(std::move(context));
  if (swarm) swarm->set_host(transfers.get());
}

Node::~Node() {
  if (swarm) swarm->set_host(nullptr);
}

TransferTest::~TransferTest() {
  for (const auto& node : nodes_) {
    bool stopped = false;
    auto stop = [](Transfers& transfers, bool& done) -> Awaitable<void> {
      co_await transfers.stop();
      done = true;
    };
    spawn(reactor_.get_executor(), "stop", stop(*node->transfers, stopped));
    run_until([&] { return stopped; }, "transfers stopped");
    if (node->swarm) node->swarm->stop();
  }
  pool_.join();
  reactor_.restart();
  reactor_.poll();
  nodes_.clear();
  std::filesystem::remove_all(folder_);
}

Node& TransferTest::add_node(upstream::BlobFetcher& upstream, bool with_swarm) {
  if (folder_.empty()) {
    folder_ = std::filesystem::temp_directory_path() / ("shoal-transfer-test-" + random_hex(12));
  }
  const std::string number = std::to_string(nodes_.size() + 1);
  const std::string address = with_swarm ? "127.78.0." + number : std::string();
  nodes_.push_back(std::make_unique<Node>(reactor_, pool_, folder_ / number, upstream, address,
                                          options_, swarm_options_, room_));
  return *nodes_.back();
}

void TransferTest::tell_all_about_all() {
  std::vector<asio::ip::tcp::endpoint> all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    all.emplace_back(asio::ip::make_address("127.78.0." + std::to_string(i + 1)),
                     nodes_[i]->swarm->port());
  }
  for (const auto& node : nodes_) node->swarm->set_peers(all);
}

void TransferTest::introduce_by_directory(std::size_t others) {
  tell_all_about_all();
  run_until(
      [&] {
        return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
          return node->swarm->peers() > 0 && node->swarm->directory_nodes() >= others;
        });
      },
      "all are in the directory");
}

void TransferTest::introduce() {
  tell_all_about_all();
  run_until(
      [&] {
        return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
          return node->swarm->peers() == nodes_.size() - 1;
        });
      },
      "all members are connected");
}

void TransferTest::run_until(const std::function<bool()>& condition, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never happened: " << what;
    reactor_.restart();
    reactor_.run_for(5ms);
  }
}

Awaitable<Result<std::string>> TransferTest::pull(Node& node, Descriptor descriptor,
                                                  std::vector<Repository> hints) {
  const std::uint64_t size = descriptor.size;
  auto handle = co_await node.transfers->open(std::move(descriptor), std::move(hints));
  if (!handle) co_return fail(handle.error());
  std::string out;
  while (out.size() < size) {
    const ByteRange rest{out.size(), size - out.size()};
    const auto deadline = std::chrono::steady_clock::now() + 50s;
    auto extent = co_await (*handle)->read(rest, deadline);
    if (!extent) co_return fail(extent.error());
    std::string part(extent->range.size, '\0');
    const auto got =
        pread(extent->fd, part.data(), part.size(), static_cast<off_t>(extent->range.offset));
    if (got != static_cast<ssize_t>(part.size())) co_return fail(Errc::io, "short read");
    out += part;
  }
  co_return out;
}

}  // namespace shoal::transfer
