#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "upstream/transport.h"

namespace shoal::upstream {

// The content behind a response that must be a 200: as stored, and of at most `bytes_max`. Any other
// response is read to its end, so that its connection can be used again.
// Errors  those of error_of_status(); protocol: it is encoded; too_large; as Response::read_all().
//         Messages begin with `request`, its brief(); `what` names the content: "the list".
// Lifetime  `response` outlives the await.
Awaitable<Result<std::string>> read_whole(Response& response, std::string request, std::string what,
                                          std::size_t bytes_max);

}  // namespace shoal::upstream
