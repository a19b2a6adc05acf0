#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/digest.h"

namespace shoal {

// SHA-256 or SHA-512 over bytes that come in order. Not thread-safe; may move between threads.
class Hasher {
 public:
  explicit Hasher(DigestAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::span<const std::byte> bytes);
  // The digest of all bytes so far. Ends this hasher's life: call nothing else after it.
  Digest finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  DigestAlgorithm algorithm_;
  std::unique_ptr<void, Free> context_;
};

// The digest of bytes that are all at hand.
Digest hash_of(DigestAlgorithm algorithm, std::span<const std::byte> bytes);

// CRC32C (Castagnoli) of `bytes`, going on from `crc` (0 to start). Hardware-accelerated by ISA-L.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace shoal
