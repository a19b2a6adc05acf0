#include "discovery/file_watch.h"

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"

namespace shoal::discovery::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class StepsTest : public DiscoveryFixture {
 protected:
  const fs::path place_ = fs::canonical(folder_);
};

TEST_F(StepsTest, PlainFileIsOneStep) {
  EXPECT_THAT(steps_to(place_ / "peers"),
              UnorderedElementsAre(Pair(place_, std::set<std::string>{"peers"})));
  EXPECT_THAT(steps_to(place_ / "a" / ".." / "." / "peers"),
              UnorderedElementsAre(Pair(place_, std::set<std::string>{"peers"})));
}

TEST_F(StepsTest, EveryLinkOnTheWayIsAStep) {
  fs::create_directory(place_ / "..one");
  fs::create_symlink("..one", place_ / "..data");
  fs::create_symlink("..data/peers", place_ / "peers");
  EXPECT_THAT(steps_to(place_ / "peers"),
              UnorderedElementsAre(Pair(place_, std::set<std::string>{"peers", "..data"}),
                                   Pair(place_ / "..one", std::set<std::string>{"peers"})));
  fs::create_directory(place_ / "etc");
  fs::create_symlink(place_ / "peers", place_ / "etc" / "link");
  const auto steps = steps_to(place_ / "etc" / "link");
  EXPECT_THAT(steps, Contains(Pair(place_ / "etc", std::set<std::string>{"link"})));
  EXPECT_EQ(steps.size(), 3U);
}

TEST_F(StepsTest, LinksInACircleEnd) {
  fs::create_symlink("two", place_ / "one");
  fs::create_symlink("one", place_ / "two");
  EXPECT_THAT(steps_to(place_ / "one"),
              UnorderedElementsAre(Pair(place_, std::set<std::string>{"one", "two"})));
}

class FileWatchTest : public DiscoveryFixture {
 protected:
  // Whether the watch tells of a change; the name "last" is used to find out that it does not.
  bool changed(FileWatch& watch) {
    return result_of(watch.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  }
  const fs::path file_ = folder_ / "peers";
};

TEST_F(FileWatchTest, FileThatAppearsIsWrittenReplacedOrRemovedHasChanged) {
  FileWatch watch(io_.get_executor(), file_);
  const std::function<void()> changes[] = {
      [&] { write(file_, "1"); },
      [&] { write(file_, "2"); },
      [&] {
        write(folder_ / "new", "3");
        fs::rename(folder_ / "new", file_);
      },
      [&] { fs::remove(file_); },
      [&] { fs::create_symlink("elsewhere", file_); },
      [&] { write(folder_ / "elsewhere", "4"); },
  };
  for (const auto& change : changes) {
    watch.look();
    change();
    EXPECT_TRUE(changed(watch));
  }
}

TEST_F(FileWatchTest, OtherFilesOfTheFolderDoNotMatter) {
  FileWatch watch(io_.get_executor(), file_);
  watch.look();
  write(folder_ / "other", "1");
  fs::rename(folder_ / "other", folder_ / "another");
  // Events are in order: were one of those told, this wait would end with it, and not by its deadline.
  EXPECT_FALSE(result_of(
      watch.wait_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(50))));
  write(file_, "1");
  EXPECT_TRUE(changed(watch));
}

TEST_F(FileWatchTest, WakeEndsTheWait) {
  FileWatch watch(io_.get_executor(), file_);
  watch.wake();
  EXPECT_FALSE(changed(watch));
}

TEST_F(FileWatchTest, MissingFolderIsNoTrouble) {
  FileWatch watch(io_.get_executor(), folder_ / "none" / "peers");
  watch.look();
  EXPECT_FALSE(result_of(watch.wait_until(std::chrono::steady_clock::now())));
}

}  // namespace
}  // namespace shoal::discovery::testing
