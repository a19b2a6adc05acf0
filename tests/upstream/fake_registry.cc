#include "upstream/fake_registry.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace shoal::upstream::testing {
namespace {

constexpr std::size_t kRequestBytesMax = 1024 * 1024;

class PlainWire final : public Wire {
 public:
  explicit PlainWire(int fd) : fd_(fd) {}

  std::size_t read_some(char* data, std::size_t size) override {
    const auto got = ::recv(fd_, data, size, 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void reset() override {
    // Dissolving the association sends RST and keeps the descriptor.
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    ::connect(fd_, &nobody, sizeof nobody);
  }
  int fd() const override { return fd_; }

 private:
  int fd_;
};

struct FreeTls {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::unique_ptr<SSL_CTX, FreeTls> server_context(const FakeRegistry::Tls& tls) {
  std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
  const auto bio_of = [](const std::string& pem) {
    return std::unique_ptr<BIO, FreeTls>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const auto certificate_bio = bio_of(tls.certificate_pem);
  const auto key_bio = bio_of(tls.key_pem);
  const std::unique_ptr<X509, FreeTls> certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, FreeTls> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    throw std::runtime_error("the test's certificate does not load");
  }
  if (!tls.client_ca_pem.empty()) {
    const auto ca_bio = bio_of(tls.client_ca_pem);
    const std::unique_ptr<X509, FreeTls> ca(
        PEM_read_bio_X509(ca_bio.get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

class TlsWire final : public Wire {
 public:
  TlsWire(int fd, SSL_CTX& context) : fd_(fd), ssl_(SSL_new(&context)) {
    SSL_set_fd(ssl_.get(), fd);
  }
  bool accept() { return SSL_accept(ssl_.get()) == 1; }

  std::size_t read_some(char* data, std::size_t size) override {
    const int got = SSL_read(ssl_.get(), data, static_cast<int>(size));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  bool write(std::string_view bytes) override {
    return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  void reset() override {}
  int fd() const override { return fd_; }

 private:
  int fd_;
  std::unique_ptr<SSL, FreeTls> ssl_;
};

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Seen parse_header(const std::string& text) {
  Seen seen;
  const auto line_end = text.find("\r\n");
  const std::string line = text.substr(0, line_end);
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  seen.method = line.substr(0, first);
  seen.target = line.substr(first + 1, second - first - 1);
  std::size_t at = line_end + 2;
  while (at < text.size()) {
    const auto end = std::min(text.find("\r\n", at), text.size());
    const std::string field = text.substr(at, end - at);
    if (const auto colon = field.find(": "); colon != std::string::npos) {
      seen.headers[lower_case(field.substr(0, colon))] = field.substr(colon + 2);
    }
    at = end + 2;
  }
  return seen;
}

// Reads one request; what came after it stays in `buffer`.
std::optional<Seen> read_request(Wire& wire, std::string& buffer) {
  char chunk[4096];
  const auto more = [&] {
    const std::size_t got = wire.read_some(chunk, sizeof chunk);
    buffer.append(chunk, got);
    return got > 0 && buffer.size() < kRequestBytesMax;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  Seen seen = parse_header(buffer.substr(0, end));
  buffer.erase(0, end + 4);
  const std::string length = seen.header("content-length");
  const std::size_t body = length.empty() ? 0 : std::stoul(length);
  while (buffer.size() < body) {
    if (!more()) return std::nullopt;
  }
  seen.body = buffer.substr(0, body);
  buffer.erase(0, body);
  return seen;
}

bool send_answer(Wire& wire, const Seen& request, const Answer& answer) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
  for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
  if (answer.says_length) head += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
  head += "\r\n";
  if (!wire.write(head)) return false;
  return request.method == "HEAD" || wire.write(answer.body);
}

}  // namespace

struct FakeRegistry::Connection {
  int fd = -1;
  int number = 0;
  std::thread thread;
};

Answer hang_up() {
  Answer answer(0, "");
  answer.by_hand = [](Wire&) {};
  return answer;
}

Answer raw(std::string bytes) {
  Answer answer(0, "");
  answer.by_hand = [bytes = std::move(bytes)](Wire& wire) { wire.write(bytes); };
  return answer;
}

FakeRegistry::FakeRegistry(const std::string& address, std::optional<Tls> tls)
    : address_(address), tls_(std::move(tls)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  socklen_t size = sizeof place;
  auto* generic = reinterpret_cast<sockaddr*>(&place);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on " + address);
  }
  port_ = ntohs(place.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeRegistry::~FakeRegistry() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (const auto& connection : connections_) ::shutdown(connection->fd, SHUT_RDWR);
  for (const auto& connection : connections_) {
    connection->thread.join();
    ::close(connection->fd);
  }
}

void FakeRegistry::on(const std::string& method, const std::string& path, Responder responder) {
  const std::lock_guard lock(mutex_);
  responders_[{method, path}] = std::make_shared<Responder>(std::move(responder));
}

void FakeRegistry::on(const std::string& method, const std::string& path,
                      std::vector<Answer> answers) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  on(method, path, [answers = std::move(answers), next](const Seen&) {
    return answers.at(std::min(next->fetch_add(1), answers.size() - 1));
  });
}

std::string FakeRegistry::url(const std::string& path) const {
  return (tls_ ? "https://" : "http://") + host_port() + path;
}

std::string FakeRegistry::host_port() const {
  return address_ + ":" + std::to_string(port_);
}

std::vector<Seen> FakeRegistry::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::vector<Seen> FakeRegistry::seen(const std::string& method, const std::string& path) const {
  std::vector<Seen> out;
  for (auto& request : seen()) {
    if (request.method == method && request.path() == path) out.push_back(std::move(request));
  }
  return out;
}

void FakeRegistry::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    auto connection = std::make_unique<Connection>();
    connection->fd = fd;
    connection->number = ++connection_count_;
    Connection& reference = *connection;
    connections_.push_back(std::move(connection));
    reference.thread = std::thread([this, &reference] { serve(reference); });
  }
}

void FakeRegistry::serve(Connection& connection) {
  // OpenSSL writes to sockets that are gone without asking for no signal.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  if (tls_) {
    const auto context = server_context(*tls_);
    TlsWire wire(connection.fd, *context);
    if (wire.accept()) serve_requests(wire, connection.number);
    ::shutdown(connection.fd, SHUT_RDWR);
    return;
  }
  PlainWire wire(connection.fd);
  serve_requests(wire, connection.number);
  // shutdown() sends FIN; the descriptor itself is closed once nobody can mistake its number.
  ::shutdown(connection.fd, SHUT_RDWR);
}

void FakeRegistry::serve_requests(Wire& wire, int number) {
  std::string buffer;
  for (int index = 0;; ++index) {
    auto request = read_request(wire, buffer);
    if (!request) return;
    request->connection = number;
    request->index = index;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(*request);
    }
    const Answer answer = answer_to(*request);
    if (answer.by_hand) return answer.by_hand(wire);
    if (!send_answer(wire, *request, answer) || answer.close_after) return;
  }
}

Answer FakeRegistry::answer_to(const Seen& request) {
  std::shared_ptr<Responder> responder;
  {
    const std::lock_guard lock(mutex_);
    const auto found = responders_.find({request.method, request.path()});
    if (found != responders_.end()) responder = found->second;
  }
  return responder ? (*responder)(request) : Answer(404, "");
}

}  // namespace shoal::upstream::testing
