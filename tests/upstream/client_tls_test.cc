// Whom the client trusts.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"
#include "upstream/test_certificates.h"

namespace shoal::upstream::testing {
namespace {

class ClientTlsTest : public ClientTest {
 protected:
  ClientTlsTest() { options_.attempts_max = 2; }

  // A registry with a certificate for `names`, reached as https://`host`.
  void serve(const std::string& names, const std::string& host) {
    secure_.emplace("127.0.0.1", authority_.issue(names));
    secure_->on("GET", manifest_path("latest"), {Answer(200, "{}")});
    options_.registries["reg.test"].url = "https://" + host + ":" + std::to_string(secure_->port());
  }
  std::string ca_file() { return write_file("ca.pem", authority_.certificate_pem()).string(); }

  TestAuthority authority_;
  std::optional<FakeRegistry> secure_;
};

TEST_F(ClientTlsTest, PrivateCaOfTheRegistry) {
  serve("DNS:localhost", "localhost");
  options_.registries["reg.test"].ca_file = ca_file();
  for (int i = 0; i < 2; ++i) {
    const auto got = get_manifest("latest");
    ASSERT_TRUE(got) << got.error().message;
  }
  EXPECT_EQ(secure_->connections(), 1);
}

TEST_F(ClientTlsTest, PrivateCaForAll) {
  serve("IP:127.0.0.1", "127.0.0.1");
  options_.extra_ca_file = ca_file();
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
}

TEST_F(ClientTlsTest, UnknownCaIsRefusedAndNotTriedAgain) {
  serve("DNS:localhost", "localhost");
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::protocol);
  EXPECT_NE(got.error().message.find("certificate"), std::string::npos) << got.error().message;
  EXPECT_EQ(retries(), 0);
  EXPECT_TRUE(secure_->seen().empty());
}

TEST_F(ClientTlsTest, CertificateOfAnotherNameIsRefused) {
  serve("DNS:other.test", "localhost");
  options_.extra_ca_file = ca_file();
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
  EXPECT_TRUE(secure_->seen().empty());
}

TEST_F(ClientTlsTest, CertificateOfAnotherAddressIsRefused) {
  serve("IP:127.0.0.2,DNS:127.0.0.1", "127.0.0.1");
  options_.extra_ca_file = ca_file();
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
}

TEST_F(ClientTlsTest, ServerThatSpeaksNoTls) {
  options_.registries["reg.test"].url = "https://" + registry_.host_port();
  registry_.on("GET", manifest_path("latest"), {Answer(200, "{}")});
  options_.connect_timeout = std::chrono::milliseconds(500);
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().code == Errc::unavailable || got.error().code == Errc::timeout);
}

TEST_F(ClientTlsTest, DowngradeByRedirectIsRefused) {
  serve("DNS:localhost", "localhost");
  options_.extra_ca_file = ca_file();
  Answer redirect(307, "");
  redirect.set("Location", registry_.url("/plain"));
  secure_->on("GET", manifest_path("latest"), {redirect});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
  EXPECT_TRUE(registry_.seen().empty());
}

TEST_F(ClientTlsTest, DowngradeByRealmIsRefused) {
  serve("DNS:localhost", "localhost");
  options_.extra_ca_file = ca_file();
  log_in("me", "pw");
  Answer challenge(401, "");
  challenge.set("WWW-Authenticate", "Bearer realm=\"" + registry_.url("/token") + "\"");
  secure_->on("GET", manifest_path("latest"), {challenge});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
  EXPECT_TRUE(registry_.seen().empty());
}

TEST_F(ClientTlsTest, BlobOverTls) {
  serve("DNS:localhost", "localhost");
  options_.extra_ca_file = ca_file();
  const std::string content = pattern(1'500'000);
  const auto digest = sha256_of(content);
  secure_->on("GET", blob_path(digest), ranged(content));
  StringSink sink;
  const auto got = get_blob(digest, ByteRange{7, 1'400'000}, sink);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink.data, content.substr(7, 1'400'000));
}

class ClientCertificateTest : public ClientTlsTest {
 protected:
  // A registry that lets nobody in without a certificate of the test's authority.
  ClientCertificateTest() {
    FakeRegistry::Tls tls = authority_.issue("IP:127.0.0.1");
    tls.client_ca_pem = authority_.certificate_pem();
    secure_.emplace("127.0.0.1", std::move(tls));
    secure_->on("GET", manifest_path("latest"), {Answer(200, "{}")});
    options_.registries["reg.test"].url = secure_->url();
    options_.registries["reg.test"].ca_file = ca_file();
  }
  void show_certificate() {
    const FakeRegistry::Tls ours = authority_.issue("DNS:node");
    RegistryOptions& registry = options_.registries["reg.test"];
    registry.client_cert_file = write_file("node.pem", ours.certificate_pem).string();
    registry.client_key_file = write_file("node.key", ours.key_pem).string();
  }
};

TEST_F(ClientCertificateTest, IsShownToTheRegistry) {
  show_certificate();
  const auto got = get_manifest("latest");
  EXPECT_TRUE(got) << got.error().message;
}

TEST_F(ClientCertificateTest, WithoutOneTheRegistryIsShut) {
  EXPECT_FALSE(get_manifest("latest"));
  EXPECT_TRUE(secure_->seen().empty());
}

TEST_F(ClientCertificateTest, IsNotShownWhereARedirectLeads) {
  show_certificate();
  // Alike in everything but that it is not the registry.
  FakeRegistry::Tls tls = authority_.issue("IP:127.0.0.2");
  tls.client_ca_pem = authority_.certificate_pem();
  FakeRegistry elsewhere("127.0.0.2", std::move(tls));
  elsewhere.on("GET", "/m", {Answer(200, "{}")});
  Answer redirect(307, "");
  redirect.set("Location", elsewhere.url("/m"));
  secure_->on("GET", manifest_path("latest"), {redirect});
  EXPECT_FALSE(get_manifest("latest"));
  EXPECT_TRUE(elsewhere.seen().empty());
}

TEST_F(ClientCertificateTest, FilesThatAreNoneAreErrorsAtTheStart) {
  const auto refused = [this](const std::string& cert, const std::string& key) {
    RegistryOptions& registry = options_.registries["reg.test"];
    registry.client_cert_file = cert;
    registry.client_key_file = key;
    const auto created = Client::create(io_, pool_, options_, metrics_);
    return created ? std::string("accepted") : created.error().message;
  };
  show_certificate();
  const RegistryOptions good = options_.registries["reg.test"];
  const std::string text = write_file("text", "nothing of the kind").string();
  const std::string other_key = write_file("other.key", authority_.issue("DNS:x").key_pem).string();
  EXPECT_NE(refused(text, good.client_key_file).find(text), std::string::npos);
  EXPECT_NE(refused(good.client_cert_file, text).find(text), std::string::npos);
  EXPECT_NE(refused(good.client_cert_file, other_key).find(other_key), std::string::npos);
  EXPECT_NE(refused("/no/such.pem", good.client_key_file).find("/no/such.pem"), std::string::npos);
}

}  // namespace
}  // namespace shoal::upstream::testing
