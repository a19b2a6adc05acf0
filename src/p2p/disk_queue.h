#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <libtorrent/fwd.hpp>
#include <libtorrent/io_context.hpp>

#include "base/task.h"

namespace shoal::p2p {

// Disk jobs of one blob, run in order on the disk pool, many of them in one trip: waking a thread
// costs more than writing a block.   Thread  the swarm's.
class DiskQueue {
 public:
  // What is left to do on the swarm's thread.
  using Done = std::function<void()>;
  // Runs on the disk pool; must not throw.
  using Job = std::function<Done()>;

  using Strand = asio::strand<asio::thread_pool::executor_type>;

  // Two queues of one strand run in the order of submit().
  DiskQueue(lt::io_context& swarm_thread, Strand strand)
      : swarm_thread_(swarm_thread), strand_(std::move(strand)) {}

  void add(Job job) { waiting_.push_back(std::move(job)); }
  std::size_t waiting() const { return waiting_.size(); }
  // Sends all that was added on its way. What the jobs leave to do is done after the last of them.
  void submit();

 private:
  lt::io_context& swarm_thread_;
  Strand strand_;
  std::vector<Job> waiting_;
};

}  // namespace shoal::p2p
