#include "mirror/fakes.h"

#include <algorithm>

#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shoal::mirror {
namespace {

nlohmann::json first_error(const std::string& body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object() || parsed["errors"].size() != 1) {
    ADD_FAILURE() << "not a body with one error: " << body;
    return {{"code", ""}, {"message", ""}};
  }
  return parsed["errors"][0];
}

std::string key_of(const Repository& repository, const std::string& reference) {
  return repository.text() + "@" + reference;
}

// A blob's bytes in an anonymous file, given out as its script says.
class FakeBlobHandle final : public transfer::BlobHandle {
 public:
  FakeBlobHandle(Descriptor descriptor, bool complete, FakeBlob& script,
                 std::vector<ByteRange>& reads)
      : descriptor_(std::move(descriptor)),
        complete_(complete),
        script_(script),
        reads_(reads),
        fd_(::memfd_create("blob", MFD_CLOEXEC)) {
    const auto written = ::write(fd_, script.content.data(), script.content.size());
    EXPECT_EQ(written, static_cast<ssize_t>(script.content.size()));
  }
  ~FakeBlobHandle() override { ::close(fd_); }

  const Descriptor& descriptor() const override { return descriptor_; }
  bool was_complete() const override { return complete_; }

  Awaitable<Result<transfer::Extent>> read(ByteRange wanted, SteadyTime deadline) override {
    reads_.push_back(wanted);
    if (script_.slices_before_bytes > 0) {
      --script_.slices_before_bytes;
      Event never(co_await asio::this_coro::executor);
      co_await never.wait_until(deadline);
      co_return fail(Errc::timeout, "no byte came in time");
    }
    if (wanted.offset >= script_.fails_at) co_return fail(script_.error);
    const auto until_failure = script_.fails_at - wanted.offset;
    transfer::Extent extent{fd_, wanted};
    extent.range.size = std::min({wanted.size, script_.extent_bytes_max, until_failure});
    if (script_.misaligned) extent.range.offset += 1;
    co_return extent;
  }

 private:
  Descriptor descriptor_;
  bool complete_;
  FakeBlob& script_;
  std::vector<ByteRange>& reads_;
  int fd_;
};

}  // namespace

void FakeResponder::take_head(http::ResponseHead head, std::uint64_t length) {
  EXPECT_EQ(status, 0) << "a second response to one request";
  status = head.status;
  headers = std::move(head.headers);
  content_length = length;
}

Awaitable<Result<void>> FakeResponder::send(http::ResponseHead head, std::string content) {
  take_head(std::move(head), content.size());
  // An error body is worth looking at in answers to HEAD, too.
  body = std::move(content);
  co_return Result<void>();
}

Awaitable<Result<void>> FakeResponder::send_head(http::ResponseHead head, std::uint64_t length) {
  take_head(std::move(head), length);
  co_return Result<void>();
}

Awaitable<Result<void>> FakeResponder::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  EXPECT_NE(status, 0);
  if (sends_until_gone-- <= 0) co_return fail(Errc::canceled, "the client went away");
  std::string part(size, '\0');
  EXPECT_EQ(::pread(fd, part.data(), size, static_cast<off_t>(offset)), static_cast<ssize_t>(size));
  if (!head_request_) body += part;
  EXPECT_LE(body.size(), content_length);
  co_return Result<void>();
}

Awaitable<Result<void>> FakeResponder::send_bytes(std::string bytes) {
  EXPECT_NE(status, 0);
  if (sends_until_gone-- <= 0) co_return fail(Errc::canceled, "the client went away");
  if (!head_request_) body += bytes;
  EXPECT_LE(body.size(), content_length);
  co_return Result<void>();
}

std::string FakeResponder::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string FakeResponder::error_code() const {
  return first_error(body)["code"];
}
std::string FakeResponder::error_message() const {
  return first_error(body)["message"];
}

Digest FakeUpstream::add(const std::string& repository, const std::string& tag, std::string content,
                         std::string media_type) {
  const Digest digest = digest_of(content);
  const Descriptor descriptor(digest, content.size(), std::move(media_type));
  const upstream::Manifest manifest(descriptor, std::move(content));
  manifests.insert_or_assign(repository + "@" + digest.text(), manifest);
  if (!tag.empty()) manifests.insert_or_assign(repository + "@" + tag, manifest);
  return digest;
}

Awaitable<Result<upstream::ManifestHead>> FakeUpstream::head_manifest(Repository repository,
                                                                      Reference reference,
                                                                      std::string accept) {
  ++manifest_heads;
  last_accept = std::move(accept);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (head_held) co_await gate.wait_until(deadline);
  if (head_error) co_return fail(*head_error);
  const auto found = manifests.find(key_of(repository, to_text(reference)));
  if (found == manifests.end()) co_return fail(Errc::not_found, "no such manifest");
  upstream::ManifestHead answer(found->second.descriptor);
  answer.headers = head_headers;
  if (head_refused) answer.content = found->second.content;
  co_return answer;
}

