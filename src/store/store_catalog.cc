// The catalog: what content is, where it was seen, what tags point at.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "store/store_impl.h"

namespace shoal::store {
namespace {

// Returns  whether it was not so already.
bool move_to_front(std::vector<Repository>& seen_in, const Repository& repository) {
  if (!seen_in.empty() && seen_in.front() == repository) return false;
  std::erase(seen_in, repository);
  seen_in.insert(seen_in.begin(), repository);
  if (seen_in.size() > kSeenInMax) seen_in.resize(kSeenInMax, repository);
  return true;
}

}  // namespace

Result<void> check_limits(const Descriptor& descriptor) {
  if (descriptor.size > kBlobBytesMax) {
    return fail(Errc::invalid_argument, "blob " + descriptor.digest.text() + " would have " +
                                            std::to_string(descriptor.size) +
                                            " bytes, which is over the limit of 4 TiB");
  }
  if (descriptor.media_type.size() > kMediaTypeBytesMax) {
    return fail(Errc::invalid_argument,
                "the media type of " + descriptor.digest.text() + " is over 255 bytes long");
  }
  return {};
}

Result<void> Store::Impl::learn(std::span<const Descriptor> descriptors,
                                const Repository& seen_in) {
  for (const Descriptor& descriptor : descriptors) {
    if (auto within = check_limits(descriptor); !within) return within;
  }
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  const std::scoped_lock learning(learning_);
  std::map<Digest, Known> changed;  // a manifest may name the same content twice
  for (const Descriptor& descriptor : descriptors) {
    auto found = changed.find(descriptor.digest);
    auto stored = found == changed.end() ? index_->known(descriptor.digest) : found->second;
    if (!stored && stored.error().code != Errc::not_found) return fail(std::move(stored.error()));
    bool is_changed = !stored;
    Known known = stored ? std::move(*stored) : Known(descriptor);
    // The size of a blob that is here is proven; any other is hearsay, and the latest counts.
    if (known.descriptor.size != descriptor.size && !index_->complete(descriptor.digest)) {
      known.descriptor.size = descriptor.size;
      is_changed = true;
    }
    if (!descriptor.media_type.empty() && known.descriptor.media_type != descriptor.media_type) {
      known.descriptor.media_type = descriptor.media_type;
      is_changed = true;
    }
    is_changed |= move_to_front(known.seen_in, seen_in);
    if (is_changed) changed.insert_or_assign(descriptor.digest, std::move(known));
  }
  if (changed.empty()) return {};
  std::vector<Known> values;
  values.reserve(changed.size());
  for (auto& [digest, known] : changed) values.push_back(std::move(known));
  return index_->put_known(values);
}

Result<Known> Store::Impl::describe(const Digest& digest) const {
  auto known = index_->known(digest);
  if (!known && known.error().code == Errc::not_found) {
    return fail(Errc::not_found, "nothing is known of " + digest.text());
  }
  return known;
}

// What to remember of a blob whose bytes matched its digest. Under learning_.
Known Store::Impl::proven(const Descriptor& descriptor) const {
  auto stored = index_->known(descriptor.digest);
  Known known = stored ? std::move(*stored) : Known(descriptor);
  known.descriptor.size = descriptor.size;
  if (known.descriptor.media_type.empty()) known.descriptor.media_type = descriptor.media_type;
  return known;
}

Result<void> Store::Impl::put_tag(const Repository& repository, const Tag& tag,
                                  const TagRecord& record) {
  if (auto within = check_limits(record.descriptor); !within) return within;
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  return index_->put_tag(repository, tag, record);
}

Result<SystemTime> Store::Impl::open_since(const Repository& repository) const {
  auto checked_at = index_->open_since(repository);
  if (!checked_at && checked_at.error().code == Errc::not_found) {
    return fail(Errc::not_found, "anybody may read " + repository.text() + ": not that we know");
  }
  return checked_at;
}

Result<void> Store::Impl::put_open(const Repository& repository, SystemTime checked_at) {
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  return index_->put_open(repository, checked_at);
}

Result<void> Store::Impl::remove_open(const Repository& repository) {
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  return index_->remove_open(repository);
}

Result<TagRecord> Store::Impl::tag(const Repository& repository, const Tag& tag) const {
  auto record = index_->tag(repository, tag);
  if (!record && record.error().code == Errc::not_found) {
    return fail(Errc::not_found, "no answer is stored for " + repository.text() + ":" + tag.text());
  }
  return record;
}

}  // namespace shoal::store
