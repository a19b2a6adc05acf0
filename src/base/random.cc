#include "base/random.h"

#include <cstddef>
#include <random>
#include <stdexcept>
#include <vector>

#include <openssl/rand.h>

#include "base/bytes.h"

namespace shoal {

std::uint64_t random_below(std::uint64_t bound) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(generator);
}

std::string random_hex(int digits) {
  std::vector<std::byte> raw(static_cast<std::size_t>(digits + 1) / 2);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())) != 1) {
    throw std::runtime_error("OpenSSL's random generator failed");
  }
  return to_hex(raw).substr(0, static_cast<std::size_t>(digits));
}

}  // namespace shoal
