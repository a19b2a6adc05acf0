#include "base/hash.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include <isa-l/crc.h>
#include <openssl/evp.h>

namespace shoal {
namespace {

EVP_MD_CTX* as_context(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Hasher::Free::operator()(void* context) const {
  EVP_MD_CTX_free(as_context(context));
}

Hasher::Hasher(DigestAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  const EVP_MD* kind = algorithm == DigestAlgorithm::sha256 ? EVP_sha256() : EVP_sha512();
  if (!context_ || EVP_DigestInit_ex(as_context(context_.get()), kind, nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no working SHA-2");
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size());
}

Digest Hasher::finish() {
  std::array<std::byte, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  EVP_DigestFinal_ex(as_context(context_.get()), reinterpret_cast<unsigned char*>(raw.data()),
                     &size);
  return Digest::from_raw(algorithm_, std::span<const std::byte>(raw).first(size));
}

Digest hash_of(DigestAlgorithm algorithm, std::span<const std::byte> bytes) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
  // ISA-L's function neither pre- nor post-inverts, and takes an int length and a non-const pointer
  // it does not write through.
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const auto part =
        bytes.first(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max() / 2));
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
    state = crc32_iscsi(data, static_cast<int>(part.size()), state);
    bytes = bytes.subspan(part.size());
  }
  return ~state;
}

}  // namespace shoal
