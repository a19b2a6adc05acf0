#include "store/index.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <spdlog/common.h>

#include "base/bytes.h"
#include "base/log.h"
#include "store/room.h"

namespace shoal::store {
namespace {

// The index is small beside the blobs, and the daemon is to stay so too.
constexpr std::size_t kBlockCacheBytes = 4 * kMiB;
constexpr std::size_t kWriteBufferBytes = 2 * kMiB;
constexpr int kOpenFilesMax = 64;
constexpr int kBloomBitsPerKey = 10;

constexpr std::string_view kCompletePrefix = "b/";
constexpr std::string_view kPartialPrefix = "p/";
constexpr std::string_view kUsedPrefix = "u/";
constexpr std::string_view kTagPrefix = "t/";
constexpr std::string_view kOpenPrefix = "o/";
constexpr std::string_view kPinPrefix = "i/";

std::string key_of(std::string_view prefix, const Digest& digest) {
  return std::string(prefix) + digest.text();
}
std::string known_key(const Digest& digest) {
  return key_of("k/", digest);
}
std::string complete_key(const Digest& digest) {
  return key_of(kCompletePrefix, digest);
}
std::string partial_key(const Digest& digest) {
  return key_of(kPartialPrefix, digest);
}
std::string used_key(const Digest& digest) {
  return key_of(kUsedPrefix, digest);
}
std::string tag_key(const Repository& repository, const Tag& tag) {
  return std::string(kTagPrefix) + repository.text() + ":" + tag.text();
}
std::string open_key(const Repository& repository) {
  return std::string(kOpenPrefix) + repository.text();
}
std::string pin_key(const std::string& name) {
  return std::string(kPinPrefix) + name;
}

struct TagName {
  Repository repository;
  Tag tag;
};

// Takes a key's name apart again. Only a record that is not ours is no such name.
std::optional<TagName> parse_tag_name(std::string_view name) {
  const auto slash = name.find('/');
  const auto colon = name.rfind(':');
  if (slash == std::string_view::npos || colon == std::string_view::npos || colon < slash) {
    return std::nullopt;
  }
  auto registry = RegistryName::parse(name.substr(0, slash));
  auto repository = RepositoryName::parse(name.substr(slash + 1, colon - slash - 1));
  auto tag = Tag::parse(name.substr(colon + 1));
  if (!registry || !repository || !tag) return std::nullopt;
  return TagName{Repository(std::move(*registry), std::move(*repository)), std::move(*tag)};
}

leveldb::ReadOptions checked_reads() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

// leveldb tells a full disk from other failures in its text only.
tl::unexpected<Error> failed(const leveldb::Status& status, const std::string& folder) {
  const std::string why = status.ToString();
  const bool full = why.find(std::strerror(ENOSPC)) != std::string::npos;
  return fail(full ? Errc::no_space : Errc::io, "the index in " + folder + " failed: " + why);
}

}  // namespace

// The database and what must outlive it, in this order. Whoever uses it holds `gate_` shared, so that it
// can be closed and opened again under all that use it.
class Index::Database {
 public:
  explicit Database(std::string folder)
      : folder_(std::move(folder)),
        cache_(leveldb::NewLRUCache(kBlockCacheBytes)),
        filter_(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey)) {}

  Result<void> open() {
    leveldb::Options options;
    options.create_if_missing = true;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    options.write_buffer_size = kWriteBufferBytes;
    options.max_open_files = kOpenFilesMax;
    // Most of it is checksums and digests, which do not compress.
    options.compression = leveldb::kNoCompression;
    const std::unique_lock alone(gate_);
    database_.reset();
    is_torn_ = true;
    leveldb::DB* database = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options, folder_, &database);
    if (!status.ok()) return failed(status, folder_);
    database_.reset(database);
    is_torn_ = false;
    return {};
  }
  bool is_torn() const { return is_torn_; }

  Result<std::string> get(const std::string& key) const {
    const std::shared_lock use(gate_);
    if (!database_) return closed();
    std::string value;
    const leveldb::Status status = database_->Get(checked_reads(), key, &value);
    if (status.IsNotFound()) return fail(Errc::not_found, "the index has no " + key);
    if (!status.ok()) return failed(status, folder_);
    return value;
  }

  Result<void> write(leveldb::WriteBatch& batch, Durability durability) {
    const std::shared_lock use(gate_);
    if (!database_) return closed();
    // What is written behind a torn place in the log is lost at the next start.
    if (is_torn_) return fail(Errc::io, "the index in " + folder_ + " waits for the disk to work");
    leveldb::WriteOptions options;
    options.sync = durability == Durability::synced;
    const leveldb::Status status = database_->Write(options, &batch);
    if (status.ok()) return {};
    is_torn_ = true;
    return failed(status, folder_);
  }

  Result<void> put(const std::string& key, const std::string& value, Durability durability) {
    leveldb::WriteBatch batch;
    batch.Put(key, value);
    return write(batch, durability);
  }

  // Calls `see` with each key and value whose key starts with `prefix`, until it says no.
  Result<void> each(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& see) const {
    const std::shared_lock use(gate_);
    if (!database_) return closed();
    auto options = checked_reads();
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> at(database_->NewIterator(options));
    const leveldb::Slice start(prefix.data(), prefix.size());
    for (at->Seek(start); at->Valid() && at->key().starts_with(start); at->Next()) {
      const bool goes_on = see(std::string_view(at->key().data(), at->key().size()),
                               std::string_view(at->value().data(), at->value().size()));
      if (!goes_on) break;
    }
    if (!at->status().ok()) return failed(at->status(), folder_);
    return {};
  }

 private:
  tl::unexpected<Error> closed() const {
    return fail(Errc::io, "the index in " + folder_ + " could not be opened again");
  }

  const std::string folder_;
  mutable std::shared_mutex gate_;
  std::atomic<bool> is_torn_{false};
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> database_;
};

