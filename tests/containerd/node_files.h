#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/files.h"
#include "base/random.h"

namespace shoal::containerd {

// A folder that stands for a node's root; gone when the test ends.
class NodeFiles : public testing::Test {
 protected:
  NodeFiles() { std::filesystem::create_directories(root_); }
  ~NodeFiles() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  // All that is below a folder: "d" for a folder, else the file's text.
  std::map<std::string, std::string> tree(const std::string& path) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / path)) {
      const auto name = entry.path().lexically_relative(root_ / path).native();
      found[name] = entry.is_directory() ? "d" : read_text_file(entry.path()).value_or("?");
    }
    return found;
  }

  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("shoal-containerd-test-" + random_hex(12));
};

}  // namespace shoal::containerd
