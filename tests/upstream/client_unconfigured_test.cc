// Registries that nobody configured: what an image's name may lead to.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

class ClientUnconfiguredTest : public ClientTest {
 protected:
  ClientUnconfiguredTest() {
    options_.allow_unconfigured = true;
    options_.attempts_max = 1;
  }
  Errc outcome(const std::string& registry) {
    const Repository repository(*RegistryName::parse(registry), *RepositoryName::parse("team/app"));
    EXPECT_EQ(client().access(repository), Access::allowed);
    auto found = run(client().head_manifest(repository, *parse_reference("latest"), ""));
    EXPECT_FALSE(found) << registry;
    if (!found) last_message_ = found.error().message;
    return found ? Errc::internal : found.error().code;
  }
  std::string last_message_;
};

// Literals, the spellings getaddrinfo takes for addresses, and a name that DNS resolves to one: what
// counts is the address that would be connected to.
TEST_F(ClientUnconfiguredTest, NothingButPublicAddressesIsConnectedTo) {
  int refused = 0;
  for (const char* host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "localhost", "10.1.2.3",
        "192.168.0.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "169.254.0.1", "[::1]",
        "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
    const std::string registry = std::string(host) + ":" + std::to_string(registry_.port());
    if (!RegistryName::parse(registry)) continue;
    EXPECT_EQ(outcome(registry), Errc::protocol) << host;
    EXPECT_NE(last_message_.find("may not be led to"), std::string::npos) << last_message_;
    EXPECT_EQ(metrics_.upstream_refused_addresses.Value(), ++refused) << host;
  }
  EXPECT_EQ(registry_.connections(), 0);
}

TEST_F(ClientUnconfiguredTest, TheSameAddressIsReachedWhereItIsConfigured) {
  Answer answer(200, "{}");
  answer.set("Docker-Content-Digest", sha256_of("{}").text());
  registry_.on("HEAD", manifest_path("latest"), {answer});
  EXPECT_TRUE(head_manifest("latest"));
}

TEST_F(ClientUnconfiguredTest, RefusedWhereItIsNotAllowed) {
  options_.allow_unconfigured = false;
  const Repository other(*RegistryName::parse("other.test"), *RepositoryName::parse("a"));
  EXPECT_EQ(client().access(other), Access::unknown);
  EXPECT_EQ(run(client().head_blob(other, sha256_of(""))).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::upstream::testing
