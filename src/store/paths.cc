#include "store/paths.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/bytes.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "shoal-store 1";
constexpr std::size_t kFormatBytesMax = 64;
// May be in a folder that is new to us: the first is mkfs's, the others a start that was cut short.
constexpr std::array<std::string_view, 3> kHarmless = {"lost+found", "LOCK", "FORMAT.new"};

// What FORMAT holds, whole. A store without pieces of its own choice has the shorter form.
std::string format_with(std::uint32_t piece_bytes) {
  std::string text(kFormat);
  if (piece_bytes > 0) text += " pieces of " + std::to_string(piece_bytes);
  return text + '\n';
}

// The piece size that a FORMAT of ours names.
std::optional<std::uint32_t> made_with(const std::string& text) {
  const std::size_t digits = text.find_first_of("0123456789", kFormat.size());
  std::uint32_t piece_bytes = 0;
  if (digits != std::string::npos)
    std::from_chars(text.data() + digits, text.data() + text.size(), piece_bytes);
  if (text != format_with(piece_bytes)) return std::nullopt;
  return piece_bytes;
}

Result<std::string> read_format(const fs::path& path) {
  auto file = DiskFile::open(path, O_RDONLY);
  if (!file) return fail(std::move(file.error()));
  auto size = file->size();
  if (!size) return fail(std::move(size.error()));
  std::string text(std::min<std::uint64_t>(*size, kFormatBytesMax), '\0');
  const auto out = std::as_writable_bytes(std::span(text.data(), text.size()));
  if (auto done = file->read_at(0, out); !done) return fail(std::move(done.error()));
  return text;
}

Result<void> check_empty(const fs::path& folder) {
  std::error_code why;
  for (fs::directory_iterator entry(folder, why), end; !why && entry != end; entry.increment(why)) {
    const std::string name = entry->path().filename().string();
    if (std::find(kHarmless.begin(), kHarmless.end(), name) == kHarmless.end()) {
      return fail(Errc::invalid_argument,
                  "the folder " + folder.string() + " holds files (" + name +
                      ") but no store of ours: choose an empty folder for data_dir");
    }
  }
  if (why)
    return fail(Errc::io, "cannot list the folder " + folder.string() + ": " + why.message());
  return {};
}

// Only reads. Returns  whether there is a FORMAT, then one we know.
Result<bool> check_format(const fs::path& folder, std::uint32_t piece_bytes) {
  auto text = read_format(folder / "FORMAT");
  if (text && *text == format_with(piece_bytes)) return true;
  const auto other = text ? made_with(*text) : std::nullopt;
  if (other) {
    return fail(Errc::invalid_argument,
                "the folder " + folder.string() +
                    " holds a store that was made with a piece_size of " + std::to_string(*other) +
                    ", not " + std::to_string(piece_bytes) +
                    ": set swarm.piece_size to that, or choose an empty folder for data_dir");
  }
  if (text) {
    return fail(Errc::invalid_argument,
                "the folder " + folder.string() +
                    " holds a store in a format this version does not know: its FORMAT is not "
                    "\"shoal-store 1\"");
  }
  if (text.error().code != Errc::not_found) return fail(std::move(text.error()));
  if (auto empty = check_empty(folder); !empty) return fail(std::move(empty.error()));
  return false;
}

Result<void> make_root(const fs::path& folder) {
  std::error_code why;
  const fs::path whole = fs::absolute(folder, why).lexically_normal();
  if (!why && whole.has_relative_path()) {
    const fs::path trimmed = whole.has_filename() ? whole : whole.parent_path();
    fs::create_directories(trimmed.parent_path(), why);
  }
  if (why) {
    return fail(Errc::io, "cannot make the folder " + folder.string() + ": " + why.message());
  }
  auto made = make_folder(folder);
  if (!made) return fail(std::move(made.error()));
  return {};
}

Result<DiskFile> take_lock(const fs::path& folder) {
  auto lock = DiskFile::open(folder / "LOCK", O_RDWR | O_CREAT);
  if (!lock) return lock;
  if (::flock(lock->fd(), LOCK_EX | LOCK_NB) == -1) {
    const int why = errno;
    if (why == EWOULDBLOCK) {
      return fail(Errc::io, "the folder " + folder.string() + " is in use by another process");
    }
    return fail_errno(why, "cannot lock the folder " + folder.string());
  }
  return lock;
}