Awaitable<Result<upstream::Manifest>> FakeUpstream::get_manifest(Repository repository,
                                                                 Reference reference, std::string) {
  ++manifest_gets;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (held) co_await gate.wait_until(deadline);
  if (get_error) co_return fail(*get_error);
  const auto found = manifests.find(key_of(repository, to_text(reference)));
  if (found == manifests.end()) co_return fail(Errc::not_found, "no such manifest");
  co_return found->second;
}

Awaitable<Result<Descriptor>> FakeUpstream::head_blob(Repository repository, Digest digest) {
  ++blob_heads;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (held) co_await gate.wait_until(deadline);
  if (head_error) co_return fail(*head_error);
  const auto found = blobs.find(key_of(repository, digest.text()));
  if (found == blobs.end()) co_return fail(Errc::not_found, "no such blob");
  co_return Descriptor(std::move(digest), found->second, "application/octet-stream");
}

Awaitable<upstream::AccessAnswer> FakeAccess::ask_access(Repository repository,
                                                         upstream::AccessSubject subject,
                                                         upstream::Asker asker) {
  using upstream::AccessAnswer;
  using upstream::Asker;
  ++questions;
  last_asker = asker;
  AccessAnswer answer(AccessAnswer::Kind::unknown);
  if (down) {
    answer.why = "the registry is down";
    co_return answer;
  }
  const std::string name = repository.text();
  const auto password = passwords.find(name);
  const bool knows_client = asker.kind == Asker::Kind::client && password != passwords.end() &&
                            password->second == asker.authorization;
  if (asker.kind != Asker::Kind::node && !open.contains(name) && !knows_client) {
    answer.kind = AccessAnswer::Kind::refused;
    answer.status = 401;
    answer.challenges = {"Bearer realm=\"https://tokens.test/\",service=\"s\""};
    co_return answer;
  }
  const bool is_there = subject.kind == upstream::AccessSubject::Kind::list ||
                        holds.contains(name + "@" + subject.reference);
  answer.kind = is_there ? AccessAnswer::Kind::granted : AccessAnswer::Kind::absent;
  answer.status = is_there ? 200 : 404;
  co_return answer;
}

Awaitable<Result<upstream::ListPage>> FakeLists::list_tags(Repository repository,
                                                           std::string query) {
  queries.push_back(std::move(query));
  if (error) co_return fail(*error);
  const auto found = pages.find(repository.text());
  if (found == pages.end()) co_return fail(Errc::not_found, "no such repository");
  co_return found->second;
}

Awaitable<Result<upstream::ListPage>> FakeLists::list_referrers(Repository repository,
                                                                Digest subject, std::string query) {
  queries.push_back(std::move(query));
  if (error) co_return fail(*error);
  const auto found = pages.find(repository.text() + "@" + subject.text());
  if (found == pages.end()) co_return fail(Errc::not_found, "no list of referrers");
  co_return found->second;
}

Awaitable<Result<std::shared_ptr<transfer::BlobHandle>>> FakeBlobSource::open(
    Descriptor descriptor, std::vector<Repository> hints) {
  ++opens;
  last_hints = std::move(hints);
  last_descriptor = descriptor;
  if (open_error) co_return fail(*open_error);
  const auto [found, added] = blobs.try_emplace(descriptor.digest.text());
  if (added) {
    found->second.fails_at = 0;
    found->second.error = Error{Errc::not_found, "neither peers nor upstream have it", 0};
  }
  const bool whole = complete.contains(descriptor.digest.text());
  co_return std::make_shared<FakeBlobHandle>(std::move(descriptor), whole, found->second, reads);
}

Digest FakeBlobSource::add(std::string content) {
  Digest digest = digest_of(content);
  blobs[digest.text()].content = std::move(content);
  return digest;
}

Awaitable<Result<Descriptor>> FakeCluster::describe(Digest digest, SteadyTime) {
  ++describes;
  const auto found = descriptors.find(digest.text());
  if (found == descriptors.end()) co_return fail(Errc::not_found, "no peer knows it");
  co_return found->second;
}

Awaitable<Result<Resolution>> FakeCluster::resolve(Repository repository, Reference reference,
                                                   SteadyTime) {
  ++resolves;
  const char* const between = std::holds_alternative<Tag>(reference) ? ":" : "@";
  const auto found = tags.find(repository.text() + between + to_text(reference));
  if (found == tags.end()) co_return fail(Errc::not_found, "no peer knows it");
  co_return found->second;
}

void FakeCluster::publish(const Repository& repository, const Tag& tag, const Resolution& answer) {
  published.insert_or_assign(repository.text() + ":" + tag.text(), answer);
}

}  // namespace shoal::mirror
