#include "inventory/api.h"

#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>

#include "http/blocking_request.h"
#include "http/test_server.h"
#include "inventory/inventory_fixture.h"

namespace shoal::inventory {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class ApiTest : public InventoryFixture {
 protected:
  struct Answer {
    int status = 0;
    json body;
    std::string code() const { return body["errors"][0]["code"]; }
  };
  Answer ask(const std::string& method, const std::string& target) {
    const auto response =
        http::blocking_request(HostPort("127.0.0.1", server_.port()), method, target, 20s);
    EXPECT_OK(response);
    if (!response) return {};
    return Answer{response->status, json::parse(response->body)};
  }
  const Descriptor layer_ = put("a layer", kLayer);
  asio::thread_pool pool_{2};
  bool is_taken_ = false;                  // by a peer
  std::shared_ptr<store::BlobFile> seed_;  // what the swarm holds open
  Api::Release release_{[this](const Digest&) {
                          if (!is_taken_) seed_.reset();
                          return !is_taken_;
                        },
                        [this](std::uint64_t) -> std::uint64_t {
                          if (is_taken_ || !seed_) return 0;
                          seed_.reset();
                          return 4096;
                        }};
  Api api_{*store_, pool_, release_};
  http::TestServer server_{[this](const http::Request& request, http::Responder& response) {
    return api_.handle(request, response);
  }};
};

TEST_F(ApiTest, SpaceSaysWhatIsTaken) {
  const Answer answer = ask("GET", "/v1/space");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["occupied"], 4096);
  EXPECT_EQ(answer.body["evictable"], 4096);
  EXPECT_EQ(answer.body["blobs"], 1);
  EXPECT_TRUE(answer.body["trouble"].is_null());
  EXPECT_GT(answer.body["limit"], 4096);
}

TEST_F(ApiTest, ImagesAndBlobsAreListed) {
  tag("app:1", put_manifest({layer_}));
  const Answer images = ask("GET", "/v1/images");
  ASSERT_EQ(images.body["images"].size(), 1U);
  EXPECT_EQ(images.body["images"][0]["name"], "docker.io/library/app:1");
  EXPECT_EQ(images.body["images"][0]["blobs"], 3);
  std::size_t seen = 0;
  std::string after;
  for (std::string target = "/v1/blobs?limit=2"; !target.empty();) {
    const Answer page = ask("GET", target);
    ASSERT_EQ(page.status, 200);
    seen += page.body["blobs"].size();
    target = page.body["next"].is_string()
                 ? "/v1/blobs?limit=2&after=" + page.body["next"].get<std::string>()
                 : "";
  }
  EXPECT_EQ(seen, 3U);
}

TEST_F(ApiTest, PinsKeepAnImageThroughEverything) {
  tag("app:1", put_manifest({layer_}));
  EXPECT_EQ(ask("POST", "/v1/pins?image=app:1").body["blobs"], 3);
  EXPECT_EQ(ask("POST", "/v1/gc?all=true").body["bytes"], 0);
  const Answer refused = ask("DELETE", "/v1/images?image=app:1");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "denied");
  EXPECT_EQ(ask("DELETE", "/v1/blobs?digest=" + layer_.digest.text()).status, 409);
  EXPECT_EQ(ask("DELETE", "/v1/pins?image=app:1").status, 200);
  EXPECT_EQ(ask("DELETE", "/v1/pins?image=app:1").status, 404);
  EXPECT_EQ(ask("POST", "/v1/gc").body["bytes"], 0) << "below the low watermark nothing goes";
  EXPECT_EQ(ask("POST", "/v1/gc?all=true").body["bytes"], 3 * 4096);
}

TEST_F(ApiTest, AnImageIsRemovedWithWhatItAloneNames) {
  tag("app:1", put_manifest({layer_}));
  tag("app:2", put_manifest({}));
  const Answer answer = ask("DELETE", "/v1/images?image=app:1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["blobs"], 2) << "its manifest and its layer; the config is shared";
  EXPECT_EQ(answer.body["in_use"], 0);
  EXPECT_EQ(ask("GET", "/v1/images").body["images"].size(), 1U);
  EXPECT_EQ(ask("DELETE", "/v1/images?image=app:1").status, 404);
}

TEST_F(ApiTest, WhatTheSwarmOnlyOffersIsLetGoOf) {
  seed_ = store_->open_blob(layer_.digest).value();
  const Answer answer = ask("DELETE", "/v1/blobs?digest=" + layer_.digest.text());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["blobs"], 1);
  EXPECT_FALSE(store_->find(layer_.digest));
}

TEST_F(ApiTest, CollectingAllTakesWhatTheSwarmOnlyOffersToo) {
  seed_ = store_->open_blob(layer_.digest).value();
  EXPECT_EQ(ask("POST", "/v1/gc?all=true").body["bytes"], 4096);
}

TEST_F(ApiTest, WhatAPeerTakesStays) {
  is_taken_ = true;
  seed_ = store_->open_blob(layer_.digest).value();
  const Answer answer = ask("DELETE", "/v1/blobs?digest=" + layer_.digest.text());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "unavailable");
  tag("app:1", put_manifest({layer_}));
  EXPECT_EQ(ask("DELETE", "/v1/images?image=app:1").body["in_use"], 1);
  EXPECT_EQ(ask("POST", "/v1/gc?all=true").status, 200);
  EXPECT_TRUE(store_->find(layer_.digest));
}

TEST_F(ApiTest, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(ask("POST", "/v1/pins").status, 400);
  EXPECT_EQ(ask("POST", "/v1/pins?image=A%20b").status, 400);
  EXPECT_EQ(ask("POST", "/v1/pins?image=app:1").status, 404);
  EXPECT_EQ(ask("DELETE", "/v1/blobs").status, 400);
  EXPECT_EQ(ask("DELETE", "/v1/blobs?digest=sha256:abc").status, 400);
  EXPECT_EQ(ask("DELETE", "/v1/blobs?digest=sha256:" + std::string(64, '0')).status, 404);
  EXPECT_EQ(ask("GET", "/v1/blobs?after=nonsense").status, 400);
  EXPECT_EQ(ask("GET", "/v1/blobs?limit=-5").status, 200);
  EXPECT_EQ(ask("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(ask("PUT", "/v1/images").status, 405);
  EXPECT_EQ(ask("GET", "/v1/gc").status, 405) << "nothing is changed by a GET";
  EXPECT_EQ(ask("GET", "/v1/pins?image=app:1").status, 405);
}

}  // namespace
}  // namespace shoal::inventory
