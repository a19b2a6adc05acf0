#include "base/files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "base/random.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() { fs::create_directories(folder_); }
  ~FilesTest() override { fs::remove_all(folder_); }

  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_ = fs::temp_directory_path() / ("shoal-files-test-" + random_hex(12));
  fs::path file_ = folder_ / "file";
};

TEST_F(FilesTest, WhatIsWrittenIsRead) {
  ASSERT_TRUE(write_new_file(file_, "text\n", 0640));
  EXPECT_EQ(*read_text_file(file_), "text\n");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0640));
}

TEST_F(FilesTest, NewFileDoesNotOverwrite) {
  ASSERT_TRUE(write_new_file(file_, "old", 0644));
  EXPECT_EQ(write_new_file(file_, "new", 0644).error().code, Errc::invalid_argument);
  EXPECT_EQ(*read_text_file(file_), "old");
}

TEST_F(FilesTest, FileTooLargeToBeTextIsRefused) {
  std::ofstream(file_) << std::string(kTextFileBytesMax + 1, 'x');
  EXPECT_EQ(read_text_file(file_).error().code, Errc::too_large);
  EXPECT_FALSE(read_text_file(folder_));
}

TEST_F(FilesTest, ReplacingLeavesOneFile) {
  ASSERT_TRUE(replace_file(file_, "one", 0600));
  ASSERT_TRUE(replace_file(file_, "two", 0644));
  EXPECT_EQ(*read_text_file(file_), "two");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0644));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FilesTest, WhatACrashLeftDoesNotHinderAReplacement) {
  std::ofstream(folder_ / ".file.new") << "half";
  ASSERT_TRUE(replace_file(file_, "whole", 0644));
  EXPECT_EQ(*read_text_file(file_), "whole");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FilesTest, FailedReplacementLeavesWhatWasThere) {
  fs::create_directories(file_ / "inner");  // no file can take its place
  EXPECT_FALSE(replace_file(file_, "text", 0644));
  EXPECT_TRUE(fs::exists(file_ / "inner"));
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(replace_file(folder_ / "none" / "file", "text", 0644).error().code, Errc::not_found);
}

}  // namespace
}  // namespace shoal
