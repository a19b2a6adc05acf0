#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "p2p/types.h"

namespace shoal::p2p {

// What a node did that was found to be wrong.
enum class Fault : std::uint8_t {
  false_word,  // it bore witness to a CRC32C that is not the piece's
  bad_bytes,   // it sent a piece that differs, though it says it has verified the whole
  bad_relay,   // it sent a piece that differs, perhaps believing whom it had it from
};
std::string_view to_string(Fault fault);

struct Accusation {
  NodeId node;
  std::uint32_t piece;
  Fault fault;
  bool operator==(const Accusation&) const = default;
};

// Who said and who sent what of one blob's pieces while it arrives, and who was wrong where the truth
// about a piece is known: because we fetched it from upstream, or the whole matched its digest.
//
// A node *bears witness* to the CRC32C of what it had first-hand. A copy of a piece that contradicts
// the witnesses is refused, so that nobody honest passes it on, and it is a *dispute* who lies, which
// a look at upstream settles. Of a copy that was accepted a node *answers* for it: the witness it
// agrees with, else who sent it.
//
// Pure: no I/O, no clock.   Thread  not thread-safe.
// Limits  kWordsMax and kCopiesMax of a piece, kNodesMax nodes, kDisputesMax at a time; what is over
//         is ignored.
class Evidence {
 public:
  explicit Evidence(std::uint32_t piece_count) : pieces_(piece_count) {}

  // What somebody should do about what was just learned.
  struct Findings {
    std::vector<Accusation> accusations;
    std::optional<std::uint32_t> dispute;  // the truth about this piece would settle who lies
    bool witness_doubted = false;          // senders were refused for what may have been a lie
    bool tainted = false;                  // the copy that came is one that a liar vouched for
  };

  // --- what happens ---
  // A piece that was here before we came: nobody answers for it.
  void kept(std::uint32_t piece, std::uint32_t crc);
  // A block of a piece that is arriving was taken from `node`.
  void sent(std::uint32_t piece, const NodeId& node);
  // The node says it has the whole blob, verified: its bytes are its own word.
  void says_complete(const NodeId& node);
  Findings word(const NodeId& node, std::uint32_t piece, std::uint32_t crc);
  // A copy that came from peers is whole. `accepted`: it is present now.
  Findings arrived(std::uint32_t piece, std::uint32_t crc, bool accepted);
  // The truth about a piece. `held`: what is present now is that, byte for byte; otherwise what is
  // present, if anything, is bad and about to be dropped.
  Findings proven(std::uint32_t piece, std::uint32_t crc, bool held);
  // The piece is not present any more.
  void dropped(std::uint32_t piece);
  // The truth about a disputed piece is not to be had.
  void unsettled(std::uint32_t piece) { disputes_.erase(piece); }
  // Believes nothing more of what `node` says. `lied`: it bore false witness, so what it alone vouches
  // for is tainted.
  // Returns  the pieces present that it answers for. They must be dropped.
  Pieces dismiss(const NodeId& node, bool lied);

  // --- what follows ---
  // The CRC32Cs that a copy of the piece may have; empty = any.
  std::vector<std::uint32_t> acceptable(std::uint32_t piece) const;
  // Whether copies of the piece are not worth asking for: only liars vouched for it, and whoever
  // believed them passes on what they sent.
  bool tainted(std::uint32_t piece) const;
  // Who sent the last copy, if that was refused.
  std::vector<NodeId> refused_from(std::uint32_t piece) const;
  // Who answers for the pieces present whose truth is not known. Pieces that witnesses disagree
  // about come first, and nodes that answer for such.
  struct Suspect {
    NodeId node;
    Pieces pieces;
  };
  struct Suspects {
    std::vector<Suspect> nodes;
    Pieces nobody;  // nobody answers for these
  };
  Suspects suspects() const;

  static constexpr std::size_t kWordsMax = 16;
  static constexpr std::size_t kCopiesMax = 8;
  static constexpr std::size_t kNodesMax = 4096;
  static constexpr std::size_t kDisputesMax = 4;

 private:
  using Number = std::uint32_t;  // names a node here
  struct Node {
    explicit Node(NodeId id_in) : id(std::move(id_in)) {}
    NodeId id;
    bool complete = false;
    bool dismissed = false;
    bool lied = false;
    std::optional<Fault> accused;
  };
  struct Word {
    Number node;
    std::uint32_t crc;
    bool doubted = false;
  };
  struct Copy {
    std::vector<Number> senders;  // of its blocks; empty = unknown
    std::uint32_t crc = 0;
    bool refused = false;
  };
  struct Piece {
    std::vector<Number> senders;  // of the copy that is arriving
    std::vector<Word> words;
    std::vector<Copy> copies;  // the one held, if any, is the last that was not refused
    std::optional<std::uint32_t> held;
    std::optional<std::uint32_t> truth;
    bool sure = false;  // what is held is the truth, byte for byte
  };
  std::optional<Number> number_of(const NodeId& node);
  bool believed(const Word& word) const { return !word.doubted && !nodes_[word.node].dismissed; }
  const Copy* held_copy(const Piece& piece) const;
  std::optional<Number> answers_for(const Piece& piece) const;
  bool disagreed(const Piece& piece) const;
  bool vouched(const Piece& piece, std::uint32_t crc) const;
  bool contradicted(const Piece& piece, std::uint32_t crc) const;
  bool doubt_refuted_words(Piece& piece);
  void open_dispute(std::uint32_t piece, Findings& findings);
  void accuse(Number node, std::uint32_t piece, Fault fault, Findings& findings);
  void judge_bad_copy(std::uint32_t piece, const Copy& copy, Findings& findings);

  std::vector<Piece> pieces_;
  std::vector<Node> nodes_;
  std::map<NodeId, Number> numbers_;
  std::set<std::uint32_t> disputes_;
};

}  // namespace shoal::p2p
