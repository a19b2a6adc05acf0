#include "discovery/file_peers.h"

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"

namespace shoal::discovery::testing {
namespace {

namespace fs = std::filesystem;

// Refreshes never, so that what is found is found because the file was seen to change.
class FilePeersTest : public DiscoveryFixture {
 protected:
  ~FilePeersTest() override {
    if (peers_) stop(*peers_);
  }
  void follow(const fs::path& file, std::chrono::milliseconds refresh = std::chrono::hours(24)) {
    peers_ = std::make_unique<FilePeers>(io_.get_executor(), pool_, metrics_, file, refresh);
    start(*peers_);
  }
  void run_until_found(const Endpoints& expected) {
    run_until([&] { return found_ == expected; }, "these were found");
  }
  double errors() { return metrics_.discovery_errors("file").Value(); }
  void replace(const fs::path& file, const std::string& text) {
    write(folder_ / "new", text);
    fs::rename(folder_ / "new", file);
  }

  const fs::path file_ = folder_ / "peers";
  std::unique_ptr<FilePeers> peers_;
};

TEST_F(FilePeersTest, FollowsWritesAndRenames) {
  write(file_, "10.0.0.1:1\n");
  follow(file_);
  run_until_found(endpoints({"10.0.0.1:1"}));
  replace(file_, "10.0.0.2:1\n10.0.0.3:1\n");
  run_until_found(endpoints({"10.0.0.2:1", "10.0.0.3:1"}));
  write(file_, "[::1]:4\n");
  run_until_found(endpoints({"[::1]:4"}));
  write(file_, "# nobody\n");
  run_until_found({});
  EXPECT_EQ(errors(), 0);
}

TEST_F(FilePeersTest, FollowsTheExchangeOfKubernetesLinks) {
  const auto publish = [&](const std::string& version, const std::string& text) {
    fs::create_directory(folder_ / version);
    write(folder_ / version / "peers", text);
    fs::create_symlink(version, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
  };
  publish("..2026_01", "10.0.0.1:1\n");
  fs::create_symlink("..data/peers", file_);
  follow(file_);
  run_until_found(endpoints({"10.0.0.1:1"}));
  publish("..2026_02", "10.0.0.2:1\n");
  fs::remove_all(folder_ / "..2026_01");
  run_until_found(endpoints({"10.0.0.2:1"}));
  publish("..2026_03", "10.0.0.3:1\n");
  fs::remove_all(folder_ / "..2026_02");
  run_until_found(endpoints({"10.0.0.3:1"}));
}

TEST_F(FilePeersTest, BrokenFileKeepsTheLastGoodListAndSaysWhereOnce) {
  const LogCapture log;
  write(file_, "10.0.0.1:1\n");
  follow(file_);
  run_until_found(endpoints({"10.0.0.1:1"}));
  for (int i = 1; i <= 2; ++i) {
    replace(file_, "10.0.0.2:1\nnonsense\n");
    run_until([&] { return errors() >= i; }, "it was read");
  }
  EXPECT_EQ(log.lines_with(file_.native() + ":2: \"nonsense\""), 1);
  fs::remove(file_);
  run_until([&] { return log.lines_with("No such file") > 0; }, "its absence was logged");
  EXPECT_EQ(times_found_, 1);
  write(file_, "10.0.0.2:1\n");
  run_until_found(endpoints({"10.0.0.2:1"}));
  EXPECT_EQ(log.lines_with("well again"), 1);
}

TEST_F(FilePeersTest, FileThatIsNotThereYetIsWaitedFor) {
  follow(file_);
  run_until_found({});
  write(file_, "10.0.0.1:1\n");
  run_until_found(endpoints({"10.0.0.1:1"}));
}

TEST_F(FilePeersTest, FolderThatIsNotThereYetIsFoundAtTheNextRefresh) {
  follow(folder_ / "later" / "peers", std::chrono::milliseconds(20));
  run_until_found({});
  fs::create_directory(folder_ / "later");
  write(folder_ / "later" / "peers", "10.0.0.1:1\n");
  run_until_found(endpoints({"10.0.0.1:1"}));
}

}  // namespace
}  // namespace shoal::discovery::testing
