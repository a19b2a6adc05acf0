#include "p2p/swarm_fixture.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::p2p {

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

Node::Node(asio::io_context& reactor, asio::thread_pool& pool, const std::filesystem::path& folder,
           SwarmOptions options) {
  store::StoreOptions store_options;
  store_options.data_dir = folder;
  store_options.piece_bytes = options.piece_bytes;
  auto opened = store::Store::open(std::move(store_options), metrics);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  store = std::move(*opened);
  const auto address = asio::ip::make_address(options.listen);
  options.listen += ":0";
  auto started = Swarm::start(std::move(options), reactor.get_executor(), pool, metrics);
  EXPECT_TRUE(started.has_value()) << started.error().message;
  swarm = std::move(*started);
  swarm->set_host(this);
  endpoint = {address, swarm->port()};
}

Node::~Node() {
  memberships.clear();
  swarm->stop();
}

Awaitable<Holding> Node::wanted(Descriptor descriptor) {
  if (arriving.contains(descriptor.digest)) co_return Holding::arriving;
  auto blob = store->open_blob(descriptor.digest);
  if (!blob) co_return Holding::none;
  memberships.push_back(swarm->join(*blob, std::weak_ptr<BlobListener>(), false));
  co_return Holding::complete;
}

Awaitable<std::optional<Descriptor>> Node::describe(Digest digest) {
  const auto known = store->describe(digest);
  co_return known ? std::optional<Descriptor>(known->descriptor) : std::nullopt;
}

Awaitable<std::optional<Resolution>> Node::resolve(Repository asked, Reference reference) {
  const auto* const tag = std::get_if<Tag>(&reference);
  if (tag == nullptr) co_return std::nullopt;
  const auto record = store->tag(asked, *tag);
  if (!record) co_return std::nullopt;
  co_return Resolution(record->descriptor, record->checked_at);
}

std::shared_ptr<store::BlobFile> Node::want(const Descriptor& descriptor,
                                            const std::shared_ptr<Recorder>& recorder) {
  auto blob = store->create_blob(descriptor);
  EXPECT_TRUE(blob.has_value());
  arriving.insert(descriptor.digest);
  memberships.push_back(swarm->join(*blob, recorder, true));
  return *blob;
}

SwarmTest::~SwarmTest() {
  nodes_.clear();
  pool_.join();
  reactor_.poll();
  std::filesystem::remove_all(folder_);
}

Node& SwarmTest::add_node(const std::string& cluster,
                          std::shared_ptr<const pki::Credentials> credentials) {
  SwarmOptions options;
  options.cluster = cluster;
  options.credentials = std::move(credentials);
  return add_node(std::move(options));
}

Node& SwarmTest::add_node(SwarmOptions options) {
  const std::string number = std::to_string(nodes_.size() + 1);
  options.listen = "127.77.0." + number;
  nodes_.push_back(std::make_unique<Node>(reactor_, pool_, folder_ / number, std::move(options)));
  return *nodes_.back();
}

void SwarmTest::introduce() {
  std::vector<asio::ip::tcp::endpoint> all;
  for (const auto& node : nodes_) all.push_back(node->endpoint);
  for (const auto& node : nodes_) node->swarm->set_peers(all);
}

void SwarmTest::run_until(const std::function<bool()>& condition, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never happened: " << what;
    reactor_.restart();
    reactor_.run_for(5ms);
  }
}

void SwarmTest::run_until_connected(std::size_t peers_each) {
  run_until(
      [&] {
        return std::all_of(nodes_.begin(), nodes_.end(),
                           [&](const auto& node) { return node->swarm->peers() == peers_each; });
      },
      "all members are connected");
}

}  // namespace shoal::p2p
