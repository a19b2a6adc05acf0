#include "p2p/evidence.h"

#include <algorithm>
#include <utility>

namespace shoal::p2p {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::false_word:
      return "false_word";
    case Fault::bad_bytes:
      return "bad_bytes";
    case Fault::bad_relay:
      return "bad_relay";
  }
  return "bad_relay";
}

std::optional<Evidence::Number> Evidence::number_of(const NodeId& node) {
  const auto found = numbers_.find(node);
  if (found != numbers_.end()) return found->second;
  if (nodes_.size() >= kNodesMax) return std::nullopt;
  nodes_.emplace_back(node);
  const auto number = static_cast<Number>(nodes_.size() - 1);
  numbers_.emplace(node, number);
  return number;
}

void Evidence::kept(std::uint32_t piece, std::uint32_t crc) {
  pieces_[piece].held = crc;
}

void Evidence::sent(std::uint32_t piece, const NodeId& node) {
  if (piece >= pieces_.size() || pieces_[piece].held) return;
  const auto number = number_of(node);
  if (!number) return;
  std::vector<Number>& senders = pieces_[piece].senders;
  if (std::find(senders.begin(), senders.end(), *number) == senders.end()) {
    senders.push_back(*number);
  }
}

void Evidence::says_complete(const NodeId& node) {
  if (const auto number = number_of(node)) nodes_[*number].complete = true;
}

Evidence::Findings Evidence::word(const NodeId& node, std::uint32_t piece, std::uint32_t crc) {
  Findings findings;
  const auto number = number_of(node);
  if (piece >= pieces_.size() || !number || nodes_[*number].dismissed) return findings;
  Piece& p = pieces_[piece];
  const bool again = std::any_of(p.words.begin(), p.words.end(),
                                 [&](const Word& word) { return word.node == *number; });
  if (again || p.words.size() >= kWordsMax) return findings;
  const bool opposed = std::any_of(p.words.begin(), p.words.end(), [&](const Word& word) {
    return believed(word) && word.crc != crc;
  });
  p.words.push_back(Word{*number, crc});
  if (p.truth) {
    if (crc != *p.truth) accuse(*number, piece, Fault::false_word, findings);
  } else if (opposed || (p.held && crc != *p.held)) {
    open_dispute(piece, findings);
  }
  return findings;
}

bool Evidence::contradicted(const Piece& piece, std::uint32_t crc) const {
  bool any = false;
  for (const Word& word : piece.words) {
    if (!believed(word)) continue;
    if (word.crc == crc) return false;
    any = true;
  }
  return any;
}

Evidence::Findings Evidence::arrived(std::uint32_t piece, std::uint32_t crc, bool accepted) {
  Findings findings;
  if (piece >= pieces_.size() || pieces_[piece].held) return findings;
  Piece& p = pieces_[piece];
  const bool against_words = contradicted(p, crc);
  Copy copy{std::exchange(p.senders, {}), crc, !accepted};
  if (accepted) p.held = crc;
  if (p.truth && crc != *p.truth) judge_bad_copy(piece, copy, findings);
  if (p.copies.size() >= kCopiesMax) p.copies.erase(p.copies.begin());
  p.copies.push_back(std::move(copy));
  findings.tainted = accepted && tainted(piece);
  if (p.truth || !against_words) return findings;
  open_dispute(piece, findings);
  if (!accepted) findings.witness_doubted = doubt_refuted_words(p);
  return findings;
}

// Two nodes that sent the same bytes, each on its own, outweigh one witness.
bool Evidence::doubt_refuted_words(Piece& piece) {
  const Copy& last = piece.copies.back();
  if (last.senders.size() != 1) return false;
  const bool confirmed =
      std::any_of(piece.copies.begin(), piece.copies.end() - 1, [&](const Copy& other) {
        return other.refused && other.crc == last.crc && other.senders.size() == 1 &&
               other.senders.front() != last.senders.front();
      });
  if (!confirmed) return false;
  for (Word& word : piece.words) word.doubted = word.doubted || word.crc != last.crc;
  return true;
}

Evidence::Findings Evidence::proven(std::uint32_t piece, std::uint32_t crc, bool held) {
  Findings findings;
  if (piece >= pieces_.size()) return findings;
  Piece& p = pieces_[piece];
  disputes_.erase(piece);
  p.truth = crc;
  for (const Word& word : p.words) {
    if (word.crc != crc) accuse(word.node, piece, Fault::false_word, findings);
  }
  const Copy* const current = held_copy(p);
  const bool forged = current != nullptr && !held && p.held == crc;
  for (const Copy& copy : p.copies) {
    if (copy.crc != crc || (forged && &copy == current)) judge_bad_copy(piece, copy, findings);
  }
  p.sure = held;
  p.held = held ? std::optional(crc) : std::nullopt;
  if (held) p.senders.clear();
  return findings;
}

// A copy that differs from the truth, which is known.
void Evidence::judge_bad_copy(std::uint32_t piece, const Copy& copy, Findings& findings) {
  const Piece& p = pieces_[piece];
  const bool misled = std::any_of(p.words.begin(), p.words.end(), [&](const Word& word) {
    return word.crc == copy.crc && word.crc != *p.truth;
  });
  if (misled) return;  // by a witness, who is accused of it
  const bool alone = copy.senders.size() == 1;
  for (const Number sender : copy.senders) {
    if (alone && nodes_[sender].complete) {
      accuse(sender, piece, Fault::bad_bytes, findings);
    } else if (alone || !copy.refused) {
      accuse(sender, piece, Fault::bad_relay, findings);
    }
  }
}

