#include "inventory/caller.h"

#include <string>
#include <string_view>

#include "base/host_port.h"

namespace shoal::inventory {
namespace {

// Without the port; of an IPv6 address without the brackets.
std::string_view host_of(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  return text.substr(0, text.rfind(':'));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with("::ffff:")) host.remove_prefix(7);
  return host == "::1" || (host.starts_with("127.") && is_ip_address(host));
}

}  // namespace

Result<void> check_caller(const http::Request& request) {
  if (!is_loopback(host_of(request.remote))) {
    return fail(Errc::denied, "this is answered only to who asks from the node itself");
  }
  const auto host = request.header("host");
  const std::string_view name = host ? host_of(*host) : std::string_view();
  if (name != "localhost" && !is_ip_address(name)) {
    return fail(Errc::denied, "name this server by its address or as localhost");
  }
  if (request.header("origin")) {
    return fail(Errc::denied, "this is not answered to web pages");
  }
  for (const char* proxied : {"forwarded", "x-forwarded-for", "via"}) {
    if (request.header(proxied)) return fail(Errc::denied, "this is not answered through a proxy");
  }
  return {};
}

}  // namespace shoal::inventory
