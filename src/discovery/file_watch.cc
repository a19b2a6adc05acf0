#include "discovery/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <list>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

namespace shoal::discovery {
namespace {

namespace fs = std::filesystem;

constexpr int kLinksMax = 40;  // as the kernel
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                                  IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// The kernel has lost events, or the watch itself is gone.
constexpr std::uint32_t kLookAnyway = IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

std::map<fs::path, std::set<std::string>> steps_to(const fs::path& file) {
  std::map<fs::path, std::set<std::string>> steps;
  std::error_code error;
  const fs::path start = fs::absolute(file, error);
  std::list<fs::path> left(start.begin(), start.end());
  fs::path here = "/";
  int links = 0;
  while (!left.empty()) {
    const fs::path part = std::move(left.front());
    left.pop_front();
    if (part.empty() || part == "." || part == "/") continue;
    if (part == "..") {
      here = here.parent_path();
      continue;
    }
    const fs::path target = fs::read_symlink(here / part, error);
    const bool is_link = !error;
    if (is_link || left.empty()) steps[here].insert(part.native());
    if (!is_link) {
      here /= part;
      continue;
    }
    if (++links > kLinksMax) break;
    if (target.is_absolute()) here = "/";
    left.insert(left.begin(), target.begin(), target.end());
  }
  return steps;
}

FileWatch::FileWatch(const asio::any_io_executor& reactor, fs::path file)
    : file_(std::move(file)), inotify_(reactor), heard_(reactor) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  boost::system::error_code error;
  if (descriptor >= 0) inotify_.assign(descriptor, error);
  if (!inotify_.is_open()) {
    spdlog::warn("discovery: file: {} is not watched, only read every now and then: {}",
                 file_.native(), std::strerror(errno));
    if (descriptor >= 0) ::close(descriptor);
  }
}

void FileWatch::look() {
  if (!inotify_.is_open()) return;
  std::map<int, std::set<std::string>> watched;
  for (const auto& [folder, names] : steps_to(file_)) {
    const int watch = inotify_add_watch(inotify_.native_handle(), folder.c_str(), kEvents);
    if (watch >= 0) watched[watch].insert(names.begin(), names.end());
  }
  for (const auto& [watch, names] : watched_) {
    if (!watched.contains(watch)) inotify_rm_watch(inotify_.native_handle(), watch);
  }
  watched_ = std::move(watched);
}

Awaitable<bool> FileWatch::wait_until(SteadyTime deadline) {
  bool changed = false;
  bool in_time = true;
  while (in_time && !changed && !woken_) {
    listen();
    in_time = co_await heard_.wait_until(deadline);
    changed = in_time && take_events();
  }
  changed = changed && !woken_;
  woken_ = false;
  co_return changed;
}

void FileWatch::wake() {
  woken_ = true;
  heard_.notify_all();
}

void FileWatch::listen() {
  if (!inotify_.is_open() || std::exchange(listening_, true)) return;
  inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (error) return;  // this may be gone
                        listening_ = false;
                        heard_.notify_all();
                      });
}

// Returns  whether any of them is about a name of interest.
bool FileWatch::take_events() {
  if (!inotify_.is_open()) return false;
  bool any = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t size = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
    if (size <= 0) return any;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name =
          buffer.data() + at + sizeof(event);  // ends with a NUL, if there is one
      const auto watch = watched_.find(event.wd);
      const bool named = event.len > 0 && watch != watched_.end() && watch->second.contains(name);
      // A watch that look() took away is none of them: its number is not among watched_ any more.
      const bool lost = (event.mask & kLookAnyway) != 0 &&
                        (watch != watched_.end() || (event.mask & IN_Q_OVERFLOW) != 0);
      any = any || named || lost;
      at += sizeof(event) + event.len;
    }
  }
}

}  // namespace shoal::discovery
