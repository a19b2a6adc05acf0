#include "transfer/window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

namespace shoal::transfer {
namespace {

// Only whole pages are given back.
constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

Result<Window> Window::make() {
  const int fd = ::memfd_create("shoal-passage", MFD_CLOEXEC);
  if (fd == -1) return fail_errno(errno, "cannot make a file in memory");
  return Window(fd);
}

Window::~Window() {
  if (fd_ != -1) ::close(fd_);
}

Window::Window(Window&& other) noexcept : fd_(std::exchange(other.fd_, -1)), held_(other.held_) {}

void Window::free(std::uint64_t begin, std::uint64_t end) const {
  begin -= begin % kPageBytes;
  end -= end % kPageBytes;
  if (begin >= end) return;
  // It only costs memory where it fails, and it does not: the file is in memory.
  std::ignore = ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                            static_cast<off_t>(begin), static_cast<off_t>(end - begin));
}

void Window::restart(std::uint64_t offset) {
  std::ignore = ::ftruncate(fd_, 0);
  held_ = ByteRange{offset, 0};
}

Result<void> Window::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(held_.end()));
    if (done == -1 && errno == EINTR) continue;
    if (done == -1) return fail_errno(errno, "cannot keep bytes in memory");
    held_.size += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

void Window::release_before(std::uint64_t offset) {
  const std::uint64_t to = std::clamp(offset, held_.offset, held_.end());
  free(held_.offset, to);
  held_ = ByteRange{to, held_.end() - to};
}

}  // namespace shoal::transfer
