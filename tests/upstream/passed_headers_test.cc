#include "upstream/passed_headers.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

PassedHeaders passed(std::vector<std::pair<std::string, std::string>> headers) {
  ResponseHead head(200);
  head.headers = std::move(headers);
  return passed_headers(head);
}

TEST(PassedHeadersTest, WarningsAndTheSpecificationsOwn) {
  const PassedHeaders expected{{"Warning", "299 - \"a\""},
                               {"OCI-Filters-Applied", "artifactType"},
                               {"Warning", "299 - \"b\""}};
  EXPECT_EQ(passed({{"warning", "299 - \"a\""},
                    {"content-type", "text/html"},
                    {"set-cookie", "oci-x"},
                    {"oci-filters-applied", "artifactType"},
                    {"warning", "299 - \"b\""}}),
            expected);
}

TEST(PassedHeadersTest, WhatCouldBreakAResponseIsDropped) {
  EXPECT_TRUE(passed({{"warning", "a\r\nEvil: 1"},
                      {"warning", "tab\t"},
                      {"warning", "caf\xc3\xa9"},
                      {"warning", std::string(1025, 'x')},
                      {"oci-", "x"},
                      {"oci-a:b", "x"},
                      {"oci-" + std::string(61, 'x'), "x"}})
                  .empty());
}

TEST(PassedHeadersTest, AtMostSixteen) {
  std::vector<std::pair<std::string, std::string>> many(40, {"warning", "x"});
  EXPECT_EQ(passed(std::move(many)).size(), 16U);
}

}  // namespace
}  // namespace shoal::upstream
