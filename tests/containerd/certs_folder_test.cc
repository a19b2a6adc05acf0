#include "containerd/certs_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "containerd/hosts_file.h"
#include "containerd/node_files.h"

namespace shoal::containerd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

const std::string kMirror = "http://127.0.0.1:5050";
const std::string kUsers = "server = \"https://a.example\"\n\n[host.\"https://b.example\"]\n";

class CertsFolderTest : public NodeFiles {
 protected:
  Outcome configure_one(const std::string& registry, const std::string& mirror = kMirror) const {
    const auto change = configure(certs_, registry, mirror);
    EXPECT_TRUE(change) << change.error().message;
    return change->outcome;
  }
  Outcome restore_one(const std::string& registry) const {
    const auto change = restore(certs_, registry);
    EXPECT_TRUE(change) << change.error().message;
    return change->outcome;
  }
  std::string hosts(const std::string& registry) const {
    return read_text_file(certs_ / registry / kHostsFile).value_or("none");
  }
  fs::path certs_ = root_ / "certs.d";
};

TEST_F(CertsFolderTest, WhatWasNotThereIsGoneAgain) {
  EXPECT_EQ(configure_one("_default"), Outcome::written);
  EXPECT_TRUE(names_mirror(hosts("_default"), kMirror));
  EXPECT_EQ(fs::status(certs_ / "_default" / kHostsFile).permissions(), fs::perms(0644));
  EXPECT_EQ(configure_one("_default"), Outcome::unchanged);
  EXPECT_EQ(restore_one("_default"), Outcome::removed);
  EXPECT_TRUE(tree("certs.d").empty());
}

