#include "containerd/diagnosis.h"

#include <gmock/gmock.h>

#include "containerd/certs_folder.h"
#include "containerd/node_files.h"

namespace shoal::containerd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kGood2 =
    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = "
    "\"/etc/containerd/certs.d\"\n";
const std::string kImages = "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n";
const std::string kTwoFolders = "config_path = '/etc/containerd/certs.d:/etc/docker/certs.d'\n";

class DiagnosisTest : public NodeFiles {
 protected:
  DiagnosisTest() {
    question_.config_file = "/etc/containerd/config.toml";
    question_.certs_folder = "/etc/containerd/certs.d";
    question_.root = root_;
    question_.mirror = "http://127.0.0.1:5050";
    EXPECT_TRUE(configure(root_ / "etc/containerd/certs.d", kDefaultRegistry, question_.mirror));
  }
  Diagnosis judged(const std::string& config) const {
    write("etc/containerd/config.toml", config);
    const auto found = diagnose(question_);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Diagnosis());
  }
  std::vector<std::string> codes(const std::string& config) const {
    std::vector<std::string> found;
    for (const Finding& finding : judged(config).findings) {
      found.push_back((finding.is_error ? "" : "warning ") + finding.code);
      EXPECT_FALSE(finding.problem.empty());
      EXPECT_FALSE(finding.remedy.empty());
    }
    return found;
  }
  DiagnosisQuestion question_;
};

TEST_F(DiagnosisTest, GoodSetUpsHaveNoFinding) {
  EXPECT_THAT(codes(kGood2), IsEmpty());
  EXPECT_TRUE(judged(kGood2).works());
  EXPECT_THAT(codes(kImages + "config_path = '/etc/containerd/certs.d/'\n"), IsEmpty());
  EXPECT_THAT(codes("[plugins.cri.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n"),
              IsEmpty());
  EXPECT_THAT(codes(kGood2 + "[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r\".auth]"
                             "\nusername = \"u\"\n"),
              IsEmpty());
}

TEST_F(DiagnosisTest, MissingConfigPathIsFound) {
  for (const char* text :
       {"", "version = 2\n", "version = 3\n",
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"\"\n"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(codes(text), ElementsAre("no_config_path"));
  }
  EXPECT_THAT(judged("version = 3\n").findings.front().remedy,
              HasSubstr("[plugins.\"io.containerd.cri.v1.images\".registry] config_path = "
                        "\"/etc/containerd/certs.d\""));
}

TEST_F(DiagnosisTest, SeveralFoldersAreFoundWhereTheTransferServicePulls) {
  EXPECT_THAT(codes(kImages + kTwoFolders), ElementsAre("colon_config_path"));
  EXPECT_THAT(
      codes("version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n" + kTwoFolders),
      ElementsAre("warning colon_config_path"));
  EXPECT_THAT(
      codes("version = 3\n[plugins.'io.containerd.cri.v1.images']\nuse_local_image_pull = true\n"
            "[plugins.'io.containerd.cri.v1.images'.registry]\n" +
            kTwoFolders),
      IsEmpty());
}

TEST_F(DiagnosisTest, LegacyMirrorsAreFound) {
  const std::string mirrors =
      "[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\"]\nendpoint = "
      "[\"http://m\"]\n";
  EXPECT_THAT(codes("version = 2\n" + mirrors), ElementsAre("legacy_mirrors"));
  EXPECT_THAT(codes(kGood2 + mirrors), ElementsAre("mirrors_with_config_path"));
  EXPECT_THAT(
      codes(
          kGood2 +
          "[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r\".tls]\nca_file = \"x\"\n"),
      ElementsAre("mirrors_with_config_path"));
}

TEST_F(DiagnosisTest, OtherTrapsAreFound) {
  EXPECT_THAT(codes("disabled_plugins = [\"cri\"]\n" + kGood2), ElementsAre("cri_disabled"));
  EXPECT_THAT(codes(kImages + "config_path = \"/etc/docker/certs.d\"\n"),
              ElementsAre("other_config_path"));
  EXPECT_THAT(codes("version = 3\n" + kGood2.substr(kGood2.find('\n') + 1)),
              ElementsAre("no_config_path", "ignored_section"));
  write("etc/containerd/cni.toml",
        "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"x\"\n");
  EXPECT_THAT(codes("imports = [\"cni.toml\"]\n" + kGood2),
              ElementsAre("no_config_path", "replaced_by_import"));
}

TEST_F(DiagnosisTest, MissingFileIsAFinding) {
  const auto found = diagnose(question_);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->findings.size(), 1U);
  EXPECT_EQ(found->findings.front().code, "no_config");
  EXPECT_EQ(found->config_version, 0);
  EXPECT_FALSE(found->works());
}

TEST_F(DiagnosisTest, UnreadableFileIsAnError) {
  write("etc/containerd/config.toml", "version = \n");
  EXPECT_EQ(diagnose(question_).error().code, Errc::invalid_argument);
}

TEST_F(DiagnosisTest, FoldersWithoutTheMirrorAreNamed) {
  write("etc/containerd/certs.d/docker.io/hosts.toml",
        "server = \"https://registry-1.docker.io\"\n");
  write("etc/containerd/certs.d/quay.io/ca.crt", "x");
  EXPECT_THAT(codes(kGood2),
              ElementsAre("warning registry_without_mirror", "warning registry_without_mirror"));
  EXPECT_TRUE(judged(kGood2).works());
  EXPECT_THAT(judged(kGood2).findings.front().problem, HasSubstr("docker.io has a folder"));
}

TEST_F(DiagnosisTest, MirrorThatNobodyWroteIsFound) {
  question_.mirror = "http://127.0.0.1:6060";
  EXPECT_THAT(codes(kGood2), ElementsAre("not_configured"));
  std::filesystem::remove_all(root_ / "etc/containerd/certs.d");
  EXPECT_THAT(codes(kGood2), ElementsAre("not_configured"));
}

}  // namespace
}  // namespace shoal::containerd
