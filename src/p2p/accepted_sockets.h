#pragma once

#include <cstddef>

#include <boost/asio/ip/tcp.hpp>

namespace shoal::p2p {

// Shuts down, both ways, every TCP connection of this process whose end here is `local`; an unspecified
// address stands for all. Whoever owns such a socket reads its end next, and closes it.
//
// libtorrent does not tell of a connection before its TLS handshake is over, so it is looked for among
// the descriptors of the process (proc(5)): some 20 ms for 10,000 of them.
// Returns  how many there are, those shut down by an earlier call included.
std::size_t shut_down_accepted(const boost::asio::ip::tcp::endpoint& local);

}  // namespace shoal::p2p
