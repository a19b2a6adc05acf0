#include "p2p/raw_peer.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include <openssl/ssl.h>

#include "pki/pem.h"

namespace shoal::p2p {
namespace {

constexpr int kSeconds = 10;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + pki::openssl_reason());
}

class Socket {
 public:
  explicit Socket(const boost::asio::ip::tcp::endpoint& node)
      : number_(::socket(node.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{kSeconds, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    require(::connect(number_, node.data(), static_cast<socklen_t>(node.size())) == 0, "connect");
  }
  ~Socket() { ::close(number_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

int note_session(SSL* ssl, SSL_SESSION*) {
  static_cast<RawOutcome*>(SSL_get_app_data(ssl))->resumable = true;
  return 0;  // we keep no reference
}

pki::SslContext context_for(const RawPeer& peer) {
  pki::SslContext context(SSL_CTX_new(TLS_client_method()));
  require(context != nullptr, "context");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), &note_session);
  SSL_CTX_set_max_proto_version(context.get(), peer.version_max);
  if (!peer.member) return context;
  const auto certificates = pki::certificates_from(peer.member->certificate_pem);
  const auto key = pki::private_key_from(peer.member->key_pem);
  require(certificates && key, "pair");
  require(SSL_CTX_use_certificate(context.get(), certificates->front().get()) == 1, "certificate");
  require(SSL_CTX_use_PrivateKey(context.get(), key->get()) == 1, "key");
  return context;
}

std::unique_ptr<SSL, FreeSsl> new_ssl(const pki::SslContext& context, const Socket& socket,
                                      const RawPeer& peer) {
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context.get()));
  require(ssl && SSL_set_fd(ssl.get(), socket.number()) == 1, "ssl");
  if (!peer.server_name.empty()) {
    std::string name = peer.server_name;  // OpenSSL's macro for this has casts of the old style
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  return ssl;
}

}  // namespace

struct PausedVisit::Impl {
  Impl(const boost::asio::ip::tcp::endpoint& node, const RawPeer& peer)
      : context(context_for(peer)), socket(node) {}
  pki::SslContext context;
  Socket socket;
  std::unique_ptr<SSL, FreeSsl> ssl;
};

PausedVisit::PausedVisit(const boost::asio::ip::tcp::endpoint& node, const RawPeer& peer)
    : impl_(std::make_unique<Impl>(node, peer)) {
  SSL_CTX_set_verify(impl_->context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      impl_->context.get(),
      [](X509_STORE_CTX* verification, void*) {
        const int index = SSL_get_ex_data_X509_STORE_CTX_idx();
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, index));
        return static_cast<int>(SSL_set_retry_verify(ssl));
      },
      nullptr);
  impl_->ssl = new_ssl(impl_->context, impl_->socket, peer);
  SSL_connect(impl_->ssl.get());
  require(SSL_want(impl_->ssl.get()) == SSL_RETRY_VERIFY, "the node's certificate");
}

PausedVisit::~PausedVisit() = default;

bool PausedVisit::is_closed() {
  char bytes[4096];  // the rest of the node's half of the handshake
  ssize_t count = 0;
  do {
    count = ::recv(impl_->socket.number(), bytes, sizeof bytes, 0);
  } while (count > 0);
  return count == 0 || errno == ECONNRESET;
}

RawOutcome visit(const boost::asio::ip::tcp::endpoint& node, const RawPeer& peer) {
  RawOutcome outcome;
  const pki::SslContext context = context_for(peer);
  const Socket socket(node);
  const auto ssl = new_ssl(context, socket, peer);
  SSL_set_app_data(ssl.get(), &outcome);
  outcome.finished_handshake = SSL_connect(ssl.get()) == 1;
  if (outcome.finished_handshake) {
    outcome.version = SSL_get_version(ssl.get());
    SSL_write(ssl.get(), peer.say.data(), static_cast<int>(peer.say.size()));
    char buffer[4096];
    const int count = SSL_read(ssl.get(), buffer, sizeof buffer);
    if (count > 0) outcome.received.assign(buffer, static_cast<std::size_t>(count));
  }
  outcome.error = pki::openssl_reason();
  return outcome;
}

RawOutcome visit_plainly(const boost::asio::ip::tcp::endpoint& node, const std::string& say) {
  RawOutcome outcome;
  const Socket socket(node);
  // The node may have closed by now, and must not end the test by a signal.
  ::send(socket.number(), say.data(), say.size(), MSG_NOSIGNAL);
  char buffer[4096];
  const ssize_t count = ::recv(socket.number(), buffer, sizeof buffer, 0);
  if (count > 0) outcome.received.assign(buffer, static_cast<std::size_t>(count));
  return outcome;
}

std::string bittorrent_handshake(const std::string& info_hash) {
  std::string out =
      "\x13"
      "BitTorrent protocol";
  out += std::string("\0\0\0\0\0\x10\0\x05", 8);
  out += info_hash;
  out += "-XX0000-123456789012";
  return out;
}

}  // namespace shoal::p2p
