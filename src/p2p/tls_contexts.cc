#include "p2p/tls_contexts.h"

#include <algorithm>
#include <utility>

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include "p2p/ssl_context_recorder.h"

namespace shoal::p2p {
namespace {

constexpr int kIntermediatesMax = 3;
// AES-128 first: it costs two thirds of AES-256, and nobody breaks either.
constexpr const char* kCipherSuites =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

// What holds for every connection. The context that accepts decides it for incoming ones, the
// torrent's for outgoing ones. Who was a member yesterday must show today's certificate, so nothing
// is ever resumed: no tickets, no cache.
bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify_depth(context, kIntermediatesMax);
  return SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
         SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites(context, kCipherSuites) == 1;
}

}  // namespace

TlsContexts::TlsContexts(std::shared_ptr<const pki::Credentials> credentials)
    : credentials_(std::move(credentials)) {}

Result<std::unique_ptr<lt::session>> TlsContexts::make_session(
    const std::function<std::unique_ptr<lt::session>()>& make) {
  SslContextRecorder recorder;
  auto session = make();
  const auto contexts = recorder.take();
  bool good = !contexts.empty();
  for (const pki::SslContext& context : contexts) {
    good = good && set_rules(context.get());
    // Until a connection has named its torrent it is in this context, which has no certificate and
    // trusts nobody.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (good) return session;
  return fail(Errc::internal, "cannot set the rules of TLS in this version of libtorrent");
}

lt::torrent_handle TlsContexts::add_torrent(lt::session& session, lt::add_torrent_params params) {
  SslContextRecorder recorder;
  lt::torrent_handle torrent = session.add_torrent(std::move(params));
  auto contexts = recorder.take();
  if (contexts.size() != 1 || !set_rules(contexts.front().get())) {
    spdlog::error("a torrent has no TLS context of its own; nobody can connect to it");
    return torrent;
  }
  install(contexts.front().get());
  entries_.emplace_back(torrent, std::move(contexts.front()));
  return torrent;
}

void TlsContexts::install(ssl_ctx_st* context) const {
  if (const auto installed = credentials_->install(context); !installed) {
    spdlog::error("{}", installed.error().message);
  }
}

void TlsContexts::set_credentials(std::shared_ptr<const pki::Credentials> credentials) {
  credentials_ = std::move(credentials);
  prune();
  for (const Entry& entry : entries_) install(entry.context.get());
}

void TlsContexts::prune() {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.torrent.is_valid(); });
}

}  // namespace shoal::p2p
