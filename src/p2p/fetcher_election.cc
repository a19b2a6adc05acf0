#include "p2p/fetcher_election.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

#include "p2p/fetcher_rank.h"

namespace shoal::p2p {

FetcherElection::FetcherElection(const Digest& digest, NodeId self, std::string endpoint,
                                 ElectionOptions options, Time now)
    : digest_(digest),
      options_(options),
      self_(std::move(self), std::move(endpoint), 0, true),
      self_rank_(fetcher_rank(digest, self_.node)),
      started_(now),
      list_changed_(now),
      gossip_next_(now) {
  insert(self_, self_rank_, now);
  news_.clear();  // a neighbour hears of us when it is introduced
}

void FetcherElection::introduced(const NodeId& node) {
  if (node == self_.node || !neighbours_.insert(node).second) return;
  // What others say of it no longer goes to the view.
  std::erase_if(changes_, [&](const Candidate& change) { return change.node == node; });
}

void FetcherElection::heard(const Candidates& candidates, Time now) {
  const std::size_t count = std::min(candidates.size(), list_max() + kGoneMax);
  for (std::size_t i = 0; i < count; ++i) learn(candidates[i], now);
}

void FetcherElection::learn(const Candidate& candidate, Time now) {
  if (candidate.incarnation > kIncarnationMax) return;
  if (candidate.node == self_.node) return learn_of_self(candidate, now);
  const auto found = records_.find(candidate.node);
  if (found == records_.end()) {
    const std::uint64_t rank = fetcher_rank(digest_, candidate.node);
    if (!has_room_for(rank)) return;
    if (candidate.eligible) return insert(candidate, rank, now);
    // Remembered, so that an older word of it that is still on its way does not count.
    records_.emplace(candidate.node, Record(candidate, rank));
    news_.insert(candidate.node);
    entomb(candidate.node);
    return;
  }
  Record& record = found->second;
  const bool newer = candidate.incarnation > record.candidate.incarnation;
  const bool denied = candidate.incarnation == record.candidate.incarnation &&
                      record.candidate.eligible && !candidate.eligible;
  if (!newer && !denied) return;
  const bool was_eligible = record.candidate.eligible;
  const std::uint64_t rank = record.rank;
  record.candidate = candidate;
  news_.insert(candidate.node);
  if (was_eligible && !candidate.eligible) return retire(record, now);
  if (was_eligible || !candidate.eligible) return;
  std::erase(gone_, candidate.node);
  const Candidate again = candidate;
  records_.erase(found);
  if (has_room_for(rank)) insert(again, rank, now);
}

// Somebody thinks otherwise of us than is so: say it with more weight.
void FetcherElection::learn_of_self(const Candidate& word, Time now) {
  if (word.incarnation < self_.incarnation || word.eligible == self_.eligible) return;
  self_.incarnation = word.incarnation + 1;
  const auto found = records_.find(self_.node);
  if (found == records_.end()) return offer_self(now);
  found->second.candidate = self_;
  news_.insert(self_.node);
}

void FetcherElection::lost(const NodeId& node, Time now) {
  neighbours_.erase(node);
  const auto found = records_.find(node);
  if (found == records_.end() || !found->second.candidate.eligible) return;
  found->second.candidate.eligible = false;
  news_.insert(node);
  retire(found->second, now);
}

void FetcherElection::set_eligible(bool eligible, Time now) {
  if (self_.eligible == eligible) return;
  self_.eligible = eligible;
  self_.incarnation = std::min(self_.incarnation + 1, kIncarnationMax);
  const auto found = records_.find(self_.node);
  if (eligible) {
    if (found != records_.end()) {
      std::erase(gone_, self_.node);
      records_.erase(found);
    }
    if (has_room_for(self_rank_)) insert(self_, self_rank_, now);
  } else if (found != records_.end()) {
    found->second.candidate = self_;
    news_.insert(self_.node);
    retire(found->second, now);
  }
}

bool FetcherElection::has_room_for(std::uint64_t rank) const {
  return best_.size() < list_max() || rank < best_.rbegin()->first;
}

void FetcherElection::insert(const Candidate& candidate, std::uint64_t rank, Time now) {
  const auto [place, fresh] = best_.emplace(rank, candidate.node);
  if (!fresh) return;  // two nodes of one rank: 1 in 2^64, or a lie
  records_.insert_or_assign(candidate.node, Record(candidate, rank));
  news_.insert(candidate.node);
  changed(candidate, static_cast<std::size_t>(std::distance(best_.begin(), place)), now);
  if (best_.size() <= list_max()) return;
  const auto worst = std::prev(best_.end());
  records_.erase(worst->second);
  news_.erase(worst->second);
  best_.erase(worst);
}

// A record that has just become ineligible: off the list, remembered for a while.
void FetcherElection::retire(Record& record, Time now) {
  const auto place = best_.find(record.rank);
  if (place == best_.end()) return;
  const auto position = static_cast<std::size_t>(std::distance(best_.begin(), place));
  best_.erase(place);
  changed(record.candidate, position, now);
  entomb(NodeId(record.candidate.node));
  // Not at each that goes: everybody who has not been on the list offers itself then.
  if (best_.size() < options_.fetchers_max + options_.spares / 2) offer_self(now);
}

void FetcherElection::entomb(const NodeId& node) {
  gone_.push_back(node);
  if (gone_.size() <= kGoneMax) return;
  news_.erase(gone_.front());
  records_.erase(gone_.front());
  gone_.pop_front();
}

void FetcherElection::offer_self(Time now) {
  if (!self_.eligible || records_.contains(self_.node) || !has_room_for(self_rank_)) return;
  insert(self_, self_rank_, now);
}

void FetcherElection::changed(const Candidate& candidate, std::size_t position, Time now) {
  if (position < options_.fetchers_max) list_changed_ = now;
  if (candidate.node == self_.node || neighbours_.contains(candidate.node)) return;
  changes_.push_back(candidate);
}

Candidates FetcherElection::known() const {
  Candidates out;
  out.reserve(best_.size() + 1);
  for (const auto& [rank, node] : best_) out.push_back(records_.at(node).candidate);
  // Also where it is not good enough for the list: the other may know fewer.
  if (!records_.contains(self_.node)) out.push_back(self_);
  return out;
}

Candidates FetcherElection::gossip_due(Time now) {
  Candidates out;
  if (news_.empty() || now < gossip_next_) return out;
  for (const NodeId& node : news_) out.push_back(records_.at(node).candidate);
  news_.clear();
  gossip_next_ = now + options_.gossip_every;
  return out;
}

Candidates FetcherElection::changes() {
  return std::exchange(changes_, {});
}

bool FetcherElection::is_fetcher() const {
  const auto before_us = std::distance(best_.begin(), best_.lower_bound(self_rank_));
  return static_cast<std::size_t>(before_us) < options_.fetchers_max;
}

Candidates FetcherElection::fellows() const {
  Candidates out;
  if (!self_.eligible || !is_fetcher()) return out;
  for (const auto& [rank, node] : best_) {
    if (out.size() + 1 >= options_.fetchers_max) break;
    if (node != self_.node) out.push_back(records_.at(node).candidate);
  }
  return out;
}

bool FetcherElection::settled(Time now) const {
  const bool strangers = std::any_of(best_.begin(), best_.end(), [&](const auto& entry) {
    return entry.second != self_.node && !neighbours_.contains(entry.second);
  });
  if (!strangers && !mesh_partial_) return true;
  return now - list_changed_ >= options_.quiet || now - started_ >= options_.settle_max;
}

std::uint64_t FetcherElection::members_estimate() const {
  if (best_.size() < list_max()) return best_.size();
  // The k-th smallest of n uniform ranks lies at k / (n + 1) of the whole.
  const double whole = static_cast<double>(std::numeric_limits<std::uint64_t>::max());
  const double share = static_cast<double>(best_.rbegin()->first) / whole;
  return static_cast<std::uint64_t>(static_cast<double>(best_.size()) / std::max(share, 1e-12));
}

std::uint32_t FetcherElection::patience() const {
  if (best_.size() < list_max() || self_rank_ <= best_.rbegin()->first) return 1;
  const std::uint64_t spans = self_rank_ / std::max<std::uint64_t>(1, best_.rbegin()->first);
  return static_cast<std::uint32_t>(std::bit_width(spans));
}

}  // namespace shoal::p2p
