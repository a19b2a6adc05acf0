#include "store/records.h"

#include "store/piece_layout.h"
#include "store/value_codec.h"

namespace shoal::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kUsedVersion = 2;

tl::unexpected<Error> undecodable(const char* what) {
  return fail(Errc::corrupt, std::string("the index holds an impossible record: ") + what);
}

std::uint64_t to_milliseconds(SystemTime time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<std::uint64_t>(since.count());
}

// A time that system_clock cannot hold would overflow it.
Result<SystemTime> from_milliseconds(std::uint64_t raw) {
  using Milliseconds = std::chrono::milliseconds;
  constexpr auto kMax = std::chrono::duration_cast<Milliseconds>(SystemTime::duration::max());
  const auto count = static_cast<std::int64_t>(raw);
  if (count > kMax.count() || count < -kMax.count()) return undecodable("a time out of range");
  return SystemTime(Milliseconds(count));
}

bool plausible(const ValueReader& reader, std::uint8_t version, std::uint64_t size) {
  return reader.ok() && version == kVersion && size <= kBlobBytesMax;
}

void write_crcs(ValueWriter& writer, const PieceRecord& record) {
  writer.u8(kVersion);
  writer.u64(record.size);
  for (const std::uint32_t crc : record.crcs) writer.u32(crc);
}

// Reads what complete and partial records have in common, all pieces present.
Result<PieceRecord> read_crcs(ValueReader& reader, std::uint32_t piece_bytes) {
  const std::uint8_t version = reader.u8();
  PieceRecord record(reader.u64());
  if (!plausible(reader, version, record.size)) return undecodable("pieces of a blob");
  const std::size_t count = PieceLayout(record.size, piece_bytes).count();
  if (reader.left() / sizeof(std::uint32_t) < count) return undecodable("too few pieces of a blob");
  record.crcs.resize(count);
  for (std::uint32_t& crc : record.crcs) crc = reader.u32();
  record.present.assign(count, true);
  return record;
}

}  // namespace

std::string encode_known(const Known& known) {
  ValueWriter writer;
  writer.u8(kVersion);
  writer.u64(known.descriptor.size);
  writer.text(known.descriptor.media_type);
  writer.u8(static_cast<std::uint8_t>(known.seen_in.size()));
  for (const Repository& repository : known.seen_in) {
    writer.text(repository.registry.text());
    writer.text(repository.name.text());
  }
  return writer.take();
}

Result<Known> decode_known(const Digest& digest, std::string_view value) {
  ValueReader reader(value);
  const std::uint8_t version = reader.u8();
  const std::uint64_t size = reader.u64();
  Known known(Descriptor(digest, size, std::string(reader.text())));
  const std::uint8_t count = reader.u8();
  if (!plausible(reader, version, size) || count > kSeenInMax ||
      known.descriptor.media_type.size() > kMediaTypeBytesMax) {
    return undecodable("what is known of some content");
  }
  for (std::uint8_t i = 0; i < count; ++i) {
    auto registry = RegistryName::parse(reader.text());
    auto name = RepositoryName::parse(reader.text());
    if (!registry || !name) return undecodable("a repository where content was seen");
    known.seen_in.emplace_back(std::move(*registry), std::move(*name));
  }
  if (!reader.done()) return undecodable("left-over bytes after what is known of some content");
  return known;
}

std::string encode_tag(const TagRecord& record) {
  ValueWriter writer;
  writer.u8(kVersion);
  writer.text(record.descriptor.digest.text());
  writer.u64(record.descriptor.size);
  writer.text(record.descriptor.media_type);
  writer.u64(to_milliseconds(record.checked_at));
  return writer.take();
}

Result<TagRecord> decode_tag(std::string_view value) {
  ValueReader reader(value);
  const std::uint8_t version = reader.u8();
  auto digest = Digest::parse(reader.text());
  const std::uint64_t size = reader.u64();
  std::string media_type(reader.text());
  auto checked_at = from_milliseconds(reader.u64());
  if (!plausible(reader, version, size) || !reader.done() || !digest ||
      media_type.size() > kMediaTypeBytesMax) {
    return undecodable("the answer for a tag");
  }
  if (!checked_at) return fail(std::move(checked_at.error()));
  return TagRecord(Descriptor(std::move(*digest), size, std::move(media_type)), *checked_at);
}

