#include "store/records.h"

#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"
#include "store/value_codec.h"

namespace shoal::store {
namespace {

using std::chrono::milliseconds;

Known sample_known() {
  Known known(descriptor_of("abc", "application/vnd.oci.image.manifest.v1+json"));
  known.seen_in = {repository("library/python"), repository("a/b/c")};
  return known;
}

PieceRecord sample_pieces() {
  PieceRecord record(9 * 128 * kKiB + 5);
  for (std::uint32_t i = 0; i < 10; ++i) {
    record.crcs.push_back(0xdeadbeef + i);
    record.present.push_back(i % 3 != 0);
  }
  return record;
}

TagRecord sample_tag() {
  return TagRecord(descriptor_of("xyz", "text/plain"), SystemTime(milliseconds(1234567890123)));
}

TEST(RecordsTest, KnownComesBack) {
  const Known known = sample_known();
  const auto again = decode_known(known.descriptor.digest, encode_known(known));
  ASSERT_OK(again);
  EXPECT_EQ(again->descriptor, known.descriptor);
  EXPECT_EQ(again->seen_in, known.seen_in);
}

TEST(RecordsTest, TagComesBack) {
  const auto again = decode_tag(encode_tag(sample_tag()));
  ASSERT_OK(again);
  EXPECT_EQ(again->descriptor, sample_tag().descriptor);
  EXPECT_EQ(again->checked_at, sample_tag().checked_at);
}

TEST(RecordsTest, TagFromBefore1970ComesBack) {
  TagRecord record = sample_tag();
  record.checked_at = SystemTime(milliseconds(-5));
  const auto again = decode_tag(encode_tag(record));
  ASSERT_OK(again);
  EXPECT_EQ(again->checked_at, record.checked_at);
}

TEST(RecordsTest, OpenComesBackAndNothingElseDoes) {
  const SystemTime time(milliseconds(1234567890123));
  const auto again = decode_open(encode_open(time));
  ASSERT_OK(again);
  EXPECT_EQ(*again, time);
  EXPECT_FALSE(decode_open(""));
  EXPECT_FALSE(decode_open(encode_open(time) + "x"));
  EXPECT_FALSE(decode_open(encode_open(time).substr(0, 5)));
}

TEST(RecordsTest, PartialComesBack) {
  const auto again = decode_partial(encode_partial(sample_pieces()), 0);
  ASSERT_OK(again);
  EXPECT_EQ(again->size, sample_pieces().size);
  EXPECT_EQ(again->crcs, sample_pieces().crcs);
  EXPECT_EQ(again->present, sample_pieces().present);
}

TEST(RecordsTest, CompleteComesBackWithAllPiecesPresent) {
  const auto again = decode_complete(encode_complete(sample_pieces()), 0);
  ASSERT_OK(again);
  EXPECT_EQ(again->crcs, sample_pieces().crcs);
  EXPECT_EQ(again->present, std::vector<bool>(10, true));
}

TEST(RecordsTest, PiecesAreCountedByTheStoresSize) {
  PieceRecord record(64 * kKiB);
  record.crcs = {1, 2, 3, 4};
  record.present = {true, false, true, false};
  const std::string value = encode_partial(record);
  const auto again = decode_partial(value, 16 * kKiB);
  ASSERT_OK(again);
  EXPECT_EQ(again->present, record.present);
  EXPECT_EQ(code_of(decode_partial(value, 0)), Errc::corrupt);
}

TEST(RecordsTest, ABlobWithoutBytesComesBack) {
  EXPECT_OK(decode_complete(encode_complete(PieceRecord(0)), 0));
  EXPECT_OK(decode_partial(encode_partial(PieceRecord(0)), 0));
}

TEST(RecordsTest, UsedComesBack) {
  const SystemTime time(milliseconds(42));
  const auto again = decode_used(encode_used({time, 5, 4096}));
  ASSERT_OK(again);
  EXPECT_TRUE(again->is_whole);
  EXPECT_EQ(again->record.used_at, time);
  EXPECT_EQ(again->record.size, 5U);
  EXPECT_EQ(again->record.occupied, 4096U);
}

TEST(RecordsTest, UsedOfVersionOneSaysWhenOnly) {
  ValueWriter writer;
  writer.u8(1);
  writer.u64(42);
  const auto use = decode_used(writer.take());
  ASSERT_OK(use);
  EXPECT_FALSE(use->is_whole);
  EXPECT_EQ(use->record.used_at, SystemTime(milliseconds(42)));
}

// The bytes are the format: a daemon of tomorrow reads what this one wrote.
TEST(RecordsTest, TheFormatIsWhatItWas) {
  PieceRecord record(128 * kKiB + 1);
  record.crcs = {0x01020304, 0xa0b0c0d0};
  record.present = {false, true};
  EXPECT_EQ(to_hex(as_bytes(encode_partial(record))),
            "01"
            "0100020000000000"
            "04030201"
            "d0c0b0a0"
            "02");
  EXPECT_EQ(to_hex(as_bytes(encode_complete(record))),
            "01"
            "0100020000000000"
            "04030201"
            "d0c0b0a0");
  EXPECT_EQ(to_hex(as_bytes(encode_used({SystemTime(milliseconds(0x0102)), 3, 4096}))),
            "02"
            "0201000000000000"
            "0300000000000000"
            "0010000000000000");
  Known known(descriptor_of("abc", "t/x"));
  known.seen_in = {repository("p")};
  EXPECT_EQ(to_hex(as_bytes(encode_known(known))),
            "01"
            "0300000000000000"
            "0300742f78"
            "01"
            "0900646f636b65722e696f"
            "010070");
}

struct Kind {
  const char* name;
  std::string value;
  std::function<bool(std::string_view)> decodes;
};

std::vector<Kind> kinds() {
  const Digest digest = sample_known().descriptor.digest;
  return {
      {"known", encode_known(sample_known()),
       [=](std::string_view value) { return decode_known(digest, value).has_value(); }},
      {"tag", encode_tag(sample_tag()),
       [](std::string_view value) { return decode_tag(value).has_value(); }},
      {"complete", encode_complete(sample_pieces()),
       [](std::string_view value) { return decode_complete(value, 0).has_value(); }},
      {"partial", encode_partial(sample_pieces()),
       [](std::string_view value) { return decode_partial(value, 0).has_value(); }},
      {"used", encode_used({}),
       [](std::string_view value) { return decode_used(value).has_value(); }},
  };
}

TEST(RecordsTest, EveryTruncationIsRefused) {
  for (const Kind& kind : kinds()) {
    ASSERT_TRUE(kind.decodes(kind.value)) << kind.name;
    for (std::size_t size = 0; size < kind.value.size(); ++size) {
      EXPECT_FALSE(kind.decodes(std::string_view(kind.value).substr(0, size)))
          << kind.name << " cut to " << size;
    }
  }
}

TEST(RecordsTest, LeftOverBytesAreRefused) {
  for (const Kind& kind : kinds()) EXPECT_FALSE(kind.decodes(kind.value + '\0')) << kind.name;
}

TEST(RecordsTest, AnotherVersionIsRefused) {
  for (Kind& kind : kinds()) {
    kind.value[0] = 9;
    EXPECT_FALSE(kind.decodes(kind.value)) << kind.name;
  }
}

// Goal: whatever bytes a broken disk hands us, decoding ends with an answer (under the sanitizers).
TEST(RecordsTest, RandomDamageNeverDoesMoreThanFail) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const Kind& kind : kinds()) {
    for (int round = 0; round < 5000; ++round) {
      std::string value = kind.value.substr(0, random() % (kind.value.size() + 1));
      for (int flips = 0; flips < 4 && !value.empty(); ++flips) {
        value[random() % value.size()] = static_cast<char>(random() & 0xff);
      }
      kind.decodes(value);
    }
  }
}

