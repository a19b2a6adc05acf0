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

bool is_connected_at(int descriptor, const tcp::endpoint& local) {
  if (!is_stream(descriptor)) return false;
  const auto here = name_of(descriptor, &::getsockname);
  if (!here || here->port() != local.port()) return false;
  const bool any_address = local.address().is_unspecified();
  if (!any_address && here->address() != local.address()) return false;
  int listens = 0;
  socklen_t size = sizeof listens;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
  return listens == 0;
}

}  // namespace

std::size_t shut_down_accepted(const tcp::endpoint& local) {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor < 0 || !is_connected_at(descriptor, local)) continue;
    ::shutdown(descriptor, SHUT_RDWR);
    ++count;
  }
  return count;
}

}  // namespace shoal::p2p
