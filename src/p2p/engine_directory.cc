// The part of Engine that finds members which are no neighbours.
#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>

#include "p2p/engine.h"

namespace shoal::p2p {
namespace {

// How long we leave it to the other to connect, where both have found each other. Longer than a TLS
// handshake in a cluster takes.
constexpr std::chrono::milliseconds kDeference{50};
// The directory as an answerer of questions; no connection has this key.
constexpr PeerKey kDirectory = 0;

// What `member` sees when we connect to it. Nothing is sent to find that out.
lt::address own_address_towards(const lt::tcp::endpoint& member, lt::io_context& io) {
  boost::asio::ip::udp::socket socket(io);
  boost::system::error_code error;
  socket.connect({member.address(), member.port()}, error);
  const auto local = error ? boost::asio::ip::udp::endpoint() : socket.local_endpoint(error);
  return local.address();
}

}  // namespace

void Engine::open_rendezvous() {
  rendezvous_.open(*session_, io_, port_,
                   [this](const Digest& digest, const std::vector<lt::tcp::endpoint>& members) {
                     on_found(digest, members);
                   });
}

void Engine::set_known_members(const std::vector<lt::tcp::endpoint>& members) {
  control_->set_members(members);
  bootstrap_directory();
}

// From the members that are connected, which say their port; and, since those may have no room for us, from
// some that discovery found, whose port is by the rule that ours follows.
void Engine::bootstrap_directory() {
  std::set<lt::tcp::endpoint> nodes;
  for (const auto& [key, link] : control_->links()) {
    const std::uint16_t port = link->hello().dht_port;
    if (port != 0) nodes.emplace(link->endpoint().address(), port);
  }
  for (const auto& member : control_->neighbours().first(options_.neighbours)) {
    int port = member.port();
    if (tls_) port = options_.dht_port != 0 ? options_.dht_port : port + 1;
    if (port <= 65535) nodes.emplace(member.address(), static_cast<std::uint16_t>(port));
  }
  rendezvous_.bootstrap(nodes);
  is_mesh_changed_ = false;
}

bool Engine::sees_a_part() const {
  // Discovery may know only a few of the members; then the directory knows of more.
  const bool has_unknown = rendezvous_.nodes() > 2 * control_->links().size();
  return rendezvous_.nodes() > 0 && (control_->neighbours().is_partial() || has_unknown);
}

void Engine::begin_search(BlobKey key) {
  Joined& joined = blobs_.at(key);
  const Descriptor& descriptor = joined.swarm->blob().descriptor();
  const Want message(descriptor.digest, descriptor.size, joined.swarm->eligible());
  for (const auto& [peer, link] : control_->links()) link->send(message);
  joined.asked = control_->links().size();
  const auto tell = [](const Joined& which) {
    which.swarm->tell([asked = which.asked](BlobListener& l) { l.members_asked(asked); });
  };
  if (sees_a_part()) {
    joined.looking = std::make_unique<asio::steady_timer>(io_, options_.look_time);
    joined.looking->async_wait([this, key, tell](const boost::system::error_code& error) {
      const auto found = blobs_.find(key);
      if (error || stopped_.load() || found == blobs_.end()) return;
      found->second.looking.reset();
      tell(found->second);
    });
  } else {
    tell(joined);
  }
  rendezvous_.want(descriptor.digest);
}

void Engine::end_search(BlobKey key) {
  const auto found = blobs_.find(key);
  if (found == blobs_.end() || !found->second.want) return;
  const Digest& digest = found->second.swarm->blob().descriptor().digest;
  rendezvous_.unwant(digest);
  control_->release(digest);
}

void Engine::on_found(const Digest& digest, const std::vector<lt::tcp::endpoint>& members) {
  for (const lt::tcp::endpoint& member : members) {
    const lt::tcp::endpoint self(own_address_towards(member, io_), port_);
    if (member == self) continue;
    // Of two that wait for each other, one connects first: libtorrent keeps neither of two crossing
    // connections for sure.
    const auto deference = member < self ? kDeference : std::chrono::milliseconds(0);
    control_->contact(digest, member, deference);
  }
}

void Engine::look_up(std::uint64_t query, const RecordName& record, Rendezvous::Duration time_max) {
  rendezvous_.find(record, time_max, [this, query](Result<TagRecord> found) {
    std::optional<Descriptor> descriptor;
    std::int64_t checked_at_s = 0;
    const bool is_open = found && found->is_open;
    if (found) {
      descriptor = std::move(found->descriptor);
      checked_at_s = found->checked_at.count() / 1000;
    }
    Answer answer(query, std::move(descriptor), checked_at_s, is_open);
    asio::post(reactor_,
               [self = shared_from_this(), answer] { self->on_answer(kDirectory, answer); });
  });
}

}  // namespace shoal::p2p
