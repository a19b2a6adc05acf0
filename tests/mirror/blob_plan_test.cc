#include "mirror/blob_plan.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "mirror/conditional.h"

namespace shoal::mirror {
namespace {

const Descriptor kBlob(hash_of(DigestAlgorithm::sha256, {}), 1000);

std::string header(const BlobPlan& plan, const std::string& name) {
  for (const auto& [key, value] : plan.head.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(BlobPlanTest, TheWholeBlob) {
  const BlobPlan plan = plan_blob(kBlob, {}, "b");
  EXPECT_EQ(plan.head.status, 200);
  EXPECT_EQ(plan.body_bytes, 1000U);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].range, (ByteRange{0, 1000}));
  EXPECT_EQ(plan.parts[0].before, "");
  EXPECT_EQ(plan.end, "");
  EXPECT_EQ(header(plan, "Content-Type"), "application/octet-stream");
  EXPECT_EQ(header(plan, "ETag"), entity_tag(kBlob.digest));
  EXPECT_EQ(header(plan, "Accept-Ranges"), "bytes");
  EXPECT_EQ(header(plan, "Content-Range"), "");
}

TEST(BlobPlanTest, AnEmptyBlobHasNoPart) {
  const BlobPlan plan = plan_blob(Descriptor(kBlob.digest, 0), {}, "b");
  EXPECT_TRUE(plan.parts.empty());
  EXPECT_EQ(plan.body_bytes, 0U);
}

TEST(BlobPlanTest, OneRangeIsNoMultipart) {
  const BlobPlan plan = plan_blob(kBlob, {{10, 5}}, "b");
  EXPECT_EQ(plan.head.status, 206);
  EXPECT_EQ(plan.body_bytes, 5U);
  EXPECT_EQ(header(plan, "Content-Range"), "bytes 10-14/1000");
  EXPECT_EQ(header(plan, "Content-Type"), "application/octet-stream");
}

TEST(BlobPlanTest, SeveralRangesAreFramedToTheByte) {
  const BlobPlan plan = plan_blob(kBlob, {{900, 100}, {0, 2}}, "word");
  EXPECT_EQ(plan.head.status, 206);
  EXPECT_EQ(header(plan, "Content-Type"), "multipart/byteranges; boundary=word");
  EXPECT_EQ(header(plan, "Content-Range"), "");
  ASSERT_EQ(plan.parts.size(), 2U);
  EXPECT_EQ(plan.parts[0].before,
            "--word\r\nContent-Type: application/octet-stream\r\n"
            "Content-Range: bytes 900-999/1000\r\n\r\n");
  EXPECT_EQ(plan.parts[1].before,
            "\r\n--word\r\nContent-Type: application/octet-stream\r\n"
            "Content-Range: bytes 0-1/1000\r\n\r\n");
  EXPECT_EQ(plan.end, "\r\n--word--\r\n");
  EXPECT_EQ(plan.body_bytes,
            plan.parts[0].before.size() + 100 + plan.parts[1].before.size() + 2 + plan.end.size());
}

}  // namespace
}  // namespace shoal::mirror
