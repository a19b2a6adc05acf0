#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/event.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::discovery {

// The folders on the way to a file, each with the names in it that the way goes through: the file
// itself, and every symbolic link. Whoever puts another file there changes one of these names. Ends
// where the way ends, or after 40 links. Blocks.
std::map<std::filesystem::path, std::set<std::string>> steps_to(const std::filesystem::path& file);

// Tells when a file may have changed: written and closed, replaced by rename, or reached through a
// symbolic link that was exchanged, as Kubernetes does with a ConfigMap's "..data". Built on inotify.
// Thread  the reactor's, but for look().   Lifetime  outlives its awaits.
class FileWatch {
 public:
  // Without inotify (none left for this user) it is never told of a change, and says so in the log.
  FileWatch(const asio::any_io_executor& reactor, std::filesystem::path file);

  // Follows the way to the file anew; to be called before each reading of the file, so that nothing
  // is missed in between. Blocks; not while wait_until() waits.   Thread  any.
  void look();
  // Returns  true: look and read again; false: `deadline` passed, or wake() was called.
  Awaitable<bool> wait_until(SteadyTime deadline);
  void wake();

 private:
  void listen();
  bool take_events();

  std::filesystem::path file_;
  asio::posix::stream_descriptor inotify_;
  Event heard_;
  bool listening_ = false;
  bool woken_ = false;
  std::map<int, std::set<std::string>> watched_;  // names of interest, by inotify's watch
};

}  // namespace shoal::discovery
