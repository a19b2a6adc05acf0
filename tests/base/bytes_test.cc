#include "base/bytes.h"

#include <array>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace shoal {
namespace {

TEST(BytesTest, HexIsLowerCaseAndKeepsLeadingZeros) {
  const std::array<std::byte, 4> raw{std::byte{0}, std::byte{0x0f}, std::byte{0xab},
                                     std::byte{0xff}};
  EXPECT_EQ(to_hex(raw), "000fabff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(BytesTest, TextAndBytesAreViewsOfTheSameMemory) {
  const std::string text("a\0\xff", 3);
  const auto bytes = as_bytes(text);
  EXPECT_EQ(static_cast<const void*>(bytes.data()), static_cast<const void*>(text.data()));
  EXPECT_EQ(as_text(bytes), text);
}

TEST(ByteCountTest, ReadsWhatPeopleWrite) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"0", 0},
                                                         {"4096", 4096},
                                                         {"17B", 17},
                                                         {"1KiB", kKiB},
                                                         {"64MiB", 64 * kMiB},
                                                         {"64 MiB", 64 * kMiB},
                                                         {"1.5GiB", 3 * kGiB / 2},
                                                         {"2TiB", 2048 * kGiB},
                                                         {"512KB", 512000},
                                                         {"3MB", 3000000},
                                                         {"4GB", 4000000000},
                                                         {"1TB", 1000000000000},
                                                         {"9007199254740992", 9007199254740992}};
  for (const auto& [text, want] : cases) {
    const auto got = parse_byte_count(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, want) << text;
  }
}

TEST(ByteCountTest, RefusesEverythingElse) {
  for (const char* const text :
       {"", " ", "MiB", "-1", "+1", "-0", "1e9", "0x10", "inf", "nan", "1.5.5", "64mib", "64 Mi B",
        "9999PiB", "99999999TiB", "1e400", ".5MiB", "9007199254740993000",
        "999999999999999999999999999999999999999999999999999999"}) {
    const auto got = parse_byte_count(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
    EXPECT_THAT(got.error().message, testing::HasSubstr(text));
  }
}

TEST(ByteCountTest, ErrorStaysOneShortLineWhateverTheText) {
  const auto got = parse_byte_count("1\n" + std::string(100000, 'x'));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message.find('\n'), std::string::npos);
  EXPECT_LT(got.error().message.size(), 300U);
}

TEST(ByteCountTest, FormatsAsPeopleRead) {
  const std::pair<std::uint64_t, const char*> cases[] = {
      {0, "0 B"},        {1023, "1023 B"},
      {1024, "1.0 KiB"}, {432330506, "412.3 MiB"},
      {kGiB, "1.0 GiB"}, {std::uint64_t{5000} * 1024 * kGiB, "5000.0 TiB"}};
  for (const auto& [bytes, want] : cases) EXPECT_EQ(format_byte_count(bytes), want);
}

}  // namespace
}  // namespace shoal
