#include "p2p/rendezvous.h"

#include <utility>

#include <spdlog/spdlog.h>
#include <libtorrent/hasher.hpp>

#include "base/random.h"

namespace shoal::p2p {
namespace {

// Nobody else has it, so that nothing anybody signs is ours.
ClusterSecret throwaway_secret() {
  ClusterSecret secret{};
  for (std::byte& byte : secret) byte = static_cast<std::byte>(random_below(256));
  return secret;
}

std::chrono::milliseconds since_1970(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
}

}  // namespace

Rendezvous::Rendezvous(const SwarmOptions& options)
    : cluster_(options.cluster),
      keeps_records_(options.cluster_secret.has_value()),
      key_(ClusterKey::from_secret(keeps_records_ ? *options.cluster_secret : throwaway_secret())),
      tables_(std::make_shared<DhtTables>(key_.public_key())) {}

void Rendezvous::open(const lt::session_handle& session, lt::io_context& io, std::uint16_t port,
                      Found found) {
  found_ = std::move(found);
  directory_.emplace(session, io, tables_, DirectoryOptions(port, key_));
}

void Rendezvous::count(Metrics& metrics) {
  const Directory::Stats stats = directory_->stats();
  metrics.directory_nodes.Set(static_cast<double>(stats.nodes));
  metrics.directory_blobs.Set(static_cast<double>(stats.blobs));
  metrics.directory_entries.Set(static_cast<double>(stats.entries));
  metrics.directory_records.Set(static_cast<double>(stats.records));
  metrics.directory_announces.Increment(static_cast<double>(stats.announces - counted_.announces));
  metrics.directory_lookups.Increment(static_cast<double>(stats.lookups - counted_.lookups));
  counted_ = stats;
}

void Rendezvous::want(const Digest& digest) {
  directory_->want(key_of(digest), [this, digest](const std::vector<lt::tcp::endpoint>& members) {
    found_(digest, members);
  });
}

void Rendezvous::hold(const Digest& digest, bool fresh) {
  using Urgency = AnnounceSchedule::Urgency;
  directory_->hold(key_of(digest), fresh ? Urgency::fresh : Urgency::known);
}

void Rendezvous::publish(const Repository& repository, const Tag& tag, const Resolution& answer) {
  if (!keeps_records_) return;
  const TagRecord record(answer.descriptor, since_1970(answer.checked_at), answer.is_open);
  const Digest& digest = answer.descriptor.digest;
  std::vector<RecordName> names{RecordName::of(repository, tag), RecordName::of(digest)};
  // Who asks by the digest must know that it belongs there and that anybody may read it.
  if (answer.is_open) names.push_back(RecordName::of(repository, digest));
  for (const RecordName& name : names) {
    if (auto put = directory_->put(name, record); !put) {
      spdlog::warn("swarm: no record of {}:{}: {}", repository.text(), tag.text(),
                   put.error().message);
      return;
    }
  }
}

lt::sha1_hash Rendezvous::key_of(const Digest& digest) const {
  lt::hasher hasher("shoal blob ");
  hasher.update(cluster_ + '\n' + digest.text());
  return hasher.final();
}

}  // namespace shoal::p2p