// FORMAT appears whole (by rename) and before the rest: what a start that was cut short leaves
// behind is either harmless or marked as ours.
Result<void> write_format(const fs::path& folder, const std::string& format) {
  {
    auto file = DiskFile::open(folder / "FORMAT.new", O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return fail(std::move(file.error()));
    if (auto done = file->write_at(0, as_bytes(format)); !done) return done;
    if (auto done = file->sync(); !done) return done;
  }
  if (auto done = move_file(folder / "FORMAT.new", folder / "FORMAT"); !done) return done;
  return sync_folder(folder);
}

Result<void> make_inside(const fs::path& folder) {
  for (const char* name : {"blobs", "blobs/sha256", "blobs/sha512", "partial"}) {
    auto made = make_folder(folder / name);
    if (!made) return fail(std::move(made.error()));
  }
  if (auto done = sync_folder(folder / "blobs"); !done) return done;
  return sync_folder(folder);
}

Result<Digest> digest_of_partial(const fs::path& path) {
  std::string text = path.filename().string();
  const auto dash = text.find('-');
  if (dash != std::string::npos) text[dash] = ':';
  return Digest::parse(text);
}

}  // namespace

Result<DataDir> DataDir::open(const fs::path& folder, std::uint32_t piece_bytes) {
  if (auto made = make_root(folder); !made) return fail(std::move(made.error()));
  // Before the lock, which leaves a file behind in a folder that may not be ours.
  if (auto known = check_format(folder, piece_bytes); !known) return fail(std::move(known.error()));
  auto lock = take_lock(folder);
  if (!lock) return fail(std::move(lock.error()));
  auto known = check_format(folder, piece_bytes);
  if (!known) return fail(std::move(known.error()));
  if (!*known) {
    if (auto done = write_format(folder, format_with(piece_bytes)); !done)
      return fail(std::move(done.error()));
  }
  if (auto done = make_inside(folder); !done) return fail(std::move(done.error()));
  return DataDir(folder, std::make_shared<DiskFile>(std::move(*lock)));
}

bool DataDir::is_in_place() const {
  const auto there = identity_of(folder_ / "LOCK");
  const auto ours = lock_->identity();
  return there && ours && *there == *ours;
}

Result<void> DataDir::take_again(std::uint32_t piece_bytes) {
  const auto ours = lock_->identity();
  if (!ours) return fail(ours.error());
  auto there = identity_of(folder_);
  if (!there && there.error().code == Errc::not_found) {
    there = identity_of(fs::absolute(folder_).lexically_normal().parent_path());
  }
  if (!there) return of_disk(fail(there.error()));
  if (there->device != ours->device) {
    return fail(Errc::io, "the disk of " + folder_.string() + " is not there");
  }
  auto opened = open(folder_, piece_bytes);
  if (!opened) return fail(Errc::io, opened.error().message);
  lock_ = std::move(opened->lock_);
  return {};
}

fs::path DataDir::blob(const Digest& digest) const {
  const std::string hex(digest.hex());
  return folder_ / "blobs" / std::string(digest.algorithm_name()) / hex.substr(0, 2) / hex;
}

fs::path DataDir::partial(const Digest& digest) const {
  return partials() / (std::string(digest.algorithm_name()) + "-" + std::string(digest.hex()));
}

Result<void> DataDir::sweep_partials(const std::function<bool(const Digest&)>& is_known) const {
  std::error_code why;
  for (fs::directory_iterator entry(partials(), why), end; !why && entry != end;
       entry.increment(why)) {
    const auto digest = digest_of_partial(entry->path());
    if (!digest || is_known(*digest)) continue;
    if (auto done = remove_file(entry->path()); !done) return done;
  }
  if (why) return fail(Errc::io, "cannot list " + partials().string() + ": " + why.message());
  return {};
}

Result<void> DataDir::move_in(const Digest& digest) const {
  const fs::path target = blob(digest);
  auto made = make_folder(target.parent_path());
  if (!made) return fail(std::move(made.error()));
  if (*made) {
    if (auto done = sync_folder(target.parent_path().parent_path()); !done) return done;
  }
  return move_file(partial(digest), target);
}

Result<void> DataDir::move_out(const Digest& digest) const {
  return move_file(blob(digest), partial(digest));
}

Result<void> DataDir::sync_moves(const Digest& digest) const {
  if (auto done = sync_folder(blob(digest).parent_path()); !done) return done;
  return sync_folder(partials());
}

}  // namespace shoal::store