void Evidence::accuse(Number node, std::uint32_t piece, Fault fault, Findings& findings) {
  Node& accused = nodes_[node];
  // Once is enough, but for a graver fault.
  if (accused.accused && (*accused.accused != Fault::bad_relay || fault == Fault::bad_relay))
    return;
  accused.accused = fault;
  findings.accusations.push_back(Accusation{accused.id, piece, fault});
}

void Evidence::open_dispute(std::uint32_t piece, Findings& findings) {
  if (disputes_.contains(piece) || disputes_.size() >= kDisputesMax) return;
  disputes_.insert(piece);
  findings.dispute = piece;
}

void Evidence::dropped(std::uint32_t piece) {
  if (piece >= pieces_.size()) return;
  pieces_[piece].held.reset();
  pieces_[piece].sure = false;
  pieces_[piece].senders.clear();
}

Pieces Evidence::dismiss(const NodeId& node, bool lied) {
  Pieces out;
  const auto number = number_of(node);
  if (!number) return out;
  for (std::uint32_t piece = 0; piece < pieces_.size(); ++piece) {
    const Piece& p = pieces_[piece];
    if (!p.held || p.sure) continue;
    const Copy* const copy = held_copy(p);
    const bool was_witness = std::any_of(p.words.begin(), p.words.end(), [&](const Word& word) {
      return word.node == *number && word.crc == *p.held;
    });
    const bool was_sender =
        copy != nullptr && std::count(copy->senders.begin(), copy->senders.end(), *number) > 0;
    if (was_witness || was_sender) out.push_back(piece);
  }
  nodes_[*number].dismissed = true;
  nodes_[*number].lied = nodes_[*number].lied || lied;
  // What somebody else vouches for may stay.
  std::erase_if(
      out, [this](std::uint32_t piece) { return vouched(pieces_[piece], *pieces_[piece].held); });
  return out;
}

bool Evidence::vouched(const Piece& piece, std::uint32_t crc) const {
  return std::any_of(piece.words.begin(), piece.words.end(),
                     [&](const Word& word) { return believed(word) && word.crc == crc; });
}

bool Evidence::tainted(std::uint32_t piece) const {
  if (piece >= pieces_.size() || pieces_[piece].truth) return false;
  bool by_liar = false;
  for (const Word& word : pieces_[piece].words) {
    if (believed(word)) return false;
    by_liar = by_liar || nodes_[word.node].lied;
  }
  return by_liar;
}

std::vector<NodeId> Evidence::refused_from(std::uint32_t piece) const {
  std::vector<NodeId> out;
  if (piece >= pieces_.size() || pieces_[piece].copies.empty()) return out;
  const Copy& last = pieces_[piece].copies.back();
  if (!last.refused) return out;
  for (const Number sender : last.senders) out.push_back(nodes_[sender].id);
  return out;
}

std::vector<std::uint32_t> Evidence::acceptable(std::uint32_t piece) const {
  std::vector<std::uint32_t> out;
  if (piece >= pieces_.size()) return out;
  const Piece& p = pieces_[piece];
  if (p.truth) return {*p.truth};
  for (const Word& word : p.words) {
    const bool known = std::find(out.begin(), out.end(), word.crc) != out.end();
    if (believed(word) && !known) out.push_back(word.crc);
  }
  return out;
}

const Evidence::Copy* Evidence::held_copy(const Piece& piece) const {
  if (!piece.held) return nullptr;
  const auto found = std::find_if(piece.copies.rbegin(), piece.copies.rend(),
                                  [](const Copy& copy) { return !copy.refused; });
  return found == piece.copies.rend() ? nullptr : &*found;
}

std::optional<Evidence::Number> Evidence::answers_for(const Piece& piece) const {
  const auto witness = std::find_if(piece.words.begin(), piece.words.end(), [&](const Word& word) {
    return believed(word) && word.crc == piece.held;
  });
  if (witness != piece.words.end()) return witness->node;
  const Copy* const copy = held_copy(piece);
  if (copy == nullptr || copy->senders.empty()) return std::nullopt;
  return copy->senders.front();
}

bool Evidence::disagreed(const Piece& piece) const {
  return std::any_of(piece.words.begin(), piece.words.end(),
                     [&](const Word& word) { return word.crc != piece.held; });
}

Evidence::Suspects Evidence::suspects() const {
  Suspects out;
  std::map<Number, Pieces> by_node;
  for (const bool disagreement : {true, false}) {
    for (std::uint32_t piece = 0; piece < pieces_.size(); ++piece) {
      const Piece& p = pieces_[piece];
      if (!p.held || p.sure || disagreed(p) != disagreement) continue;
      const auto answers = answers_for(p);
      (answers ? by_node[*answers] : out.nobody).push_back(piece);
    }
  }
  for (auto& [number, pieces] : by_node) {
    out.nodes.push_back(Suspect{nodes_[number].id, std::move(pieces)});
  }
  std::stable_partition(out.nodes.begin(), out.nodes.end(), [this](const Suspect& suspect) {
    return disagreed(pieces_[suspect.pieces.front()]);
  });
  return out;
}

}  // namespace shoal::p2p
