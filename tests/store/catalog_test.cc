#include <gtest/gtest.h>

#include "store/store_fixture.h"

namespace shoal::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

class CatalogTest : public StoreTest {
 protected:
  void reopen() {
    close_store();
    open_store();
  }
  std::vector<std::string> seen_in(const Digest& digest) const {
    std::vector<std::string> names;
    const Known known = store_->describe(digest).value();
    for (const Repository& one : known.seen_in) names.push_back(one.name.text());
    return names;
  }
  const Descriptor layer_ = descriptor_of("layer", "application/x-layer");
};

TEST_F(CatalogTest, UnknownContentIsNotFound) {
  EXPECT_EQ(code_of(store_->describe(layer_.digest)), Errc::not_found);
}

TEST_F(CatalogTest, WhatWasLearnedIsKnownAlsoLater) {
  ASSERT_OK(store_->learn(layer_, repository("library/python")));
  reopen();
  const auto known = store_->describe(layer_.digest);
  ASSERT_OK(known);
  EXPECT_EQ(known->descriptor, layer_);
  EXPECT_EQ(known->seen_in, std::vector<Repository>{repository("library/python")});
}

TEST_F(CatalogTest, ThatAnybodyMayReadIsKnownAlsoLater) {
  const Repository open(*RegistryName::parse("docker.io"), *RepositoryName::parse("library/open"));
  EXPECT_EQ(code_of(store_->open_since(open)), Errc::not_found);
  const system_clock::time_point time(milliseconds(1234567890123));
  ASSERT_OK(store_->put_open(open, time));
  reopen();
  EXPECT_EQ(store_->open_since(open).value(), time);
  ASSERT_OK(store_->remove_open(open));
  ASSERT_OK(store_->remove_open(open));
  EXPECT_EQ(code_of(store_->open_since(open)), Errc::not_found);
}

TEST_F(CatalogTest, TheMostRecentRepositoryComesFirstAndEachOnce) {
  for (const char* name : {"a", "b", "c", "a"}) ASSERT_OK(store_->learn(layer_, repository(name)));
  EXPECT_EQ(seen_in(layer_.digest), (std::vector<std::string>{"a", "c", "b"}));
}

TEST_F(CatalogTest, OnlySoManyRepositoriesAreKept) {
  for (std::size_t i = 0; i < kSeenInMax + 3; ++i) {
    ASSERT_OK(store_->learn(layer_, repository("r" + std::to_string(i))));
  }
  const auto names = seen_in(layer_.digest);
  ASSERT_EQ(names.size(), kSeenInMax);
  EXPECT_EQ(names.front(), "r" + std::to_string(kSeenInMax + 2));
  EXPECT_EQ(names.back(), "r3");
}

TEST_F(CatalogTest, AnEmptyMediaTypeNeverReplacesAKnownOne) {
  ASSERT_OK(store_->learn(layer_, repository("a")));
  ASSERT_OK(store_->learn(Descriptor(layer_.digest, layer_.size), repository("a")));
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor.media_type, "application/x-layer");
  ASSERT_OK(store_->learn(Descriptor(layer_.digest, layer_.size, "other"), repository("a")));
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor.media_type, "other");
}

TEST_F(CatalogTest, TheSameContentTwiceInOneListIsMerged) {
  const std::vector<Descriptor> list = {layer_, Descriptor(layer_.digest, layer_.size),
                                        descriptor_of("config", "application/x-config")};
  ASSERT_OK(store_->learn(list, repository("a")));
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor, layer_);
  EXPECT_EQ(store_->describe(list[2].digest)->descriptor, list[2]);
  EXPECT_EQ(seen_in(layer_.digest), std::vector<std::string>{"a"});
  EXPECT_OK(store_->learn(std::vector<Descriptor>(), repository("a")));
}

TEST_F(CatalogTest, TheSizeOfABlobThatIsHereCannotBeUnlearned) {
  ASSERT_OK(store_->learn(Descriptor(layer_.digest, 99), repository("a")));
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor.size, 99U);
  add_complete("layer");
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor.size, 5U);
  ASSERT_OK(store_->learn(Descriptor(layer_.digest, 77, "x/y"), repository("b")));
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor, Descriptor(layer_.digest, 5, "x/y"));
  EXPECT_EQ(seen_in(layer_.digest), (std::vector<std::string>{"b", "a"}));
}

TEST_F(CatalogTest, ABlobThatCameIsKnownThoughNobodySaidWhere) {
  add_complete("layer");
  EXPECT_EQ(store_->describe(layer_.digest)->descriptor.size, 5U);
  EXPECT_TRUE(seen_in(layer_.digest).empty());
}

TEST_F(CatalogTest, DescriptorsOverTheLimitsAreRefusedAndNothingIsLearned) {
  const Descriptor long_type(layer_.digest, 5, std::string(256, 'x'));
  const Descriptor huge(descriptor_of("huge").digest, kBlobBytesMax + 1);
  EXPECT_EQ(code_of(store_->learn(long_type, repository("a"))), Errc::invalid_argument);
  EXPECT_EQ(code_of(store_->learn({layer_, huge}, repository("a"))), Errc::invalid_argument);
  EXPECT_EQ(code_of(store_->describe(layer_.digest)), Errc::not_found);
}

TEST_F(CatalogTest, TagsAreKeptWithTheirAge) {
  const Repository python = repository("library/python");
  const Tag latest = Tag::parse("latest").value();
  EXPECT_EQ(code_of(store_->tag(python, latest)), Errc::not_found);
  const system_clock::time_point then(milliseconds(1700000000123));
  ASSERT_OK(store_->put_tag(python, latest, TagRecord(layer_, then)));
  reopen();
  const auto record = store_->tag(python, latest);
  ASSERT_OK(record);
  EXPECT_EQ(record->descriptor, layer_);
  EXPECT_EQ(record->checked_at, then);
  ASSERT_OK(store_->put_tag(python, latest, TagRecord(descriptor_of("new"), then)));
  EXPECT_EQ(store_->tag(python, latest)->descriptor, descriptor_of("new"));
}

TEST_F(CatalogTest, TagsOfDifferentRepositoriesAndRegistriesDoNotMix) {
  const Tag tag = Tag::parse("v1").value();
  const Repository with_port(RegistryName::parse("localhost:5000").value(),
                             RepositoryName::parse("a").value());
  const Repository without_port(RegistryName::parse("localhost").value(),
                                RepositoryName::parse("a").value());
  ASSERT_OK(store_->put_tag(with_port, tag, TagRecord(layer_, {})));
  EXPECT_EQ(code_of(store_->tag(without_port, tag)), Errc::not_found);
  EXPECT_EQ(code_of(store_->tag(repository("a"), tag)), Errc::not_found);
  EXPECT_EQ(code_of(store_->tag(with_port, Tag::parse("v2").value())), Errc::not_found);
  EXPECT_OK(store_->tag(with_port, tag));
}

TEST_F(CatalogTest, ATagWithAnOverlongMediaTypeIsRefused) {
  const Descriptor long_type(layer_.digest, 5, std::string(70000, 'x'));
  EXPECT_EQ(
      code_of(store_->put_tag(repository("a"), Tag::parse("t").value(), TagRecord(long_type, {}))),
      Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::store
