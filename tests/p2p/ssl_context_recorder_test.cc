#include "p2p/ssl_context_recorder.h"

#include <gtest/gtest.h>

#include <thread>

#include <openssl/ssl.h>

namespace shoal::p2p {
namespace {

pki::SslContext make_context() {
  return pki::SslContext(SSL_CTX_new(TLS_method()));
}

TEST(SslContextRecorderTest, SeesWhatIsMadeOnItsThreadWhileItLives) {
  const pki::SslContext before = make_context();
  pki::SslContext inside;
  std::vector<pki::SslContext> seen;
  {
    SslContextRecorder recorder;
    inside = make_context();
    std::thread([] { make_context(); }).join();
    seen = recorder.take();
  }
  const pki::SslContext after = make_context();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen.front(), inside);
}

TEST(SslContextRecorderTest, ContextOutlivesItsMaker) {
  SslContextRecorder recorder;
  make_context();
  const auto seen = recorder.take();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(SSL_CTX_set_min_proto_version(seen.front().get(), TLS1_3_VERSION), 1);
}

}  // namespace
}  // namespace shoal::p2p
