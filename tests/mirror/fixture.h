#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "mirror/fakes.h"
#include "mirror/mirror.h"
#include "store/store.h"

namespace shoal::mirror {

inline constexpr const char* kImageManifest = "application/vnd.oci.image.manifest.v1+json";

// A request under construction: Ask("GET", "/v2/x/blobs/...").ns("docker.io").header("range",
// "...").
class Ask {
 public:
  Ask(std::string method, std::string path) {
    request_.method = std::move(method);
    request_.path = std::move(path);
  }
  Ask& ns(std::string registry) {
    request_.query.emplace_back("ns", std::move(registry));
    return *this;
  }
  Ask& query(std::string name, std::string value) {
    request_.query.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Ask& header(std::string name, std::string value) {
    request_.headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  const http::Request& request() const { return request_; }

 private:
  http::Request request_;
};

// A Mirror over a real Store in a temporary folder; everything else is a fake.
class MirrorTest : public ::testing::Test {
 protected:
  MirrorTest();
  ~MirrorTest() override;

  // Runs one request to its end.
  std::unique_ptr<FakeResponder> respond(const Ask& ask);
  std::unique_ptr<FakeResponder> get(std::string path) {
    return respond(Ask("GET", std::move(path)));
  }
  std::unique_ptr<FakeResponder> head(std::string path) {
    return respond(Ask("HEAD", std::move(path)));
  }
  // Begins one request; finish() runs it and all others to their end.
  FakeResponder& begin(const Ask& ask);
  void run_until(const std::function<bool()>& done);
  void finish();

  // Makes a mirror with other options; what the store holds stays.
  void remake(MirrorOptions options);
  // Puts content into the store, complete.
  Digest store_content(const std::string& content, const std::string& media_type = "");

  double received(ByteSource source) { return metrics_.received_bytes(source).Value(); }

  static MirrorOptions default_options();
  static Repository repository(const std::string& registry, const std::string& name) {
    return Repository(*RegistryName::parse(registry), *RepositoryName::parse(name));
  }
  static Tag tag(const std::string& text) { return *Tag::parse(text); }

  std::filesystem::path folder_;
  asio::io_context io_;
  asio::thread_pool pool_{2};
  Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  FakeUpstream upstream_{io_.get_executor()};
  FakeLists lists_;
  FakeAccess access_;
  FakeBlobSource blobs_;
  FakeCluster cluster_;
  std::unique_ptr<Mirror> mirror_;

 private:
  struct UnderWay {
    UnderWay(http::Request request_in)
        : request(std::move(request_in)), responder(request.method == "HEAD") {}
    http::Request request;
    FakeResponder responder;
  };
  Awaitable<void> handle(UnderWay& under_way);

  int unanswered_ = 0;
  std::vector<std::unique_ptr<UnderWay>> under_way_;
};

}  // namespace shoal::mirror
