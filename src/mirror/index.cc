#include "mirror/index.h"

#include <cerrno>
#include <utility>

#include <unistd.h>

#include <spdlog/common.h>

#include "base/log.h"
#include "mirror/manifest_children.h"
#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

// That the disk fails, or has no room, the store says once; here it would be a line for each request.
void note_failure(std::string_view what, const std::string& about, const Error& error) {
  const bool is_said = is_of_disk(error.code) || error.code == Errc::too_large;
  LogLine(is_said ? spdlog::level::debug : spdlog::level::warn, what)
      .field("about", about)
      .field("error", error.message)
      .field("reason", to_string(error.code))
      .write();
}

LocalManifest read_manifest(store::Store& store, const Digest& digest) {
  LocalManifest local;
  std::string media_type;
  if (auto known = store.describe(digest)) {
    local.seen_in = std::move(known->seen_in);
    media_type = std::move(known->descriptor.media_type);
  }
  auto content = store.read_all(digest, upstream::kManifestBytesMax);
  if (content) {
    media_type = served_media_type(media_type, *content);
    Descriptor descriptor(digest, content->size(), std::move(media_type));
    local.manifest = upstream::Manifest(std::move(descriptor), std::move(*content));
  } else if (content.error().code == Errc::too_large) {
    local.manifest = fail(Errc::not_found, digest.text() + " is too large to be a manifest");
  } else {
    local.manifest = fail(std::move(content.error()));
  }
  return local;
}

upstream::Manifest store_manifest(store::Store& store, upstream::Manifest manifest,
                                  const Repository& seen_in) {
  Descriptor& descriptor = manifest.descriptor;
  descriptor.size = manifest.content.size();
  descriptor.media_type = served_media_type(descriptor.media_type, manifest.content);
  if (auto stored = store.put(descriptor, manifest.content, seen_in); !stored) {
    note_failure("manifest not stored", descriptor.digest.text(), stored.error());
  }
  const auto outline = read_outline(manifest.content);
  if (!outline) {
    // Unknown kinds of manifest pass through; there is just nothing to learn from them.
    note_failure("manifest not understood", descriptor.digest.text(), outline.error());
    return manifest;
  }
  if (auto learned = store.learn(outline->children, seen_in); !learned) {
    note_failure("manifest's children not learned", descriptor.digest.text(), learned.error());
  }
  return manifest;
}

Result<std::string> read_bytes(const transfer::Extent& extent) {
  std::string bytes(extent.range.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto offset = static_cast<off_t>(extent.range.offset + done);
    const auto count = ::pread(extent.fd, bytes.data() + done, bytes.size() - done, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "reading received content");
    if (count == 0) return fail(Errc::io, "reading received content: the file ends too early");
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace

std::string served_media_type(const std::string& claimed, std::string_view content) {
  if (is_media_type(claimed) && claimed != kOctetStream) return claimed;
  const auto outline = read_outline(content);
  return outline && !outline->media_type.empty() ? outline->media_type : std::string(kOciManifest);
}

Awaitable<LocalBlob> Index::find_blob(Digest digest) {
  auto work = [&store = store_, digest = std::move(digest)] {
    LocalBlob local;
    if (auto file = store.open_blob(digest)) local.file = std::move(*file);
    if (auto known = store.describe(digest)) local.known = std::move(*known);
    // The file's size is the truth; a manifest's word for it is only a claim.
    if (local.file && local.known) local.known->descriptor.size = local.file->descriptor().size;
    if (local.file && !local.known) local.known.emplace(local.file->descriptor());
    return local;
  };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<LocalManifest> Index::find_manifest(Digest digest) {
  auto work = [&store = store_, digest = std::move(digest)] {
    return read_manifest(store, digest);
  };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<void> Index::learn(Descriptor descriptor, Repository seen_in) {
  const std::string about = descriptor.digest.text();
  auto work = [&store = store_, descriptor = std::move(descriptor), seen_in = std::move(seen_in)] {
    return store.learn(descriptor, seen_in);
  };
  const Result<void> learned = co_await offload(pool_, std::move(work));
  if (!learned) note_failure("descriptor not learned", about, learned.error());
}

Awaitable<upstream::Manifest> Index::keep_manifest(upstream::Manifest manifest,
                                                   Repository seen_in) {
  auto work = [&store = store_, manifest = std::move(manifest),
               seen_in = std::move(seen_in)]() mutable {
    return store_manifest(store, std::move(manifest), seen_in);
  };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<Result<std::string>> Index::read_extent(transfer::Extent extent) {
  auto work = [extent] { return read_bytes(extent); };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<std::optional<SystemTime>> Index::open_since(Repository repository) {
  auto work = [&store = store_, repository = std::move(repository)] {
    std::optional<SystemTime> since;
    if (const auto known = store.open_since(repository)) since = *known;
    return since;
  };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<void> Index::put_open(Repository repository, std::optional<SystemTime> checked_at) {
  const std::string about = repository.text();
  auto work = [&store = store_, repository = std::move(repository), checked_at] {
    return checked_at ? store.put_open(repository, *checked_at) : store.remove_open(repository);
  };
  const Result<void> put = co_await offload(pool_, std::move(work));
  if (!put) note_failure("who may read is not remembered", about, put.error());
}

Awaitable<std::optional<store::TagRecord>> Index::tag(Repository repository, Tag tag) {
  auto work = [&store = store_, repository = std::move(repository), tag = std::move(tag)] {
    std::optional<store::TagRecord> record;
    if (auto found = store.tag(repository, tag)) record.emplace(std::move(*found));
    return record;
  };
  co_return co_await offload(pool_, std::move(work));
}

Awaitable<void> Index::put_tag(Repository repository, Tag tag, store::TagRecord record) {
  const std::string about = repository.text() + ":" + tag.text();
  auto work = [&store = store_, repository = std::move(repository), tag = std::move(tag),
               record = std::move(record)] { return store.put_tag(repository, tag, record); };
  const Result<void> put = co_await offload(pool_, std::move(work));
  if (!put) note_failure("tag not remembered", about, put.error());
}

}  // namespace shoal::mirror
