#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::http {

// A client that speaks raw bytes over a blocking loopback socket, so that tests see exactly what is
// on the wire. Every call gives up after kPatience, which fails the test rather than hanging it.
class TestClient {
 public:
  // `receive_buffer_bytes` > 0 makes the kernel hold little for a client that does not read.
  explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // Returns  false when the server no longer takes bytes.
  bool send(std::string_view bytes);
  // One response, header and body by its Content-Length. `head_only`: the response to a HEAD
  // request.
  std::string response(bool head_only = false);
  // Reads exactly `size` bytes, or fewer where the connection ends.
  std::string read(std::size_t size);
  // Reads all there is until the connection ends.
  std::string read_to_end();
  // How the connection ended: 0 for FIN, else the errno (ECONNRESET for RST). Reads on until it
  // did.
  int ending();
  // Waits until there is something to read, without reading it.
  bool wait_readable(std::chrono::milliseconds patience);
  void finish_sending();
  // Closes at once, with RST.
  void reset();
  bool connected() const { return connected_; }

  static constexpr std::chrono::seconds kPatience{20};

 private:
  // Appends what arrived to `received_`; false at the end of the connection.
  bool fill();

  int socket_;
  bool connected_ = false;
  int ending_ = 0;
  std::string received_;
};

// The value of the header `name` in a response, as it stands on the wire; empty where it is
// missing.
std::string header_of(const std::string& response, const std::string& name);
std::string status_line_of(const std::string& response);
std::string body_of(const std::string& response);

}  // namespace shoal::http
