#include "discovery/dns_client.h"

#include <ares.h>

#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/text.h"

namespace shoal::discovery {
namespace {

using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

// c-ares ends every question by itself, after all tries of all servers; this is for a resolv.conf
// with many dead ones.
constexpr std::chrono::seconds kAnswerTimeout{15};
constexpr int kClassIn = 1;

int type_code(DnsType type) {
  switch (type) {
    case DnsType::a:
      return 1;
    case DnsType::aaaa:
      return 28;
    case DnsType::srv:
      return 33;
  }
  return 0;
}

Errc code_of(int status) {
  switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return Errc::not_found;
    case ARES_ETIMEOUT:
      return Errc::timeout;
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_ECONNREFUSED:
    case ARES_ENOTIMP:
    case ARES_EOF:
      return Errc::unavailable;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return Errc::canceled;
    default:
      return Errc::protocol;
  }
}

}  // namespace

// A c-ares channel and what it waits for. Waits hold it weakly: it goes when its client goes.
class DnsClient::Channel : public std::enable_shared_from_this<DnsClient::Channel> {
 public:
  explicit Channel(asio::any_io_executor reactor)
      : reactor_(std::move(reactor)), timer_(reactor_) {}
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Result<void> open(const DnsClientOptions& options);
  std::shared_ptr<Question> ask(const std::string& name, DnsType type);
  void cancel() {
    ares_cancel(channel_);
    arm_timer();
  }

 private:
  // A socket of c-ares's; which opens and closes it.
  struct Socket {
    Socket(const asio::any_io_executor& executor, ares_socket_t file) : descriptor(executor) {
      error_code ignored;  // without a descriptor nothing is heard, and the question times out
      descriptor.assign(file, ignored);
    }
    Descriptor descriptor;
    bool wants_read = false, wants_write = false;
    bool waits_read = false, waits_write = false;
  };
  struct Asked {
    std::string name;
    std::shared_ptr<Question> question;
  };

  static void answered(void* asked, int status, int timeouts, unsigned char* bytes, int size);
  static void socket_changed(void* self, ares_socket_t file, int readable, int writable);
  void watch(const std::shared_ptr<Socket>& socket);
  void wait(const std::shared_ptr<Socket>& socket, Descriptor::wait_type what, bool& waits);
  void process(ares_socket_t readable, ares_socket_t writable);
  void arm_timer();

  asio::any_io_executor reactor_;
  asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
};

Result<void> DnsClient::Channel::open(const DnsClientOptions& options) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  ares_options wanted{};
  wanted.flags = ARES_FLAG_NOALIASES;  // a file that an environment variable names
  wanted.timeout = static_cast<int>(options.timeout.count());
  wanted.tries = options.tries;
  wanted.sock_state_cb = &Channel::socket_changed;
  wanted.sock_state_cb_data = this;
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  std::vector<std::string> domains = options.search_domains.value_or(std::vector<std::string>{});
  std::vector<char*> domain_places;
  domain_places.reserve(domains.size());
  for (std::string& domain : domains) domain_places.push_back(domain.data());
  if (options.search_domains) {
    wanted.domains = domain_places.data();
    wanted.ndomains = static_cast<int>(domain_places.size());
    mask |= ARES_OPT_DOMAINS;
  }
  int status = library;
  if (status == ARES_SUCCESS) status = ares_init_options(&channel_, &wanted, mask);
  if (status != ARES_SUCCESS) {
    return fail(Errc::unavailable, fmt::format("cannot ask DNS: {}", ares_strerror(status)));
  }
  if (options.servers.empty()) return {};
  const std::string servers = fmt::format("{}", fmt::join(options.servers, ","));
  if (ares_set_servers_ports_csv(channel_, servers.c_str()) == ARES_SUCCESS) return {};
  return fail(Errc::invalid_argument, "these are no DNS servers: " + printable(servers));
}

std::shared_ptr<DnsClient::Question> DnsClient::Channel::ask(const std::string& name,
                                                             DnsType type) {
  auto question = std::make_shared<Question>(reactor_);
  auto asked = std::make_unique<Asked>(Asked{name, question});
  // c-ares calls back exactly once, perhaps at once.
  ares_search(channel_, name.c_str(), kClassIn, type_code(type), &Channel::answered,
              asked.release());
  arm_timer();
  return question;
}

