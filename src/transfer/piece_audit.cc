#include "transfer/piece_audit.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace shoal::transfer {
namespace {

using Bytes = std::vector<std::byte>;

// Keeps one range in memory.
class MemorySink final : public upstream::BodySink {
 public:
  explicit MemorySink(ByteRange asked) : asked_(asked) {}

  void begin(ByteRange coming) override { as_asked_ = coming == asked_; }
  Awaitable<Result<void>> write(std::span<const std::byte> bytes) override {
    if (!as_asked_) co_return fail(Errc::protocol, "the registry ignores Range");
    if (bytes.size() > asked_.size - bytes_.size()) {
      co_return fail(Errc::protocol, "upstream sent more bytes than were asked for");
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    co_return Result<void>();
  }
  bool whole() const { return bytes_.size() == asked_.size; }
  Bytes take() { return std::move(bytes_); }

 private:
  ByteRange asked_;
  bool as_asked_ = false;
  Bytes bytes_;
};

Result<bool> is_same(store::BlobFile& blob, std::uint64_t offset, const Bytes& truth) {
  Bytes here(truth.size());
  auto read = blob.read(offset, here);
  if (read) return here == truth;
  // A piece that fails its own check is dropped by that.
  const Errc code = read.error().code;
  if (code == Errc::corrupt || code == Errc::not_found) return false;
  return fail(read.error());
}

Result<Audited> compare(store::BlobFile& blob, std::uint32_t piece, const Bytes& truth) {
  const std::uint64_t offset = blob.layout().range(piece).offset;
  Audited out;
  out.crc = crc32c(truth);
  const auto before = blob.crc(piece);
  const auto same = is_same(blob, offset, truth);
  if (!same) return fail(same.error());
  if (*same) {
    out.how = Audited::How::same;
    return out;
  }
  out.bad_crc = before;
  blob.drop_piece(piece);
  if (auto written = blob.write(offset, truth); !written) return fail(written.error());
  const auto finished = blob.finish_piece(piece, {&out.crc, 1});
  if (!finished) return fail(finished.error());
  const bool is_now = finished->how == store::BlobFile::Finished::How::now;
  out.how = is_now ? Audited::How::replaced : Audited::How::missing;
  return out;
}

}  // namespace

Awaitable<Result<Audited>> audit_piece(Context& context, std::shared_ptr<store::BlobFile> blob,
                                       Repository repository, std::uint32_t piece) {
  const ByteRange range = blob->layout().range(piece);
  MemorySink sink(range);
  const Digest digest = blob->descriptor().digest;
  const auto got = co_await context.upstream.get_blob(std::move(repository), digest, range, sink);
  if (!got) co_return fail(got.error());
  if (!sink.whole()) co_return fail(Errc::protocol, "upstream sent too few bytes");
  context.metrics.received_bytes(ByteSource::upstream).Increment(static_cast<double>(range.size));
  auto job = [blob, piece, truth = sink.take()] { return compare(*blob, piece, truth); };
  auto audited = co_await offload(context.disk_pool, std::move(job));
  co_return audited;
}

}  // namespace shoal::transfer
