#include "p2p/accepted_sockets.h"

#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace shoal::p2p {
namespace {

using boost::asio::ip::tcp;
using NameOf = int (*)(int, sockaddr*, socklen_t*);

std::optional<tcp::endpoint> name_of(int descriptor, NameOf name) {
  tcp::endpoint out;
  auto size = static_cast<socklen_t>(out.capacity());
  if (name(descriptor, out.data(), &size) != 0) return std::nullopt;
  const bool is_ip = out.data()->sa_family == AF_INET || out.data()->sa_family == AF_INET6;
  if (!is_ip) return std::nullopt;
  out.resize(size);
  return out;
}

bool is_stream(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool listens(int descriptor) {
  int out = 0;
  socklen_t size = sizeof out;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &out, &size) == 0 && out != 0;
}

// Returns  the other end, where the descriptor is a connection made to `local`.
std::optional<tcp::endpoint> connected_at(int descriptor, const tcp::endpoint& local) {
  if (!is_stream(descriptor)) return std::nullopt;
  const auto here = name_of(descriptor, &::getsockname);
  if (!here || here->port() != local.port()) return std::nullopt;
  const bool any_address = local.address().is_unspecified();
  if (!any_address && here->address() != local.address()) return std::nullopt;
  if (listens(descriptor)) return std::nullopt;
  // One that has just been reset has no other end any more.
  return name_of(descriptor, &::getpeername).value_or(tcp::endpoint());
}

}  // namespace

std::vector<AcceptedSocket> accepted_sockets(const tcp::endpoint& local) {
  std::vector<AcceptedSocket> out;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor < 0) continue;
    if (const auto remote = connected_at(descriptor, local)) out.push_back({descriptor, *remote});
  }
  return out;
}

void shut_down(const AcceptedSocket& socket) {
  ::shutdown(socket.descriptor, SHUT_RDWR);
}

}  // namespace shoal::p2p
