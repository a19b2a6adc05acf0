#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/passed_headers.h"

namespace shoal::upstream {

// A longer list is refused: it is held in memory as a whole.
inline constexpr std::uint64_t kListBytesMax = std::uint64_t{8} << 20;

// One page of a list that a registry keeps, as it was sent.
struct ListPage {
  explicit ListPage(std::string content_in) : content(std::move(content_in)) {}

  std::string content;
  // The query of the link to the next page, percent-encoded as it came, fit to stand in a request
  // line; empty where this is the last page.
  std::string next_query;
  PassedHeaders headers;
};

// The part of a registry that lists what there is.
// `query` goes behind the '?' as it is: percent-encoded, without a fragment; empty = none.
// Errors  as upstream::Client; not_found also where the registry does not keep such lists; too_large.
// Thread  the reactor's.
class ListSource {
 public:
  virtual ~ListSource() = default;

  virtual Awaitable<Result<ListPage>> list_tags(Repository repository, std::string query) = 0;
  virtual Awaitable<Result<ListPage>> list_referrers(Repository repository, Digest subject,
                                                     std::string query) = 0;
};

}  // namespace shoal::upstream
