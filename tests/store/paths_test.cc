#include "store/paths.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;

class DataDirTest : public ::testing::Test {
 protected:
  ScratchFolder scratch_;
  DataDir data_dir_ = DataDir::open(scratch_.path() / "data", 0).value();
  const Digest digest_ = descriptor_of("abc").digest;
};

TEST_F(DataDirTest, NamesAreMadeOfTheDigest) {
  const std::string hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(data_dir_.blob(digest_), data_dir_.folder() / "blobs" / "sha256" / "ba" / hex);
  EXPECT_EQ(data_dir_.partial(digest_), data_dir_.folder() / "partial" / ("sha256-" + hex));
}

TEST_F(DataDirTest, AFileMovesInAndOut) {
  write_text(data_dir_.partial(digest_), "abc");
  ASSERT_OK(data_dir_.move_in(digest_));
  ASSERT_OK(data_dir_.sync_moves(digest_));
  EXPECT_TRUE(fs::exists(data_dir_.blob(digest_)));
  EXPECT_FALSE(fs::exists(data_dir_.partial(digest_)));
  ASSERT_OK(data_dir_.move_out(digest_));
  EXPECT_FALSE(fs::exists(data_dir_.blob(digest_)));
  EXPECT_TRUE(fs::exists(data_dir_.partial(digest_)));
}

TEST_F(DataDirTest, MovingWhatIsNotThereIsNotFound) {
  EXPECT_EQ(code_of(data_dir_.move_in(digest_)), Errc::not_found);
  EXPECT_EQ(code_of(data_dir_.move_out(digest_)), Errc::not_found);
}

TEST_F(DataDirTest, TheSweepAsksOfEachPartial) {
  const Digest known = descriptor_of("known", "", DigestAlgorithm::sha512).digest;
  write_text(data_dir_.partial(digest_), "");
  write_text(data_dir_.partial(known), "");
  ASSERT_OK(data_dir_.sweep_partials([&](const Digest& digest) { return digest == known; }));
  EXPECT_FALSE(fs::exists(data_dir_.partial(digest_)));
  EXPECT_TRUE(fs::exists(data_dir_.partial(known)));
}

TEST(DiskFileTest, AFileThatEndsTooEarlyIsAnErrorThatNamesIt) {
  const ScratchFolder scratch;
  write_text(scratch.path() / "short", "abc");
  const auto file = DiskFile::open(scratch.path() / "short", 0).value();
  std::byte out[4];
  const auto done = file.read_at(0, out);
  ASSERT_EQ(code_of(done), Errc::io);
  EXPECT_NE(done.error().message.find("short"), std::string::npos);
}

TEST(DiskFileTest, AMissingFileIsNotFoundAndRemovingItIsFine) {
  const ScratchFolder scratch;
  EXPECT_EQ(code_of(DiskFile::open(scratch.path() / "none", 0)), Errc::not_found);
  EXPECT_OK(remove_file(scratch.path() / "none"));
  EXPECT_EQ(code_of(remove_file(scratch.path())), Errc::io);  // a folder
}

}  // namespace
}  // namespace shoal::store
