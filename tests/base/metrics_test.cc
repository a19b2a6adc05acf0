#include "base/metrics.h"

#include <string>

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

#include "base/version.h"

namespace shoal {
namespace {

using testing::HasSubstr;

std::string text_of(Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry().Collect());
}

TEST(MetricsTest, AllSourcesAreThereFromTheFirstScrape) {
  Metrics metrics;
  const std::string text = text_of(metrics);
  for (const char* source : {"upstream", "peer", "disk"}) {
    EXPECT_THAT(text,
                HasSubstr("shoal_received_bytes_total{source=\"" + std::string(source) + "\"} 0"));
  }
  EXPECT_THAT(text, HasSubstr("shoal_build_info{version=\"" + std::string(kVersion) + "\"} 1"));
}

TEST(MetricsTest, LabelsNameWhatWasCounted) {
  Metrics metrics;
  metrics.received_bytes(ByteSource::peer).Increment(7);
  metrics.received_bytes(ByteSource::peer).Increment(1);
  metrics.upstream_bytes("docker.io").Increment(5);
  metrics.upstream_requests("docker.io", "429").Increment();
  metrics.upstream_retries("docker.io").Increment();
  metrics.http_requests("mirror", "blob", 206).Increment();
  metrics.http_duration("mirror", "blob").Observe(0.5);
  metrics.http_first_byte("blob").Observe(0.5);
  metrics.peers.Set(3);
  const std::string text = text_of(metrics);
  for (const char* line : {
           "shoal_received_bytes_total{source=\"peer\"} 8",
           "shoal_upstream_bytes_total{registry=\"docker.io\"} 5",
           "shoal_upstream_retries_total{registry=\"docker.io\"} 1",
           "shoal_http_first_byte_seconds_count{kind=\"blob\"} 1",
           "shoal_peers 3",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text,
              testing::ContainsRegex("shoal_upstream_requests_total\\{.*code=\"429\".*\\} 1"));
  EXPECT_THAT(text, testing::ContainsRegex("shoal_http_requests_total\\{.*code=\"206\".*\\} 1"));
  EXPECT_THAT(text, testing::ContainsRegex("shoal_http_request_duration_seconds_sum\\{.*\\} 0.5"));
}

TEST(MetricsTest, TwoDaemonsInOneProcessCountApart) {
  Metrics one;
  Metrics other;
  one.store_errors.Increment();
  EXPECT_EQ(one.store_errors.Value(), 1);
  EXPECT_EQ(other.store_errors.Value(), 0);
}

}  // namespace
}  // namespace shoal
