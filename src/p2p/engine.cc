#include "p2p/engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/torrent_info.hpp>

#include "base/random.h"
#include "p2p/accepted_sockets.h"
#include "p2p/digest_torrent.h"

namespace shoal::p2p {
namespace {

// How long stop() waits for connections to end, and how often it looks.
constexpr std::chrono::seconds kQuietTimeout{2};
constexpr std::chrono::milliseconds kQuietCheck{5};
// Not a round number of seconds for all: two members that start together must not go on connecting
// to each other in the same instant.
constexpr std::chrono::milliseconds kTickIntervalMin{800};
constexpr std::uint64_t kTickJitterMs = 400;

lt::add_torrent_params plain_params(std::shared_ptr<lt::torrent_info> info,
                                    std::weak_ptr<LinkEvents> events) {
  lt::add_torrent_params params;
  params.ti = std::move(info);
  params.save_path = ".";  // unused: bytes go through DiskAdapter
  // The directory announces what it should, under names of its own.
  params.flags |= lt::torrent_flags::disable_dht;
  params.flags &= ~(lt::torrent_flags::paused | lt::torrent_flags::auto_managed);
  params.extensions.push_back([events](const lt::torrent_handle&,
                                       lt::client_data_t) -> std::shared_ptr<lt::torrent_plugin> {
    return std::make_shared<LinkPlugin>(events);
  });
  return params;
}

}  // namespace

Engine::Engine(SwarmOptions options, asio::any_io_executor reactor, asio::thread_pool& disk_pool,
               Metrics& metrics)
    : options_(std::move(options)),
      reactor_(std::move(reactor)),
      disk_pool_(disk_pool),
      metrics_(metrics),
      handshake_failures_(metrics),
      rendezvous_(options_),
      bans_(options_.ban_time) {
  if (!options_.credentials) return;
  tls_.emplace(options_.credentials);
  set_credentials(options_.credentials);
}

Engine::~Engine() {
  stop();
}

Result<void> Engine::make_session() {
  lt::session_params params(session_settings(options_), {});
  params.disk_io_constructor = [this](lt::io_context& io, const lt::settings_interface&,
                                      lt::counters&) {
    auto disk = std::make_unique<DiskAdapter>(
        io, disk_pool_, MemoryLimits{options_.memory / 2, options_.memory_per_blob / 2}, metrics_);
    disk_ = disk.get();
    return disk;
  };
  params.dht_storage_constructor = rendezvous_.storage();
  // No default plugins: peers are never learned from peers, and nothing is shared but content.
  const auto make = [&] {
    return std::make_unique<lt::session>(std::move(params), io_, lt::session_flags_t{});
  };
  if (!tls_) {
    session_ = make();
    return {};
  }
  // It accepts nobody before its thread runs.
  auto session = tls_->make_session(make);
  if (!session) return fail(session.error());
  session_ = std::move(*session);
  return {};
}

Result<void> Engine::start() {
  spdlog::debug("swarm: this node is {}, cluster {}", self_.text(), options_.cluster);
  work_.emplace(asio::make_work_guard(io_));
  if (auto made = make_session(); !made) return made;
  thread_ = std::thread([this] { io_.run(); });
  auto listening = listen_outcome();
  if (!listening) {
    stop();
    return listening;
  }
  post([](Engine& engine) {
    if (engine.tls_) engine.handshake_deadline_.emplace(engine.listens_at_);
    engine.classes_.emplace(*engine.session_, engine.options_);
    engine.add_control_torrent();
    engine.open_rendezvous();
    // Answers of the directory are among them.
    engine.session_->set_alert_notify([weak = engine.weak_from_this()] {
      if (const auto self = weak.lock()) self->post([](Engine& e) { e.on_alerts(); });
    });
    engine.tick();
  });
  return {};
}

void Engine::stop() {
  if (stopped_.exchange(true) || !session_) return;
  lt::session_proxy proxy;  // must outlive the thread's last handler
  asio::post(io_, [this, &proxy] {
    if (!tick_timer_) tick_timer_.emplace(io_);
    tick_timer_->cancel();
    lt::settings_pack deaf;
    deaf.set_str(lt::settings_pack::listen_interfaces, "");
    session_->apply_settings(std::move(deaf));
    abort_when_quiet(proxy, std::chrono::steady_clock::now() + kQuietTimeout);
  });
  thread_.join();
  blobs_.clear();
  control_.reset();
}

// libtorrent frees the streams of TLS handshakes that are under way when it is aborted before their last
// handlers run, and those look at them. Anybody who reaches the port can have one under way at that
// moment, so all that was accepted ends first.
void Engine::abort_when_quiet(lt::session_proxy& proxy,
                              std::chrono::steady_clock::time_point deadline) {
  std::vector<AcceptedSocket> accepted;
  if (tls_) accepted = accepted_sockets(listens_at_);
  for (const AcceptedSocket& socket : accepted) shut_down(socket);
  if (accepted.empty() || std::chrono::steady_clock::now() > deadline) {
    classes_.reset();
    rendezvous_.close();
    if (control_) control_->stop();
    for (auto& [key, joined] : blobs_) {
      joined.looking.reset();
      joined.swarm->drop_parked();
    }
    proxy = session_->abort();
    session_.reset();
    work_.reset();
    return;
  }
  tick_timer_->expires_after(kQuietCheck);
  tick_timer_->async_wait([this, &proxy, deadline](const boost::system::error_code&) {
    abort_when_quiet(proxy, deadline);
  });
}

void Engine::post(std::function<void(Engine&)> work) {
  if (stopped_.load()) return;
  asio::post(io_, [this, work = std::move(work)] {
    if (!stopped_.load()) work(*this);
  });
}

void Engine::add_control_torrent() {
  ControlSwarm::Callbacks callbacks;
  callbacks.up = [this](PeerLink& link) { on_member_up(link); };
  callbacks.down = [this](PeerLink& link) { on_member_down(link); };
  callbacks.message = [this](PeerLink& link, Message message) {
    on_member_message(link, std::move(message));
  };
  control_ =
      std::make_shared<ControlSwarm>(io_, hello(), options_.neighbours, std::move(callbacks));
  auto info = control_torrent(options_.cluster, transport());
  control_->attach(add_torrent(plain_params(std::move(info), control_)));
}

lt::torrent_handle Engine::add_torrent(lt::add_torrent_params params) {
  return tls_ ? tls_->add_torrent(*session_, std::move(params))
              : session_->add_torrent(std::move(params));
}

void Engine::set_credentials(std::shared_ptr<const pki::Credentials> credentials) {
  if (!tls_) return;
  const auto expires = credentials->expires_at().time_since_epoch();
  metrics_.tls_certificate_expiry.Set(
      static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(expires).count()));
  tls_->set_credentials(std::move(credentials));
}

