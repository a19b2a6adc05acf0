#include "pki/credentials.h"

#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/files.h"
#include "pki/pem.h"

namespace shoal::pki {
namespace {

using std::chrono::system_clock;

struct ReleaseStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }  // not what is in it
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

tl::unexpected<Error> wrong(const std::filesystem::path& file, const std::string& what) {
  return fail(Errc::invalid_argument, fmt::format("{}: {}", file.native(), what));
}

system_clock::time_point not_after(const x509_st* certificate) {
  std::tm broken_down{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken_down);
  return system_clock::from_time_t(timegm(&broken_down));
}

// Whether one of the certificate's DNS names is "*", which is what libtorrent looks for.
bool bears_star(const x509_st* certificate) {
  const std::unique_ptr<GENERAL_NAMES, ReleaseStack> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_IA5STRING* text = name->d.dNSName;
    if (ASN1_STRING_length(text) == 1 && *ASN1_STRING_get0_data(text) == '*') return true;
  }
  return false;
}

}  // namespace

struct Credentials::Parts {
  TrustStore authorities;
  Certificate certificate;
  std::vector<Certificate> intermediates;
  PrivateKey key;
  std::unique_ptr<STACK_OF(X509), ReleaseStack> chain;  // the intermediates, as OpenSSL wants them

  Result<void> take_authorities(const CredentialFiles& files, std::string_view pem);
  Result<void> take_certificate(const CredentialFiles& files, std::string_view pem);
  Result<void> take_key(const CredentialFiles& files, std::string_view pem);
  // What the other side will do when it sees our certificate; gives the time when that ends.
  Result<system_clock::time_point> vouch(const CredentialFiles& files, const char* role) const;
};

Result<void> Credentials::Parts::take_authorities(const CredentialFiles& files,
                                                  std::string_view pem) {
  auto found = certificates_from(pem);
  if (!found) return wrong(files.ca, found.error().message);
  authorities.reset(X509_STORE_new());
  for (const Certificate& authority : *found) {
    if (X509_check_ca(authority.get()) == 0) {
      return wrong(files.ca,
                   "holds a certificate that may not sign others; write authorities only");
    }
    if (!authorities || X509_STORE_add_cert(authorities.get(), authority.get()) != 1) {
      return wrong(files.ca, openssl_reason());
    }
  }
  return {};
}

Result<void> Credentials::Parts::take_certificate(const CredentialFiles& files,
                                                  std::string_view pem) {
  auto found = certificates_from(pem);
  if (!found) return wrong(files.certificate, found.error().message);
  certificate = std::move(found->front());
  found->erase(found->begin());
  intermediates = std::move(*found);
  chain.reset(sk_X509_new_null());
  for (const Certificate& one : intermediates) sk_X509_push(chain.get(), one.get());
  if (!bears_star(certificate.get())) {
    return wrong(files.certificate,
                 "does not bear the DNS name \"*\", without which no peer lets it in; "
                 "`shoal pki issue` makes one that does");
  }
  return {};
}

Result<void> Credentials::Parts::take_key(const CredentialFiles& files, std::string_view pem) {
  auto found = private_key_from(pem);
  if (!found) return wrong(files.key, found.error().message);
  key = std::move(*found);
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return {};
  openssl_reason();
  return wrong(files.key, "is not the key of " + files.certificate.native());
}

Result<system_clock::time_point> Credentials::Parts::vouch(const CredentialFiles& files,
                                                           const char* role) const {
  const std::unique_ptr<X509_STORE_CTX, ReleaseStack> check(X509_STORE_CTX_new());
  if (!check ||
      X509_STORE_CTX_init(check.get(), authorities.get(), certificate.get(), chain.get()) != 1) {
    return fail(Errc::internal, "OpenSSL cannot check a certificate: " + openssl_reason());
  }
  X509_STORE_CTX_set_default(check.get(), role);
  if (X509_verify_cert(check.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(check.get());
    openssl_reason();
    return wrong(files.certificate,
                 fmt::format("is not good for a member trusted by {}: {}", files.ca.native(),
                             X509_verify_cert_error_string(error)));
  }
  auto ends = system_clock::time_point::max();
  const STACK_OF(X509)* verified = X509_STORE_CTX_get0_chain(check.get());
  for (int i = 0; i < sk_X509_num(verified); ++i) {
    ends = std::min(ends, not_after(sk_X509_value(verified, i)));
  }
  return ends;
}

Credentials::Credentials(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Credentials::~Credentials() = default;

Result<std::shared_ptr<const Credentials>> Credentials::make(const CredentialFiles& files,
                                                             const CredentialTexts& texts) {
  auto parts = std::make_unique<Parts>();
  if (auto taken = parts->take_authorities(files, texts.ca); !taken) return fail(taken.error());
  if (auto taken = parts->take_certificate(files, texts.certificate); !taken) {
    return fail(taken.error());
  }
  if (auto taken = parts->take_key(files, texts.key); !taken) return fail(taken.error());
  if (auto good = parts->vouch(files, "ssl_client"); !good) return fail(good.error());
  const auto ends = parts->vouch(files, "ssl_server");
  if (!ends) return fail(ends.error());
  std::shared_ptr<Credentials> made(new Credentials(std::move(parts)));
  made->expires_at_ = *ends;
  return made;
}

Result<void> Credentials::install(ssl_ctx_st* context) const {
  SSL_CTX_set1_cert_store(context, parts_->authorities.get());
  constexpr int kReplace = 1;
  if (SSL_CTX_use_cert_and_key(context, parts_->certificate.get(), parts_->key.get(),
                               parts_->chain.get(), kReplace) != 1) {
    return fail(Errc::internal, "OpenSSL refuses the node's certificate: " + openssl_reason());
  }
  return {};
}

Result<CredentialTexts> read_credentials(const CredentialFiles& files) {
  auto ca = read_text_file(files.ca);
  if (!ca) return fail(ca.error());
  auto certificate = read_text_file(files.certificate);
  if (!certificate) return fail(certificate.error());
  auto key = read_text_file(files.key);
  if (!key) return fail(key.error());
  return CredentialTexts{std::move(*ca), std::move(*certificate), std::move(*key)};
}

Result<std::shared_ptr<const Credentials>> CredentialsReader::changed() {
  auto texts = read_credentials(files_);
  if (texts && *texts == texts_) {
    error_.clear();
    return nullptr;
  }
  auto made = texts ? Credentials::make(files_, *texts)
                    : Result<std::shared_ptr<const Credentials>>(fail(texts.error()));
  if (made) {
    texts_ = std::move(*texts);
    error_.clear();
    return made;
  }
  if (made.error().message == error_) return nullptr;
  error_ = made.error().message;
  return made;
}

}  // namespace shoal::pki
