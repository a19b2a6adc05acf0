#include "loadtest/blob_pull.h"

#include <algorithm>
#include <atomic>

#include "loadtest/blob_body.h"
#include "loadtest/ordered_hasher.h"
#include "loadtest/ranges.h"
#include "loadtest/workers.h"

namespace shoal::loadtest {
namespace {

Result<void> require_digest(const Digest& expected, const Digest& found) {
  if (found == expected) return {};
  return fail(Errc::corrupt, "blob " + expected.text() + ": its bytes hash to " + found.text());
}

Result<void> pull_whole(PullContext& context, HttpConnection& connection, const Descriptor& blob) {
  BlobBody body(context, connection, blob, 0, false);
  Hasher hasher(blob.digest.algorithm());
  while (true) {
    const auto bytes = body.next();
    if (!bytes) return fail(bytes.error());
    if (bytes->empty()) break;
    hasher.update(*bytes);
  }
  return require_digest(blob.digest, hasher.finish());
}

// Reads one chunk into `buffer`; the rest of the blob is left unread.
Result<void> read_chunk(PullContext& context, HttpConnection& connection, const Descriptor& blob,
                        ByteRange chunk, std::vector<std::byte>& buffer) {
  buffer.clear();
  BlobBody body(context, connection, blob, chunk.offset, true);
  while (buffer.size() < chunk.size) {
    const auto bytes = body.next();
    if (!bytes) return fail(bytes.error());
    const auto wanted =
        std::min<std::size_t>(bytes->size(), static_cast<std::size_t>(chunk.size) - buffer.size());
    buffer.insert(buffer.end(), bytes->begin(),
                  bytes->begin() + static_cast<std::ptrdiff_t>(wanted));
  }
  connection.drop();
  return {};
}

Result<void> pull_in_chunks(PullContext& context, const Descriptor& blob) {
  const std::uint64_t chunk_bytes = context.options.chunk_bytes;
  const std::uint64_t count = chunk_count(blob.size, chunk_bytes);
  OrderedHasher hasher(blob.digest.algorithm(), context.limits.deadline);
  std::atomic<std::uint64_t> next = 0;
  const auto work = [&](HttpConnection& connection) -> Result<void> {
    std::vector<std::byte> buffer;
    while (true) {
      const std::uint64_t number = next++;
      if (number >= count) return {};
      const ByteRange chunk = chunk_at(number, blob.size, chunk_bytes);
      auto outcome = read_chunk(context, connection, blob, chunk, buffer);
      if (outcome) outcome = hasher.add(number, buffer);
      if (outcome) continue;
      hasher.stop();
      return outcome;
    }
  };
  const auto threads =
      std::min<std::uint64_t>(count, static_cast<unsigned>(context.options.parallel));
  if (auto done = run_workers(context, static_cast<int>(threads), work); !done) return done;
  return require_digest(blob.digest, hasher.finish());
}

}  // namespace

Result<void> pull_blobs(PullContext& context, const std::vector<Descriptor>& blobs) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&](HttpConnection& connection) -> Result<void> {
    while (true) {
      const std::size_t number = next++;
      if (number >= blobs.size()) return {};
      if (auto done = pull_whole(context, connection, blobs[number]); !done) return done;
    }
  };
  const auto threads = std::min(blobs.size(), static_cast<std::size_t>(context.options.parallel));
  return run_workers(context, static_cast<int>(threads), work);
}

Result<void> pull_blobs_in_chunks(PullContext& context, const std::vector<Descriptor>& blobs) {
  for (const Descriptor& blob : blobs) {
    if (auto done = pull_in_chunks(context, blob); !done) return done;
  }
  return {};
}

}  // namespace shoal::loadtest
