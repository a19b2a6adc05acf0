#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_range.h"
#include "base/descriptor.h"
#include "http/server.h"

namespace shoal::mirror {

// Some of a blob's bytes, and what is sent before them.
struct BlobPart {
  explicit BlobPart(ByteRange range_in, std::string before_in = {})
      : before(std::move(before_in)), range(range_in) {}

  std::string before;
  ByteRange range;
};

// A whole response that holds bytes of a blob.
struct BlobPlan {
  explicit BlobPlan(http::ResponseHead head_in) : head(std::move(head_in)) {}

  http::ResponseHead head;
  std::uint64_t body_bytes = 0;
  std::vector<BlobPart> parts;
  std::string end;  // what is sent after the last one
};

// 200 and the whole blob where `ranges` is empty, 206 and one part for one range, and for several
// 206 with a multipart/byteranges body whose parts stand between lines with `boundary`: a word that
// does not occur in the blob, such as a random one.
// Source  RFC 9110, 14.6 and 15.3.7.
BlobPlan plan_blob(const Descriptor& descriptor, const std::vector<ByteRange>& ranges,
                   const std::string& boundary);

}  // namespace shoal::mirror
