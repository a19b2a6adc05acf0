#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "upstream/client.h"
#include "upstream/fake_registry.h"

namespace shoal::upstream::testing {

inline constexpr std::chrono::seconds kTestTimeout{60};

// Keeps what it is given.
class StringSink final : public BodySink {
 public:
  void begin(ByteRange coming) override {
    ++begun;
    range = coming;
  }
  Awaitable<Result<void>> write(std::span<const std::byte> bytes) override;

  int begun = 0;
  ByteRange range;
  std::string data;
  std::optional<Error> fails_with;  // the next write
};

// A client whose registry "reg.test" is `registry`; both live in the test's own thread and process.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest();
  ~ClientTest() override;

  // Makes the client on first use: set `options` before.
  Client& client();
  // Runs the io_context until the task is done.
  template <class T>
  T run(Awaitable<T> task) {
    const auto out = std::make_shared<std::optional<T>>();
    auto keeping = keep(std::move(task), out);
    spawn(io_.get_executor(), "test", std::move(keeping));
    io_.restart();
    io_.run_for(kTestTimeout);
    if (!*out) throw std::runtime_error("the call did not end in time");
    return std::move(**out);
  }

  Result<ManifestHead> head_manifest(const std::string& reference);
  Result<Manifest> get_manifest(const std::string& reference);
  Result<Descriptor> head_blob(const Digest& digest);
  Result<ByteRange> get_blob(const Digest& digest, ByteRange range, BodySink& sink);

  double requests(const std::string& code) {
    return metrics_.upstream_requests("reg.test", code).Value();
  }
  double retries() { return metrics_.upstream_retries("reg.test").Value(); }

  // Credentials for "reg.test".
  void log_in(const std::string& username, const std::string& password);
  std::filesystem::path write_file(const std::string& name, const std::string& content);

  asio::io_context io_;
  asio::thread_pool pool_{2};
  Metrics metrics_;
  FakeRegistry registry_;
  ClientOptions options_;
  Repository repository_;
  std::filesystem::path folder_;

 private:
  template <class T>
  Awaitable<void> keep(Awaitable<T> task, std::shared_ptr<std::optional<T>> out) {
    out->emplace(co_await std::move(task));
    io_.stop();
  }
  std::unique_ptr<Client> client_;
};

inline Digest sha256_of(std::string_view text) {
  return hash_of(DigestAlgorithm::sha256, as_bytes(text));
}
Digest parse_digest(const std::string& text);
// `size` bytes that repeat nowhere soon.
std::string pattern(std::size_t size);
inline std::string blob_path(const Digest& digest) {
  return "/v2/team/app/blobs/" + digest.text();
}
inline std::string manifest_path(const std::string& reference) {
  return "/v2/team/app/manifests/" + reference;
}
// Serves ranges of `content` as a registry does.
Responder ranged(std::string content);

}  // namespace shoal::upstream::testing
