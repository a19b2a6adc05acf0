#include "p2p/ban_list.h"

#include <algorithm>

namespace shoal::p2p {

using boost::asio::ip::tcp;

bool BanList::add(const NodeId& node, const tcp::endpoint& listens_at, bool whole_address,
                  Time now) {
  expire(now);
  const bool banned = std::any_of(bans_.begin(), bans_.end(),
                                  [&](const Entry& entry) { return entry.node == node; });
  if (banned || ban_time_ <= std::chrono::milliseconds(0)) return false;
  if (bans_.size() == kBansMax) bans_.pop_front();
  bans_.push_back(Entry{node, listens_at, whole_address, now + ban_time_});
  return true;
}

bool BanList::strike(const NodeId& node, Time now) {
  while (!strikes_.empty() && now >= strikes_.front().until) strikes_.pop_front();
  if (strikes_.size() == kBansMax) strikes_.pop_front();
  strikes_.push_back(Strike{node, now + ban_time_});
  return std::count_if(strikes_.begin(), strikes_.end(),
                       [&](const Strike& one) { return one.node == node; }) >= kStrikesMax;
}

bool BanList::refuses(const NodeId& node, const tcp::endpoint& listens_at, Time now) const {
  return std::any_of(bans_.begin(), bans_.end(), [&](const Entry& entry) {
    if (now >= entry.until) return false;
    return entry.node == node || entry.listens_at == listens_at ||
           (entry.whole_address && entry.listens_at.address() == listens_at.address());
  });
}

bool BanList::expire(Time now) {
  const std::size_t before = bans_.size();
  while (!bans_.empty() && now >= bans_.front().until) bans_.pop_front();
  return bans_.size() != before;
}

std::vector<boost::asio::ip::address> BanList::addresses() const {
  std::vector<boost::asio::ip::address> out;
  for (const Entry& entry : bans_) {
    if (entry.whole_address) out.push_back(entry.listens_at.address());
  }
  return out;
}

}  // namespace shoal::p2p
