#include "upstream/guests.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

const SteadyTime kNow{std::chrono::hours(1)};

RepositoryName name(const std::string& text) {
  return *RepositoryName::parse(text);
}

TEST(GuestsTest, WhatWasLentLastIsUsedUntilItIsRefused) {
  Guests guests;
  guests.lend("reg", name("a"), "one", kNow);
  guests.lend("reg", name("a"), "two", kNow);
  EXPECT_EQ(guests.find("reg", name("a"), kNow), "two");
  guests.refused("reg", name("a"), "two");
  EXPECT_EQ(guests.find("reg", name("a"), kNow), "one");
  guests.refused("reg", name("a"), "one");
  guests.refused("reg", name("b"), "one");
  EXPECT_EQ(guests.find("reg", name("a"), kNow), "");
}

TEST(GuestsTest, ItIsForOnePlaceAndOneRepository) {
  Guests guests;
  guests.lend("reg", name("a"), "one", kNow);
  EXPECT_EQ(guests.find("reg 2", name("a"), kNow), "");
  EXPECT_EQ(guests.find("reg", name("b"), kNow), "");
}

TEST(GuestsTest, ItIsForgottenAfterAWhile) {
  Guests guests;
  guests.lend("reg", name("a"), "one", kNow);
  EXPECT_EQ(guests.find("reg", name("a"), kNow + Guests::kLentFor), "");
}

TEST(GuestsTest, ThereIsALimitToBoth) {
  Guests guests;
  for (int i = 0; i < 10; ++i) guests.lend("reg", name("a"), std::to_string(i), kNow);
  for (int i = 9; i >= 6; --i) guests.refused("reg", name("a"), std::to_string(i));
  EXPECT_EQ(guests.find("reg", name("a"), kNow), "") << "only the last four were kept";
  guests.lend("reg", name("first"), "x", kNow);
  for (std::size_t i = 0; i < Guests::kRepositoriesMax; ++i) {
    guests.lend("reg", name("r" + std::to_string(i)), "x", kNow);
  }
  EXPECT_EQ(guests.find("reg", name("first"), kNow), "");
  EXPECT_EQ(guests.find("reg", name("r1"), kNow), "x");
}

}  // namespace
}  // namespace shoal::upstream