Index::Index(std::unique_ptr<Database> database, std::uint32_t piece_bytes, Metrics& metrics)
    : database_(std::move(database)), piece_bytes_(piece_bytes), metrics_(metrics) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(const std::filesystem::path& folder,
                                           std::uint32_t piece_bytes, Metrics& metrics) {
  auto database = std::make_unique<Database>(folder.string());
  if (auto opened = database->open(); !opened) return fail(std::move(opened.error()));
  return std::unique_ptr<Index>(new Index(std::move(database), piece_bytes, metrics));
}

Result<void> Index::reopen() {
  return database_->open();
}

Result<void> Index::repair() {
  return database_->is_torn() ? database_->open() : Result<void>();
}

template <class Decode>
auto Index::look_up(const std::string& key, Decode decode) const
    -> decltype(decode(std::string_view())) {
  auto value = database_->get(key);
  if (!value) return fail(std::move(value.error()));
  auto record = decode(std::string_view(*value));
  if (!record) {
    metrics_.store_errors.Increment();
    LogLine(spdlog::level::warn, "record ignored")
        .field("key", key)
        .field("why", record.error().message)
        .write();
    return fail(Errc::not_found, "the index has no usable " + key);
  }
  return record;
}

Result<Known> Index::known(const Digest& digest) const {
  return look_up(known_key(digest),
                 [&](std::string_view value) { return decode_known(digest, value); });
}

Result<void> Index::put_known(const std::vector<Known>& known) {
  leveldb::WriteBatch batch;
  for (const Known& one : known) batch.Put(known_key(one.descriptor.digest), encode_known(one));
  return database_->write(batch, Durability::lazy);
}

Result<PieceRecord> Index::complete(const Digest& digest) const {
  return look_up(complete_key(digest),
                 [&](std::string_view value) { return decode_complete(value, piece_bytes_); });
}

Result<PieceRecord> Index::partial(const Digest& digest) const {
  return look_up(partial_key(digest),
                 [&](std::string_view value) { return decode_partial(value, piece_bytes_); });
}

Result<void> Index::put_complete(const Known& known, const PieceRecord& record,
                                 const UseRecord& use) {
  const Digest& digest = known.descriptor.digest;
  leveldb::WriteBatch batch;
  batch.Put(complete_key(digest), encode_complete(record));
  batch.Delete(partial_key(digest));
  batch.Put(used_key(digest), encode_used(use));
  batch.Put(known_key(digest), encode_known(known));
  return database_->write(batch, Durability::synced);
}

Result<void> Index::put_partial(const Digest& digest, const PieceRecord& record,
                                Durability durability) {
  leveldb::WriteBatch batch;
  batch.Put(partial_key(digest), encode_partial(record));
  batch.Delete(complete_key(digest));
  batch.Delete(used_key(digest));
  return database_->write(batch, durability);
}

Result<void> Index::remove_blob(const Digest& digest) {
  leveldb::WriteBatch batch;
  batch.Delete(complete_key(digest));
  batch.Delete(partial_key(digest));
  batch.Delete(used_key(digest));
  return database_->write(batch, Durability::lazy);
}

Result<void> Index::put_used(const std::vector<std::pair<Digest, UseRecord>>& uses) {
  if (uses.empty()) return {};
  leveldb::WriteBatch batch;
  for (const auto& [digest, use] : uses) batch.Put(used_key(digest), encode_used(use));
  return database_->write(batch, Durability::lazy);
}

