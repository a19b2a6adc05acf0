#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "loadtest/http_connection.h"
#include "loadtest/pull_context.h"
#include "loadtest/resume_limit.h"

namespace shoal::loadtest {

// One blob's bytes from an offset to its end, in order. Where the mirror ends the connection too
// early, it asks again for what is missing. A reset, an error status or a time-out ends it.
// Lifetime  `context` and `connection` outlive it.
class BlobBody {
 public:
  // With `is_ranged` even offset 0 is asked for by a Range header.
  BlobBody(PullContext& context, HttpConnection& connection, Descriptor blob, std::uint64_t offset,
           bool is_ranged);

  // The next bytes; none at the blob's end. They are valid until the next call.
  Result<std::span<const std::byte>> next();

 private:
  Result<void> request();
  Result<std::span<const std::byte>> accept(const BodyPart& part);
  Result<void> note_broken_off();
  tl::unexpected<Error> fail_here(const Error& error) const;

  PullContext& context_;
  HttpConnection& connection_;
  Descriptor blob_;
  std::uint64_t offset_;        // of the next byte for the caller
  std::uint64_t asked_offset_;  // where the latest request began
  bool is_ranged_;
  bool is_open_ = false;
  std::uint64_t skip_bytes_ = 0;
  ResumeLimit resume_limit_;
};

}  // namespace shoal::loadtest
