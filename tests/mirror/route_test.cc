#include "mirror/route.h"

#include <string>

#include <gtest/gtest.h>

namespace shoal::mirror {
namespace {

const std::string kHex(64, 'a');
const std::string kDigestText = "sha256:" + kHex;

ApiError error_of(std::string_view method, std::string_view path) {
  Route route = parse_route(method, path);
  if (auto* error = std::get_if<ApiError>(&route)) return *error;
  ADD_FAILURE() << method << " " << path << " is not refused";
  return ApiError(0, "", "");
}

TEST(RouteTest, BaseWithAndWithoutSlash) {
  EXPECT_TRUE(std::holds_alternative<BaseRoute>(parse_route("GET", "/v2/")));
  EXPECT_TRUE(std::holds_alternative<BaseRoute>(parse_route("GET", "/v2")));
  EXPECT_TRUE(std::holds_alternative<BaseRoute>(parse_route("HEAD", "/v2/")));
}

TEST(RouteTest, ManifestByTag) {
  Route route = parse_route("HEAD", "/v2/library/python/manifests/3.12-slim");
  const auto& manifest = std::get<ManifestRoute>(route);
  EXPECT_EQ(manifest.name.plain->text(), "library/python");
  EXPECT_FALSE(manifest.name.with_registry);
  EXPECT_EQ(std::get<Tag>(manifest.reference).text(), "3.12-slim");
}

TEST(RouteTest, ManifestByDigestOfBothAlgorithms) {
  const std::string long_digest = "sha512:" + kHex + kHex;
  for (const std::string& text : {kDigestText, long_digest}) {
    Route route = parse_route("GET", "/v2/a/manifests/" + text);
    EXPECT_EQ(std::get<Digest>(std::get<ManifestRoute>(route).reference).text(), text);
  }
}

TEST(RouteTest, BlobOfADeepRepository) {
  Route route = parse_route("GET", "/v2/a/b/c/d/blobs/" + kDigestText);
  const auto& blob = std::get<BlobRoute>(route);
  EXPECT_EQ(blob.name.plain->text(), "a/b/c/d");
  EXPECT_EQ(blob.digest.text(), kDigestText);
}

TEST(RouteTest, RepositoryNamedLikeAnEndpointIsReadFromTheRight) {
  Route tags = parse_route("GET", "/v2/manifests/tags/manifests/list");
  EXPECT_EQ(std::get<ManifestRoute>(tags).name.plain->text(), "manifests/tags");
  Route blobs = parse_route("GET", "/v2/blobs/manifests/blobs/" + kDigestText);
  EXPECT_EQ(std::get<BlobRoute>(blobs).name.plain->text(), "blobs/manifests");
}

TEST(RouteTest, RegistryInThePath) {
  Route both = parse_route("GET", "/v2/docker.io/library/x/manifests/1");
  const PathName& name = std::get<ManifestRoute>(both).name;
  EXPECT_EQ(name.plain->text(), "docker.io/library/x");
  EXPECT_EQ(name.with_registry->text(), "docker.io/library/x");
  EXPECT_EQ(name.with_registry->registry.text(), "docker.io");

  Route port = parse_route("GET", "/v2/localhost:5000/x/manifests/1");
  const PathName& only_registry = std::get<ManifestRoute>(port).name;
  EXPECT_FALSE(only_registry.plain);
  EXPECT_EQ(only_registry.with_registry->registry.text(), "localhost:5000");

  Route local = parse_route("GET", "/v2/localhost/x/manifests/1");
  EXPECT_EQ(std::get<ManifestRoute>(local).name.with_registry->registry.text(), "localhost");
  Route plain = parse_route("GET", "/v2/library/x/manifests/1");
  EXPECT_FALSE(std::get<ManifestRoute>(plain).name.with_registry);
  Route alone = parse_route("GET", "/v2/docker.io/manifests/1");
  EXPECT_FALSE(std::get<ManifestRoute>(alone).name.with_registry);
}

TEST(RouteTest, Lists) {
  Route tags = parse_route("GET", "/v2/a/b/tags/list");
  EXPECT_EQ(std::get<TagsRoute>(tags).name.plain->text(), "a/b");
  Route referrers = parse_route("HEAD", "/v2/docker.io/a/referrers/" + kDigestText);
  EXPECT_EQ(std::get<ReferrersRoute>(referrers).name.with_registry->text(), "docker.io/a");
  EXPECT_EQ(std::get<ReferrersRoute>(referrers).subject.text(), kDigestText);
}

TEST(RouteTest, WritesAreRefusedWhateverThePath) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""}) {
    const ApiError error = error_of(method, "/v2/a/blobs/uploads/");
    EXPECT_EQ(error.status, 405) << method;
    EXPECT_EQ(error.code, "UNSUPPORTED");
  }
}