Result<TagRecord> Index::tag(const Repository& repository, const Tag& tag) const {
  return look_up(tag_key(repository, tag), decode_tag);
}

Result<void> Index::put_tag(const Repository& repository, const Tag& tag, const TagRecord& record) {
  return database_->put(tag_key(repository, tag), encode_tag(record), Durability::lazy);
}

Result<void> Index::remove_tag(const Repository& repository, const Tag& tag) {
  leveldb::WriteBatch batch;
  batch.Delete(tag_key(repository, tag));
  return database_->write(batch, Durability::lazy);
}

Result<SystemTime> Index::open_since(const Repository& repository) const {
  return look_up(open_key(repository), decode_open);
}

Result<void> Index::put_open(const Repository& repository, SystemTime checked_at) {
  return database_->put(open_key(repository), encode_open(checked_at), Durability::lazy);
}

Result<void> Index::remove_open(const Repository& repository) {
  leveldb::WriteBatch batch;
  batch.Delete(open_key(repository));
  return database_->write(batch, Durability::lazy);
}

Result<void> Index::put_pin(const std::string& name, const std::vector<Digest>& digests) {
  return database_->put(pin_key(name), encode_pin(digests), Durability::synced);
}

Result<void> Index::remove_pin(const std::string& name) {
  leveldb::WriteBatch batch;
  batch.Delete(pin_key(name));
  return database_->write(batch, Durability::synced);
}

Result<void> Index::each_tag(
    const std::function<bool(const Repository&, const Tag&, const TagRecord&)>& see) const {
  return database_->each(kTagPrefix, [&](std::string_view key, std::string_view value) {
    const auto name = parse_tag_name(key.substr(kTagPrefix.size()));
    const auto record = decode_tag(value);
    return !name || !record || see(name->repository, name->tag, *record);
  });
}

Result<void> Index::each_pin(
    const std::function<bool(const std::string&, const std::vector<Digest>&)>& see) const {
  return database_->each(kPinPrefix, [&](std::string_view key, std::string_view value) {
    const auto digests = decode_pin(value);
    return !digests || see(std::string(key.substr(kPinPrefix.size())), *digests);
  });
}

void Index::remove_broken(std::string_view key, leveldb::WriteBatch& batch) const {
  metrics_.store_errors.Increment();
  LogLine(spdlog::level::warn, "record removed: it does not decode").field("key", key).write();
  batch.Delete(leveldb::Slice(key.data(), key.size()));
}

Result<void> Index::write_if_any(leveldb::WriteBatch& batch) {
  if (batch.ApproximateSize() == leveldb::WriteBatch().ApproximateSize()) return {};
  return database_->write(batch, Durability::lazy);
}

Result<void> Index::sift(std::string_view prefix,
                         const std::function<bool(const Digest&, std::string_view)>& see) {
  leveldb::WriteBatch broken;
  auto seen = database_->each(prefix, [&](std::string_view key, std::string_view value) {
    const auto digest = Digest::parse(key.substr(prefix.size()));
    if (!digest || !see(*digest, value)) remove_broken(key, broken);
    return true;
  });
  return seen ? write_if_any(broken) : seen;
}

// A record that says too little, of an older version or damaged, is completed from that of the pieces; only
// afterwards, since whoever is inside each() must not use the database again.
Result<void> Index::each_complete(const std::function<void(const Digest&, const UseRecord&)>& see) {
  std::vector<std::pair<Digest, UseRecord>> lacking;
  auto seen = sift(kUsedPrefix, [&](const Digest& digest, std::string_view value) {
    const auto use = decode_used(value);
    if (use && use->is_whole) {
      see(digest, use->record);
    } else {
      lacking.emplace_back(digest, use ? use->record : UseRecord{});
    }
    return true;
  });
  if (!seen) return seen;
  leveldb::WriteBatch broken;
  for (auto& [digest, record] : lacking) {
    const auto pieces = complete(digest);
    if (!pieces && pieces.error().code != Errc::not_found) return fail(pieces.error());
    if (pieces) {
      record.size = pieces->size;
      record.occupied = occupied_by(pieces->size);
      see(digest, record);
    } else {
      remove_broken(used_key(digest), broken);
    }
  }
  return write_if_any(broken);
}

Result<void> Index::each_partial(
    const std::function<void(const Digest&, const PieceRecord&)>& see) {
  return sift(kPartialPrefix, [&](const Digest& digest, std::string_view value) {
    const auto record = decode_partial(value, piece_bytes_);
    if (record) see(digest, *record);
    return record.has_value();
  });
}

}  // namespace shoal::store
