#include "containerd/containerd_config.h"

#include <gmock/gmock.h>

#include "containerd/node_files.h"

namespace shoal::containerd {
namespace {

using testing::HasSubstr;

constexpr const char* kFile = "etc/containerd/config.toml";

class ContainerdConfigTest : public NodeFiles {
 protected:
  Result<RegistrySettings> read() const { return read_settings(root_ / kFile, root_); }
  RegistrySettings settings(const std::string& text) const {
    write(kFile, text);
    const auto found = read();
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(RegistrySettings());
  }
};

const std::string kImages = "[plugins.'io.containerd.cri.v1.images'.registry]\n";
const std::string kGrpc = "[plugins.\"io.containerd.grpc.v1.cri\".registry]\n";
const std::string kPath = "config_path = \"/c\"\n";

TEST_F(ContainerdConfigTest, PathIsReadFromTheSectionOfItsVersion) {
  EXPECT_EQ(settings("[plugins.cri.registry]\n" + kPath).config_path, "/c");
  EXPECT_EQ(settings("version = 1\n[plugins.cri.registry]\n" + kPath).config_path, "/c");
  EXPECT_EQ(settings("version = 2\n" + kGrpc + kPath).config_path, "/c");
  EXPECT_EQ(settings("version = 3\n" + kImages + kPath).config_path, "/c");
  EXPECT_EQ(
      settings("version = 2\nplugins.\"io.containerd.grpc.v1.cri\".registry.config_path = '/c'\n")
          .config_path,
      "/c");
  EXPECT_EQ(settings("version = 4\n" + kImages + kPath).version, 4);
  EXPECT_EQ(settings("").config_path, std::nullopt);
}

TEST_F(ContainerdConfigTest, SectionOfAnotherVersionIsIgnored) {
  const auto found = settings("version = 3\n" + kGrpc + kPath);
  EXPECT_EQ(found.config_path, std::nullopt);
  EXPECT_THAT(found.ignored_section,
              HasSubstr("config.toml: plugins.\"io.containerd.grpc.v1.cri\""));
  EXPECT_THAT(settings(kGrpc + kPath).ignored_section, HasSubstr("grpc.v1.cri"));
  EXPECT_THAT(settings("version = 2\n[plugins.cri.registry]\n" + kPath).ignored_section,
              HasSubstr("\"cri\""));
  EXPECT_EQ(settings("version = 2\n" + kGrpc + kPath).ignored_section, "");
}

TEST_F(ContainerdConfigTest, MirrorsConfigsAndPullsAreSeen) {
  const std::string registry = "plugins.\"io.containerd.grpc.v1.cri\".registry";
  EXPECT_TRUE(
      settings("version = 2\n[" + registry + ".mirrors.\"docker.io\"]\nendpoint = [\"http://m\"]\n")
          .has_mirrors);
  EXPECT_FALSE(settings("version = 2\n[" + registry + ".mirrors]\n").has_mirrors);
  EXPECT_TRUE(settings("version = 2\n[" + registry + ".configs.\"r\".tls]\nca_file = \"x\"\n")
                  .has_tls_configs);
  EXPECT_FALSE(settings("version = 2\n[" + registry + ".configs.\"r\".auth]\nusername = \"x\"\n")
                   .has_tls_configs);
  EXPECT_TRUE(
      settings(
          "version = 3\n[plugins.'io.containerd.cri.v1.images']\nuse_local_image_pull = true\n")
          .is_local_pull);
  EXPECT_TRUE(settings("disabled_plugins = [\"cri\"]\n").is_disabled);
  EXPECT_TRUE(settings("version = 3\ndisabled_plugins = [\"a\", \"io.containerd.cri.v1.images\"]\n")
                  .is_disabled);
  EXPECT_FALSE(settings("disabled_plugins = [\"io.containerd.internal.v1.opt\"]\n").is_disabled);
}

TEST_F(ContainerdConfigTest, ImportsAreReadInsideTheNodesRoot) {
  write("etc/containerd/conf.d/b.toml", "version = 3\n" + kImages + kPath);
  EXPECT_EQ(settings("version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n").config_path,
            "/c");
  EXPECT_EQ(settings("version = 3\nimports = [\"conf.d/b.toml\"]\n").config_path, "/c");
  EXPECT_EQ(settings("version = 3\nimports = [\"/etc/none.d/*.toml\"]\n").config_path,
            std::nullopt);
}

TEST_F(ContainerdConfigTest, ImportsMergeOnlySinceContainerd2) {
  write("etc/containerd/new.toml",
        "[plugins.'io.containerd.cri.v1.images']\nsnapshotter = \"x\"\n");
  EXPECT_EQ(settings("version = 3\nimports = [\"new.toml\"]\n" + kImages + kPath).config_path,
            "/c");
  write("etc/containerd/old.toml",
        "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"x\"\n");
  const auto found = settings("version = 2\nimports = [\"old.toml\"]\n" + kGrpc + kPath);
  EXPECT_EQ(found.config_path, std::nullopt);
  EXPECT_THAT(found.replacing_file, HasSubstr("old.toml"));
}

TEST_F(ContainerdConfigTest, LaterFileGoesBeforeAnEarlierOne) {
  write("etc/containerd/a.toml", "imports = [\"b.toml\"]\n" + kImages + "config_path = \"/a\"\n");
  write("etc/containerd/b.toml", kImages + "config_path = \"/b\"\n");
  EXPECT_EQ(settings("version = 3\nimports = [\"a.toml\"]\n" + kImages + kPath).config_path, "/b");
}

TEST_F(ContainerdConfigTest, FilesThatImportEachOtherAreReadOnce) {
  write("etc/containerd/a.toml",
        "imports = [\"config.toml\", \"a.toml\", \"\", 7]\n" + kImages + kPath);
  EXPECT_EQ(settings("version = 3\nimports = [\"a.toml\"]\n").config_path, "/c");
}

TEST_F(ContainerdConfigTest, WhatCannotBeReadIsAnErrorWithItsName) {
  EXPECT_EQ(read().error().code, Errc::not_found);
  write(kFile, "version = 2\nversion = 2\n");
  EXPECT_EQ(read().error().code, Errc::invalid_argument);
  EXPECT_THAT(read().error().message, HasSubstr("config.toml:2: not TOML"));
  write(kFile, "imports = [\"none.toml\"]\n");
  EXPECT_THAT(read().error().message, HasSubstr("none.toml"));
}

TEST_F(ContainerdConfigTest, ValuesOfOtherTypesAreNotMistaken) {
  const auto found = settings(
      "version = 2\nimports = 7\ndisabled_plugins = \"cri\"\n"
      "[plugins.\"io.containerd.grpc.v1.cri\"]\nregistry = 7\n");
  EXPECT_EQ(found.config_path, std::nullopt);
  EXPECT_FALSE(found.is_disabled);
  EXPECT_EQ(settings("version = \"2\"\nplugins = [1]\n").version, 1);
  EXPECT_EQ(settings("version = 99999999999\n").version, 1000);
}

}  // namespace
}  // namespace shoal::containerd
