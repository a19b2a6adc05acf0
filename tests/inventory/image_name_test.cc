#include "inventory/image_name.h"

#include <gtest/gtest.h>

namespace shoal::inventory {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ImageNameTest, DefaultsAreThoseOfContainerTools) {
  const std::pair<std::string, std::string> cases[] = {
      {"python", "docker.io/library/python:latest"},
      {"python:3.12", "docker.io/library/python:3.12"},
      {"team/app", "docker.io/team/app:latest"},
      {"docker.io/python", "docker.io/library/python:latest"},
      {"ghcr.io/team/app:1", "ghcr.io/team/app:1"},
      {"localhost/app", "localhost/app:latest"},
      {"localhost:5000/app", "localhost:5000/app:latest"},
      {"registry.example:5000/a/b/c:t", "registry.example:5000/a/b/c:t"},
      {"python@" + kDigest, "docker.io/library/python@" + kDigest},
      {"ghcr.io/team/app:1@" + kDigest, "ghcr.io/team/app@" + kDigest},
  };
  for (const auto& [text, full] : cases) {
    const auto name = parse_image_name(text);
    ASSERT_TRUE(name) << text << ": " << name.error().message;
    EXPECT_EQ(name->text(), full);
    EXPECT_EQ(parse_image_name(full)->text(), full) << "the full name names itself";
  }
}

TEST(ImageNameTest, WhatIsNoImageIsRefused) {
  for (const std::string& text :
       {std::string(), std::string(":"), std::string("/"), std::string("a:"), std::string("A"),
        std::string("python@latest"), std::string("python@sha256:abc"), std::string("a//b"),
        std::string("../a"), std::string("a b"), std::string("a\nb"), std::string("a:b:c"),
        std::string("a/b@"), std::string(300, 'a'), std::string("a:") + std::string(129, 't')}) {
    const auto name = parse_image_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, Errc::invalid_argument);
    EXPECT_EQ(name.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace shoal::inventory
