// What the client makes of manifests, good ones and hostile ones.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";

Answer manifest(const std::string& content) {
  Answer answer(200, content);
  answer.set("Content-Type", kIndexType);
  answer.set("Docker-Content-Digest", sha256_of(content).text());
  return answer;
}

TEST_F(ClientTest, HeadManifestResolvesATag) {
  registry_.on("HEAD", manifest_path("latest"), {manifest("{}")});
  const auto found = head_manifest("latest");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->descriptor.digest, sha256_of("{}"));
  EXPECT_EQ(found->descriptor.size, 2U);
  EXPECT_EQ(found->descriptor.media_type, kIndexType);
  EXPECT_EQ(requests("200"), 1);
  const auto seen = registry_.seen().at(0);
  EXPECT_NE(seen.header("accept").find("application/vnd.oci.image.index.v1+json"),
            std::string::npos);
  EXPECT_NE(seen.header("accept").find("manifest.list.v2+json"), std::string::npos);
  EXPECT_EQ(seen.header("user-agent"), "shoal/" SHOAL_VERSION);
  EXPECT_EQ(seen.header("accept-encoding"), "identity");
  EXPECT_EQ(seen.header("host"), registry_.host_port());
}

TEST_F(ClientTest, AcceptOfTheCallerIsPassedOnUnlessItBreaksTheHeader) {
  registry_.on("HEAD", manifest_path("latest"), {manifest("{}")});
  ASSERT_TRUE(run(client().head_manifest(repository_, *parse_reference("latest"), "text/x")));
  ASSERT_TRUE(run(client().head_manifest(repository_, *parse_reference("latest"), "a\r\nEvil: 1")));
  EXPECT_EQ(registry_.seen().at(0).header("accept"), "text/x");
  EXPECT_EQ(registry_.seen().at(1).header("evil"), "");
}

TEST_F(ClientTest, HeadRefusedIsAskedByGet) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(405, "")});
  registry_.on("GET", manifest_path("latest"), {manifest("{}")});
  const auto found = head_manifest("latest");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->descriptor.digest, sha256_of("{}"));
}

TEST_F(ClientTest, HeadWithoutDigestOrLengthIsAskedByGet) {
  Answer no_digest(200, "{}");
  Answer no_length = manifest("{}");
  no_length.says_length = false;
  registry_.on("GET", manifest_path("latest"), {manifest("{}")});
  for (const auto& head : {no_digest, no_length}) {
    registry_.on("HEAD", manifest_path("latest"), {head});
    const auto found = head_manifest("latest");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->descriptor.digest, sha256_of("{}"));
  }
  EXPECT_EQ(registry_.seen("GET", manifest_path("latest")).size(), 2U);
}

TEST_F(ClientTest, GetManifestIsByteExact) {
  const std::string content = "{ \"a\" :\t1 }\n";
  registry_.on("GET", manifest_path("latest"), {manifest(content)});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->content, content);
  EXPECT_EQ(got->descriptor.digest, sha256_of(content));
  EXPECT_EQ(metrics_.upstream_bytes("reg.test").Value(), static_cast<double>(content.size()));
}

TEST_F(ClientTest, ChunkedManifestIsTaken) {
  registry_.on(
      "GET", manifest_path("latest"),
      {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b; charset=x\r\n"
           "\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->content, "{}");
  EXPECT_EQ(got->descriptor.media_type, "a/b");
}

TEST_F(ClientTest, ManifestThatIsNotItsDigestIsCorrupt) {
  const auto digest = sha256_of("{}");
  registry_.on("GET", manifest_path(digest.text()), {Answer(200, "{ }")});
  EXPECT_EQ(get_manifest(digest.text()).error().code, Errc::corrupt);
  // By tag, the registry's own word is what the content is held to.
  Answer lying(200, "{ }");
  lying.set("Docker-Content-Digest", digest.text());
  registry_.on("GET", manifest_path("latest"), {lying});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::corrupt);
  registry_.on("HEAD", manifest_path(digest.text()), {manifest("{ }")});
  EXPECT_EQ(head_manifest(digest.text()).error().code, Errc::corrupt);
}

TEST_F(ClientTest, StatusesBecomeErrors) {
  for (const auto& [status, code] : {std::pair{404, Errc::not_found},
                                     {403, Errc::denied},
                                     {418, Errc::protocol},
                                     {204, Errc::protocol}}) {
    registry_.on("GET", manifest_path("latest"), {Answer(status, "")});
    const auto got = get_manifest("latest");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, code) << status;
    EXPECT_NE(got.error().message.find("/v2/team/app/manifests/latest"), std::string::npos);
  }
  EXPECT_EQ(retries(), 0);
}

TEST_F(ClientTest, EndlessChunkedManifestIsCutOff) {
  Answer endless(0, "");
  endless.by_hand = [](Wire& wire) {
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'a') + "\r\n";
    wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (wire.write(chunk)) {
    }
  };
  registry_.on("GET", manifest_path("latest"), {endless});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::too_large);
  EXPECT_EQ(registry_.seen().size(), 1U);
}

TEST_F(ClientTest, ManifestThatSaysItIsHugeIsNotRead) {
  registry_.on("GET", manifest_path("latest"),
               {raw("HTTP/1.1 200 OK\r\nContent-Length: 4400001\r\n\r\n")});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::too_large);
  registry_.on("HEAD", manifest_path("latest"),
               {raw("HTTP/1.1 200 OK\r\nContent-Length: 4400001\r\n\r\n")});
  EXPECT_EQ(head_manifest("latest").error().code, Errc::too_large);
}

TEST_F(ClientTest, GiantHeaderIsRefused) {
  Answer giant(0, "");
  giant.by_hand = [](Wire& wire) {
    wire.write("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
    while (wire.write(line)) {
    }
  };
  registry_.on("GET", manifest_path("latest"), {giant});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::too_large);
}

TEST_F(ClientTest, CompressedManifestIsRefused) {
  Answer zipped = manifest("{}");
  zipped.set("Content-Encoding", "gzip");
  registry_.on("GET", manifest_path("latest"), {zipped});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
}

TEST_F(ClientTest, WhatIsNotHttpIsAProtocolError) {
  registry_.on("GET", manifest_path("latest"), {raw("SSH-2.0-OpenSSH\r\n\r\n")});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
}

TEST_F(ClientTest, HeadBlobSaysTheSize) {
  const auto digest = sha256_of("blob");
  registry_.on("HEAD", blob_path(digest), {Answer(200, "blob")});
  const auto found = head_blob(digest);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->size, 4U);
  EXPECT_EQ(found->media_type, "application/octet-stream");
  EXPECT_EQ(head_blob(sha256_of("other")).error().code, Errc::not_found);
}

TEST_F(ClientTest, HeadBlobRefusedIsAskedByARangeOfOneByte) {
  const auto digest = sha256_of("blob");
  registry_.on("HEAD", blob_path(digest), {Answer(405, "")});
  registry_.on("GET", blob_path(digest), ranged("blob"));
  const auto found = head_blob(digest);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->size, 4U);
  EXPECT_EQ(registry_.seen().at(1).header("range"), "bytes=0-0");
}

TEST_F(ClientTest, UnconfiguredRegistryIsNoRequest) {
  const Repository other(*RegistryName::parse("quay.io"), *RepositoryName::parse("a/b"));
  EXPECT_EQ(client().access(other), Access::unknown);
  EXPECT_EQ(client().access(repository_), Access::allowed);
  const auto got = run(client().get_manifest(other, *parse_reference("latest"), ""));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::upstream::testing
