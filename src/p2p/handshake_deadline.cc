#include "p2p/handshake_deadline.h"

#include <utility>

#include "p2p/accepted_sockets.h"

namespace shoal::p2p {

std::size_t HandshakeDeadline::enforce(const Endpoints& members, Time now) {
  enforced_at_ = now;
  std::size_t count = 0;
  std::map<boost::asio::ip::tcp::endpoint, Time> seen;
  for (const AcceptedSocket& socket : accepted_sockets(local_)) {
    if (members.contains(socket.remote)) continue;
    const auto before = first_seen_.find(socket.remote);
    const Time since = before == first_seen_.end() ? now : before->second;
    if (now - since < kLimit) {
      seen.emplace(socket.remote, since);
    } else {
      shut_down(socket);
      ++count;
    }
  }
  first_seen_ = std::move(seen);
  return count;
}

}  // namespace shoal::p2p
