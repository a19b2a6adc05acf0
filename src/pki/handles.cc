#include "pki/handles.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace shoal::pki {

void Release::operator()(bio_st* bio) const noexcept {
  BIO_free_all(bio);
}
void Release::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}
void Release::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}
void Release::operator()(x509_st* certificate) const noexcept {
  X509_free(certificate);
}
void Release::operator()(x509_store_st* store) const noexcept {
  X509_STORE_free(store);
}

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "unknown reason";
}

}  // namespace shoal::pki
