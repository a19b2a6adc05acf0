#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/hash.h"
#include "transfer/blob_source.h"
#include "transfer/context.h"
#include "transfer/upstream_route.h"
#include "transfer/window.h"

namespace shoal::transfer {

// One reader's way to a blob that cannot be stored: bytes come from upstream as they are read, at most
// kWindowBytes ahead, and are forgotten once the reader goes on. Nothing is shared with other readers.
//
// Who reads from the first byte to the last gets the last one only if the whole matched its digest, as
// with any other download. Of who begins later, the front was not seen here: that one must check for
// itself what it puts together, as clients that resume do.
// Kept alive by its own coroutine and its reader.   Thread  the reactor's.
class Passage final : public std::enable_shared_from_this<Passage> {
 public:
  static constexpr std::uint64_t kWindowBytes = 512 * 1024;
  static constexpr std::size_t kPassagesMax = 128;  // at a time: 64 MiB

  // `registry`: DownloadMetrics::label() of where the blob was seen. `why`: what kept it from being stored.
  // Errors  unavailable: there are kPassagesMax already; io.
  static Result<std::shared_ptr<Passage>> begin(Context& context, Descriptor descriptor,
                                                UpstreamRoute route, const std::string& registry,
                                                Errc why);
  Passage(Context& context, Descriptor descriptor, UpstreamRoute route,
          prometheus::Counter& arrived, Window window);
  ~Passage();
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  const Descriptor& descriptor() const { return descriptor_; }
  // See BlobHandle::read(); what was given before is gone with the next call.
  Awaitable<Result<Extent>> read(ByteRange wanted, SteadyTime deadline);
  // The reader has left.
  void cancel();

 private:
  class Sink;
  // A stream that a reader turned away from has another number.
  Awaitable<void> run(std::uint64_t stream, ByteRange range);
  void start(ByteRange range);
  bool is_current(std::uint64_t stream) const { return stream == stream_ && !canceled_; }
  Awaitable<Result<void>> take(std::uint64_t stream, std::span<const std::byte> bytes);
  Result<void> check_whole();

  Context& context_;
  const Descriptor descriptor_;
  UpstreamRoute route_;
  prometheus::Counter& arrived_;  // bytes, of the blob's registry
  Window window_;
  Event changed_;
  std::uint64_t stream_ = 0;
  std::uint64_t stream_end_ = 0;  // of the bytes that the stream brings
  bool canceled_ = false;
  std::shared_ptr<Hasher> hasher_;  // of all bytes from the first on; none where some were left out
  std::uint64_t hashed_ = 0;
  std::optional<Error> error_;
};

// Whether a failed attempt to store a blob is a reason to hand it through.
inline bool cannot_store(Errc code) {
  return is_of_disk(code) || code == Errc::too_large;
}

// A reader's hold on its passage.
class PassageHandle final : public BlobHandle {
 public:
  explicit PassageHandle(std::shared_ptr<Passage> passage) : passage_(std::move(passage)) {}
  ~PassageHandle() override { passage_->cancel(); }
  PassageHandle(const PassageHandle&) = delete;
  PassageHandle& operator=(const PassageHandle&) = delete;

  const Descriptor& descriptor() const override { return passage_->descriptor(); }
  bool was_complete() const override { return false; }
  Awaitable<Result<Extent>> read(ByteRange wanted, SteadyTime deadline) override {
    return passage_->read(wanted, deadline);
  }

 private:
  std::shared_ptr<Passage> passage_;
};

}  // namespace shoal::transfer
