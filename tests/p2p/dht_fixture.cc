#include "p2p/dht_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/hasher.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/session_stats.hpp>
#include <libtorrent/settings_pack.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "p2p/dht_settings.h"

namespace shoal::p2p {
namespace {

lt::session_params params_of(const std::string& address, std::shared_ptr<DhtTables> tables) {
  lt::settings_pack settings;
  dht_settings(settings);
  for (const int name : {lt::settings_pack::enable_lsd, lt::settings_pack::enable_upnp,
                         lt::settings_pack::enable_natpmp}) {
    settings.set_bool(name, false);
  }
  settings.set_str(lt::settings_pack::listen_interfaces, address + ":0");
  settings.set_int(lt::settings_pack::alert_mask,
                   static_cast<int>(static_cast<std::uint32_t>(lt::alert_category::status |
                                                               lt::alert_category::dht_operation)));
  lt::session_params params(settings, {});
  params.dht_storage_constructor = dht_storage(std::move(tables));
  return params;
}

}  // namespace

ClusterKey test_key(unsigned char number) {
  ClusterSecret secret{};
  secret.fill(static_cast<std::byte>(number));
  return ClusterKey::from_secret(secret);
}

lt::sha1_hash hash_number(unsigned number) {
  return lt::hasher(std::to_string(number)).final();
}

TagRecord record_of(std::string_view content, std::chrono::milliseconds checked_at) {
  Descriptor descriptor(hash_of(DigestAlgorithm::sha256, as_bytes(content)), content.size(),
                        "application/vnd.oci.image.manifest.v1+json");
  return TagRecord(std::move(descriptor), checked_at);
}

std::chrono::milliseconds now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

DhtNode::DhtNode(lt::io_context& io, const std::string& address, const ClusterKey& key,
                 std::shared_ptr<DhtTables> tables)
    : io_(io),
      tables_(tables ? std::move(tables) : std::make_shared<DhtTables>(key.public_key())),
      self_(std::make_shared<DhtNode*>(this)) {
  session_ = std::make_unique<lt::session>(params_of(address, tables_), io_, lt::session_flags_t{});
  std::uint16_t port = 0;
  for (int i = 0; i < 10'000 && port == 0; ++i) {
    io_.run_one_for(std::chrono::milliseconds(10));
    std::vector<lt::alert*> alerts;
    session_->pop_alerts(&alerts);
    for (const lt::alert* alert : alerts) {
      const auto* good = lt::alert_cast<lt::listen_succeeded_alert>(alert);
      if (good != nullptr && good->socket_type == lt::socket_type_t::utp) {
        port = static_cast<std::uint16_t>(good->port);
      }
    }
  }
  if (port == 0) throw std::runtime_error("cannot listen at " + address);
  endpoint_ = lt::tcp::endpoint(lt::make_address(address), port);
  directory_ = std::make_unique<Directory>(*session_, io_, tables_, DirectoryOptions(port, key));
  session_->set_alert_notify([&io = io_, self = std::weak_ptr<DhtNode*>(self_)] {
    boost::asio::post(io, [self] {
      if (const auto alive = self.lock()) (*alive)->pop();
    });
  });
}

DhtNode::~DhtNode() = default;

void DhtNode::pop() {
  std::vector<lt::alert*> alerts;
  session_->pop_alerts(&alerts);
  for (const lt::alert* alert : alerts) {
    directory_->on_alert(alert);
    if (lt::alert_cast<lt::add_torrent_alert>(alert) != nullptr) ++torrents_added_;
    const auto* statistics = lt::alert_cast<lt::session_stats_alert>(alert);
    if (statistics == nullptr) continue;
    const auto counters = statistics->counters();
    packets_.in = counters[lt::find_metric_idx("dht.dht_messages_in")];
    packets_.out = counters[lt::find_metric_idx("dht.dht_messages_out")];
    ++counted_;
  }
}

lt::session_proxy DhtNode::stop() {
  self_.reset();
  directory_.reset();
  lt::session_proxy proxy = session_->abort();
  session_.reset();
  return proxy;
}

DhtCluster::DhtCluster(std::size_t nodes, std::size_t joined_min) {
  std::set<lt::tcp::endpoint> members;
  for (std::size_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<DhtNode>(io_, next_address(), test_key()));
    members.insert(nodes_.back()->endpoint());
  }
  for (const auto& node : nodes_) node->directory().bootstrap(members);
  const std::size_t least = std::min(joined_min, nodes - 1);
  const bool joined = run_until([&] {
    return std::all_of(nodes_.begin(), nodes_.end(),
                       [&](const auto& node) { return node->directory().nodes() >= least; });
  });
  if (!joined) throw std::runtime_error("the nodes of the test do not find each other");
}

DhtCluster::~DhtCluster() {
  while (!nodes_.empty()) remove(nodes_.size() - 1);
  io_.run_for(std::chrono::seconds(5));
}

DhtNode& DhtCluster::add(const ClusterKey& key, std::shared_ptr<DhtTables> tables) {
  nodes_.push_back(std::make_unique<DhtNode>(io_, next_address(), key, std::move(tables)));
  nodes_.back()->directory().bootstrap({nodes_.front()->endpoint()});
  return *nodes_.back();
}

void DhtCluster::remove(std::size_t index) {
  const auto at = nodes_.begin() + static_cast<std::ptrdiff_t>(index);
  stopping_.push_back((*at)->stop());
  nodes_.erase(at);
}

Packets DhtCluster::packets(std::size_t index) {
  DhtNode& asked = node(index);
  const std::size_t before = asked.counted();
  asked.session().post_session_stats();
  run_until([&] { return asked.counted() > before; });
  return asked.packets();
}

bool DhtCluster::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    io_.run_one_for(std::chrono::milliseconds(10));
  }
  return true;
}

// Of this process alone, so that tests running side by side are strangers.
std::string DhtCluster::next_address() {
  const unsigned process = static_cast<unsigned>(::getpid());
  ++used_;
  return "127." + std::to_string(100 + process % 100) + "." + std::to_string(process / 100 % 250) +
         "." + std::to_string(used_);
}

}  // namespace shoal::p2p
