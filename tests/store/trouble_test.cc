// Goal: a disk that fails or goes away takes nothing down with it, and is taken up again when it works.

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/health.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(HealthTest, TroubleBeginsWithTheFirstFailureAndEndsWithARecovery) {
  Metrics metrics;
  Health health(metrics, 1s);
  EXPECT_FALSE(health.trouble());
  (void)health.noted(Result<void>(fail(Errc::not_found, "no such blob")));
  (void)health.counted(Result<void>(fail(Errc::io, "a bad sector")));
  EXPECT_FALSE(health.trouble());
  (void)health.noted(Result<void>(fail(Errc::io, "first")));
  (void)health.noted(Result<void>(fail(Errc::no_space, "second")));
  EXPECT_EQ(health.trouble()->message, "first");
  EXPECT_EQ(metrics.store_errors.Value(), 3);
  health.recovered();
  health.recovered();
  EXPECT_FALSE(health.trouble());
  EXPECT_FALSE(health.refusal());
}

TEST(HealthTest, ARefusalIsNoNewFailure) {
  Metrics metrics;
  Health health(metrics, 1s);
  health.failed(Error(Errc::io, "broken"));
  const auto refusal = health.refusal();
  ASSERT_TRUE(refusal);
  health.recovered();
  (void)health.noted(Result<void>(fail(*refusal)));
  EXPECT_FALSE(health.trouble());
  EXPECT_EQ(metrics.store_errors.Value(), 1);
}

TEST(HealthTest, ProbesComeAtOnceAndThenLessAndLessOften) {
  Metrics metrics;
  Health health(metrics, 1s);
  EXPECT_FALSE(health.probe_due(Health::SteadyTime::max()));
  health.failed(Error(Errc::io, "broken"));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(health.probe_due(begun));
  auto at = begun;
  for (const int wait : {1, 2, 4, 8, 16, 32, 64, 64}) {
    EXPECT_FALSE(health.probe_due(at + wait * 1s - 1ms)) << wait;
    at += wait * 1s;
    EXPECT_TRUE(health.probe_due(at)) << wait;
  }
}

TEST(HealthTest, ARelapseIsNotProbedAsEagerly) {
  Metrics metrics;
  Health health(metrics, 1h);
  health.failed(Error(Errc::io, "broken"));
  EXPECT_TRUE(health.probe_due(std::chrono::steady_clock::now()));
  health.recovered();
  health.failed(Error(Errc::io, "broken again"));
  EXPECT_FALSE(health.probe_due(std::chrono::steady_clock::now()));
}

class TroubleTest : public StoreTest {
 protected:
  TroubleTest() { add_complete(content_); }
  // The folder is moved away, as if its disk were taken out, or removed.
  void take_folder_away() { fs::rename(folder(), elsewhere()); }
  void give_folder_back() { fs::rename(elsewhere(), folder()); }
  fs::path elsewhere() const { return scratch_.path() / "elsewhere"; }

