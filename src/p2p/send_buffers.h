#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/task.h"
#include "p2p/memory_budget.h"

namespace shoal::p2p {

// The memory of blocks that are read to be sent, under a limit: who wants more waits until enough was
// sent. Blobs that wait take turns, those of one blob in the order they came.
// Thread  that of the executor.   Lifetime  outlives its buffers, and what it posted.
class SendBuffers {
 public:
  using Buffer = std::unique_ptr<char[]>;
  // Each buffer has so much room behind the bytes that were asked for, which does not count. libtorrent
  // puts the next message's header there, and with it Asio's TLS stream makes three records of two
  // blocks instead of four: of several buffers it takes the first alone if that has 8 KiB or more, else
  // it copies 8 KiB together.
  static constexpr std::size_t kTailRoom = 128;
  // Gets the buffer; nullptr where close() came first.
  using Then = std::function<void(Buffer)>;

  // Of one blob: what it uses, and what waits.
  struct Line {
    MemoryBudget::Account account;
    struct Wanted {
      std::size_t bytes;
      Then then;
    };
    std::deque<Wanted> waiting;
  };

  SendBuffers(asio::any_io_executor executor, MemoryLimits limits, std::function<void()> on_wait);

  // Calls `then` with memory for `bytes`, which are no more than the limits: at once, or posted later.
  // What comes out of it goes to give_back(), even where nothing was done with it.
  void take(const std::shared_ptr<Line>& line, std::size_t bytes, Then then);
  void give_back(Buffer buffer);
  // Who waits gets nothing any more, and nobody waits from now on.
  void close();

  std::size_t used() const { return budget_.used(); }

 private:
  struct Lent {
    std::shared_ptr<Line> line;
    std::size_t bytes;
  };
  // So many buffers of the last size are kept for the next: they are in the processor's cache still.
  static constexpr std::size_t kSparesMax = 32;
  Buffer allocate(std::size_t bytes);
  Buffer lend(const std::shared_ptr<Line>& line, std::size_t bytes);
  void serve_later();
  void serve();

  asio::any_io_executor executor_;
  MemoryBudget budget_;
  std::function<void()> on_wait_;
  std::unordered_map<const char*, Lent> lent_;
  std::deque<std::shared_ptr<Line>> lines_;  // with somebody waiting, next first
  std::vector<Buffer> spares_;
  std::size_t spare_bytes_ = 0;  // of each of them
  bool serving_ = false;         // serve() is posted
  bool closed_ = false;
};

}  // namespace shoal::p2p
