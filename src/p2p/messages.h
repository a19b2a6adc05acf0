#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/descriptor.h"
#include "base/repository.h"
#include "base/result.h"
#include "p2p/types.h"

// What members say to each other beyond BitTorrent's own messages: CBOR maps inside BEP 10 extension
// messages named "shoal", on the control torrent. A blob's own connections carry pieces and nothing
// of ours, so that no word waits behind payload. A message that does not decode ends the connection
// it came by.
namespace shoal::p2p {

// "I am downloading this; whoever has any of it, connect to me." Answered by Here.
struct Want {
  Want(Digest digest_in, std::uint64_t size_in, bool eligible_in)
      : digest(std::move(digest_in)), size(size_in), eligible(eligible_in) {}
  Digest digest;
  std::uint64_t size;
  bool eligible;  // as message Eligible
};

struct Here {
  Here(Digest digest_in, Holding holding_in, bool eligible_in)
      : digest(std::move(digest_in)), holding(holding_in), eligible(eligible_in) {}
  Digest digest;
  Holding holding;
  bool eligible;  // as message Eligible, where holding is arriving
};

// "What do you know of this digest?" `query` is the asker's number, given back in the answer.
struct Describe {
  Describe(std::uint64_t query_in, Digest digest_in)
      : query(query_in), digest(std::move(digest_in)) {}
  std::uint64_t query;
  Digest digest;
};

// "What does this tag point at?"
struct Resolve {
  Resolve(std::uint64_t query_in, Repository repository_in, Reference reference_in)
      : query(query_in), repository(std::move(repository_in)), reference(std::move(reference_in)) {}
  std::uint64_t query;
  Repository repository;
  Reference reference;
};

// The answer to either; no descriptor = "I don't know".
struct Answer {
  Answer(std::uint64_t query_in, std::optional<Descriptor> descriptor_in,
         std::int64_t checked_at_s_in, bool is_open_in = false)
      : query(query_in),
        descriptor(std::move(descriptor_in)),
        checked_at_s(checked_at_s_in),
        is_open(is_open_in) {}
  std::uint64_t query;
  std::optional<Descriptor> descriptor;
  std::int64_t checked_at_s;  // Unix time the tag was last confirmed; 0 for Describe
  bool is_open;               // to Resolve: the registry lets anybody read the repository
};

// --- between those who are downloading the same blob ---

// Whether the sender's own upstream requests for this blob succeed (or were not tried yet).
struct Eligible {
  Eligible(Digest digest_in, bool value_in) : digest(std::move(digest_in)), value(value_in) {}
  Digest digest;
  bool value;
};

// "I am fetching these from upstream now; leave them to me." Said again while bytes come.
struct Claim {
  Claim(Digest digest_in, Pieces pieces_in)
      : digest(std::move(digest_in)), pieces(std::move(pieces_in)) {}
  Digest digest;
  Pieces pieces;
};

// "I have given up on these."
struct Release {
  Release(Digest digest_in, Pieces pieces_in)
      : digest(std::move(digest_in)), pieces(std::move(pieces_in)) {}
  Digest digest;
  Pieces pieces;
};

// "I had these first-hand, and these are their CRC32Cs." Said of what the sender fetched from upstream,
// or of all of a blob that it has whole.
struct Witness {
  Witness(Digest digest_in, Pieces pieces_in, std::vector<std::uint32_t> crcs_in)
      : digest(std::move(digest_in)), pieces(std::move(pieces_in)), crcs(std::move(crcs_in)) {}
  Digest digest;
  Pieces pieces;
  std::vector<std::uint32_t> crcs;  // as many as pieces
};

using Message =
    std::variant<Want, Here, Describe, Resolve, Answer, Eligible, Claim, Release, Witness>;

inline constexpr std::size_t kMessageBytesMax = 64 * 1024;
inline constexpr std::size_t kMessagePiecesMax = 4096;

std::string encode(const Message& message);

// Errors  protocol: not CBOR, an unknown kind, a field that is missing, of another type or out of
//         bounds; too_large.
Result<Message> decode(std::span<const std::byte> bytes);

}  // namespace shoal::p2p
