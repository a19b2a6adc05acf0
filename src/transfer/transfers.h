#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/event.h"
#include "p2p/swarm.h"
#include "transfer/blob_source.h"
#include "transfer/context.h"
#include "transfer/download.h"
#include "transfer/seeds.h"

namespace shoal::transfer {

// All blobs that are read, on their way here, or seeded: one Download for each that is arriving, and
// a place in the swarm for those at rest that a member asked for lately.
// Answers the mirror (BlobSource, ClusterDirectory) and the other members (SwarmHost).
// Thread  the reactor's.   Lifetime  outlives the handles it gave out.
class Transfers final : public BlobSource, public ClusterDirectory, public p2p::SwarmHost {
 public:
  explicit Transfers(Context context);
  ~Transfers() override;

  Awaitable<Result<std::shared_ptr<BlobHandle>>> open(Descriptor descriptor,
                                                      std::vector<Repository> hints) override;

  Awaitable<Result<Descriptor>> describe(Digest digest, SteadyTime deadline) override;
  Awaitable<Result<Resolution>> resolve(Repository repository, Reference reference,
                                        SteadyTime deadline) override;
  void publish(const Repository& repository, const Tag& tag, const Resolution& answer) override;

  Awaitable<p2p::Holding> wanted(Descriptor descriptor) override;
  Awaitable<std::optional<Descriptor>> describe(Digest digest) override;
  Awaitable<std::optional<Resolution>> resolve(Repository repository, Reference reference) override;

  std::size_t active() const { return active_.size(); }
  // See Seeds::release().
  std::uint64_t release_seeds(std::uint64_t bytes) { return seeds_.release(bytes); }
  bool release_seed(const Digest& digest) { return seeds_.release(digest); }
  // Cancels all downloads and waits until their state is on disk.
  Awaitable<void> stop();

 private:
  Awaitable<Result<std::shared_ptr<store::BlobFile>>> open_complete(Digest digest);
  Awaitable<Result<std::shared_ptr<BlobHandle>>> open_empty(Descriptor descriptor,
                                                            prometheus::Counter& served);
  std::shared_ptr<BlobHandle> start_download(std::shared_ptr<store::BlobFile> blob,
                                             std::vector<Repository> hints);
  void download_ended(Download& download);
  // For a blob that the disk cannot take.
  Result<std::shared_ptr<BlobHandle>> pass(Descriptor descriptor,
                                           const std::vector<Repository>& hints, Errc why);
  // A place on the disk for a blob that is not here; idle seeds go for it if need be.
  Awaitable<Result<std::shared_ptr<store::BlobFile>>> make_place(Descriptor descriptor);

  Context context_;
  std::map<Digest, std::shared_ptr<Download>> active_;
  Seeds seeds_;
  Event ended_;
};

}  // namespace shoal::transfer
