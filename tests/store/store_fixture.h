#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/metrics.h"
#include "store/store.h"

namespace shoal::store {

// A folder of its own for a test, removed with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A store in a folder of its own. close_store() is also what the death of the process looks like:
// closing writes nothing.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { open_store(); }

  void open_store(std::uint64_t checkpoint_bytes = StoreOptions().checkpoint_bytes);
  void close_store();
  std::filesystem::path folder() const { return scratch_.path() / "data"; }
  std::filesystem::path blob_path(const Digest& digest) const;
  std::filesystem::path partial_path(const Digest& digest) const;

  // Whole, in the store.
  Descriptor add_complete(const std::string& content);
  // Arriving, with the first `pieces` pieces.
  std::shared_ptr<BlobFile> add_partial(const std::string& content, std::uint32_t pieces);

  ScratchFolder scratch_;
  RoomOptions room_;  // of the next open_store()
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Store> store_;
};

// Bytes that look random and are the same for the same seed.
std::string content_of(std::uint64_t size, std::uint64_t seed = 1);
Descriptor descriptor_of(std::string_view content, std::string media_type = {},
                         DigestAlgorithm algorithm = DigestAlgorithm::sha256);
Repository repository(std::string_view name);

void write_piece(BlobFile& blob, std::string_view content, std::uint32_t index);
std::string read_whole(BlobFile& blob);
void flip_byte(const std::filesystem::path& path, std::uint64_t offset);
void write_text(const std::filesystem::path& path, std::string_view text);

// What `result` failed with; `internal` marks one that did not fail.
template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc::internal : result.error().code;
}

#define ASSERT_OK(expression)                            \
  do {                                                   \
    const auto& ok_result = (expression);                \
    ASSERT_TRUE(ok_result) << ok_result.error().message; \
  } while (false)
#define EXPECT_OK(expression)                            \
  do {                                                   \
    const auto& ok_result = (expression);                \
    EXPECT_TRUE(ok_result) << ok_result.error().message; \
  } while (false)

}  // namespace shoal::store
