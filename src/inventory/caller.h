#pragma once

#include "base/result.h"
#include "http/server.h"

namespace shoal::inventory {

// Whether whoever sent the request may see and change what is in the store. The admin port may be open to
// the network for health and metrics; this is for people on the node itself:
// - it comes from a loopback address;
// - it names this server by an address or "localhost", so no web page reached it by a name that was made
//   to point here;
// - it has no Origin, which browsers send along with what pages have them send;
// - it has nothing by which a proxy says that somebody else asked it.
// Errors  denied: the message says which.
Result<void> check_caller(const http::Request& request);

}  // namespace shoal::inventory
