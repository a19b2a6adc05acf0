#pragma once

#include <string>
#include <string_view>

namespace shoal {

// HMAC-SHA-256 under a key that this process drew when it made the object, and that never leaves it: what
// is hashed can be compared, but not found out.   Thread  any.
class KeyedHash {
 public:
  // Throws  std::runtime_error where the system has no randomness.
  KeyedHash();
  // 32 bytes, not text.
  std::string of(std::string_view text) const;

 private:
  std::string key_;
};

}  // namespace shoal
