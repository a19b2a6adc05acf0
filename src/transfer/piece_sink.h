#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/byte_range.h"
#include "p2p/types.h"
#include "store/blob_file.h"
#include "transfer/context.h"
#include "upstream/blob_fetcher.h"

namespace shoal::transfer {

// Writes what upstream sends into the blob file and says which pieces that finished.
// Thread  the reactor's; the disk pool writes.
class PieceSink final : public upstream::BodySink {
 public:
  // A piece that came whole from upstream. Others may have written to it meanwhile: `refused` means
  // that the bytes on disk are not those that came, `before` that it was present already, perhaps
  // with other bytes: then its CRC32C differs from `crc`.
  struct Came {
    std::uint32_t piece;
    std::uint32_t crc;  // of what came
    store::BlobFile::Finished::How how;
  };
  struct Events {
    // Called once before the first byte; false ends the fetch with canceled.
    std::function<bool(ByteRange)> begin;
    // Asked before each write; false ends the fetch with canceled.
    std::function<bool()> wanted;
    // So many bytes were written.
    std::function<void(std::size_t)> came;
    // These came whole; whether they are present now, `how` says.
    std::function<void(const std::vector<Came>&)> finished;
  };

  PieceSink(Context& context, std::shared_ptr<store::BlobFile> blob, Events events)
      : context_(context), blob_(std::move(blob)), events_(std::move(events)) {}

  void begin(ByteRange coming) override;
  Awaitable<Result<void>> write(std::span<const std::byte> bytes) override;

  // Anything reached us.
  bool progressed() const { return progressed_; }

 private:
  Context& context_;
  std::shared_ptr<store::BlobFile> blob_;
  Events events_;
  std::uint64_t position_ = 0;
  std::uint32_t crc_ = 0;  // of the piece at position_, as far as it came
  bool welcome_ = true;
  bool progressed_ = false;
};

}  // namespace shoal::transfer
