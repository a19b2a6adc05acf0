#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/byte_range.h"
#include "base/descriptor.h"
#include "base/repository.h"
#include "base/resolution.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::transfer {

// Bytes of a blob that lie in a file and may be sent.
struct Extent {
  int fd = -1;
  ByteRange range;  // offset in the file == offset in the blob
};

// One reader's hold on one blob: complete, arriving, or handed through without being stored. What
// read() gave stays where it is until the next read(), and while the handle lives a download goes on; when the last one of a blob is gone, its download stops after a
// grace.   Thread  the reactor's.
class BlobHandle {
 public:
  virtual ~BlobHandle() = default;

  virtual const Descriptor& descriptor() const = 0;
  // Whether the whole blob was here, verified, when it was opened.
  virtual bool was_complete() const = 0;

  // Waits until at least one byte from the front of `wanted` may be sent, and says how many of them
  // may: a prefix of `wanted`. The blob's very last byte is withheld until the whole matched its
  // digest, so no client ever takes a corrupt blob for a whole one (of one that is handed through: no
  // client that reads all of it). One read at a time. Moves the pieces of `wanted` to
  // the front of the download.
  // Errors  not_found, unauthorized, denied, rate_limited, unavailable: neither peers nor upstream
  //         give it; corrupt: what came did not match; timeout: `deadline` passed; no_space, io.
  virtual Awaitable<Result<Extent>> read(ByteRange wanted,
                                         std::chrono::steady_clock::time_point deadline) = 0;
};

// Where the mirror gets bytes from; how they come is not its concern.   Thread  the reactor's.
class BlobSource {
 public:
  virtual ~BlobSource() = default;

  // Opens a blob that is here, arriving or to be fetched. `hints`: repositories it may be fetched
  // from, best first; empty is fine where peers have it.
  // Errors  invalid_argument: impossible size; no_space, io. That nobody has it shows in read().
  virtual Awaitable<Result<std::shared_ptr<BlobHandle>>> open(Descriptor descriptor,
                                                              std::vector<Repository> hints) = 0;
};

// What the rest of the cluster knows about names. The mirror asks it when upstream is no help.
class ClusterDirectory {
 public:
  virtual ~ClusterDirectory() = default;

  // Size and media type of content known by digest alone.
  // Errors  not_found: no peer answered with it before `deadline`.
  virtual Awaitable<Result<Descriptor>> describe(
      Digest digest, std::chrono::steady_clock::time_point deadline) = 0;
  // The freshest answer any peer has for a tag; for a digest, one that says that it belongs to the repository
  // and that anybody may read it.
  // Errors  not_found.
  virtual Awaitable<Result<Resolution>> resolve(Repository repository, Reference reference,
                                                std::chrono::steady_clock::time_point deadline) = 0;
  // Tells the cluster what upstream has just said of a tag, for when upstream is no help.
  virtual void publish(const Repository& repository, const Tag& tag, const Resolution& answer) = 0;
};

}  // namespace shoal::transfer