TEST_F(CertsFolderTest, WhatWasThereIsThereAgainByteForByte) {
  for (const std::string& text :
       {kUsers, std::string("server = \"https://a.example\""), std::string(),
        std::string("# only words"), kUsers + "\n\n# end"}) {
    SCOPED_TRACE(text);
    write("certs.d/docker.io/hosts.toml", text);
    fs::permissions(certs_ / "docker.io" / kHostsFile, fs::perms(0640));
    struct stat before {};
    ASSERT_EQ(::stat((certs_ / "docker.io" / kHostsFile).c_str(), &before), 0);
    EXPECT_EQ(configure_one("docker.io"), Outcome::added);
    EXPECT_TRUE(names_mirror(hosts("docker.io"), kMirror));
    EXPECT_EQ(configure_one("docker.io"), Outcome::unchanged);
    EXPECT_EQ(configure_one("docker.io", "http://127.0.0.1:6060"), Outcome::added);
    EXPECT_EQ(fs::status(certs_ / "docker.io" / kHostsFile).permissions(), fs::perms(0640));
    EXPECT_EQ(restore_one("docker.io"), Outcome::restored);
    struct stat after {};
    ASSERT_EQ(::stat((certs_ / "docker.io" / kHostsFile).c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_EQ(before.st_mode, after.st_mode);
    EXPECT_EQ(tree("certs.d"), (std::map<std::string, std::string>{
                                   {"docker.io", "d"}, {"docker.io/hosts.toml", text}}));
  }
}

TEST_F(CertsFolderTest, WhatWasChangedSinceSurvives) {
  write("certs.d/docker.io/hosts.toml", kUsers);
  configure_one("docker.io");
  const std::string later = "[host.\"https://later.example\"]\n";
  write("certs.d/docker.io/hosts.toml", hosts("docker.io") + later);
  EXPECT_EQ(configure_one("docker.io"), Outcome::unchanged);
  EXPECT_EQ(restore_one("docker.io"), Outcome::taken_out);
  EXPECT_EQ(tree("certs.d/docker.io"),
            (std::map<std::string, std::string>{{"hosts.toml", kUsers + later}}));
}

TEST_F(CertsFolderTest, FileThatSomebodyWroteAnewIsTheOneThatCounts) {
  write("certs.d/docker.io/hosts.toml", "# old\n");
  configure_one("docker.io");
  write("certs.d/docker.io/hosts.toml", kUsers);
  EXPECT_EQ(configure_one("docker.io"), Outcome::added);
  EXPECT_EQ(restore_one("docker.io"), Outcome::restored);
  EXPECT_EQ(hosts("docker.io"), kUsers);
  configure_one("docker.io");
  write("certs.d/docker.io/hosts.toml", "# anew\n");
  EXPECT_EQ(restore_one("docker.io"), Outcome::unchanged);
  EXPECT_EQ(tree("certs.d/docker.io"),
            (std::map<std::string, std::string>{{"hosts.toml", "# anew\n"}}));
}

TEST_F(CertsFolderTest, RestoreWithoutConfigureDoesNothing) {
  write("certs.d/docker.io/hosts.toml", kUsers);
  write("certs.d/quay.io/ca.crt", "x");
  const auto before = tree("certs.d");
  EXPECT_EQ(restore_one("docker.io"), Outcome::unchanged);
  EXPECT_EQ(restore_one("quay.io"), Outcome::unchanged);
  EXPECT_EQ(tree("certs.d"), before);
}

TEST_F(CertsFolderTest, CertificatesThatContainerdReadStayInUse) {
  write("certs.d/r.example/ca.crt", "x");
  write("certs.d/r.example/me.cert", "x");
  write("certs.d/r.example/me.key", "x");
  write("certs.d/r.example/alone.cert", "x");
  const auto before = tree("certs.d");
  EXPECT_EQ(configure_one("r.example"), Outcome::written);
  EXPECT_THAT(hosts("r.example"),
              HasSubstr("ca = [\"ca.crt\"]\nclient = [[\"me.cert\", \"me.key\"]]\n"));
  EXPECT_EQ(configure_one("r.example"), Outcome::unchanged);
  EXPECT_EQ(restore_one("r.example"), Outcome::removed);
  EXPECT_EQ(tree("certs.d"), before);
}

TEST_F(CertsFolderTest, EmptyFolderThatWasThereStays) {
  fs::create_directories(certs_ / "r.example");
  configure_one("r.example");
  restore_one("r.example");
  EXPECT_EQ(tree("certs.d"), (std::map<std::string, std::string>{{"r.example", "d"}}));
}

TEST_F(CertsFolderTest, FolderThatContainerdTakesIsTheOneThatIsWritten) {
  EXPECT_EQ(hosts_file_of("/c", "r.example:5000"), "/c/r.example:5000/hosts.toml");
  fs::create_directories(certs_ / "r.example_5000_");
  EXPECT_EQ(hosts_file_of(certs_, "r.example:5000"), certs_ / "r.example_5000_" / "hosts.toml");
}

TEST_F(CertsFolderTest, RefusedFileStaysAsItIs) {
  write("certs.d/docker.io/hosts.toml", "host = 1\n");
  const auto change = configure(certs_, "docker.io", kMirror);
  ASSERT_FALSE(change);
  EXPECT_THAT(change.error().message, HasSubstr("docker.io/hosts.toml: its hosts are written"));
  EXPECT_EQ(tree("certs.d/docker.io"),
            (std::map<std::string, std::string>{{"hosts.toml", "host = 1\n"}}));
}

TEST_F(CertsFolderTest, LinkIsNotReplaced) {
  write("elsewhere", kUsers);
  fs::create_directories(certs_ / "docker.io");
  fs::create_symlink(root_ / "elsewhere", certs_ / "docker.io" / kHostsFile);
  const auto change = configure(certs_, "docker.io", kMirror);
  ASSERT_FALSE(change);
  EXPECT_THAT(change.error().message, HasSubstr("is no file of its own"));
  EXPECT_TRUE(fs::is_symlink(certs_ / "docker.io" / kHostsFile));
}

TEST_F(CertsFolderTest, FolderThatIsAFileIsAnError) {
  write("certs.d", "x");
  EXPECT_EQ(configure(certs_, "docker.io", kMirror).error().code, Errc::io);
}

TEST_F(CertsFolderTest, RegistriesAreTheFolders) {
  EXPECT_TRUE(registries_in(certs_)->empty());
  write("certs.d/quay.io/hosts.toml", "");
  write("certs.d/docker.io/hosts.toml", "");
  write("certs.d/a-file", "");
  EXPECT_THAT(*registries_in(certs_), ElementsAre("docker.io", "quay.io"));
}

TEST_F(CertsFolderTest, NameThatLeadsElsewhereIsNoRegistry) {
  EXPECT_TRUE(is_registry("_default"));
  EXPECT_TRUE(is_registry("registry.example:5000"));
  for (const char* text : {"", "..", "a/b", "../../etc", "/etc", "a b"})
    EXPECT_FALSE(is_registry(text)) << text;
}

}  // namespace
}  // namespace shoal::containerd
