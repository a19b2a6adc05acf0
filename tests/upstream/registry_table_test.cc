#include "upstream/registry_table.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "upstream/base64.h"

namespace shoal::upstream {
namespace {

Result<Registry> find(const ClientOptions& options, const char* name) {
  const auto table = RegistryTable::create(options);
  if (!table) return fail(table.error());
  const Repository repository(*RegistryName::parse(name), *RepositoryName::parse("a/b"));
  auto found = table->find(repository);
  if (found) found->tls = found->tls_elsewhere = nullptr;  // they end with the table
  return found;
}

TEST(RegistryTableTest, DockerHubHasAnotherHost) {
  ClientOptions options;
  options.allow_unconfigured = true;
  const auto hub = find(options, "docker.io");
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->base.origin(), "https://registry-1.docker.io:443");
  EXPECT_EQ(hub->label, "other");
  EXPECT_EQ(hub->limit, AddressScope::public_net);
  EXPECT_EQ(find(options, "quay.io")->base.origin(), "https://quay.io:443");
  EXPECT_EQ(find(options, "[2001:db8::1]:5000")->base.authority(), "[2001:db8::1]:5000");
}

TEST(RegistryTableTest, ConfigurationGoesFirst) {
  ClientOptions options;
  options.allow_unconfigured = true;
  options.registries["docker.io"] = {"http://10.0.0.1:5000/prefix/", ""};
  const auto hub = find(options, "docker.io");
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->label, "docker.io");
  EXPECT_EQ(hub->limit, AddressScope::special);
  EXPECT_EQ(hub->url("/v2/a/tags").target(), "/prefix/v2/a/tags");
}

TEST(RegistryTableTest, UnconfiguredOnlyWhereAllowed) {
  const auto table = RegistryTable::create(ClientOptions());
  ASSERT_TRUE(table);
  const Repository name(*RegistryName::parse("quay.io"), *RepositoryName::parse("a"));
  EXPECT_EQ(table->access(name), Access::unknown);
  const auto found = table->find(name);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::invalid_argument);
  EXPECT_NE(found.error().message.find("quay.io"), std::string::npos);
}

TEST(RegistryTableTest, FallbacksArePlacesOfTheirOwn) {
  ClientOptions options;
  options.registries["docker.io"] = {"https://mirror.example", ""};
  options.registries["docker.io"].fallback_urls = {"https://registry-1.docker.io",
                                                   "http://10.0.0.1"};
  const auto hub = find(options, "docker.io");
  ASSERT_TRUE(hub);
  ASSERT_EQ(hub->fallbacks.size(), 2U);
  EXPECT_EQ(hub->fallbacks[0].base.host(), "registry-1.docker.io");
  EXPECT_EQ(hub->fallbacks[1].base.host(), "10.0.0.1");
  EXPECT_EQ(hub->fallbacks[1].name, "docker.io");
  EXPECT_EQ(hub->fallbacks[1].label, "docker.io");
  EXPECT_EQ(hub->fallbacks[1].limit, AddressScope::special);
  EXPECT_NE(hub->fallbacks[0].id, hub->id);
  EXPECT_NE(hub->fallbacks[0].id, hub->fallbacks[1].id);
  options.registries["docker.io"].fallback_urls = {"https://x/?q"};
  EXPECT_FALSE(find(options, "docker.io"));
}

TEST(RegistryTableTest, PatternsLeaveRepositoriesOut) {
  ClientOptions options;
  options.registries["docker.io"] = {"https://x", ""};
  options.registries["docker.io"].deny = {"a/*"};
  const auto found = find(options, "docker.io");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::denied);
  EXPECT_NE(found.error().message.find("a/b"), std::string::npos);
  options.registries["docker.io"].deny = {"A"};
  EXPECT_EQ(find(options, "docker.io").error().code, Errc::invalid_argument);
}

TEST(RegistryTableTest, ErrorsNameWhatIsWrong) {
  const auto message = [](const char* name, RegistryOptions registry) {
    ClientOptions options;
    options.registries[name] = std::move(registry);
    const auto table = RegistryTable::create(options);
    return table ? std::string("accepted") : table.error().message;
  };
  EXPECT_NE(message("docker.io", {"ftp://x", ""}).find("docker.io"), std::string::npos);
  EXPECT_NE(message("docker.io", {"", ""}).find("docker.io"), std::string::npos);
  EXPECT_NE(message("docker.io", {"https://x/?q", ""}).find("query"), std::string::npos);
  EXPECT_NE(message("not a name", {"https://x", ""}).find("not a name"), std::string::npos);
  EXPECT_NE(message("r", {"https://x", "/no/such.pem"}).find("/no/such.pem"), std::string::npos);
}

TEST(RegistryTableTest, FileWithoutACertificateIsNoCa) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("shoal-no-ca-" + std::to_string(::getpid()) + ".pem");
  std::ofstream(path) << "nothing of the kind\n";
  ClientOptions options;
  options.extra_ca_file = path.string();
  const auto table = RegistryTable::create(options);
  std::filesystem::remove(path);
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find(path.string()), std::string::npos);
}

}  // namespace
}  // namespace shoal::upstream
