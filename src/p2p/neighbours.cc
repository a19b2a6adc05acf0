#include "p2p/neighbours.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <libtorrent/hasher.hpp>

namespace shoal::p2p {

void Neighbours::set_known(const std::vector<lt::tcp::endpoint>& known) {
  std::map<lt::tcp::endpoint, std::optional<TimePoint>> missed;
  for (const Candidate& old : ranked_) missed.emplace(old.endpoint, old.missed_since);
  ranked_.clear();
  for (const auto& member : std::set<lt::tcp::endpoint>(known.begin(), known.end())) {
    Candidate& candidate = ranked_.emplace_back(rank_of(member), member);
    if (const auto old = missed.find(member); old != missed.end()) {
      candidate.missed_since = old->second;
    }
  }
  std::sort(ranked_.begin(), ranked_.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.rank, a.endpoint) < std::tie(b.rank, b.endpoint);
  });
}

std::vector<lt::tcp::endpoint> Neighbours::due(const std::set<lt::tcp::endpoint>& connected,
                                               TimePoint now) {
  std::vector<lt::tcp::endpoint> out;
  std::size_t counted = 0;
  chosen_.clear();
  for (Candidate& candidate : ranked_) {
    if (counted == max_) break;
    chosen_.insert(candidate.endpoint);
    if (connected.contains(candidate.endpoint)) {
      candidate.missed_since.reset();
      ++counted;
      continue;
    }
    if (!candidate.missed_since) candidate.missed_since = now;
    if (now - *candidate.missed_since < kPatience) ++counted;
    out.push_back(candidate.endpoint);
  }
  return out;
}

std::vector<lt::tcp::endpoint> Neighbours::first(std::size_t count) const {
  std::vector<lt::tcp::endpoint> out;
  for (std::size_t i = 0; i < std::min(count, ranked_.size()); ++i) {
    out.push_back(ranked_[i].endpoint);
  }
  return out;
}

std::uint64_t Neighbours::rank_of(const lt::tcp::endpoint& member) const {
  lt::hasher hasher(self_.text());
  hasher.update(member.address().to_string() + ':' + std::to_string(member.port()));
  const lt::sha1_hash hash = hasher.final();
  std::uint64_t rank = 0;
  for (std::size_t i = 0; i < sizeof(rank); ++i) rank = rank << 8U | hash[i];
  return rank;
}

}  // namespace shoal::p2p
