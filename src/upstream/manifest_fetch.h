#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/manifest_source.h"
#include "upstream/registry_table.h"
#include "upstream/requester.h"
#include "upstream/tag_memory.h"

namespace shoal::upstream {

// The small questions to a registry: what a reference means, a manifest's content, a blob's size.
// Contracts as in ManifestSource.   Lifetime  outlives its calls; `requester` outlives it.
class ManifestFetch {
 public:
  explicit ManifestFetch(Requester& requester) : requester_(requester) {}

  // Lifetime  references outlive the await; so in the other calls.
  Awaitable<Result<ManifestHead>> head(const Registry& registry, const Repository& repository,
                                       const Reference& reference, const std::string& accept);
  Awaitable<Result<Manifest>> get(const Registry& registry, const Repository& repository,
                                  const Reference& reference, const std::string& accept);
  Awaitable<Result<Descriptor>> head_blob(const Registry& registry, const Repository& repository,
                                          const Digest& digest);

 private:
  // A request that carries the entity tag of what was answered before, and where that is remembered.
  struct Question {
    Question(HttpRequest request_in, std::string key_in)
        : request(std::move(request_in)), key(std::move(key_in)) {}
    HttpRequest request;
    std::string key;
    std::optional<TagMemory::Entry> known;
  };
  Question question(const char* method, const Registry& registry, const Repository& repository,
                    const Reference& reference, const std::string& accept) const;
  Awaitable<Result<ManifestHead>> head_once(const Registry& registry, const Repository& repository,
                                            const Reference& reference, const std::string& accept);
  Awaitable<Result<Manifest>> get_once(const Registry& registry, const Repository& repository,
                                       const Reference& reference, const std::string& accept);
  // For where HEAD does not tell: brings the content, unless it is what was answered before.
  Awaitable<Result<ManifestHead>> head_by_get(const Registry& registry,
                                              const Repository& repository,
                                              const Reference& reference,
                                              const std::string& accept);
  static Awaitable<Result<Manifest>> read_manifest(Reply& reply, const HttpRequest& request,
                                                   const Reference& reference);
  void remember(const std::string& key, const Reference& reference, const ResponseHead& head,
                const Descriptor& descriptor);
  Awaitable<Result<Descriptor>> head_blob_once(const Registry& registry,
                                               const Repository& repository, const Digest& digest);
  Awaitable<Result<Descriptor>> size_by_get(const Registry& registry, const Repository& repository,
                                            const Digest& digest);

  Requester& requester_;
  TagMemory tags_;
};

}  // namespace shoal::upstream
