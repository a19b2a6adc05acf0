#pragma once

#include <string>

#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/list_source.h"
#include "upstream/registry_table.h"
#include "upstream/requester.h"

namespace shoal::upstream {

// Asks a registry for pages of its lists. Contracts as in ListSource.
// Lifetime  outlives its calls; `requester` outlives it.
class ListFetch {
 public:
  explicit ListFetch(Requester& requester) : requester_(requester) {}

  // `path`: what follows the repository's name: "tags/list", "referrers/<digest>".
  // Lifetime  references outlive the await.
  Awaitable<Result<ListPage>> get(const Registry& registry, const Repository& repository,
                                  const std::string& path, const std::string& query);

 private:
  Awaitable<Result<ListPage>> get_once(const Registry& registry, const Repository& repository,
                                       const std::string& path, const std::string& query);

  Requester& requester_;
};

}  // namespace shoal::upstream
