#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clocks.h"
#include "base/result.h"
#include "store/store.h"

namespace shoal::store {

// The pieces of one blob: which are on disk, and the CRC32C of each that is.
struct PieceRecord {
  explicit PieceRecord(std::uint64_t size_in) : size(size_in) {}

  std::uint64_t size;               // of the blob, bytes
  std::vector<std::uint32_t> crcs;  // one a piece; of a piece that is missing: anything
  std::vector<bool> present;        // one a piece
};

// The values of the index. Numbers are little-endian; text is its length as u16, then its bytes.
//
//   known     u8 version  u64 size  text media_type  u8 count  count x { text registry  text name }
//   tag       u8 version  text digest  u64 size  text media_type  i64 checked_at
//   open      u8 version  i64 checked_at
//   complete  u8 version  u64 size  u32 crc32c of each piece
//   partial   u8 version  u64 size  u32 crc32c of each piece  a bit for each, the lowest first
//   used      u8 version  i64 used_at  u64 size  u64 occupied      (version 1 ends after used_at)
//   pin       u8 version  u32 count  count x { text digest }
//
// Times are milliseconds since 1970, UTC.
//
// How many pieces a blob has follows from its size and the store's piece size (PieceLayout), so no value
// can ask for more memory than it brings bytes. The version of each is 1, that of used is 2. A change that an older daemon could
// misread takes a new version; one that it must not live with takes a new FORMAT of the folder.
//
// Decoding trusts nothing. `piece_bytes`: StoreOptions::piece_bytes.
// Errors  of decode_*: corrupt: the value is short, long, of another version or impossible.
std::string encode_known(const Known& known);
Result<Known> decode_known(const Digest& digest, std::string_view value);

std::string encode_tag(const TagRecord& record);
Result<TagRecord> decode_tag(std::string_view value);

std::string encode_open(SystemTime checked_at);
Result<SystemTime> decode_open(std::string_view value);

std::string encode_complete(const PieceRecord& record);
Result<PieceRecord> decode_complete(std::string_view value, std::uint32_t piece_bytes);

std::string encode_partial(const PieceRecord& record);
Result<PieceRecord> decode_partial(std::string_view value, std::uint32_t piece_bytes);

// All that eviction needs to know of a complete blob.
struct UseRecord {
  SystemTime used_at;
  std::uint64_t size = 0;      // of the blob
  std::uint64_t occupied = 0;  // bytes that go when it does
};
std::string encode_used(const UseRecord& record);
// What was written before there were quotas says when only: both sizes are 0 then, and `is_whole` false.
struct DecodedUse {
  UseRecord record;
  bool is_whole = true;
};
Result<DecodedUse> decode_used(std::string_view value);

// The manifest first, then all that it names.
std::string encode_pin(const std::vector<Digest>& digests);
Result<std::vector<Digest>> decode_pin(std::string_view value);

// Longer media types are refused where they come in (RFC 6838 allows 127 + 1 + 127).
inline constexpr std::size_t kMediaTypeBytesMax = 255;

}  // namespace shoal::store
