#include "p2p/contacts.h"

#include <algorithm>

namespace shoal::p2p {

void Contacts::add(const Digest& digest, const lt::tcp::endpoint& member, TimePoint not_before) {
  Blob& blob = blobs_[digest];
  const bool known =
      blob.active.contains(member) ||
      std::any_of(blob.waiting.begin(), blob.waiting.end(),
                  [&](const Candidate& candidate) { return candidate.member == member; });
  if (known || blob.waiting.size() >= kCandidatesMax) return;
  blob.waiting.push_back({member, not_before});
}

void Contacts::release(const Digest& digest, TimePoint now) {
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) return;
  for (const auto& [member, tried] : found->second.active) {
    if (tried.was_up) lingering_[member] = now + kLinger;
  }
  active_ -= found->second.active.size();
  blobs_.erase(found);
}

std::vector<lt::tcp::endpoint> Contacts::due(const std::set<lt::tcp::endpoint>& connected,
                                             TimePoint now) {
  std::set<lt::tcp::endpoint> out;
  for (auto& [digest, blob] : blobs_) {
    retire(blob, connected, now);
    admit(blob, now);
    for (auto& [member, tried] : blob.active) {
      if (connected.contains(member)) {
        tried.was_up = true;
      } else {
        out.insert(member);
      }
    }
  }
  return {out.begin(), out.end()};
}

void Contacts::retire(Blob& blob, const std::set<lt::tcp::endpoint>& connected, TimePoint now) {
  for (auto entry = blob.active.begin(); entry != blob.active.end();) {
    const auto& [member, tried] = *entry;
    if (connected.contains(member) || (!tried.was_up && now - tried.since < kPatience)) {
      ++entry;
      continue;
    }
    blob.waiting.push_back({member, now + kPatience});
    entry = blob.active.erase(entry);
    --active_;
  }
}

void Contacts::admit(Blob& blob, TimePoint now) {
  for (std::size_t looked_at = blob.waiting.size(); looked_at > 0; --looked_at) {
    if (blob.active.size() >= kPerBlobMax || active_ >= kActiveMax) return;
    const Candidate candidate = blob.waiting.front();
    blob.waiting.pop_front();
    if (candidate.not_before > now) {
      blob.waiting.push_back(candidate);
    } else if (blob.active.emplace(candidate.member, Tried{now}).second) {
      ++active_;
    }
  }
}

Contacts::TimePoint Contacts::next_at() const {
  TimePoint next = TimePoint::max();
  for (const auto& [digest, blob] : blobs_) {
    if (blob.active.size() >= kPerBlobMax || active_ >= kActiveMax) continue;
    for (const Candidate& candidate : blob.waiting) next = std::min(next, candidate.not_before);
  }
  return next;
}

std::set<lt::tcp::endpoint> Contacts::needed(TimePoint now) {
  std::erase_if(lingering_, [now](const auto& entry) { return entry.second <= now; });
  std::set<lt::tcp::endpoint> out;
  for (const auto& [member, until] : lingering_) out.insert(member);
  for (const auto& [digest, blob] : blobs_) {
    for (const auto& [member, tried] : blob.active) out.insert(member);
  }
  return out;
}

}  // namespace shoal::p2p
