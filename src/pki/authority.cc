#include "pki/authority.h"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "pki/pem.h"

namespace shoal::pki {
namespace {

constexpr std::chrono::minutes kClockDifference{5};
constexpr int kSerialBytes = 16;

void require(bool good) {
  if (!good) throw std::runtime_error("OpenSSL cannot make a certificate: " + openssl_reason());
}

Result<void> check_name(std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax && is_printable_ascii(name)) return {};
  return fail(Errc::invalid_argument, "\"" + printable(name) + "\" is not a name; write 1 to " +
                                          std::to_string(kNameBytesMax) +
                                          " printable ASCII characters");
}

PrivateKey new_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  return key;
}

// Random, so that two authorities of one name never give out the same (RFC 5280, 4.1.2.2).
void set_serial(x509_st* certificate) {
  unsigned char bytes[kSerialBytes];
  require(RAND_bytes(bytes, kSerialBytes) == 1);
  bytes[0] &= 0x7fU;  // positive
  bytes[0] |= 0x40U;  // and of full length
  BIGNUM* number = BN_bin2bn(bytes, kSerialBytes, nullptr);
  const bool set =
      number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  require(set);
}

void set_times(x509_st* certificate, const Validity& validity) {
  const auto seconds = [](auto time) { return std::chrono::system_clock::to_time_t(time); };
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(validity.not_before)) &&
          ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(validity.not_after)));
}

Certificate unsigned_certificate(const PrivateKey& key, std::string_view name,
                                 const Validity& validity) {
  Certificate certificate(X509_new());
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial(certificate.get());
  set_times(certificate.get(), validity);
  require(X509_set_pubkey(certificate.get(), key.get()) == 1);
  const std::string text(name);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
  require(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                                     MBSTRING_ASC, bytes, static_cast<int>(text.size()), -1,
                                     0) == 1);
  return certificate;
}

void extend(x509_st* certificate, x509_st* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  require(added);
}

void sign(x509_st* certificate, x509_st* issuer, evp_pkey_st* issuer_key) {
  require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
          X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

struct Signer {
  Certificate certificate;
  PrivateKey key;
};

Result<Signer> signer_from(const Issued& authority) {
  auto certificates = certificates_from(authority.certificate_pem);
  if (!certificates) {
    return fail(Errc::invalid_argument,
                "the authority's certificate " + certificates.error().message);
  }
  auto key = private_key_from(authority.key_pem);
  if (!key) return fail(Errc::invalid_argument, "the authority's key " + key.error().message);
  Signer signer{std::move(certificates->front()), std::move(*key)};
  if (X509_check_private_key(signer.certificate.get(), signer.key.get()) != 1) {
    openssl_reason();
    return fail(Errc::invalid_argument, "the authority's key does not belong to its certificate");
  }
  if (X509_check_ca(signer.certificate.get()) == 0) {
    return fail(Errc::invalid_argument, "the authority's certificate may not sign others");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(signer.certificate.get())) <= 0) {
    return fail(Errc::invalid_argument, "the authority's certificate has expired");
  }
  return signer;
}

// Nothing that an authority signs is good for longer than the authority.
void end_with(x509_st* certificate, const x509_st* issuer) {
  const ASN1_TIME* end = X509_get0_notAfter(issuer);
  if (ASN1_TIME_compare(X509_get0_notAfter(certificate), end) > 0) {
    require(X509_set1_notAfter(certificate, end) == 1);
  }
}

}  // namespace

Validity valid_for_days(unsigned days) {
  const auto now = std::chrono::system_clock::now();
  return {now - kClockDifference, now + std::chrono::hours(24) * days};
}

Result<Issued> make_authority(std::string_view name, const Validity& validity) {
  if (auto good = check_name(name); !good) return fail(good.error());
  const PrivateKey key = new_key();
  const Certificate certificate = unsigned_certificate(key, name, validity);
  x509_st* self = certificate.get();
  extend(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(self, self, NID_subject_key_identifier, "hash");
  sign(self, self, key.get());
  return Issued{pem_of(certificate), pem_of(key)};
}

Result<Issued> issue_member(const Issued& authority, std::string_view node,
                            const Validity& validity) {
  if (auto good = check_name(node); !good) return fail(good.error());
  auto signer = signer_from(authority);
  if (!signer) return fail(signer.error());
  const PrivateKey key = new_key();
  const Certificate certificate = unsigned_certificate(key, node, validity);
  x509_st* self = certificate.get();
  x509_st* issuer = signer->certificate.get();
  end_with(self, issuer);
  extend(self, issuer, NID_basic_constraints, "critical,CA:FALSE");
  extend(self, issuer, NID_key_usage, "critical,digitalSignature");
  extend(self, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  extend(self, issuer, NID_subject_alt_name, "DNS:*");
  extend(self, issuer, NID_subject_key_identifier, "hash");
  // Tells two authorities of one name apart while both are trusted.
  extend(self, issuer, NID_authority_key_identifier, "keyid");
  sign(self, issuer, signer->key.get());
  return Issued{pem_of(certificate), pem_of(key)};
}

}  // namespace shoal::pki
