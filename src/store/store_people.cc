// What people ask for and of: pins, lists, a look at content that does not count as its use.

#include <fcntl.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/store_impl.h"

namespace shoal::store {

// After the records of earlier times, where the folder is another one now.
Result<void> Store::Impl::load_pins() {
  const std::scoped_lock pinning(pinning_);
  for (const auto& [name, digests] : pins_) {
    for (const Digest& digest : digests) ledger_.unpin(digest);
  }
  pins_.clear();
  return index_->each_pin([&](const std::string& name, const std::vector<Digest>& digests) {
    for (const Digest& digest : digests) ledger_.pin(digest);
    pins_.emplace(name, digests);
    return true;
  });
}

Result<void> Store::Impl::pin(const std::string& name, const std::vector<Digest>& digests) {
  if (name.empty() || name.size() > kPinNameBytesMax) {
    return fail(Errc::invalid_argument, "a pin's name has 1 to 512 bytes");
  }
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  const std::scoped_lock pinning(pinning_);
  const auto before = pins_.find(name);
  if (before == pins_.end() && pins_.size() >= kPinsMax) {
    return fail(Errc::too_large, "there are 10000 pins, which is the most");
  }
  if (auto done = index_->put_pin(name, digests); !done) return done;
  for (const Digest& digest : digests) ledger_.pin(digest);
  if (before != pins_.end()) {
    for (const Digest& digest : before->second) ledger_.unpin(digest);
  }
  pins_.insert_or_assign(name, digests);
  return {};
}

Result<void> Store::Impl::unpin(const std::string& name) {
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  const std::scoped_lock pinning(pinning_);
  const auto pin = pins_.find(name);
  if (pin == pins_.end()) return fail(Errc::not_found, name + " is not pinned");
  if (auto done = index_->remove_pin(name); !done) return done;
  for (const Digest& digest : pin->second) ledger_.unpin(digest);
  pins_.erase(pin);
  return {};
}

std::vector<Pin> Store::Impl::pins() const {
  const std::scoped_lock pinning(pinning_);
  std::vector<Pin> out;
  out.reserve(pins_.size());
  for (const auto& [name, digests] : pins_) out.push_back(Pin{name, digests});
  return out;
}

Result<std::vector<TagEntry>> Store::Impl::tags(std::size_t count_max) const {
  std::vector<TagEntry> out;
  auto done =
      index_->each_tag([&](const Repository& repository, const Tag& tag, const TagRecord& record) {
        if (out.size() >= count_max) return false;
        out.push_back(TagEntry{repository, tag, record});
        return true;
      });
  if (!done) return fail(done.error());
  return out;
}

Result<void> Store::Impl::forget_tag(const Repository& repository, const Tag& tag) {
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  return index_->remove_tag(repository, tag);
}

Result<std::string> Store::Impl::peek(const Digest& digest, std::uint64_t bytes_max) const {
  const auto held = ledger_.find(digest);
  if (!held || !held->is_complete) {
    return fail(Errc::not_found, "blob " + digest.text() + " is not in the store");
  }
  if (held->size > bytes_max) {
    return fail(Errc::too_large, "blob " + digest.text() + " has " + std::to_string(held->size) +
                                     " bytes, over the limit of " + std::to_string(bytes_max));
  }
  const auto file = DiskFile::open(data_dir_.blob(digest), O_RDONLY);
  if (!file) return fail(file.error());
  std::string content(static_cast<std::size_t>(held->size), '\0');
  const auto out = std::as_writable_bytes(std::span(content.data(), content.size()));
  if (auto done = file->read_at(0, out); !done) return fail(std::move(done.error()));
  if (hash_of(digest.algorithm(), out) == digest) return content;
  return fail(Errc::corrupt, "blob " + digest.text() + " does not match its digest");
}

}  // namespace shoal::store
