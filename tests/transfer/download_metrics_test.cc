#include "transfer/download_metrics.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

Repository in_registry(const std::string& registry) {
  return Repository(*RegistryName::parse(registry), *RepositoryName::parse("team/app"));
}

TEST(ProvenanceTest, SaysWhereThePiecesCameFrom) {
  Provenance one;
  EXPECT_EQ(one.text(), "disk");
  EXPECT_TRUE(one.piece_came(ByteSource::peer));
  EXPECT_FALSE(one.piece_came(ByteSource::peer));
  EXPECT_EQ(one.text(), "peer");
  EXPECT_FALSE(one.piece_came(ByteSource::upstream));
  EXPECT_EQ(one.text(), "mixed");
  Provenance other;
  EXPECT_TRUE(other.piece_came(ByteSource::upstream));
  EXPECT_EQ(other.text(), "upstream");
}

TEST(DownloadMetricsTest, RegistriesThatNobodyConfiguredAreOther) {
  Metrics metrics;
  const DownloadMetrics counted(metrics.registry(), {"docker.io", "ghcr.io"});
  EXPECT_EQ(counted.label({in_registry("ghcr.io"), in_registry("docker.io")}), "ghcr.io");
  EXPECT_EQ(counted.label({in_registry("evil.example")}), "other");
  EXPECT_EQ(counted.label({}), "other");
}

TEST(DownloadMetricsTest, CopiesCountTogether) {
  Metrics metrics;
  const DownloadMetrics one(metrics.registry(), {});
  const DownloadMetrics again(metrics.registry(), {});
  one.ended("failed").Increment();
  again.ended("failed").Increment();
  EXPECT_EQ(one.ended("failed").Value(), 2);
}

class DownloadMetricsOfNodesTest : public TransferTest {
 protected:
  DownloadMetricsOfNodesTest() { options_.registries = {repository().registry.text()}; }

  static DownloadMetrics of(Node& node) { return {node.metrics.registry(), {}}; }
  static double bytes(Node& node, ByteSource source) {
    return of(node).bytes(repository().registry.text(), source).Value();
  }
};

TEST_F(DownloadMetricsOfNodesTest, EachByteIsCountedUnderItsSource) {
  const std::string content = content_of(3 * kMiB + 5);
  const auto size = static_cast<double>(content.size());
  upstream_.add(content);
  Node& first = add_node(upstream_, true);
  Node& second = add_node(upstream_, true);
  introduce();
  ASSERT_EQ(*result_of(pull(first, descriptor_of(content))), content);
  ASSERT_EQ(*result_of(pull(second, descriptor_of(content))), content);
  ASSERT_EQ(*result_of(pull(second, descriptor_of(content))), content);
  EXPECT_EQ(bytes(first, ByteSource::upstream), size);
  EXPECT_EQ(bytes(first, ByteSource::peer), 0);
  EXPECT_EQ(bytes(second, ByteSource::upstream), 0);
  EXPECT_EQ(bytes(second, ByteSource::peer), size);
  EXPECT_EQ(bytes(second, ByteSource::disk), size) << "the second pull on the node";
  EXPECT_EQ(of(first).ended("complete").Value(), 1);
  EXPECT_EQ(of(second).ended("complete").Value(), 1);
  EXPECT_GE(of(first).claims("kept").Value(), 1);
  EXPECT_EQ(of(second).claims("kept").Value(), 0);
  EXPECT_GE(of(second).pieces(ByteSource::peer).Value(), 1);
  EXPECT_EQ(of(first).seconds("upstream").Collect().histogram.sample_count, 1U);
  EXPECT_EQ(of(second).seconds("peer").Collect().histogram.sample_count, 1U);
  EXPECT_EQ(of(second).first_piece_seconds("peer").Collect().histogram.sample_count, 1U);
}

TEST_F(DownloadMetricsOfNodesTest, FailureIsCountedAndTakesNoTime) {
  upstream_.refuses.emplace(repository(), Error{Errc::not_found, "no such blob", 0});
  Node& node = add_node(upstream_);
  const auto got = result_of(pull(node, descriptor_of(content_of(kMiB))));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(of(node).ended("failed").Value(), 1);
  EXPECT_EQ(of(node).ended("complete").Value(), 0);
  for (const char* source : {"upstream", "peer", "mixed"}) {
    EXPECT_EQ(of(node).seconds(source).Collect().histogram.sample_count, 0U);
  }
}

}  // namespace
}  // namespace shoal::transfer
