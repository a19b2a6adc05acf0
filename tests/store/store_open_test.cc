#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StoreOpenTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open(const fs::path& folder, std::uint32_t piece_bytes = 0) {
    StoreOptions options;
    options.data_dir = folder;
    options.piece_bytes = piece_bytes;
    return Store::open(std::move(options), metrics_);
  }
  std::vector<std::string> names_in(const fs::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  ScratchFolder scratch_;
  const fs::path folder_ = scratch_.path() / "made" / "on" / "the way";
  Metrics metrics_;
};

TEST_F(StoreOpenTest, ANewFolderGetsTheLayout) {
  ASSERT_OK(open(folder_));
  EXPECT_EQ(names_in(folder_),
            (std::vector<std::string>{"FORMAT", "LOCK", "blobs", "index", "partial"}));
  std::string format;
  std::getline(std::ifstream(folder_ / "FORMAT"), format);
  EXPECT_EQ(format, "shoal-store 1");
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
  EXPECT_OK(open(folder_));
}

TEST_F(StoreOpenTest, ATrailingSlashAndARelativePathAreFine) {
  EXPECT_OK(open(scratch_.path() / "x/"));
  EXPECT_TRUE(fs::exists(scratch_.path() / "x" / "FORMAT"));
  EXPECT_OK(open(fs::relative(scratch_.path() / "y")));
  EXPECT_TRUE(fs::exists(scratch_.path() / "y" / "FORMAT"));
}

TEST_F(StoreOpenTest, AnEmptyFolderOfANewFileSystemIsTaken) {
  fs::create_directories(folder_ / "lost+found");
  EXPECT_OK(open(folder_));
}

TEST_F(StoreOpenTest, AStartThatWasCutShortIsTakenUp) {
  fs::create_directories(folder_);
  write_text(folder_ / "LOCK", "");
  write_text(folder_ / "FORMAT.new", "shoal-");
  EXPECT_OK(open(folder_));
}

TEST_F(StoreOpenTest, ASecondStoreInTheSameFolderIsRefused) {
  {
    const auto first = open(folder_);
    ASSERT_OK(first);
    const auto second = open(folder_);
    ASSERT_EQ(code_of(second), Errc::io);
    EXPECT_THAT(second.error().message, HasSubstr(folder_.string()));
    EXPECT_THAT(second.error().message, HasSubstr("another process"));
  }
  EXPECT_OK(open(folder_));
}

TEST_F(StoreOpenTest, AnUnknownFormatIsRefusedAndNothingTouched) {
  for (const char* format :
       {"shoal-store 2\n", "", "shoal-store 1\nand more", "\xff\xfe", "shoal-store 1 pieces of \n",
        "shoal-store 1 pieces of 0\n", "shoal-store 1 pieces of 16384",
        "shoal-store 1 pieces of 016384\n", "shoal-store 1 pieces of 99999999999\n"}) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write_text(folder_ / "FORMAT", format);
    const auto store = open(folder_);
    ASSERT_EQ(code_of(store), Errc::invalid_argument) << format;
    EXPECT_THAT(store.error().message, HasSubstr(folder_.string()));
    EXPECT_EQ(names_in(folder_), std::vector<std::string>{"FORMAT"});
  }
}

TEST_F(StoreOpenTest, PiecesOfAnotherSizeAreRefusedBothWays) {
  const auto refusal = [&](std::uint32_t piece_bytes) {
    const auto store = open(folder_, piece_bytes);
    EXPECT_EQ(code_of(store), Errc::invalid_argument);
    return store ? std::string() : store.error().message;
  };
  ASSERT_OK(open(folder_, 65536));
  EXPECT_OK(open(folder_, 65536));
  EXPECT_THAT(refusal(0), HasSubstr("piece_size of 65536, not 0"));
  EXPECT_THAT(refusal(131072), HasSubstr(folder_.string()));
  fs::remove_all(folder_);
  ASSERT_OK(open(folder_));
  EXPECT_THAT(refusal(65536), HasSubstr("piece_size of 0, not 65536"));
  EXPECT_OK(open(folder_));
}

TEST_F(StoreOpenTest, BlobsComeBackInPiecesOfTheChosenSize) {
  const std::string content = content_of(100'000);
  const Descriptor descriptor = descriptor_of(content);
  for (int start = 0; start < 2; ++start) {
    auto store = open(folder_, 16384);
    ASSERT_OK(store);
    auto blob = (*store)->create_blob(descriptor);
    ASSERT_OK(blob);
    EXPECT_EQ((*blob)->layout().count(), 7U);
    if (start == 0) {
      write_piece(**blob, content, 6);
      ASSERT_OK((*store)->checkpoint(**blob, true));
    }
    EXPECT_EQ((*blob)->pieces(),
              std::vector<bool>({false, false, false, false, false, false, true}));
  }
}

TEST_F(StoreOpenTest, AFolderWithForeignFilesIsRefusedAndNothingTouched) {
  fs::create_directories(folder_);
  write_text(folder_ / "holiday.jpg", "precious");
  const auto store = open(folder_);
  ASSERT_EQ(code_of(store), Errc::invalid_argument);
  EXPECT_THAT(store.error().message, HasSubstr("holiday.jpg"));
  EXPECT_EQ(names_in(folder_), std::vector<std::string>{"holiday.jpg"});
}

TEST_F(StoreOpenTest, AFolderThatCannotBeMadeIsAnErrorThatNamesIt) {
  write_text(scratch_.path() / "file", "");
  for (const fs::path& folder : {scratch_.path() / "file", scratch_.path() / "file" / "below"}) {
    const auto store = open(folder);
    ASSERT_EQ(code_of(store), Errc::io) << folder;
    EXPECT_THAT(store.error().message, HasSubstr(folder.string()));
  }
}

TEST_F(StoreOpenTest, AFileWhereAFolderShouldBeIsAnError) {
  ASSERT_OK(open(folder_));
  fs::remove_all(folder_ / "partial");
  write_text(folder_ / "partial", "");
  EXPECT_EQ(code_of(open(folder_)), Errc::io);
}

TEST_F(StoreOpenTest, ADamagedIndexIsAnErrorThatNamesTheFolder) {
  ASSERT_OK(open(folder_));
  write_text(folder_ / "index" / "CURRENT", "no such manifest\n");
  const auto store = open(folder_);
  ASSERT_EQ(code_of(store), Errc::io);
  EXPECT_THAT(store.error().message, HasSubstr((folder_ / "index").string()));
}

TEST_F(StoreOpenTest, ForeignFilesAmongThePartialsStay) {
  ASSERT_OK(open(folder_));
  write_text(folder_ / "partial" / "notes.txt", "");
  ASSERT_OK(open(folder_));
  EXPECT_TRUE(fs::exists(folder_ / "partial" / "notes.txt"));
}

}  // namespace
}  // namespace shoal::store
