#include "p2p/swarm.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "p2p/engine.h"

namespace shoal::p2p {

struct Membership::Shared {
  Shared(std::shared_ptr<Engine> engine_in, Engine::BlobKey key_in)
      : engine(std::move(engine_in)), key(key_in) {}

  // Runs `work` on this blob's torrent, on the swarm's thread, if it is still there.
  void with_swarm(std::function<void(BlobSwarm&)> work) const {
    engine->post([key_ = key, work = std::move(work)](Engine& e) {
      if (BlobSwarm* swarm = e.find(key_)) work(*swarm);
    });
  }

  std::shared_ptr<Engine> engine;
  Engine::BlobKey key;
};

Membership::~Membership() {
  shared_->engine->post([key = shared_->key](Engine& engine) { engine.leave(key); });
}

void Membership::offer(std::uint32_t piece, std::uint32_t crc) {
  shared_->with_swarm([piece, crc](BlobSwarm& swarm) { swarm.offer(piece, crc); });
}

void Membership::prove(std::uint32_t piece, std::uint32_t crc) {
  shared_->with_swarm([piece, crc](BlobSwarm& swarm) { swarm.prove(piece, crc); });
}

void Membership::suspects(std::function<void(Evidence::Suspects)> told) {
  shared_->engine->post([key = shared_->key, told = std::move(told)](Engine& engine) {
    const BlobSwarm* const swarm = engine.find(key);
    auto suspects = swarm != nullptr ? swarm->suspects() : Evidence::Suspects();
    asio::post(engine.reactor(), [told, suspects = std::move(suspects)] { told(suspects); });
  });
}

void Membership::give_up(std::uint32_t piece) {
  shared_->with_swarm([piece](BlobSwarm& swarm) { swarm.give_up(piece); });
}

void Membership::lift_taints() {
  shared_->with_swarm([](BlobSwarm& swarm) { swarm.lift_taints(); });
}

void Membership::shun(NodeId node) {
  shared_->with_swarm([node = std::move(node)](BlobSwarm& swarm) { swarm.shun(node, false); });
}

void Membership::verified() {
  shared_->engine->post([key = shared_->key](Engine& engine) {
    engine.end_search(key);
    if (BlobSwarm* swarm = engine.find(key)) swarm->verified();
  });
}

void Membership::rejoin() {
  shared_->engine->post([key = shared_->key](Engine& engine) { engine.rejoin(key); });
}

void Membership::claim(Pieces pieces) {
  shared_->with_swarm([pieces = std::move(pieces)](BlobSwarm& swarm) { swarm.claim(pieces); });
}

void Membership::release(Pieces pieces) {
  shared_->with_swarm([pieces = std::move(pieces)](BlobSwarm& swarm) { swarm.release(pieces); });
}

void Membership::set_eligible(bool eligible) {
  shared_->with_swarm([eligible](BlobSwarm& swarm) { swarm.set_eligible(eligible); });
}

void Membership::prefer(Pieces pieces) {
  shared_->with_swarm([pieces = std::move(pieces)](BlobSwarm& swarm) { swarm.prefer(pieces); });
}

Result<std::unique_ptr<Swarm>> Swarm::start(SwarmOptions options, asio::any_io_executor reactor,
                                            asio::thread_pool& disk_pool, Metrics& metrics) {
  auto engine =
      std::make_shared<Engine>(std::move(options), std::move(reactor), disk_pool, metrics);
  if (auto started = engine->start(); !started) return fail(started.error());
  return std::unique_ptr<Swarm>(new Swarm(std::move(engine)));
}

Swarm::Swarm(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
Swarm::~Swarm() {
  stop();
}

const NodeId& Swarm::self() const {
  return engine_->self();
}
std::uint16_t Swarm::port() const {
  return engine_->port();
}
std::size_t Swarm::peers() const {
  return engine_->members();
}
std::size_t Swarm::directory_nodes() const {
  return engine_->directory_nodes();
}
void Swarm::set_host(SwarmHost* host) {
  engine_->set_host(host);
}
void Swarm::stop() {
  engine_->stop();
}

void Swarm::set_peers(std::vector<asio::ip::tcp::endpoint> peers) {
  engine_->post([peers = std::move(peers)](Engine& engine) { engine.set_known_members(peers); });
}

void Swarm::set_credentials(std::shared_ptr<const pki::Credentials> credentials) {
  engine_->post([credentials = std::move(credentials)](Engine& engine) {
    engine.set_credentials(credentials);
  });
}

void Swarm::hold(std::vector<Digest> digests, bool fresh) {
  engine_->post([digests = std::move(digests), fresh](Engine& engine) {
    for (const Digest& digest : digests) engine.rendezvous().hold(digest, fresh);
  });
}

void Swarm::drop(const Digest& digest) {
  engine_->post([digest](Engine& engine) { engine.rendezvous().drop(digest); });
}

void Swarm::publish(Repository repository, Tag tag, Resolution answer) {
  engine_->post([repository = std::move(repository), tag = std::move(tag),
                 answer = std::move(answer)](Engine& engine) {
    engine.rendezvous().publish(repository, tag, answer);
  });
}

std::unique_ptr<Membership> Swarm::join(std::shared_ptr<store::BlobFile> blob,
                                        std::weak_ptr<BlobListener> listener, bool want) {
  static std::atomic<Engine::BlobKey> next_key{1};
  const Engine::BlobKey key = next_key.fetch_add(1);
  engine_->post([key, blob = std::move(blob), listener = std::move(listener),
                 want](Engine& engine) { engine.join(key, blob, listener, want); });
  return std::unique_ptr<Membership>(
      new Membership(std::make_shared<Membership::Shared>(engine_, key)));
}

Awaitable<Result<Descriptor>> Swarm::describe(Digest digest,
                                              std::chrono::steady_clock::time_point deadline) {
  auto found = std::make_shared<std::optional<Descriptor>>();
  std::function<Message(std::uint64_t)> make = [digest](std::uint64_t query) {
    return Message(Describe(query, digest));
  };
  std::function<bool(const Answer&)> heard = [digest, found](const Answer& answer) {
    if (!answer.descriptor || answer.descriptor->digest != digest) return false;
    *found = answer.descriptor;
    return true;
  };
  RecordName record = RecordName::of(digest);
  co_await engine_->ask(std::move(make), std::move(record), std::move(heard), deadline);
  if (!*found) co_return fail(Errc::not_found, "no peer knows " + digest.text());
  co_return **found;
}

Awaitable<Result<Resolution>> Swarm::resolve(Repository repository, Reference reference,
                                             std::chrono::steady_clock::time_point deadline) {
  auto best = std::make_shared<std::optional<Resolution>>();
  std::function<Message(std::uint64_t)> make = [repository, reference](std::uint64_t query) {
    return Message(Resolve(query, repository, reference));
  };
  std::function<bool(const Answer&)> heard = [best](const Answer& answer) {
    if (!answer.descriptor) return false;
    const auto now = std::chrono::system_clock::now();
    const std::chrono::system_clock::time_point said{std::chrono::seconds(answer.checked_at_s)};
    // Nobody knows the future.
    Resolution candidate(*answer.descriptor, std::min(said, now), answer.is_open);
    if (!*best || candidate.checked_at > (*best)->checked_at) *best = std::move(candidate);
    return false;
  };
  RecordName record = RecordName::of(repository, reference);
  co_await engine_->ask(std::move(make), std::move(record), std::move(heard), deadline);
  if (!*best)
    co_return fail(Errc::not_found,
                   "no peer knows " + to_text(reference) + " of " + repository.text());
  co_return **best;
}

}  // namespace shoal::p2p
