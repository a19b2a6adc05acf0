// Registries behind an HTTP proxy.
#include <array>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream/base64.h"
#include "upstream/client_fixture.h"
#include "upstream/test_certificates.h"

namespace shoal::upstream::testing {
namespace {

// Carries bytes between two sockets until either side ends.
void relay(int one, int other) {
  std::array<pollfd, 2> ends{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
  std::array<char, 16384> chunk;
  while (::poll(ends.data(), ends.size(), 20'000) > 0) {
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].revents == 0) continue;
      const auto size = ::recv(ends[i].fd, chunk.data(), chunk.size(), 0);
      if (size <= 0) return;
      if (::send(ends[1 - i].fd, chunk.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) !=
          size) {
        return;
      }
    }
  }
}

// What a proxy does with CONNECT: a way to the server at 127.0.0.1:`port`, whatever was asked for.
Answer tunnel_to(std::uint16_t port) {
  Answer answer(0, "");
  answer.by_hand = [port](Wire& wire) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(server, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0) {
      wire.write("HTTP/1.1 200 Connection established\r\n\r\n");
      relay(wire.fd(), server);
    }
    ::close(server);
  };
  return answer;
}

class ClientProxyTest : public ClientTest {
 protected:
  // The registry has a name that nobody but the proxy can look up.
  ClientProxyTest() {
    options_.http_proxy = proxy_.url();
    options_.registries["reg.test"].url = "http://registry.invalid:5000";
  }
  void answer(const std::string& target, Answer what) {
    proxy_.on("HEAD", target, {std::move(what)});
  }
  static Answer manifest() {
    Answer answer(200, "{}");
    answer.set("Docker-Content-Digest", sha256_of("{}").text());
    return answer;
  }

  FakeRegistry proxy_{"127.0.0.4"};
  const std::string target_ = "http://registry.invalid:5000" + manifest_path("latest");
};

TEST_F(ClientProxyTest, PlainHttpIsAskedForByTheWholeUrl) {
  answer(target_, manifest());
  const auto found = head_manifest("latest");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(proxy_.seen().at(0).target, target_);
  EXPECT_EQ(proxy_.seen().at(0).header("host"), "registry.invalid:5000");
  EXPECT_EQ(proxy_.seen().at(0).header("proxy-authorization"), "");
}

TEST_F(ClientProxyTest, CredentialsForTheProxyAreItsOwn) {
  const std::string auth = base64_encode("me:pw");
  options_.docker_config = write_file("config.json", R"({"auths": {")" + proxy_.host_port() +
                                                         R"(": {"auth": ")" + auth + R"("}}})");
  answer(target_, manifest());
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_EQ(proxy_.seen().at(0).header("proxy-authorization"), "Basic " + auth);
  EXPECT_EQ(proxy_.seen().at(0).header("authorization"), "");
}

TEST_F(ClientProxyTest, OneRegistryMayGoAroundTheProxy) {
  options_.registries["reg.test"].url = registry_.url();
  options_.registries["reg.test"].http_proxy = kProxyDirect;
  registry_.on("HEAD", manifest_path("latest"), {manifest()});
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_TRUE(proxy_.seen().empty());
}

TEST_F(ClientProxyTest, TlsGoesThroughATunnelAndIsTheRegistrysOwn) {
  const TestAuthority authority;
  options_.extra_ca_file = write_file("ca.pem", authority.certificate_pem()).string();
  options_.registries["reg.test"].url = "https://registry.invalid";
  FakeRegistry secure("127.0.0.1", authority.issue("DNS:registry.invalid"));
  secure.on("HEAD", manifest_path("latest"), {manifest()});
  proxy_.on("CONNECT", "registry.invalid:443", {tunnel_to(secure.port())});
  const auto found = head_manifest("latest");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(secure.seen().at(0).target, manifest_path("latest"));
  EXPECT_EQ(secure.seen().at(0).header("host"), "registry.invalid");
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_EQ(proxy_.connections(), 1) << "the tunnel is kept";
}

TEST_F(ClientProxyTest, AProxyThatRefusesATunnel) {
  options_.registries["reg.test"].url = "https://registry.invalid";
  proxy_.on("CONNECT", "registry.invalid:443", {Answer(403, "no")});
  EXPECT_EQ(head_manifest("latest").error().code, Errc::denied);
  EXPECT_EQ(proxy_.seen().at(0).target, "registry.invalid:443");
}

TEST_F(ClientProxyTest, AProxyThatIsDownIsAnErrorOfItsOwn) {
  {
    const FakeRegistry gone("127.0.0.4");
    options_.http_proxy = gone.url();
  }
  options_.attempts_max = 1;
  EXPECT_EQ(head_manifest("latest").error().code, Errc::unavailable);
}

TEST_F(ClientProxyTest, RedirectsToThisMachineAreRefusedUnasked) {
  for (const char* place :
       {"http://127.0.0.1/x", "http://localhost/x", "http://a.localhost/x", "http://LocalHost./x",
        "http://169.254.169.254/x", "http://10.0.0.1/x", "http://[::1]/x", "http://127.1/x",
        "http://2130706433/x", "http://0x7f000001/x", "http://127.0.0.1./x",
        "http://[::ffff:10.0.0.1]/x", "http://0.0.0.0/x"}) {
    Answer redirect(307, "");
    redirect.set("Location", place);
    answer(target_, redirect);
    const auto before = proxy_.seen().size();
    EXPECT_EQ(head_manifest("latest").error().code, Errc::protocol) << place;
    EXPECT_EQ(proxy_.seen().size(), before + 1) << place;
  }
  EXPECT_EQ(metrics_.upstream_refused_addresses.Value(), 13);
}

TEST_F(ClientProxyTest, WhatIsNoProxyIsAnErrorAtTheStart) {
  for (const char* url : {"https://proxy", "proxy:3128", "http://me:pw@proxy"}) {
    ClientOptions options;
    options.http_proxy = url;
    EXPECT_FALSE(Client::create(io_, pool_, options, metrics_)) << url;
  }
}

}  // namespace
}  // namespace shoal::upstream::testing
