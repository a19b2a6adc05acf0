#pragma once

#include <memory>
#include <string>

// OpenSSL's types by name only, so that this header brings none of its own along.
struct bio_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct x509_st;
struct x509_store_st;

namespace shoal::pki {

// Gives one reference back.
struct Release {
  void operator()(bio_st* bio) const noexcept;
  void operator()(evp_pkey_st* key) const noexcept;
  void operator()(ssl_ctx_st* context) const noexcept;
  void operator()(x509_st* certificate) const noexcept;
  void operator()(x509_store_st* store) const noexcept;
};

using Bio = std::unique_ptr<bio_st, Release>;
using PrivateKey = std::unique_ptr<evp_pkey_st, Release>;
using SslContext = std::unique_ptr<ssl_ctx_st, Release>;
using Certificate = std::unique_ptr<x509_st, Release>;
using TrustStore = std::unique_ptr<x509_store_st, Release>;

// Takes what OpenSSL's error queue of this thread says, and empties it: the last reason in its own
// words, "unknown reason" where it says nothing.
std::string openssl_reason();

}  // namespace shoal::pki