struct Refusal {
  std::string path;
  int status;
  std::string_view code;
};

TEST(RouteTest, HostileAndUnknownPaths) {
  const Refusal refusals[] = {
      {"", 400, "NAME_INVALID"},
      {"/", 404, "UNSUPPORTED"},
      {"/v1/", 404, "UNSUPPORTED"},
      {"/v2x", 404, "UNSUPPORTED"},
      {"v2/a/manifests/b", 404, "UNSUPPORTED"},
      {"//v2/a/manifests/b", 404, "UNSUPPORTED"},
      {"/v2/_catalog", 404, "UNSUPPORTED"},
      {"/v2/a", 404, "UNSUPPORTED"},
      {"/v2//", 404, "UNSUPPORTED"},
      {"/v2/manifests/latest", 404, "NAME_INVALID"},
      {"/v2//manifests/latest", 404, "NAME_INVALID"},
      {"/v2/a//b/manifests/latest", 404, "NAME_INVALID"},
      {"/v2/../../etc/passwd/manifests/latest", 404, "NAME_INVALID"},
      {"/v2/A/manifests/latest", 404, "NAME_INVALID"},
      {"/v2/a b/manifests/latest", 404, "NAME_INVALID"},
      {"/v2/a\r\nHost: x/manifests/latest", 404, "NAME_INVALID"},
      {std::string("/v2/a\0b/manifests/latest", 24), 404, "NAME_INVALID"},
      {"/v2/" + std::string(256, 'a') + "/manifests/latest", 404, "NAME_INVALID"},
      {"/v2/a/manifests/", 404, "MANIFEST_UNKNOWN"},
      {"/v2/a/manifests/.hidden", 404, "MANIFEST_UNKNOWN"},
      {"/v2/a/manifests/" + std::string(129, 't'), 404, "MANIFEST_UNKNOWN"},
      {"/v2/a/manifests/sha256:abc", 404, "MANIFEST_UNKNOWN"},
      {"/v2/a/manifests/latest\n", 404, "MANIFEST_UNKNOWN"},
      {"/v2/a/blobs/", 404, "DIGEST_INVALID"},
      {"/v2/a/blobs/latest", 404, "DIGEST_INVALID"},
      {"/v2/a/blobs/sha256:" + std::string(64, 'A'), 404, "DIGEST_INVALID"},
      {"/v2/a/blobs/sha256:" + std::string(63, 'a'), 404, "DIGEST_INVALID"},
      {"/v2/a/blobs/md5:" + std::string(32, 'a'), 404, "DIGEST_INVALID"},
      {"/v2/a/blobs/uploads/", 404, "UNSUPPORTED"},
      {"/v2/a/tags/other", 404, "UNSUPPORTED"},
      {"/v2/A/tags/list", 404, "NAME_INVALID"},
      {"/v2/tags/list", 404, "NAME_INVALID"},
      {"/v2/A/referrers/" + kDigestText, 404, "NAME_INVALID"},
      {"/v2/a/referrers/latest", 400, "DIGEST_INVALID"},
      {"/v2/a/referrers/", 400, "DIGEST_INVALID"},
  };
  for (const Refusal& refusal : refusals) {
    const ApiError error = error_of("GET", refusal.path);
    EXPECT_EQ(error.status, refusal.status) << refusal.path;
    EXPECT_EQ(error.code, refusal.code) << refusal.path;
    EXPECT_FALSE(error.message.empty()) << refusal.path;
  }
}

}  // namespace
}  // namespace shoal::mirror