TEST(RecordsTest, AnImpossibleSizeIsRefusedBeforeItCostsMemory) {
  ValueWriter writer;
  writer.u8(1);
  writer.u64(kBlobBytesMax);  // a million pieces, and not one checksum
  EXPECT_EQ(code_of(decode_complete(writer.take(), 0)), Errc::corrupt);
  ValueWriter larger;
  larger.u8(1);
  larger.u64(kBlobBytesMax + 1);
  EXPECT_EQ(code_of(decode_partial(larger.take(), 0)), Errc::corrupt);
}

TEST(RecordsTest, MoreRepositoriesThanTheCapAreRefused) {
  Known known(descriptor_of("abc"));
  for (std::size_t i = 0; i <= kSeenInMax; ++i) known.seen_in.push_back(repository("r"));
  EXPECT_EQ(code_of(decode_known(known.descriptor.digest, encode_known(known))), Errc::corrupt);
}

TEST(RecordsTest, ARepositoryNameThatIsNotOneIsRefused) {
  std::string value = encode_known(sample_known());
  value.replace(value.find("library"), 7, "../evil");
  EXPECT_EQ(code_of(decode_known(sample_known().descriptor.digest, value)), Errc::corrupt);
}

TEST(RecordsTest, ATimeOutOfRangeIsRefused) {
  ValueWriter writer;
  writer.u8(1);
  writer.u64(0x7fff'ffff'ffff'ffff);
  EXPECT_EQ(code_of(decode_used(writer.take())), Errc::corrupt);
}

}  // namespace
}  // namespace shoal::store
