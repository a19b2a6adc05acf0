// The part of Engine that answers members and asks them.
#include <chrono>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include "base/event.h"
#include "p2p/engine.h"

namespace shoal::p2p {
namespace {

std::int64_t unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

// One question to all members, on the reactor.
struct Engine::Query {
  explicit Query(const asio::any_io_executor& executor) : changed(executor) {}
  Event changed;
  std::optional<std::size_t> asked;
  std::set<PeerKey> answered;
  std::function<bool(const Answer&)> heard;
  bool satisfied = false;
  bool over() const { return satisfied || (asked && answered.size() >= *asked); }
};

void Engine::on_member_up(PeerLink& link) {
  if (banned(link) || stopped_.load()) return link.disconnect();
  const bool near = zone_relation(options_.zone, link.hello().zone) == ZoneRelation::same;
  classes_->place(link.endpoint().address(), near);
  members_.store(control_->links().size());
  metrics_.peers.Set(static_cast<double>(control_->links().size()));
  is_mesh_changed_ = true;
  for (auto& [key, joined] : blobs_) {
    if (!joined.wanting()) continue;
    const Descriptor& descriptor = joined.swarm->blob().descriptor();
    link.send(Want(descriptor.digest, descriptor.size, joined.swarm->eligible()));
    ++joined.asked;
    if (joined.looking) continue;
    joined.swarm->tell([asked = joined.asked](BlobListener& l) { l.members_asked(asked); });
  }
}

void Engine::on_member_down(PeerLink& link) {
  members_.store(control_->links().size());
  metrics_.peers.Set(static_cast<double>(control_->links().size()));
  for (const auto& [key, joined] : blobs_) joined.swarm->remove_member(link.key());
}

void Engine::on_member_message(PeerLink& link, Message message) {
  const PeerKey peer = link.key();
  if (const auto* want = std::get_if<Want>(&message)) return on_want(link, *want);
  if (const auto* here = std::get_if<Here>(&message)) return on_here(link, *here);
  if (auto* describe = std::get_if<Describe>(&message)) {
    asio::post(reactor_, [self = shared_from_this(), peer, question = std::move(*describe)] {
      spawn(self->reactor_, "answer describe", serve_describe(self, peer, question));
    });
  } else if (auto* resolve = std::get_if<Resolve>(&message)) {
    asio::post(reactor_, [self = shared_from_this(), peer, question = std::move(*resolve)] {
      spawn(self->reactor_, "answer resolve", serve_resolve(self, peer, question));
    });
  } else if (auto* answer = std::get_if<Answer>(&message)) {
    asio::post(reactor_, [self = shared_from_this(), peer, heard = std::move(*answer)] {
      self->on_answer(peer, heard);
    });
  } else {
    on_fetcher_message(link, message);
  }
}

void Engine::on_fetcher_message(PeerLink& link, const Message& message) {
  const auto digest_of = [](const auto& m) -> const Digest* {
    if constexpr (requires { m.digest; }) return &m.digest;
    return nullptr;
  };
  const Digest* digest = std::visit(digest_of, message);
  const auto found = digest != nullptr ? find(*digest) : blobs_.end();
  if (found != blobs_.end()) found->second.swarm->member_message(link, message);
}

void Engine::on_want(PeerLink& link, const Want& want) {
  asio::post(reactor_, [self = shared_from_this(), peer = link.key(), want] {
    spawn(self->reactor_, "answer want", serve_want(self, peer, want));
  });
}

Awaitable<void> Engine::serve_want(std::shared_ptr<Engine> self, PeerKey peer, Want want) {
  Holding holding = Holding::none;
  if (self->host_ != nullptr && want.size > 0) {
    Descriptor descriptor(want.digest, want.size);
    holding = co_await self->host_->wanted(std::move(descriptor));
  }
  self->post([peer, want, holding](Engine& engine) { engine.answer_want(peer, want, holding); });
}

void Engine::answer_want(PeerKey peer, const Want& want, Holding holding) {
  PeerLink* link = control_->find(peer);
  if (link == nullptr) return;
  const auto found = find(want.digest);
  if (holding == Holding::none || found == blobs_.end()) {
    link->send(Here(want.digest, holding, false));
    return;
  }
  const Joined& joined = found->second;
  // Our claims and our word go first, so that whoever has heard our answer has heard them too.
  if (joined.wanting()) {
    joined.swarm->add_member(*link, want.eligible);
  } else {
    joined.swarm->send_words(*link);
  }
  link->send(Here(want.digest, holding, joined.swarm->eligible()));
  // Exactly one of two that want the same blob connects: libtorrent keeps neither of two crossing
  // connections between equal ports for sure. A member that had nothing when we asked it has not
  // connected to us; otherwise it was asked as we were, and the one with the smaller id connects.
  const bool they_connect =
      joined.wanting() && !joined.swarm->had_nothing(peer) && link->hello().node < self_;
  if (!they_connect) joined.swarm->connect(link->endpoint());
}

void Engine::on_here(PeerLink& link, const Here& here) {
  const auto found = find(here.digest);
  if (found == blobs_.end()) return;
  BlobSwarm& swarm = *found->second.swarm;
  if (here.holding == Holding::none) swarm.note_nothing(link.key());
  if (here.holding == Holding::complete) swarm.says_complete(link.hello().node);
  if (here.holding == Holding::arriving) swarm.add_member(link, here.eligible);
  swarm.tell([node = link.hello().node, holding = here.holding](BlobListener& listener) {
    listener.member_answered(node, holding);
  });
}

Awaitable<void> Engine::serve_describe(std::shared_ptr<Engine> self, PeerKey peer,
                                       Describe question) {
  std::optional<Descriptor> known;
  if (self->host_ != nullptr) known = co_await self->host_->describe(question.digest);
  self->reply(peer, Answer(question.query, std::move(known), 0));
}

Awaitable<void> Engine::serve_resolve(std::shared_ptr<Engine> self, PeerKey peer,
                                      Resolve question) {
  std::optional<Resolution> known;
  if (self->host_ != nullptr) {
    known = co_await self->host_->resolve(question.repository, question.reference);
  }
  std::optional<Descriptor> descriptor;
  if (known) descriptor = known->descriptor;
  const std::int64_t checked_at_s =
      known ? std::max<std::int64_t>(0, unix_seconds(known->checked_at)) : 0;
  const bool is_open = known && known->is_open;
  self->reply(peer, Answer(question.query, std::move(descriptor), checked_at_s, is_open));
}

void Engine::reply(PeerKey peer, Message message) {
  post([peer, message = std::move(message)](Engine& engine) {
    if (PeerLink* link = engine.control_->find(peer)) link->send(message);
  });
}

void Engine::on_answer(PeerKey peer, const Answer& answer) {
  const auto found = queries_.find(answer.query);
  if (found == queries_.end()) return;
  Query& query = *found->second;
  if (!query.answered.insert(peer).second) return;
  if (query.heard(answer)) query.satisfied = true;
  query.changed.notify_all();
}

Awaitable<void> Engine::ask(std::function<Message(std::uint64_t)> make, RecordName record,
                            std::function<bool(const Answer&)> heard,
                            std::chrono::steady_clock::time_point deadline) {
  const std::uint64_t id = next_query_++;
  auto query = std::make_shared<Query>(reactor_);
  query->heard = std::move(heard);
  queries_.emplace(id, query);
  post([id, query, record = std::move(record), message = make(id), deadline](Engine& engine) {
    for (const auto& [peer, link] : engine.control_->links()) link->send(message);
    const bool has_records = engine.rendezvous_.keeps_records() && engine.rendezvous_.nodes() > 0;
    if (has_records) engine.look_up(id, record, deadline - std::chrono::steady_clock::now());
    const std::size_t asked = engine.control_->links().size() + (has_records ? 1 : 0);
    asio::post(engine.reactor_, [query, asked] {
      query->asked = asked;
      query->changed.notify_all();
    });
  });
  while (!query->over() && co_await query->changed.wait_until(deadline)) {
  }
  queries_.erase(id);
}

}  // namespace shoal::p2p
