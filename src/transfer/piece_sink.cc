#include "transfer/piece_sink.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace shoal::transfer {
namespace {

struct Written {
  std::vector<PieceSink::Came> came;
  std::uint32_t crc = 0;  // of the front of the piece that is not whole yet
};

// Writes [offset, offset + bytes.size()) and finishes every piece whose last byte is in it.
// A fetch starts at a piece's first byte, so a piece that ends here was written whole. `crc` is of what
// of the first piece came before.
Result<Written> write_and_finish(store::BlobFile& blob, std::uint64_t offset,
                                 std::span<const std::byte> bytes, std::uint32_t crc) {
  if (auto written = blob.write(offset, bytes); !written) return fail(written.error());
  Written out;
  out.crc = crc;
  while (!bytes.empty()) {
    const std::uint32_t piece = blob.layout().piece_at(offset);
    const std::uint64_t end = blob.layout().range(piece).end();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - offset));
    out.crc = crc32c(bytes.first(size), out.crc);
    offset += size;
    bytes = bytes.subspan(size);
    if (offset < end) break;
    const auto finished = blob.finish_piece(piece, {&out.crc, 1});
    if (!finished) return fail(finished.error());
    out.came.push_back(PieceSink::Came{piece, out.crc, finished->how});
    out.crc = 0;
  }
  return out;
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
  auto job = [blob = blob_, offset = position_, bytes, crc = crc_] {
    return write_and_finish(*blob, offset, bytes, crc);
  };
  auto written = co_await offload(context_.disk_pool, std::move(job));
  if (!written) co_return fail(written.error());
  crc_ = written->crc;
  position_ += bytes.size();
  progressed_ = true;
  context_.metrics.received_bytes(ByteSource::upstream)
      .Increment(static_cast<double>(bytes.size()));
  events_.came(bytes.size());
  if (!written->came.empty()) events_.finished(written->came);
  co_return Result<void>();
}

}  // namespace shoal::transfer