void DnsClient::Channel::answered(void* asked, int status, int, unsigned char* bytes, int size) {
  const std::unique_ptr<Asked> held(static_cast<Asked*>(asked));
  Question& question = *held->question;
  if (status == ARES_SUCCESS) {
    question.result_ =
        parse_dns_message(std::as_bytes(std::span(bytes, static_cast<std::size_t>(size))));
  } else {
    question.result_ = fail(code_of(status), ares_strerror(status));
  }
  Result<DnsMessage>& result = *question.result_;
  if (!result) result.error().message = printable(held->name) + ": " + result.error().message;
  question.answered_.notify_all();
}

void DnsClient::Channel::socket_changed(void* self, ares_socket_t file, int readable,
                                        int writable) {
  auto& channel = *static_cast<Channel*>(self);
  if (readable == 0 && writable == 0) {
    const auto closing = channel.sockets_.find(file);
    if (closing == channel.sockets_.end()) return;
    // Now, not when the last who holds it lets go: the next socket may get the same number.
    closing->second->descriptor.release();
    channel.sockets_.erase(closing);
    return;
  }
  auto& socket = channel.sockets_[file];
  if (!socket) socket = std::make_shared<Socket>(channel.reactor_, file);
  socket->wants_read = readable != 0;
  socket->wants_write = writable != 0;
  channel.watch(socket);
}

void DnsClient::Channel::watch(const std::shared_ptr<Socket>& socket) {
  if (socket->wants_read) wait(socket, Descriptor::wait_read, socket->waits_read);
  if (socket->wants_write) wait(socket, Descriptor::wait_write, socket->waits_write);
}

void DnsClient::Channel::wait(const std::shared_ptr<Socket>& socket, Descriptor::wait_type what,
                              bool& waits) {
  if (std::exchange(waits, true)) return;
  const std::weak_ptr<Channel> channel = weak_from_this();
  const std::weak_ptr<Socket> waiting = socket;
  socket->descriptor.async_wait(what, [channel, waiting, what](const error_code& error) {
    const auto self = channel.lock();
    const auto ready = waiting.lock();
    if (error || !self || !ready) return;
    const bool reads = what == Descriptor::wait_read;
    (reads ? ready->waits_read : ready->waits_write) = false;
    const ares_socket_t file = ready->descriptor.native_handle();
    self->process(reads ? file : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : file);
    // It may have been closed, and its number may be another socket's by now.
    const auto found = self->sockets_.find(file);
    if (found != self->sockets_.end() && found->second == ready) self->watch(ready);
  });
}

void DnsClient::Channel::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  arm_timer();
}

void DnsClient::Channel::arm_timer() {
  timeval room{};
  const timeval* const left = ares_timeout(channel_, nullptr, &room);
  if (left == nullptr) {
    timer_.cancel();
    return;
  }
  // A millisecond more, so that it is over for c-ares too.
  timer_.expires_after(std::chrono::seconds(left->tv_sec) +
                       std::chrono::microseconds(left->tv_usec) + std::chrono::milliseconds(1));
  timer_.async_wait([channel = weak_from_this()](const error_code& error) {
    const auto self = channel.lock();
    if (!error && self) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

Awaitable<Result<DnsMessage>> DnsClient::Question::answer() {
  const auto deadline = std::chrono::steady_clock::now() + kAnswerTimeout;
  while (!result_) {
    const bool in_time = co_await answered_.wait_until(deadline);
    if (!in_time && !result_)
      co_return fail(Errc::timeout, "the DNS servers do not answer in time");
  }
  co_return *result_;
}

Result<std::unique_ptr<DnsClient>> DnsClient::create(asio::any_io_executor reactor,
                                                     const DnsClientOptions& options) {
  auto channel = std::make_shared<Channel>(std::move(reactor));
  if (auto opened = channel->open(options); !opened) return fail(std::move(opened.error()));
  return std::unique_ptr<DnsClient>(new DnsClient(std::move(channel)));
}

DnsClient::~DnsClient() = default;

std::shared_ptr<DnsClient::Question> DnsClient::ask(const std::string& name, DnsType type) {
  return channel_->ask(name, type);
}

void DnsClient::cancel() {
  channel_->cancel();
}

}  // namespace shoal::discovery
