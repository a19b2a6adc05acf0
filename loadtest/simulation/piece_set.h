#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace shoal::simulation {

// A set of pieces as bits of words, so that thousands of them can be compared with one another.
class PieceSet {
 public:
  explicit PieceSet(std::uint32_t count = 0) : words_((count + 63) / 64) {}

  bool has(std::uint32_t piece) const { return ((words_[piece / 64] >> (piece % 64)) & 1) != 0; }
  void add(std::uint32_t piece) { words_[piece / 64] |= std::uint64_t{1} << (piece % 64); }
  void remove(std::uint32_t piece) { words_[piece / 64] &= ~(std::uint64_t{1} << (piece % 64)); }
  void clear() { words_.assign(words_.size(), 0); }

  // Whether any piece is in this set and not in the other.
  bool any_besides(const PieceSet& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & ~other.words_[i]) != 0) return true;
    }
    return false;
  }
  // In order.
  template <class Function>
  void visit(Function function) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) function(first(i, word));
    }
  }
  // In order, those in this set and in neither of the others, until `function` returns false.
  template <class Function>
  void visit_besides(const PieceSet& a, const PieceSet& b, Function function) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      std::uint64_t word = words_[i] & ~(a.words_[i] | b.words_[i]);
      for (; word != 0; word &= word - 1) {
        if (!function(first(i, word))) return;
      }
    }
  }

 private:
  static std::uint32_t first(std::size_t index, std::uint64_t word) {
    return static_cast<std::uint32_t>(index * 64 +
                                      static_cast<std::size_t>(std::countr_zero(word)));
  }
  std::vector<std::uint64_t> words_;
};

}  // namespace shoal::simulation
