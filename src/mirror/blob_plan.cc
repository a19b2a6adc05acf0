#include "mirror/blob_plan.h"

#include "mirror/conditional.h"
#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

std::string content_range(ByteRange part, std::uint64_t content_size) {
  return "bytes " + std::to_string(part.offset) + "-" + std::to_string(part.end() - 1) + "/" +
         std::to_string(content_size);
}

http::ResponseHead head_for(const Descriptor& descriptor, int status, std::string content_type) {
  http::ResponseHead head(status);
  head.set("Content-Type", std::move(content_type));
  head.set("Docker-Content-Digest", descriptor.digest.text());
  head.set("ETag", entity_tag(descriptor.digest));
  head.set("Accept-Ranges", "bytes");
  return head;
}

BlobPlan plan_multipart(const Descriptor& descriptor, const std::vector<ByteRange>& ranges,
                        const std::string& boundary) {
  BlobPlan plan(head_for(descriptor, 206, "multipart/byteranges; boundary=" + boundary));
  for (const ByteRange& range : ranges) {
    std::string before = plan.parts.empty() ? "" : "\r\n";
    before += "--" + boundary + "\r\nContent-Type: " + std::string(kOctetStream) +
              "\r\nContent-Range: " + content_range(range, descriptor.size) + "\r\n\r\n";
    plan.body_bytes += before.size() + range.size;
    plan.parts.emplace_back(range, std::move(before));
  }
  plan.end = "\r\n--" + boundary + "--\r\n";
  plan.body_bytes += plan.end.size();
  return plan;
}

}  // namespace

BlobPlan plan_blob(const Descriptor& descriptor, const std::vector<ByteRange>& ranges,
                   const std::string& boundary) {
  if (ranges.size() > 1) return plan_multipart(descriptor, ranges, boundary);
  const ByteRange range = ranges.empty() ? ByteRange{0, descriptor.size} : ranges.front();
  BlobPlan plan(head_for(descriptor, ranges.empty() ? 200 : 206, std::string(kOctetStream)));
  if (!ranges.empty()) plan.head.set("Content-Range", content_range(range, descriptor.size));
  plan.body_bytes = range.size;
  if (!range.empty()) plan.parts.emplace_back(range);
  return plan;
}

}  // namespace shoal::mirror
