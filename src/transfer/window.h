#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_range.h"
#include "base/result.h"

namespace shoal::transfer {

// A part of a blob in memory, in a file that has no place on any disk (memfd): each byte lies where it lies
// in the blob, so that it can be sent as if the blob were stored. It moves from the front to the back; what
// it has left behind takes no memory.   Thread  one at a time.
class Window {
 public:
  // Errors  io: no file descriptor is to be had.
  static Result<Window> make();
  ~Window();
  Window(Window&& other) noexcept;
  Window& operator=(Window&&) = delete;

  int fd() const { return fd_; }
  ByteRange held() const { return held_; }
  // Empty again; the next byte is that at `offset`.
  void restart(std::uint64_t offset);
  // Errors  io: no memory.
  Result<void> append(std::span<const std::byte> bytes);
  // Whoever was given bytes before `offset` needs them no more.
  void release_before(std::uint64_t offset);

 private:
  explicit Window(int fd) : fd_(fd) {}
  void free(std::uint64_t begin, std::uint64_t end) const;

  int fd_;
  ByteRange held_;
};

}  // namespace shoal::transfer
