#include "upstream/tls.h"

#include <openssl/ssl.h>

#include "upstream/read_file.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kCaFileBytesMax = 4 * 1024 * 1024;

Result<void> add_ca_file(boost::asio::ssl::context& context, const std::string& file) {
  const auto pem = read_file(file, kCaFileBytesMax);
  if (!pem) return fail(pem.error());
  boost::system::error_code error;
  context.add_certificate_authority(boost::asio::buffer(*pem), error);
  if (error || pem->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return fail(Errc::invalid_argument, file + ": holds no usable PEM certificate");
  }
  return {};
}

Result<void> add_client_certificate(boost::asio::ssl::context& context,
                                    const ClientCertificate& certificate) {
  const auto chain = read_file(certificate.cert_file, kCaFileBytesMax);
  if (!chain) return fail(chain.error());
  const auto key = read_file(certificate.key_file, kCaFileBytesMax);
  if (!key) return fail(key.error());
  boost::system::error_code error;
  context.use_certificate_chain(boost::asio::buffer(*chain), error);
  if (error) {
    return fail(Errc::invalid_argument,
                certificate.cert_file + ": holds no usable PEM certificate");
  }
  context.use_private_key(boost::asio::buffer(*key), boost::asio::ssl::context::pem, error);
  if (error) {
    return fail(Errc::invalid_argument,
                certificate.key_file + ": holds no PEM key for " + certificate.cert_file);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const std::vector<std::string>& ca_files, const ClientCertificate& certificate) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code ignored;
  // A machine without a CA bundle still reaches registries whose CA is configured.
  context->set_default_verify_paths(ignored);
  context->set_verify_mode(ssl::verify_peer, ignored);
  for (const auto& file : ca_files) {
    if (file.empty()) continue;
    if (auto added = add_ca_file(*context, file); !added) return fail(added.error());
  }
  if (!certificate.cert_file.empty()) {
    if (auto added = add_client_certificate(*context, certificate); !added) {
      return fail(added.error());
    }
  }
  return context;
}

}  // namespace shoal::upstream
