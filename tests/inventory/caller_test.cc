#include "inventory/caller.h"

#include <gtest/gtest.h>

namespace shoal::inventory {
namespace {

http::Request from(std::string remote, std::string host) {
  http::Request request;
  request.remote = std::move(remote);
  request.headers.emplace_back("host", std::move(host));
  return request;
}

TEST(CallerTest, TheNodeItselfIsAnswered) {
  for (const char* remote :
       {"127.0.0.1:50000", "127.8.9.10:1", "[::1]:50000", "[::ffff:127.0.0.1]:50000"}) {
    for (const char* host :
         {"127.0.0.1:5051", "localhost:5051", "localhost", "[::1]:5051", "10.0.0.7", "127.0.0.1"}) {
      EXPECT_TRUE(check_caller(from(remote, host))) << remote << " " << host;
    }
  }
}

TEST(CallerTest, OthersAreNot) {
  for (const char* remote : {"10.0.0.7:50000", "[2001:db8::7]:1", "128.0.0.1:1", "0.0.0.0:1", "",
                             "127.evil.example:1", "[::ffff:10.0.0.7]:1"}) {
    const auto checked = check_caller(from(remote, "127.0.0.1:5051"));
    ASSERT_FALSE(checked) << remote;
    EXPECT_EQ(checked.error().code, Errc::denied);
  }
}

// A page at rebound.example whose name was made to point at 127.0.0.1.
TEST(CallerTest, AServerNamedByAStrangersNameIsNotThisOne) {
  for (const char* host :
       {"rebound.example:5051", "localhost.evil.example", "", "127.0.0.1.evil"}) {
    EXPECT_FALSE(check_caller(from("127.0.0.1:1", host))) << host;
  }
  http::Request unnamed;
  unnamed.remote = "127.0.0.1:1";
  EXPECT_FALSE(check_caller(unnamed));
}

TEST(CallerTest, WebPagesAreNotAnswered) {
  auto request = from("127.0.0.1:1", "127.0.0.1:5051");
  request.headers.emplace_back("origin", "http://127.0.0.1:5051");
  EXPECT_FALSE(check_caller(request));
}

// A proxy on the node that has the admin port open to others calls from the node, too.
TEST(CallerTest, WhatAProxyHandsOnIsNotAnswered) {
  for (const char* header : {"forwarded", "x-forwarded-for", "via"}) {
    auto request = from("127.0.0.1:1", "127.0.0.1:5051");
    request.headers.emplace_back(header, "10.0.0.7");
    EXPECT_FALSE(check_caller(request)) << header;
  }
}

}  // namespace
}  // namespace shoal::inventory
