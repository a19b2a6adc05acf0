#pragma once

#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace shoal::p2p {

struct AcceptedSocket {
  int descriptor;
  boost::asio::ip::tcp::endpoint remote;
};

// Every TCP connection of this process whose end here is `local`; an unspecified address stands for
// all. libtorrent does not tell of a connection before its TLS handshake is over, so they are looked for
// among the descriptors of the process (proc(5)): some 20 ms for 10,000 of them.
// A descriptor is good for as long as whoever owns it does not run: call it on that thread.
std::vector<AcceptedSocket> accepted_sockets(const boost::asio::ip::tcp::endpoint& local);

// Ends the connection both ways. Whoever owns the socket reads its end next, and closes it.
void shut_down(const AcceptedSocket& socket);

}  // namespace shoal::p2p
