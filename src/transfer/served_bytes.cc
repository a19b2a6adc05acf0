#include "transfer/served_bytes.h"

#include <algorithm>

namespace shoal::transfer {
namespace {

// Beyond it ranges are joined with what lies between them.
constexpr std::size_t kRangesMax = 64;

}  // namespace

void ServedBytes::note(ByteRange given) {
  if (!given_.empty()) {
    ByteRange& last = given_.back();
    const bool follows = given.offset >= last.offset && given.offset <= last.end();
    if (follows || given_.size() >= kRangesMax) {
      const std::uint64_t end = std::max(last.end(), given.end());
      last.offset = std::min(last.offset, given.offset);
      last.size = end - last.offset;
      return;
    }
  }
  given_.push_back(given);
}

bool ServedBytes::spoiled(const std::vector<ReplacedPiece>& replaced, const store::BlobFile& blob) {
  for (; seen_ < replaced.size(); ++seen_) {
    const ByteRange piece = blob.layout().range(replaced[seen_].piece);
    const bool was_given = std::any_of(given_.begin(), given_.end(), [&](const ByteRange& given) {
      return given.offset < piece.end() && piece.offset < given.end();
    });
    if (was_given) doubtful_.push_back(replaced[seen_]);
  }
  return std::any_of(doubtful_.begin(), doubtful_.end(), [&](const ReplacedPiece& doubt) {
    const auto now = blob.crc(doubt.piece);
    return now && *now != doubt.crc;
  });
}

}  // namespace shoal::transfer
