#include "p2p/contacts.h"

#include <gmock/gmock.h>

#include "p2p/swarm_fixture.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

lt::tcp::endpoint member(unsigned number) {
  return {boost::asio::ip::address_v4(0x0a000000U + number), std::uint16_t{6881}};
}

class ContactsTest : public testing::Test {
 protected:
  const Contacts::TimePoint start_{};
  const Digest one_ = descriptor_of("one").digest;
  const Digest two_ = descriptor_of("two").digest;
  Contacts contacts_;
};

TEST_F(ContactsTest, ConnectsWhenItsTimeHasComeAndNotWhereThereIsAConnection) {
  contacts_.add(one_, member(1), start_);
  contacts_.add(one_, member(1), start_);
  contacts_.add(one_, member(2), start_ + 50ms);
  EXPECT_THAT(contacts_.due({}, start_), ElementsAre(member(1)));
  EXPECT_EQ(contacts_.next_at(), start_ + 50ms);
  EXPECT_THAT(contacts_.due({member(1)}, start_ + 50ms), ElementsAre(member(2)));
  EXPECT_THAT(contacts_.due({member(1), member(2)}, start_ + 51ms), IsEmpty());
  EXPECT_EQ(contacts_.active(), 2U);
}

TEST_F(ContactsTest, ABlobHasABoundAndTheNextTakesThePlaceOfWhoDoesNotAnswer) {
  for (unsigned i = 0; i <= Contacts::kPerBlobMax; ++i) contacts_.add(one_, member(i), start_);
  EXPECT_EQ(contacts_.due({}, start_).size(), Contacts::kPerBlobMax);
  const auto later = start_ + Contacts::kPatience;
  EXPECT_THAT(contacts_.due({}, later), testing::Contains(member(Contacts::kPerBlobMax)));
  EXPECT_LE(contacts_.active(), Contacts::kPerBlobMax);
}

TEST_F(ContactsTest, AllBlobsTogetherHaveABound) {
  const auto blob = [](unsigned i) { return descriptor_of(std::to_string(i)).digest; };
  for (unsigned i = 0; i < 40; ++i) {
    for (unsigned j = 0; j < 20; ++j) contacts_.add(blob(i), member(100 * i + j), start_);
  }
  EXPECT_EQ(contacts_.due({}, start_).size(), Contacts::kActiveMax);
  for (unsigned i = 0; i < 40; ++i) contacts_.release(blob(i), start_);
  EXPECT_EQ(contacts_.active(), 0U);
}

TEST_F(ContactsTest, AFloodOfCandidatesIsNotRemembered) {
  for (unsigned i = 0; i < 10'000; ++i) contacts_.add(one_, member(i), start_ + 1h);
  unsigned tried = 0;
  for (auto now = start_ + 1h; now < start_ + 2h; now += Contacts::kPatience) {
    for (const auto& due : contacts_.due({}, now)) {
      tried = std::max(tried, due.address().to_v4().to_uint() - 0x0a000000U);
    }
  }
  EXPECT_LT(tried, Contacts::kCandidatesMax);
}

TEST_F(ContactsTest, ConnectionIsOfUseWhileTheBlobIsWantedAndALittleLonger) {
  contacts_.add(one_, member(1), start_);
  contacts_.add(one_, member(2), start_);
  contacts_.add(two_, member(3), start_);
  contacts_.due({}, start_);
  contacts_.due({member(1), member(3)}, start_ + 1s);
  EXPECT_THAT(contacts_.needed(start_ + 1s), ElementsAre(member(1), member(2), member(3)));
  contacts_.release(one_, start_ + 2s);
  EXPECT_THAT(contacts_.needed(start_ + 3s), ElementsAre(member(1), member(3)));
  EXPECT_THAT(contacts_.needed(start_ + 2s + Contacts::kLinger), ElementsAre(member(3)));
  contacts_.release(one_, start_ + 2s);  // a second time, and one that is not there
}

}  // namespace
}  // namespace shoal::p2p
