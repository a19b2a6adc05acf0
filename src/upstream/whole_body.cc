#include "upstream/whole_body.h"

#include "upstream/content_range.h"
#include "upstream/retry.h"

namespace shoal::upstream {

Awaitable<Result<std::string>> read_whole(Response& response, std::string request, std::string what,
                                          std::size_t bytes_max) {
  const ResponseHead& head = response.head();
  if (head.status != 200) {
    co_await response.discard();
    co_return fail(error_of_status(head, request));
  }
  if (auto identity = require_identity(head); !identity) {
    co_return fail(identity.error().code, request + ": " + identity.error().message);
  }
  if (head.content_length.value_or(0) > bytes_max) {
    co_return fail(Errc::too_large, request + ": " + what + " is over our limit");
  }
  auto content = co_await response.read_all(bytes_max);
  if (!content) co_return fail(content.error().code, request + ": " + content.error().message);
  co_return content;
}

}  // namespace shoal::upstream
