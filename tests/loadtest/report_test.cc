#include "loadtest/report.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shoal::loadtest {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::vector<PullOutcome> one_good_one_bad() {
  PullOutcome good("127.0.0.1:5050");
  good.seconds = std::chrono::duration<double>(2.0);
  good.first_byte = std::chrono::duration<double>(0.25);
  good.bytes = 10'000'000;
  good.resumes = 1;
  PullOutcome bad("127.0.0.2:5050");
  bad.seconds = std::chrono::duration<double>(4.0);
  bad.error = Error(Errc::corrupt, "bytes\nare wrong");
  return {good, bad};
}

TEST(ReportTest, SummaryIsTheLastLine) {
  EXPECT_THAT(table_of(one_good_one_bad()),
              EndsWith("\n1 of 2 verified: 10.0 MB in 4.000 s, 2.5 MB/s together\n"));
}

TEST(ReportTest, ErrorsStandOnOneLineWithTheirMirror) {
  EXPECT_THAT(table_of(one_good_one_bad()),
              HasSubstr("\n127.0.0.2:5050: corrupt: bytes\\x0aare wrong\n"));
}

TEST(ReportTest, JsonSaysTheSame) {
  const auto registry = RegistryName::parse("docker.io");
  const auto image = parse_image_reference("library/python:3.12");
  ASSERT_TRUE(registry && image);
  const PullOptions options(*registry, *image, Platform("linux", "amd64", ""));
  const auto json = nlohmann::json::parse(json_of(options, one_good_one_bad()));
  EXPECT_EQ(json["image"], "library/python:3.12");
  EXPECT_EQ(json["summary"]["verified"], 1);
  EXPECT_EQ(json["mirrors"][0]["megabytes_per_second"], 5.0);
  EXPECT_EQ(json["mirrors"][0]["first_byte_seconds"], 0.25);
  EXPECT_EQ(json["mirrors"][0]["error"], nullptr);
  EXPECT_EQ(json["mirrors"][1]["first_byte_seconds"], nullptr);
  EXPECT_EQ(json["mirrors"][1]["error"]["code"], "corrupt");
}

}  // namespace
}  // namespace shoal::loadtest
