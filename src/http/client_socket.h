#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/event.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::http {

// One accepted connection: system calls that are tried first and waited for after, each with a
// deadline. Knows nothing of HTTP.
// Errors  of all calls: canceled (the client went away, or end() was called), timeout.
// Thread  the socket's executor only; one call at a time.
class ClientSocket {
 public:
  ClientSocket(asio::ip::tcp::socket socket, std::chrono::steady_clock::duration send_timeout);
  ~ClientSocket();
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  // Appends what has arrived, at most kReadBytesMax, to `into`, which outlives the await.
  // Returns  how many bytes; 0 when the client has closed its side.
  Awaitable<Result<std::size_t>> read(std::string& into, SteadyTime deadline);
  // Sends all of `bytes`, whose memory outlives the await. With `more_follows` the kernel may hold
  // back (for at most 200 ms) what does not fill a packet.
  Awaitable<Result<void>> write(std::string_view bytes, bool more_follows);
  // Errors  also io: the file ends before offset + size, or could not be read.
  Awaitable<Result<void>> send_file(int file, std::uint64_t offset, std::uint64_t size);

  // Sends FIN behind what is on its way.
  void finish_sending();
  // Ends a read() that waits, or the next one that would have to, with `canceled`.
  void interrupt_read();
  // Ends the connection: every call under way and every later one is `canceled`.
  void end();

  // The client closed its side, even where unread bytes are left, or the connection broke.
  bool client_gone();
  // Bytes the kernel has taken from us, whole or in part of a failed call.
  std::uint64_t sent_bytes() const { return sent_bytes_; }

  static constexpr std::size_t kReadBytesMax = 16 * 1024;

 private:
  enum class Woken { ready, timeout, interrupted };
  // What a timer's handler may touch when it runs late, after the socket is gone.
  struct Expiry {
    asio::ip::tcp::socket* socket;
    std::uint64_t turn = 0;
    bool expired = false;
  };

  Awaitable<Woken> wait(asio::ip::tcp::socket::wait_type what, SteadyTime deadline);
  // Waits until the kernel takes bytes again, for as long as the client takes any.
  Awaitable<Result<void>> wait_writable();
  int unacknowledged_bytes();

  asio::ip::tcp::socket socket_;
  std::chrono::steady_clock::duration send_timeout_;
  asio::steady_timer timer_;
  std::shared_ptr<Expiry> expiry_;
  std::uint64_t sent_bytes_ = 0;
  bool read_interrupted_ = false;
  bool ended_ = false;
};

}  // namespace shoal::http
