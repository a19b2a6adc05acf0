#include "p2p/messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/random.h"

namespace shoal::p2p {
namespace {

const std::string kHex(64, 'a');

Digest digest() {
  return *Digest::parse("sha256:" + kHex);
}

Repository repository() {
  return Repository(*RegistryName::parse("docker.io"), *RepositoryName::parse("library/python"));
}

template <class T>
T round_trip(const T& message) {
  const std::string bytes = encode(Message(message));
  auto decoded = decode(as_bytes(bytes));
  EXPECT_TRUE(decoded.has_value());
  return std::get<T>(*decoded);
}

TEST(MessagesTest, WantSurvivesTheRoundTrip) {
  const Want out = round_trip(Want(digest(), 12345, true));
  EXPECT_EQ(out.digest, digest());
  EXPECT_EQ(out.size, 12345U);
  EXPECT_TRUE(out.eligible);
}

TEST(MessagesTest, HereSurvivesTheRoundTrip) {
  EXPECT_EQ(round_trip(Here(digest(), Holding::arriving, false)).holding, Holding::arriving);
}

TEST(MessagesTest, ResolveSurvivesTheRoundTrip) {
  const Resolve out = round_trip(Resolve(7, repository(), *Tag::parse("3.12")));
  EXPECT_EQ(out.query, 7U);
  EXPECT_EQ(out.repository, repository());
  EXPECT_EQ(to_text(out.reference), "3.12");
}

TEST(MessagesTest, AnswerSurvivesTheRoundTripWithAndWithoutContent) {
  const Answer with = round_trip(Answer(9, Descriptor(digest(), 5, "application/x"), 1700000000));
  ASSERT_TRUE(with.descriptor.has_value());
  EXPECT_EQ(*with.descriptor, Descriptor(digest(), 5, "application/x"));
  EXPECT_EQ(with.checked_at_s, 1700000000);
  EXPECT_FALSE(with.is_open);
  Answer open = with;
  open.is_open = true;
  EXPECT_TRUE(round_trip(open).is_open);
  EXPECT_FALSE(round_trip(Answer(9, std::nullopt, 0)).descriptor.has_value());
}

TEST(MessagesTest, PieceListsSurviveTheRoundTrip) {
  EXPECT_EQ(round_trip(Claim(digest(), {1, 2, 4000000000U})).pieces, (Pieces{1, 2, 4000000000U}));
  EXPECT_EQ(round_trip(Release(digest(), {})).pieces, Pieces{});
  EXPECT_TRUE(round_trip(Eligible(digest(), true)).value);
}

TEST(MessagesTest, WitnessSurvivesTheRoundTrip) {
  const Witness out = round_trip(Witness(digest(), {3, 9}, {0xffffffffU, 0}));
  EXPECT_EQ(out.pieces, (Pieces{3, 9}));
  EXPECT_EQ(out.crcs, (std::vector<std::uint32_t>{0xffffffffU, 0}));
}

TEST(MessagesTest, LargestWitnessFitsIntoAMessage) {
  const std::vector<std::uint32_t> many(kMessagePiecesMax, 0xffffffffU);
  EXPECT_LE(encode(Message(Witness(digest(), many, many))).size(), kMessageBytesMax);
}

Result<Message> decode_json(const nlohmann::json& object) {
  std::string bytes;
  nlohmann::json::to_cbor(object, bytes);
  return decode(as_bytes(bytes));
}

TEST(MessagesTest, WrongFieldsAreRefused) {
  const std::string text = digest().text();
  using nlohmann::json;
  for (const json& object : {
           json{{"t", "want"}, {"d", text}, {"e", true}},                            // no size
           json{{"t", "want"}, {"d", text}, {"s", -1}, {"e", true}},                 // negative
           json{{"t", "want"}, {"d", text}, {"s", kBlobBytesMax + 1}, {"e", true}},  // too large
           json{{"t", "want"}, {"d", "sha256:../../etc"}, {"s", 1}, {"e", true}},    // no digest
           json{{"t", "want"}, {"d", text}, {"s", 1}},                    // eligible or not?
           json{{"t", "here"}, {"d", text}, {"h", 3}, {"e", true}},       // no such holding
           json{{"t", "claim"}, {"d", text}, {"p", json::array({"x"})}},  // no number
           json{{"t", "witness"}, {"d", text}, {"p", json::array({1})}},  // of what?
           json{{"t", "witness"}, {"d", text}, {"p", json::array({1})}, {"c", json::array()}},
           json{{"t", "claim"}, {"p", json::array({1})}},  // of which blob?
           json{{"t", "claim"}, {"d", text}, {"p", json::array({std::uint64_t{1} << 40})}},
           json{{"t", "resolve"}, {"q", 1}, {"r", "a b"}, {"n", "x"}, {"g", "y"}},
           json{{"t", "answer"}, {"q", 1}, {"c", 0}, {"d", text}},  // digest without size
           json{{"t", "eligible"}, {"d", text}, {"v", 1}},
           json{{"t", "nonsense"}},
           json{{"x", 1}},
           json::array({1, 2}),
           json(nullptr),
       }) {
    EXPECT_FALSE(decode_json(object).has_value()) << object.dump();
  }
}

TEST(MessagesTest, TooManyPiecesAreRefused) {
  EXPECT_FALSE(
      decode(as_bytes(encode(Claim(digest(), Pieces(kMessagePiecesMax + 1, 1))))).has_value());
}

TEST(MessagesTest, OversizedMessageIsRefused) {
  const std::string bytes(kMessageBytesMax + 1, '\0');
  const auto decoded = decode(as_bytes(bytes));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, Errc::too_large);
}

TEST(MessagesTest, DamagedBytesNeverDecodeToSomethingMalformed) {
  const std::string good = encode(Resolve(7, repository(), *Tag::parse("latest")));
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    const std::size_t at = random_below(bytes.size());
    bytes[at] = static_cast<char>(random_below(256));
    if (random_below(4) == 0) bytes.resize(random_below(bytes.size() + 1));
    const auto decoded = decode(as_bytes(bytes));
    if (!decoded) continue;
    // What decodes is well formed: it can be encoded and read again.
    EXPECT_TRUE(decode(as_bytes(encode(*decoded))).has_value());
  }
}

}  // namespace
}  // namespace shoal::p2p
