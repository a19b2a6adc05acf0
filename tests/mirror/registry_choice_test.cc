#include "mirror/registry_choice.h"

#include <gtest/gtest.h>

namespace shoal::mirror {
namespace {

RegistryName registry(std::string_view text) {
  return *RegistryName::parse(text);
}
Repository repository(std::string_view host, std::string_view name) {
  return Repository(registry(host), *RepositoryName::parse(name));
}

PathName name_of(const std::string& text) {
  Route route = parse_route("GET", "/v2/" + text + "/manifests/tag");
  return std::get<ManifestRoute>(route).name;
}

TEST(RegistryChoiceTest, NsComesFirst) {
  const auto chosen = choose_repository(name_of("library/x"), "Docker.io",
                                        {repository("ghcr.io", "library/x")}, registry("quay.io"));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "docker.io/library/x");
}

TEST(RegistryChoiceTest, NsMakesTheWholePathTheRepository) {
  const auto chosen = choose_repository(name_of("my.org/x"), "docker.io", {}, std::nullopt);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "docker.io/my.org/x");
}

TEST(RegistryChoiceTest, LearnedRepositoryOfTheSameNameBeatsThePathsHost) {
  const auto chosen =
      choose_repository(name_of("my.org/x"), std::nullopt,
                        {repository("ghcr.io", "y"), repository("docker.io", "my.org/x")}, {});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "docker.io/my.org/x");
  EXPECT_EQ(chosen->registry.text(), "docker.io");
}

TEST(RegistryChoiceTest, LearnedRepositoryNamedWithItsRegistry) {
  const auto chosen =
      choose_repository(name_of("ghcr.io/a/b"), std::nullopt,
                        {repository("quay.io", "z"), repository("ghcr.io", "a/b")}, {});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->registry.text(), "ghcr.io");
  EXPECT_EQ(chosen->name.text(), "a/b");
}

TEST(RegistryChoiceTest, HostInThePathBeatsAnUnrelatedLearnedRepository) {
  const auto chosen = choose_repository(name_of("localhost:5000/x"), std::nullopt,
                                        {repository("ghcr.io", "y")}, registry("quay.io"));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "localhost:5000/x");
}

TEST(RegistryChoiceTest, MostRecentLearnedRepositoryBeatsTheDefault) {
  const auto chosen =
      choose_repository(name_of("x"), std::nullopt,
                        {repository("ghcr.io", "y"), repository("a.io", "z")}, registry("quay.io"));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "ghcr.io/y");
}

TEST(RegistryChoiceTest, DefaultComesLast) {
  const auto chosen = choose_repository(name_of("x"), std::nullopt, {}, registry("quay.io"));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->text(), "quay.io/x");
}

TEST(RegistryChoiceTest, NothingNamesARegistry) {
  const auto chosen = choose_repository(name_of("x"), std::nullopt, {}, std::nullopt);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().status, 404);
  EXPECT_EQ(chosen.error().code, "NAME_UNKNOWN");
  EXPECT_NE(chosen.error().message.find("ns="), std::string::npos);
}

TEST(RegistryChoiceTest, HostileNsIsRefusedAndNotEchoed) {
  for (const char* ns : {"", "a b", "evil\r\nX: y", "http://docker.io", "docker.io/x", "a:99999"}) {
    const auto chosen = choose_repository(name_of("x"), ns, {}, registry("quay.io"));
    ASSERT_FALSE(chosen) << ns;
    EXPECT_EQ(chosen.error().status, 404);
    EXPECT_EQ(chosen.error().code, "NAME_INVALID");
    EXPECT_EQ(chosen.error().message.find('\n'), std::string::npos);
  }
}

TEST(RegistryChoiceTest, NsWithAPathThatOnlyWorksWithAHost) {
  const auto chosen = choose_repository(name_of("localhost:5000/x"), "docker.io", {}, std::nullopt);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, "NAME_INVALID");
}

}  // namespace
}  // namespace shoal::mirror
