#include "transfer/piece_sink.h"

#include <algorithm>
#include <utility>

namespace shoal::transfer {
namespace {

// Writes [offset, offset + bytes.size()) and finishes every piece whose last byte is in it.
// A fetch starts at a piece's first byte, so a piece that ends here was written whole.
Result<p2p::Pieces> write_and_finish(store::BlobFile& blob, std::uint64_t offset,
                                     std::span<const std::byte> bytes) {
  if (auto written = blob.write(offset, bytes); !written) return fail(written.error());
  p2p::Pieces finished;
  const std::uint64_t end = offset + bytes.size();
  for (std::uint32_t piece = blob.layout().piece_at(offset); piece < blob.layout().count();
       ++piece) {
    if (blob.layout().range(piece).end() > end) break;
    if (auto done = blob.finish_piece(piece); !done) return fail(done.error());
    finished.push_back(piece);
  }
  return finished;
}

}  // namespace

void PieceSink::begin(ByteRange coming) {
  position_ = coming.offset;
  welcome_ = events_.begin(coming);
}

Awaitable<Result<void>> PieceSink::write(std::span<const std::byte> bytes) {
  if (!welcome_ || !events_.wanted())
    co_return fail(Errc::canceled, "the bytes are not needed any more");
  if (bytes.empty()) co_return Result<void>();
  if (bytes.size() > blob_->descriptor().size - position_) {
    co_return fail(Errc::protocol, "upstream sent more bytes than the blob has");
  }
  auto job = [blob = blob_, offset = position_, bytes] {
    return write_and_finish(*blob, offset, bytes);
  };
  auto finished = co_await offload(context_.disk_pool, std::move(job));
  if (!finished) co_return fail(finished.error());
  position_ += bytes.size();
  progressed_ = true;
  context_.metrics.received_bytes(ByteSource::upstream)
      .Increment(static_cast<double>(bytes.size()));
  events_.came(bytes.size());
  if (!finished->empty()) events_.finished(*finished);
  co_return Result<void>();
}

}  // namespace shoal::transfer
