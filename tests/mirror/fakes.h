#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/hash.h"
#include "http/server.h"
#include "transfer/blob_source.h"
#include "upstream/access_source.h"
#include "upstream/list_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// Records a response; sends nothing.
class FakeResponder final : public http::Responder {
 public:
  explicit FakeResponder(bool head_request) : head_request_(head_request) {}

  Awaitable<Result<void>> send(http::ResponseHead head, std::string body) override;
  Awaitable<Result<void>> send_head(http::ResponseHead head, std::uint64_t content_length) override;
  Awaitable<Result<void>> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  Awaitable<Result<void>> send_bytes(std::string bytes) override;
  bool head_sent() const override { return status != 0; }
  void abandon(std::string why) override { abandoned = std::move(why); }
  bool client_gone() override { return gone_after-- <= 0; }
  void annotate(std::string name, std::string value) override { notes[name] = std::move(value); }
  void classify(std::string kind_in) override { kind = std::move(kind_in); }

  std::string header(const std::string& name) const;  // the first of that name
  // The code of the one error in the body.
  std::string error_code() const;
  std::string error_message() const;

  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t content_length = 0;
  std::string body;
  std::optional<std::string> abandoned;
  std::map<std::string, std::string> notes;
  std::string kind = "other";
  int gone_after = 1'000'000;  // client_gone() calls until it says yes
  int sends_until_gone = 1'000'000;

 private:
  void take_head(http::ResponseHead head, std::uint64_t length);
  bool head_request_;
};

// A registry of manifests and blob sizes in memory.
class FakeUpstream final : public upstream::ManifestSource {
 public:
  explicit FakeUpstream(asio::any_io_executor executor) : gate(std::move(executor)) {}

  Awaitable<Result<upstream::ManifestHead>> head_manifest(Repository repository,
                                                          Reference reference,
                                                          std::string accept) override;
  Awaitable<Result<upstream::Manifest>> get_manifest(Repository repository, Reference reference,
                                                     std::string accept) override;
  Awaitable<Result<Descriptor>> head_blob(Repository repository, Digest digest) override;
  upstream::Access access(const Repository& repository) const override {
    if (unknown.contains(repository.registry.text())) return upstream::Access::unknown;
    const bool left_out = denied.contains(repository.text());
    return left_out ? upstream::Access::denied : upstream::Access::allowed;
  }

  // Adds a manifest under its digest, and under `tag` if that is not empty.
  Digest add(const std::string& repository, const std::string& tag, std::string content,
             std::string media_type);

  std::map<std::string, upstream::Manifest> manifests;  // by "registry/repository@reference"
  std::map<std::string, std::uint64_t> blobs;           // by "registry/repository@digest"
  std::set<std::string> unknown;                        // registries not configured
  std::set<std::string> denied;                         // repositories left out
  std::optional<Error> head_error;
  std::optional<Error> get_error;
  bool held = false;       // while set, get_manifest and head_blob wait for the gate
  bool head_held = false;  // while set, head_manifest does
  Event gate;
  bool head_refused = false;  // so that a tag's answer brings the content
  upstream::PassedHeaders head_headers;
  int manifest_heads = 0;
  int manifest_gets = 0;
  int blob_heads = 0;
  std::string last_accept;
};

// What a registry lets whom read.
class FakeAccess final : public upstream::AccessSource {
 public:
  Awaitable<upstream::AccessAnswer> ask_access(Repository repository,
                                               upstream::AccessSubject subject,
                                               upstream::Asker asker) override;

  std::set<std::string> open;                    // "registry/repository" that anybody may read
  std::map<std::string, std::string> passwords;  // by "registry/repository": the header it takes
  std::set<std::string> holds;                   // "registry/repository@reference"; else absent
  bool down = false;
  int questions = 0;
  std::optional<upstream::Asker> last_asker;
};

// A registry's lists in memory.
class FakeLists final : public upstream::ListSource {
 public:
  Awaitable<Result<upstream::ListPage>> list_tags(Repository repository,
                                                  std::string query) override;
  Awaitable<Result<upstream::ListPage>> list_referrers(Repository repository, Digest subject,
                                                       std::string query) override;

  std::map<std::string, upstream::ListPage> pages;  // by "registry/repository" or "...@digest"
  std::optional<Error> error;
  std::vector<std::string> queries;
};

// What to do with the reads of one blob.
struct FakeBlob {
  std::string content;
  std::uint64_t extent_bytes_max = 1 << 20;
  std::uint64_t fails_at = UINT64_MAX;  // reads at or behind this offset end in `error`
  Error error{Errc::unavailable, "the download broke", 0};
  int slices_before_bytes = 0;  // reads that run into their deadline first
  bool misaligned = false;      // breaks the contract: bytes other than those asked for
};

class FakeBlobSource final : public transfer::BlobSource {
 public:
  FakeBlobSource() = default;
  Awaitable<Result<std::shared_ptr<transfer::BlobHandle>>> open(
      Descriptor descriptor, std::vector<Repository> hints) override;

  Digest add(std::string content);
  std::map<std::string, FakeBlob> blobs;  // by digest
  std::set<std::string> complete;         // digests that were whole when opened
  std::optional<Error> open_error;
  int opens = 0;
  std::vector<Repository> last_hints;
  std::optional<Descriptor> last_descriptor;
  std::vector<ByteRange> reads;
};

class FakeCluster final : public transfer::ClusterDirectory {
 public:
  Awaitable<Result<Descriptor>> describe(Digest digest,
                                         std::chrono::steady_clock::time_point deadline) override;
  Awaitable<Result<Resolution>> resolve(Repository repository, Reference reference,
                                        std::chrono::steady_clock::time_point deadline) override;
  void publish(const Repository& repository, const Tag& tag, const Resolution& answer) override;

  std::map<std::string, Resolution> published;    // by "registry/repository:tag"
  std::map<std::string, Descriptor> descriptors;  // by digest
  std::map<std::string, Resolution> tags;         // by "registry/repository:tag", or "...@digest"
  int describes = 0;
  int resolves = 0;
};

inline Digest digest_of(std::string_view content) {
  return hash_of(DigestAlgorithm::sha256, std::as_bytes(std::span(content.data(), content.size())));
}

}  // namespace shoal::mirror
