#include "pki/summary.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/files.h"
#include "base/text.h"
#include "pki/pem.h"

namespace shoal::pki {
namespace {

namespace fs = std::filesystem;

std::string text_of(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    throw std::runtime_error("OpenSSL cannot write a name: " + openssl_reason());
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return printable(std::string_view(data, static_cast<std::size_t>(size)));
}

std::string text_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "unreadable";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string fingerprint_of(const x509_st* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) {
    throw std::runtime_error("OpenSSL cannot hash a certificate: " + openssl_reason());
  }
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

Summary summary_of(const x509_st* certificate) {
  Summary summary;
  summary.subject = text_of(X509_get_subject_name(certificate));
  summary.issuer = text_of(X509_get_issuer_name(certificate));
  summary.not_after = text_of(X509_get0_notAfter(certificate));
  summary.fingerprint = fingerprint_of(certificate);
  summary.expired = X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
  return summary;
}

Result<std::vector<fs::path>> files_of(const fs::path& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return std::vector<fs::path>{place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    if (entry.path().extension() == ".pem") files.push_back(entry.path());
  }
  if (error) return fail(Errc::io, place.native() + ": " + error.message());
  if (files.empty()) return fail(Errc::not_found, place.native() + ": holds no *.pem file");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<std::vector<Summary>> summaries(std::string_view pem) {
  const auto certificates = certificates_from(pem);
  if (!certificates) return fail(certificates.error());
  std::vector<Summary> out;
  for (const Certificate& certificate : *certificates) out.push_back(summary_of(certificate.get()));
  return out;
}

Result<std::string> describe(const fs::path& file_or_folder) {
  const auto files = files_of(file_or_folder);
  if (!files) return fail(files.error());
  std::string out;
  for (const fs::path& file : *files) {
    const auto text = read_text_file(file);
    if (!text) return fail(text.error());
    const auto found = summaries(*text);
    if (!found) return fail(found.error().code, file.native() + ": " + found.error().message);
    for (const Summary& one : *found) {
      out += fmt::format(
          "{}\n  subject      {}\n  issuer       {}\n  not after    {}{}\n  fingerprint  {}\n",
          file.native(), one.subject, one.issuer, one.not_after, one.expired ? " (expired)" : "",
          one.fingerprint);
    }
  }
  return out;
}

}  // namespace shoal::pki
