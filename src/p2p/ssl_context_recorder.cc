#include "p2p/ssl_context_recorder.h"

#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

namespace shoal::p2p {

thread_local SslContextRecorder* SslContextRecorder::active_ = nullptr;

SslContextRecorder::SslContextRecorder() {
  if (!registered()) throw std::runtime_error("OpenSSL does not let us see its contexts");
  active_ = this;
}

SslContextRecorder::~SslContextRecorder() {
  active_ = nullptr;
}

bool SslContextRecorder::registered() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, &on_new, nullptr, nullptr);
  return index >= 0;
}

void SslContextRecorder::on_new(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  auto* context = static_cast<SSL_CTX*>(parent);
  // A reference of our own, at once: whoever made it may give it up before we look at it.
  if (active_ && SSL_CTX_up_ref(context) == 1) active_->contexts_.emplace_back(context);
}

}  // namespace shoal::p2p
