#include "store/store_fixture.h"

#include <stdlib.h>

#include <fstream>
#include <random>
#include <stdexcept>

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::store {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "shoal-store-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  fs::remove_all(path_);
}

void StoreTest::open_store(std::uint64_t checkpoint_bytes) {
  metrics_ = std::make_unique<Metrics>();
  StoreOptions options;
  options.data_dir = folder();
  options.checkpoint_bytes = checkpoint_bytes;
  options.room = room_;
  options.probe_delay = std::chrono::milliseconds(0);
  auto store = Store::open(std::move(options), *metrics_);
  if (!store) throw std::runtime_error(store.error().message);
  store_ = std::move(*store);
}

void StoreTest::close_store() {
  store_.reset();
}

fs::path StoreTest::blob_path(const Digest& digest) const {
  const std::string hex(digest.hex());
  return folder() / "blobs" / std::string(digest.algorithm_name()) / hex.substr(0, 2) / hex;
}

fs::path StoreTest::partial_path(const Digest& digest) const {
  return folder() / "partial" /
         (std::string(digest.algorithm_name()) + "-" + std::string(digest.hex()));
}

Descriptor StoreTest::add_complete(const std::string& content) {
  Descriptor descriptor = descriptor_of(content);
  auto blob = add_partial(content, PieceLayout(content.size()).count());
  EXPECT_OK(store_->commit(*blob));
  return descriptor;
}

std::shared_ptr<BlobFile> StoreTest::add_partial(const std::string& content, std::uint32_t pieces) {
  auto blob = store_->create_blob(descriptor_of(content));
  if (!blob) throw std::runtime_error(blob.error().message);
  for (std::uint32_t index = 0; index < pieces; ++index) write_piece(**blob, content, index);
  return std::move(*blob);
}

std::string content_of(std::uint64_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string content(size, '\0');
  for (std::size_t i = 0; i < content.size(); i += 8) {
    std::uint64_t bits = random();
    for (std::size_t k = i; k < std::min(content.size(), i + 8); ++k, bits >>= 8) {
      content[k] = static_cast<char>(bits & 0xff);
    }
  }
  return content;
}

Descriptor descriptor_of(std::string_view content, std::string media_type,
                         DigestAlgorithm algorithm) {
  return Descriptor(hash_of(algorithm, as_bytes(content)), content.size(), std::move(media_type));
}

Repository repository(std::string_view name) {
  return Repository(RegistryName::parse("docker.io").value(), RepositoryName::parse(name).value());
}

void write_piece(BlobFile& blob, std::string_view content, std::uint32_t index) {
  const ByteRange range = blob.layout().range(index);
  EXPECT_OK(blob.write(range.offset, as_bytes(content.substr(range.offset, range.size))));
  EXPECT_OK(blob.finish_piece(index));
}

std::string read_whole(BlobFile& blob) {
  std::string content(blob.descriptor().size, '\0');
  EXPECT_OK(blob.read(0, std::as_writable_bytes(std::span(content.data(), content.size()))));
  return content;
}

void flip_byte(const fs::path& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const int before = file.get();
  ASSERT_TRUE(file.good()) << path;
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(before ^ 1));
  ASSERT_TRUE(file.good()) << path;
}

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  ASSERT_TRUE(file.good()) << path;
}

}  // namespace shoal::store
