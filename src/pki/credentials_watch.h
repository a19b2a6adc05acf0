#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/event.h"
#include "base/task.h"
#include "pki/credentials.h"

namespace shoal::pki {

// Looks every few seconds whether the files of a node's credentials hold others. Looking is what works
// everywhere: inotify does not see through Kubernetes' switched links, nor over a network.
// Thread  the reactor's; files are read on the disk pool.   Lifetime  outlives run().
class CredentialsWatch {
 public:
  // `taken` is told what is new and good. What is new and not good is one line in the log.
  CredentialsWatch(asio::any_io_executor reactor, asio::thread_pool& disk_pool,
                   CredentialsReader reader, std::chrono::milliseconds interval,
                   std::function<void(std::shared_ptr<const Credentials>)> taken);

  // Watches until stop().
  Awaitable<void> run();
  void stop();

 private:
  asio::thread_pool& disk_pool_;
  CredentialsReader reader_;
  std::chrono::milliseconds interval_;
  std::function<void(std::shared_ptr<const Credentials>)> taken_;
  Event stopping_;
  bool stopped_ = false;
};

}  // namespace shoal::pki
