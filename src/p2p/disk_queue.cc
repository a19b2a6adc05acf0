#include "p2p/disk_queue.h"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace shoal::p2p {

void DiskQueue::submit() {
  if (waiting_.empty()) return;
  // The guard keeps the swarm's thread running until the answers are there.
  asio::post(strand_, [&io = swarm_thread_, work = asio::make_work_guard(swarm_thread_),
                       jobs = std::exchange(waiting_, {})]() mutable {
    std::vector<Done> done;
    done.reserve(jobs.size());
    for (Job& job : jobs) {
      done.push_back(job());
      job = nullptr;  // with what it holds: a block's bytes
    }
    asio::post(io, [done = std::move(done)] {
      for (const Done& one : done) one();
    });
  });
}

}  // namespace shoal::p2p