std::string encode_open(SystemTime checked_at) {
  ValueWriter writer;
  writer.u8(kVersion);
  writer.u64(to_milliseconds(checked_at));
  return writer.take();
}

Result<SystemTime> decode_open(std::string_view value) {
  ValueReader reader(value);
  const std::uint8_t version = reader.u8();
  auto checked_at = from_milliseconds(reader.u64());
  if (version != kVersion || !reader.done() || !checked_at) {
    return undecodable("who may read a repository");
  }
  return *checked_at;
}

std::string encode_complete(const PieceRecord& record) {
  ValueWriter writer;
  write_crcs(writer, record);
  return writer.take();
}

Result<PieceRecord> decode_complete(std::string_view value, std::uint32_t piece_bytes) {
  ValueReader reader(value);
  auto record = read_crcs(reader, piece_bytes);
  if (record && !reader.done()) return undecodable("left-over bytes after the pieces of a blob");
  return record;
}

std::string encode_partial(const PieceRecord& record) {
  ValueWriter writer;
  write_crcs(writer, record);
  for (std::size_t i = 0; i < record.present.size(); i += 8) {
    unsigned bits = 0;
    for (std::size_t bit = 0; bit < 8 && i + bit < record.present.size(); ++bit) {
      bits |= static_cast<unsigned>(record.present[i + bit]) << bit;
    }
    writer.u8(static_cast<std::uint8_t>(bits));
  }
  return writer.take();
}

Result<PieceRecord> decode_partial(std::string_view value, std::uint32_t piece_bytes) {
  ValueReader reader(value);
  auto record = read_crcs(reader, piece_bytes);
  if (!record) return record;
  for (std::size_t i = 0; i < record->present.size(); i += 8) {
    const unsigned bits = reader.u8();
    for (std::size_t bit = 0; bit < 8 && i + bit < record->present.size(); ++bit) {
      record->present[i + bit] = ((bits >> bit) & 1U) != 0;
    }
  }
  if (!reader.done()) return undecodable("which pieces of a blob are here");
  return record;
}

std::string encode_used(const UseRecord& record) {
  ValueWriter writer;
  writer.u8(kUsedVersion);
  writer.u64(to_milliseconds(record.used_at));
  writer.u64(record.size);
  writer.u64(record.occupied);
  return writer.take();
}

Result<DecodedUse> decode_used(std::string_view value) {
  ValueReader reader(value);
  const std::uint8_t version = reader.u8();
  const std::uint64_t raw = reader.u64();
  DecodedUse use;
  use.is_whole = version == kUsedVersion;
  if (use.is_whole) {
    use.record.size = reader.u64();
    use.record.occupied = reader.u64();
  }
  const bool is_known_version = use.is_whole || version == kVersion;
  const bool is_possible =
      use.record.size <= kBlobBytesMax && use.record.occupied <= 2 * kBlobBytesMax;
  if (!reader.done() || !is_known_version || !is_possible)
    return undecodable("when a blob was used");
  const auto used_at = from_milliseconds(raw);
  if (!used_at) return fail(used_at.error());
  use.record.used_at = *used_at;
  return use;
}

std::string encode_pin(const std::vector<Digest>& digests) {
  ValueWriter writer;
  writer.u8(kVersion);
  writer.u32(static_cast<std::uint32_t>(digests.size()));
  for (const Digest& digest : digests) writer.text(digest.text());
  return writer.take();
}

Result<std::vector<Digest>> decode_pin(std::string_view value) {
  ValueReader reader(value);
  const std::uint8_t version = reader.u8();
  const std::uint32_t count = reader.u32();
  std::vector<Digest> digests;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    auto digest = Digest::parse(reader.text());
    if (!digest) return undecodable("a digest that is pinned");
    digests.push_back(std::move(*digest));
  }
  if (!reader.done() || version != kVersion) return undecodable("what is pinned");
  return digests;
}

}  // namespace shoal::store
