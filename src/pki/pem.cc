#include "pki/pem.h"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace shoal::pki {
namespace {

// Without it OpenSSL would ask for the password on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Bio reader_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_in(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

bool is_end_of_text() {
  const unsigned long code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

}  // namespace

Result<std::vector<Certificate>> certificates_from(std::string_view pem) {
  const Bio bio = reader_of(pem);
  std::vector<Certificate> found;
  ERR_clear_error();
  while (bio && found.size() <= kCertificatesMax) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr));
    if (!next) break;
    found.push_back(std::move(next));
  }
  if (found.size() > kCertificatesMax) {
    return fail(Errc::invalid_argument,
                "holds more than " + std::to_string(kCertificatesMax) + " certificates");
  }
  const bool whole = is_end_of_text();
  std::string reason = openssl_reason();
  if (!whole) return fail(Errc::invalid_argument, "holds a broken certificate: " + reason);
  if (found.empty()) return fail(Errc::invalid_argument, "holds no certificate in PEM form");
  return found;
}

Result<PrivateKey> private_key_from(std::string_view pem) {
  const Bio bio = reader_of(pem);
  ERR_clear_error();
  PrivateKey key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr)
                     : nullptr);
  if (key) return key;
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    openssl_reason();
    return fail(Errc::invalid_argument, "is behind a password; give a key without one");
  }
  return fail(Errc::invalid_argument, "holds no private key in PEM form: " + openssl_reason());
}

std::string pem_of(const Certificate& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate.get()) != 1) {
    throw std::runtime_error("OpenSSL cannot write a certificate: " + openssl_reason());
  }
  return text_in(bio);
}

std::string pem_of(const PrivateKey& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot write a key: " + openssl_reason());
  }
  return text_in(bio);
}

}  // namespace shoal::pki