  const std::string content_ = content_of(300'000);
  const Digest digest_ = descriptor_of(content_).digest;
  const std::string other_ = content_of(1000, 2);
};

TEST_F(TroubleTest, ABrokenFolderRefusesWhatIsNewAndServesWhatIsHere) {
  fs::rename(folder() / "partial", folder() / "was-partial");
  write_text(folder() / "partial", "in the way");
  EXPECT_EQ(code_of(store_->create_blob(descriptor_of(other_))), Errc::io);
  ASSERT_TRUE(store_->trouble());
  EXPECT_EQ(store_->trouble()->code, Errc::io);
  EXPECT_EQ(store_->read_all(digest_, kMiB).value(), content_);
  EXPECT_EQ(code_of(store_->tidy()), Errc::io);
  EXPECT_EQ(code_of(store_->put_tag(repository("a"), Tag::parse("t").value(),
                                    TagRecord(descriptor_of(other_), {}))),
            Errc::io);
  fs::remove(folder() / "partial");
  fs::rename(folder() / "was-partial", folder() / "partial");
  ASSERT_OK(store_->tidy());
  EXPECT_FALSE(store_->trouble());
  EXPECT_OK(store_->put(descriptor_of(other_), other_, repository("a")));
}

TEST_F(TroubleTest, AFolderThatIsTakenAwayAndComesBackIsAsItWas) {
  take_folder_away();
  EXPECT_EQ(code_of(store_->open_blob(digest_)), Errc::io) << "not forgotten";
  ASSERT_TRUE(store_->trouble());
  EXPECT_NE(store_->trouble()->message.find("is gone"), std::string::npos);
  give_folder_back();
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(store_->read_all(digest_, kMiB).value(), content_);
}

TEST_F(TroubleTest, WhatIsOpenIsReadToItsEndThoughItsFolderIsGone) {
  const auto blob = store_->open_blob(digest_).value();
  fs::remove_all(folder());
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(TroubleTest, AFolderThatWasRemovedIsMadeAnew) {
  const auto reader = store_->open_blob(digest_).value();
  const auto arriving = add_partial(content_of(300'000, 3), 3);
  fs::remove_all(folder());
  EXPECT_EQ(code_of(store_->commit(*arriving)), Errc::io);
  ASSERT_TRUE(store_->trouble());
  ASSERT_OK(store_->tidy());
  EXPECT_FALSE(store_->trouble());
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(code_of(store_->open_blob(digest_)), Errc::not_found);
  EXPECT_FALSE(reader->complete());
  EXPECT_EQ(read_whole(*reader), content_) << "who has it open goes on";
  EXPECT_EQ(code_of(store_->commit(*arriving)), Errc::not_found);
  add_complete(content_);
  EXPECT_EQ(store_->read_all(digest_, kMiB).value(), content_);
  close_store();
  open_store();
  EXPECT_EQ(store_->read_all(digest_, kMiB).value(), content_);
  EXPECT_EQ(store_->stats().blobs, 1U);
}

TEST_F(TroubleTest, ARemovedFolderIsNoticedWithoutAnybodyAsking) {
  fs::remove_all(folder());
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(metrics_->store_errors.Value(), 1);
  EXPECT_TRUE(fs::exists(folder() / "FORMAT"));
}

TEST_F(TroubleTest, AnotherStoreInItsPlaceIsTakenForWhatItHolds) {
  take_folder_away();
  fs::create_directories(folder());
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(store_->stats().blobs, 0U);
  fs::remove_all(folder());
  give_folder_back();
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(store_->stats().blobs, 1U);
  EXPECT_EQ(store_->read_all(digest_, kMiB).value(), content_);
}

TEST_F(TroubleTest, AForeignFolderInItsPlaceIsLeftAlone) {
  take_folder_away();
  fs::create_directories(folder());
  write_text(folder() / "holiday.jpg", "precious");
  EXPECT_EQ(code_of(store_->tidy()), Errc::io);
  EXPECT_TRUE(store_->trouble());
  EXPECT_FALSE(fs::exists(folder() / "FORMAT"));
}

// What is at the path of a mount that is gone belongs to another disk, which is not to be filled.
TEST_F(TroubleTest, ADiskThatIsTakenAwayIsWaitedFor) {
  close_store();
  const fs::path disk = scratch_.path() / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") == -1) {
    GTEST_SKIP() << "a file system cannot be mounted here: " << std::strerror(errno);
  }
  StoreOptions options;
  options.data_dir = disk / "data";
  options.probe_delay = 0ms;
  Metrics metrics;
  auto store = Store::open(std::move(options), metrics).value();
  EXPECT_OK(store->put(descriptor_of(other_), other_, repository("a")));
  EXPECT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(code_of(store->tidy()), Errc::io);
  EXPECT_NE(store->trouble()->message.find("is gone"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(disk));
}

}  // namespace
}  // namespace shoal::store
