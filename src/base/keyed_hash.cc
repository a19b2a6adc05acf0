#include "base/keyed_hash.h"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace shoal {

KeyedHash::KeyedHash() : key_(32, '\0') {
  auto* const bytes = reinterpret_cast<unsigned char*>(key_.data());
  if (RAND_bytes(bytes, static_cast<int>(key_.size())) != 1) {
    throw std::runtime_error("the system gives no random bytes");
  }
}

std::string KeyedHash::of(std::string_view text) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, text.size(), mac.data(),
       &size);
  return std::string(mac.begin(), mac.begin() + size);
}

}  // namespace shoal
