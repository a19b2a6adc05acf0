#include "cli/tables.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shoal::cli {
namespace {

using nlohmann::json;

constexpr Seconds kNow{1'000'000};

TEST(TablesTest, AgeIsInTheUnitThatFits) {
  EXPECT_EQ(age(Seconds(0), kNow), "-");
  EXPECT_EQ(age(kNow, kNow), "0 s");
  EXPECT_EQ(age(kNow + Seconds(5), kNow), "0 s") << "a clock that was set back";
  EXPECT_EQ(age(kNow - Seconds(59), kNow), "59 s");
  EXPECT_EQ(age(kNow - Seconds(61), kNow), "1 min");
  EXPECT_EQ(age(kNow - Seconds(7300), kNow), "2 h");
  EXPECT_EQ(age(kNow - Seconds(200'000), kNow), "2 d");
}

TEST(TablesTest, ImagesAreAligned) {
  const json document = json::parse(R"({"images":[
    {"name":"docker.io/library/a:1","digest":"sha256:0123456789abcdef","bytes":1048576,"blobs":3,
     "named":7,"pinned":true,"used_at":999990},
    {"name":"b","digest":"x","bytes":1,"blobs":1,"named":1,"pinned":false,"used_at":0}]})");
  EXPECT_EQ(images_table(document, kNow),
            "IMAGE                  DIGEST               SIZE     BLOBS   USED  PIN\n"
            "docker.io/library/a:1  sha256:0123456789ab  1.0 MiB  3 of 7  10 s  pinned\n"
            "b                      x                    1 B      1 of 1  -     -\n");
}

TEST(TablesTest, BlobsSayWhatStateTheyAreIn) {
  const json document = json::parse(R"({"blobs":[
    {"digest":"d","bytes":1,"complete":true,"pinned":true,"in_use":true,"used_at":0,
     "media_type":"t","source":"s"},
    {"digest":"e","bytes":1,"complete":false,"used_at":0}]})");
  const std::string table = blobs_table(document, kNow, true);
  EXPECT_NE(table.find("pinned, in use"), std::string::npos) << table;
  EXPECT_NE(table.find("partial"), std::string::npos) << table;
  EXPECT_EQ(blobs_table(document, kNow, false).find("BLOB"), std::string::npos);
}

TEST(TablesTest, TroubleIsShownWhereThereIsSome) {
  EXPECT_EQ(space_table(json::parse(R"({"trouble":null})")).find("trouble"), std::string::npos);
  EXPECT_NE(space_table(json::parse(R"({"trouble":"disk full"})")).find("disk full"),
            std::string::npos);
}

TEST(TablesTest, WhateverADaemonAnswersIsNoReasonToFail) {
  for (const char* text : {"{}", "[]", "7", R"({"images":7})", R"({"images":[7,null,{"name":7}]})",
                           R"({"images":[{"bytes":-5,"used_at":-1,"name":"a\u001b[2J"}]})"}) {
    const json document = json::parse(text);
    EXPECT_EQ(images_table(document, kNow).find('\x1b'), std::string::npos) << text;
    blobs_table(document, kNow, true);
    space_table(document);
  }
}

}  // namespace
}  // namespace shoal::cli
