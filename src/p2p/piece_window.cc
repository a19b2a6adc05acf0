#include "p2p/piece_window.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::p2p {

PieceWindow::Changes PieceWindow::update(const std::function<bool(std::uint32_t)>& missing,
                                         const Pieces& wanted) {
  while (front_ < piece_count_ && !missing(front_)) ++front_;
  std::set<std::uint32_t> now;
  for (std::uint32_t piece = front_; piece < piece_count_ && now.size() < size_; ++piece) {
    if (missing(piece)) now.insert(piece);
  }
  for (const std::uint32_t piece : wanted) {
    if (piece < piece_count_ && missing(piece)) now.insert(piece);
  }
  Changes changes;
  std::set_difference(now.begin(), now.end(), inside_.begin(), inside_.end(),
                      std::back_inserter(changes.entered));
  std::set_difference(inside_.begin(), inside_.end(), now.begin(), now.end(),
                      std::back_inserter(changes.left));
  inside_ = std::move(now);
  return changes;
}

void PieceWindow::start_over() {
  front_ = 0;
  inside_.clear();
}

}  // namespace shoal::p2p
