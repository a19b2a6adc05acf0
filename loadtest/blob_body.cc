#include "loadtest/blob_body.h"

#include <algorithm>

#include <fmt/format.h>

#include "loadtest/ranges.h"

namespace shoal::loadtest {

BlobBody::BlobBody(PullContext& context, HttpConnection& connection, Descriptor blob,
                   std::uint64_t offset, bool is_ranged)
    : context_(context),
      connection_(connection),
      blob_(std::move(blob)),
      offset_(offset),
      asked_offset_(offset),
      is_ranged_(is_ranged) {}

Result<std::span<const std::byte>> BlobBody::next() {
  while (true) {
    if (auto running = context_.require_running(); !running) return fail(running.error());
    if (!is_open_) {
      // No range can be asked of nothing, and a blob whose every byte came is not asked for again.
      if (offset_ == blob_.size && offset_ > 0) return std::span<const std::byte>();
      if (auto requested = request(); !requested) return fail_here(requested.error());
    }
    const auto part = connection_.read_body();
    if (!part) return fail_here(part.error());
    const auto bytes = accept(*part);
    if (!bytes) return fail_here(bytes.error());
    if (!bytes->empty() || part->state == BodyState::complete) return *bytes;
  }
}

Result<void> BlobBody::request() {
  HttpRequest request("GET", context_.target("blobs", blob_.digest.text()),
                      blob_.media_type.empty() ? "*/*" : blob_.media_type + ", */*");
  const bool is_ranged = is_ranged_ || offset_ > 0;
  if (is_ranged && blob_.size > 0) request.range = open_ended_range(offset_);
  ++context_.requests;
  const auto answer = connection_.send(request);
  if (!answer) return fail(answer.error());
  if (answer->status != 200 && answer->status != 206) {
    connection_.drop();
    return fail_status(request, answer->status);
  }
  const AnswerShape shape{answer->status, answer->content_range, answer->content_length};
  const auto skip = bytes_to_skip(shape, offset_, blob_.size, !request.range.empty());
  if (!skip) return fail(skip.error());
  skip_bytes_ = *skip;
  asked_offset_ = offset_;
  is_open_ = true;
  return {};
}

Result<std::span<const std::byte>> BlobBody::accept(const BodyPart& part) {
  if (!part.bytes.empty()) context_.note_first_byte();
  context_.count_bytes(part.bytes.size());
  const auto skipped = std::min<std::uint64_t>(skip_bytes_, part.bytes.size());
  const auto bytes = part.bytes.subspan(static_cast<std::size_t>(skipped));
  skip_bytes_ -= skipped;
  if (bytes.size() > blob_.size - offset_) {
    return fail(Errc::protocol, fmt::format("more than its {} bytes came", blob_.size));
  }
  offset_ += bytes.size();
  if (part.state == BodyState::complete && offset_ < blob_.size) {
    return fail(Errc::protocol,
                fmt::format("the body ended at byte {} of {}", offset_, blob_.size));
  }
  if (part.state == BodyState::broken_off) {
    if (auto noted = note_broken_off(); !noted) return fail(noted.error());
  }
  return bytes;
}

Result<void> BlobBody::note_broken_off() {
  is_open_ = false;
  if (offset_ == blob_.size) return {};
  if (!resume_limit_.allows(asked_offset_, offset_)) {
    return fail(Errc::unavailable,
                fmt::format("the mirror broke it off at byte {} of {}, after {} resumes", offset_,
                            blob_.size, resume_limit_.resumes()));
  }
  ++context_.resumes;
  return {};
}

tl::unexpected<Error> BlobBody::fail_here(const Error& error) const {
  return fail(error.code, "blob " + blob_.digest.text() + ": " + error.message);
}

}  // namespace shoal::loadtest
