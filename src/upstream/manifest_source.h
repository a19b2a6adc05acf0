#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/passed_headers.h"

namespace shoal::upstream {

struct Manifest {
  Manifest(Descriptor descriptor_in, std::string content_in)
      : descriptor(std::move(descriptor_in)), content(std::move(content_in)) {}
  Descriptor descriptor;  // digest of the content as we computed it, its media type as sent
  std::string content;    // byte-exact
  PassedHeaders headers;
};
inline constexpr std::uint64_t kManifestBytesMax = 4'400'000;

// What a registry answers when it is asked what a reference means.
struct ManifestHead {
  explicit ManifestHead(Descriptor descriptor_in) : descriptor(std::move(descriptor_in)) {}
  Descriptor descriptor;
  std::optional<std::string> content;  // set where nothing less would tell: it need not be fetched
  PassedHeaders headers;
};

// What the configuration says of a repository.
enum class Access {
  allowed,
  unknown,  // nobody configured its registry
  denied,   // its registry's patterns leave it out
};

// The part of a registry that answers "what is this": what the mirror needs of the upstream client.
// Errors of all calls: see upstream::Client.   Thread  the reactor's.
class ManifestSource {
 public:
  virtual ~ManifestSource() = default;

  // HEAD, and GET where a registry refuses HEAD or leaves out digest or length. `accept` is the
  // client's Accept header; empty = all manifest types we know.
  virtual Awaitable<Result<ManifestHead>> head_manifest(Repository repository, Reference reference,
                                                        std::string accept) = 0;
  // The content's digest is computed, and for a reference by digest must match (corrupt).
  virtual Awaitable<Result<Manifest>> get_manifest(Repository repository, Reference reference,
                                                   std::string accept) = 0;
  // Size of a blob, media type application/octet-stream.
  virtual Awaitable<Result<Descriptor>> head_blob(Repository repository, Digest digest) = 0;

  // Whether the configuration lets us ask for this repository at all.
  virtual Access access(const Repository& repository) const = 0;
};

}  // namespace shoal::upstream