void Engine::tick() {
  const auto now = std::chrono::steady_clock::now();
  if (bans_.expire(now)) apply_bans();
  end_strangers(now);
  control_->tick();
  if (tls_) tls_->prune();
  classes_->apply();
  if (directory_nodes_.load() == 0 || is_mesh_changed_) bootstrap_directory();
  directory_nodes_.store(rendezvous_.nodes());
  rendezvous_.count(metrics_);
  handshake_failures_.tell(now);
  if (!tick_timer_) tick_timer_.emplace(io_);
  tick_timer_->expires_after(kTickIntervalMin +
                             std::chrono::milliseconds(random_below(kTickJitterMs)));
  tick_timer_->async_wait([this](const boost::system::error_code&) {
    if (!stopped_.load()) tick();
  });
}

void Engine::join(BlobKey key, std::shared_ptr<store::BlobFile> blob,
                  std::weak_ptr<BlobListener> listener, bool want) {
  const Descriptor& descriptor = blob->descriptor();
  if (const auto old = find(descriptor.digest); old != blobs_.end()) leave(old->first);
  BlobSwarm::Params swarm_params(hello(), io_, reactor_, asio::make_strand(disk_pool_), metrics_);
  swarm_params.convict = [this](const BlobSwarm& where, const Accusation& accusation) {
    convict(where, accusation);
  };
  swarm_params.banned = [this](const PeerLink& link) { return banned(link); };
  auto swarm =
      std::make_shared<BlobSwarm>(std::move(swarm_params), blob, std::move(listener), want);
  add_to_session(swarm);
  blobs_.emplace(key, Joined(swarm, want));
  metrics_.swarms.Set(static_cast<double>(blobs_.size()));
  if (want) begin_search(key);
}

void Engine::add_to_session(const std::shared_ptr<BlobSwarm>& swarm) {
  const store::BlobFile& blob = swarm->blob();
  auto info =
      digest_torrent(blob.descriptor().digest, blob.layout(), options_.cluster, transport());
  disk_->expect(info->info_hashes().v1, swarm->blob_file(), swarm->disk(), swarm);
  lt::add_torrent_params params = plain_params(std::move(info), swarm);
  if (options_.connections_per_blob > 0) params.max_connections = options_.connections_per_blob;
  const std::vector<bool> present = blob.pieces();
  // Until they come into the window (PieceWindow).
  params.piece_priorities.assign(present.size(), lt::low_priority);
  params.have_pieces.resize(static_cast<int>(present.size()));
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (present[i]) params.have_pieces.set_bit(lt::piece_index_t(static_cast<int>(i)));
  }
  for (const std::uint32_t piece : swarm->tainted()) {
    params.piece_priorities[piece] = lt::dont_download;
  }
  swarm->attach(add_torrent(std::move(params)));
}

void Engine::rejoin(BlobKey key) {
  const auto found = blobs_.find(key);
  if (found == blobs_.end()) return;
  const std::shared_ptr<BlobSwarm> swarm = found->second.swarm;
  swarm->detach();
  session_->remove_torrent(swarm->torrent());
  add_to_session(swarm);
  swarm->reconnect();
}

void Engine::leave(BlobKey key) {
  const auto found = blobs_.find(key);
  if (found == blobs_.end()) return;
  end_search(key);
  found->second.swarm->say_goodbye();
  session_->remove_torrent(found->second.swarm->torrent());
  blobs_.erase(found);
  metrics_.swarms.Set(static_cast<double>(blobs_.size()));
}

BlobSwarm* Engine::find(BlobKey key) {
  const auto found = blobs_.find(key);
  return found == blobs_.end() ? nullptr : found->second.swarm.get();
}

Engine::Blobs::iterator Engine::find(const Digest& digest) {
  return std::find_if(blobs_.begin(), blobs_.end(), [&](const auto& entry) {
    return entry.second.swarm->blob().descriptor().digest == digest;
  });
}

}  // namespace shoal::p2p
