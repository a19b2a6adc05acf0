// The mirror behind the real server, over the wire.

#include <optional>
#include <string>

#include "http/test_client.h"
#include "http/test_server.h"
#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

class MirrorHttpTest : public MirrorTest {
 protected:
  MirrorHttpTest() {
    digest_ = blobs_.add(content_);
    upstream_.blobs["docker.io/library/x@" + digest_.text()] = content_.size();
    manifest_digest_ = upstream_.add("docker.io/library/x", "1", manifest_, kImageManifest);
    server_.emplace([this](const http::Request& request, http::Responder& responder) {
      return mirror_->handle(request, responder);
    });
    client_.emplace(server_->port());
  }
  ~MirrorHttpTest() override {
    client_.reset();
    server_.reset();
  }

  std::string blob_path() const { return "/v2/library/x/blobs/" + digest_.text(); }
  std::string ask(const std::string& method, const std::string& path,
                  const std::string& headers = "") {
    client_->send(method + " " + path + "?ns=docker.io HTTP/1.1\r\nHost: node\r\n" + headers +
                  "\r\n");
    return client_->response(method == "HEAD");
  }

  const std::string content_ = std::string(3'000'000, 'b') + "end";
  const std::string manifest_ = "{\"layers\":[]}\n";
  Digest digest_ = digest_of("");
  Digest manifest_digest_ = digest_of("");
  std::optional<http::TestServer> server_;
  std::optional<http::TestClient> client_;
};

TEST_F(MirrorHttpTest, HeadThenGetOfATagOnOneConnection) {
  const std::string head = ask("HEAD", "/v2/library/x/manifests/1");
  EXPECT_EQ(http::status_line_of(head), "HTTP/1.1 200 OK");
  EXPECT_EQ(http::header_of(head, "Content-Length"), std::to_string(manifest_.size()));
  EXPECT_EQ(http::header_of(head, "Docker-Content-Digest"), manifest_digest_.text());
  EXPECT_EQ(http::body_of(head), "");
  const std::string got = ask("GET", "/v2/library/x/manifests/" + manifest_digest_.text());
  EXPECT_EQ(http::header_of(got, "Content-Type"), kImageManifest);
  EXPECT_EQ(http::body_of(got), manifest_);
}

TEST_F(MirrorHttpTest, BlobInManyExtents) {
  blobs_.blobs[digest_.text()].extent_bytes_max = 100'000;
  const std::string head = ask("HEAD", blob_path());
  EXPECT_EQ(http::header_of(head, "Content-Length"), std::to_string(content_.size()));
  const std::string whole = ask("GET", blob_path());
  EXPECT_EQ(http::status_line_of(whole), "HTTP/1.1 200 OK");
  EXPECT_EQ(http::body_of(whole), content_);
  const std::string part = ask("GET", blob_path(), "Range: bytes=-3\r\n");
  EXPECT_EQ(http::status_line_of(part), "HTTP/1.1 206 Partial Content");
  EXPECT_EQ(http::header_of(part, "Content-Range"), "bytes 3000000-3000002/3000003");
  EXPECT_EQ(http::body_of(part), "end");
}

TEST_F(MirrorHttpTest, ABrokenBodyEndsWithFin) {
  blobs_.blobs[digest_.text()].fails_at = 2'000'000;
  client_->send("GET " + blob_path() + "?ns=docker.io HTTP/1.1\r\nHost: node\r\n\r\n");
  const std::string received = client_->read_to_end();
  EXPECT_EQ(client_->ending(), 0);
  EXPECT_EQ(http::header_of(received, "Content-Length"), std::to_string(content_.size()));
  EXPECT_EQ(http::body_of(received).size(), 2'000'000u);
}

TEST_F(MirrorHttpTest, RefusalsKeepTheConnection) {
  const std::string outside = ask("GET", blob_path(), "Range: bytes=9999999-\r\n");
  EXPECT_EQ(http::status_line_of(outside), "HTTP/1.1 416 Range Not Satisfiable");
  EXPECT_EQ(http::header_of(outside, "Content-Range"), "bytes */3000003");
  const std::string missing = ask("GET", "/v2/library/x/manifests/none");
  EXPECT_EQ(http::status_line_of(missing), "HTTP/1.1 404 Not Found");
  EXPECT_NE(http::body_of(missing).find("MANIFEST_UNKNOWN"), std::string::npos);
  const std::string write = ask("DELETE", "/v2/library/x/manifests/1");
  EXPECT_EQ(http::status_line_of(write), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(http::header_of(write, "Allow"), "GET, HEAD");
  const std::string same = ask("GET", "/v2/library/x/manifests/1",
                               "If-None-Match: \"" + manifest_digest_.text() + "\"\r\n");
  EXPECT_EQ(http::status_line_of(same), "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(http::body_of(ask("GET", "/v2/")), "{}");
}

TEST_F(MirrorHttpTest, EmptyBlob) {
  const Digest empty = digest_of("");
  upstream_.blobs["docker.io/library/x@" + empty.text()] = 0;
  const std::string answer = ask("GET", "/v2/library/x/blobs/" + empty.text());
  EXPECT_EQ(http::status_line_of(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(http::header_of(answer, "Content-Length"), "0");
}

TEST_F(MirrorHttpTest, HostilePathsGetAnErrorBody) {
  for (const char* path : {"/v2/a%00b/manifests/1", "/v2/%2e%2e/%2e%2e/x/manifests/1",
                           "/v2/x/manifests/%ff", "/v2/%zz/manifests/1"}) {
    const std::string answer = ask("GET", path);
    EXPECT_EQ(http::status_line_of(answer).substr(9, 2), "40") << path;
    EXPECT_NE(http::body_of(answer).find("\"errors\""), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace shoal::mirror
