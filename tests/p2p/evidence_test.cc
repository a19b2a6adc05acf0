#include "p2p/evidence.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace shoal::p2p {
namespace {

constexpr std::uint32_t kGood = 0x600d;
constexpr std::uint32_t kBad = 0xbad;

class EvidenceTest : public testing::Test {
 protected:
  // A copy of `piece` that one node sent, and whether it may stay.
  Evidence::Findings copy(const NodeId& sender, std::uint32_t piece, std::uint32_t crc) {
    evidence_.sent(piece, sender);
    const auto allowed = evidence_.acceptable(piece);
    const bool accepted = allowed.empty() || std::count(allowed.begin(), allowed.end(), crc) > 0;
    return evidence_.arrived(piece, crc, accepted);
  }
  using Accusations = std::vector<Accusation>;

  Evidence evidence_{16};
  const NodeId witness_ = NodeId::random();
  const NodeId relay_ = NodeId::random();
  const NodeId other_ = NodeId::random();
};

TEST_F(EvidenceTest, WithoutWitnessesAnythingIsAcceptable) {
  EXPECT_TRUE(evidence_.acceptable(3).empty());
  const auto findings = copy(relay_, 3, kGood);
  EXPECT_TRUE(findings.accusations.empty());
  EXPECT_FALSE(findings.dispute);
}

TEST_F(EvidenceTest, SenderOfWhatTheWitnessContradictsIsFoundOnceTheTruthIsKnown) {
  evidence_.says_complete(relay_);
  evidence_.word(witness_, 3, kGood);
  EXPECT_EQ(evidence_.acceptable(3), std::vector<std::uint32_t>{kGood});
  EXPECT_EQ(copy(relay_, 3, kBad).dispute, 3U);
  const auto findings = evidence_.proven(3, kGood, true);
  EXPECT_EQ(findings.accusations, (Accusations{{relay_, 3, Fault::bad_bytes}}));
}

TEST_F(EvidenceTest, LyingWitnessIsFoundAndTheSenderIsNotBlamed) {
  evidence_.word(witness_, 3, kBad);
  EXPECT_EQ(copy(relay_, 3, kGood).dispute, 3U);
  const auto findings = evidence_.proven(3, kGood, true);
  EXPECT_EQ(findings.accusations, (Accusations{{witness_, 3, Fault::false_word}}));
}

TEST_F(EvidenceTest, RelayThatBelievedAWitnessIsNotBlamed) {
  evidence_.word(witness_, 3, kBad);
  EXPECT_FALSE(copy(relay_, 3, kBad).dispute);
  const auto findings = evidence_.proven(3, kGood, false);
  EXPECT_EQ(findings.accusations, (Accusations{{witness_, 3, Fault::false_word}}));
}

TEST_F(EvidenceTest, RelayIsNotBlamedForAWitnessThatIsDismissed) {
  evidence_.word(witness_, 3, kBad);
  evidence_.word(other_, 3, kGood);
  evidence_.dismiss(witness_, false);
  EXPECT_EQ(evidence_.acceptable(3), std::vector<std::uint32_t>{kGood});
  copy(relay_, 3, kBad);
  const auto findings = evidence_.proven(3, kGood, true);
  EXPECT_EQ(findings.accusations, (Accusations{{witness_, 3, Fault::false_word}}));
}

TEST_F(EvidenceTest, SenderWithoutWitnessMayHaveBelievedSomebody) {
  copy(relay_, 3, kBad);
  const auto findings = evidence_.proven(3, kGood, false);
  EXPECT_EQ(findings.accusations, (Accusations{{relay_, 3, Fault::bad_relay}}));
}

TEST_F(EvidenceTest, RelayThatMayNotHaveHeardTheWitnessYetIsNoLiar) {
  evidence_.word(witness_, 3, kGood);
  copy(relay_, 3, kBad);
  const auto findings = evidence_.proven(3, kGood, true);
  EXPECT_EQ(findings.accusations, (Accusations{{relay_, 3, Fault::bad_relay}}));
}

TEST_F(EvidenceTest, SenderThatHasItAllKnowsBetter) {
  evidence_.says_complete(relay_);
  copy(relay_, 3, kBad);
  const auto findings = evidence_.proven(3, kGood, false);
  EXPECT_EQ(findings.accusations, (Accusations{{relay_, 3, Fault::bad_bytes}}));
}

TEST_F(EvidenceTest, ForgedChecksumIsTheSendersFaultNotTheWitnesss) {
  evidence_.word(witness_, 3, kGood);
  evidence_.says_complete(relay_);
  copy(relay_, 3, kGood);
  const auto findings = evidence_.proven(3, kGood, false);  // the bytes differ all the same
  EXPECT_EQ(findings.accusations, (Accusations{{relay_, 3, Fault::bad_bytes}}));
}

TEST_F(EvidenceTest, WordThatComesAfterThePieceIsCheckedThen) {
  copy(relay_, 3, kBad);
  EXPECT_EQ(evidence_.word(witness_, 3, kGood).dispute, 3U);
  EXPECT_FALSE(evidence_.word(other_, 3, kGood).dispute) << "it is settled already";
  EXPECT_TRUE(evidence_.word(witness_, 3, kBad).accusations.empty()) << "the first word counts";
}

TEST_F(EvidenceTest, WitnessesThatContradictEachOtherAreADispute) {
  EXPECT_FALSE(evidence_.word(witness_, 3, kGood).dispute);
  EXPECT_EQ(evidence_.word(other_, 3, kBad).dispute, 3U);
  EXPECT_EQ(evidence_.acceptable(3), (std::vector<std::uint32_t>{kGood, kBad}));
}

TEST_F(EvidenceTest, FalseWordAboutWhatIsProvenIsFoundAtOnce) {
  evidence_.proven(3, kGood, true);
  EXPECT_EQ(evidence_.word(witness_, 3, kBad).accusations,
            (Accusations{{witness_, 3, Fault::false_word}}));
  EXPECT_TRUE(evidence_.word(other_, 3, kGood).accusations.empty());
}

TEST_F(EvidenceTest, TwoThatSentTheSameOutweighOneWitness) {
  evidence_.word(witness_, 3, kBad);
  EXPECT_FALSE(copy(relay_, 3, kGood).witness_doubted);
  EXPECT_FALSE(copy(relay_, 3, kGood).witness_doubted) << "twice the same node";
  EXPECT_TRUE(copy(other_, 3, kGood).witness_doubted);
  EXPECT_TRUE(evidence_.acceptable(3).empty());
  EXPECT_EQ(evidence_.proven(3, kGood, true).accusations,
            (Accusations{{witness_, 3, Fault::false_word}}))
      << "doubted is not forgotten";
}

TEST_F(EvidenceTest, OfSeveralSendersNobodyIsConvictedOfABadPiece) {
  evidence_.word(witness_, 3, kGood);
  evidence_.sent(3, other_);
  EXPECT_TRUE(copy(relay_, 3, kBad).dispute);
  EXPECT_TRUE(evidence_.proven(3, kGood, true).accusations.empty());
}

TEST_F(EvidenceTest, EachIsAccusedOnceAndAgainOnlyOfAGraverFault) {
  copy(relay_, 3, kBad);
  copy(relay_, 4, kBad);
  EXPECT_EQ(evidence_.proven(3, kGood, false).accusations.size(), 1U);
  EXPECT_TRUE(evidence_.proven(4, kGood, false).accusations.empty());
  evidence_.says_complete(relay_);
  copy(relay_, 5, kBad);
  EXPECT_EQ(evidence_.proven(5, kGood, true).accusations,
            (Accusations{{relay_, 5, Fault::bad_bytes}}));
}

TEST_F(EvidenceTest, WhoIsDismissedTakesAlongWhatItAnswersFor) {
  evidence_.word(witness_, 1, kGood);
  copy(relay_, 1, kGood);
  copy(relay_, 2, kGood);
  copy(other_, 3, kGood);
  evidence_.proven(4, kGood, true);
  EXPECT_EQ(evidence_.dismiss(witness_, false), Pieces{1});
  EXPECT_EQ(evidence_.dismiss(relay_, false), (Pieces{1, 2})) << "nobody vouches for 1 any more";
  EXPECT_TRUE(evidence_.dismiss(NodeId::random(), false).empty());
  evidence_.word(witness_, 5, kBad);
  EXPECT_TRUE(evidence_.acceptable(5).empty()) << "what it says counts no more";
}

TEST_F(EvidenceTest, WhatAnotherVouchesForStays) {
  evidence_.word(witness_, 1, kGood);
  evidence_.word(other_, 1, kGood);
  copy(relay_, 1, kGood);
  EXPECT_TRUE(evidence_.dismiss(witness_, true).empty());
  EXPECT_TRUE(evidence_.dismiss(relay_, false).empty());
  EXPECT_FALSE(evidence_.tainted(1));
}

TEST_F(EvidenceTest, WhatALiarAloneVouchedForIsTaintedUntilAnotherHasIt) {
  evidence_.word(witness_, 1, kBad);
  EXPECT_FALSE(evidence_.tainted(1));
  evidence_.dismiss(witness_, true);
  EXPECT_TRUE(evidence_.tainted(1));
  EXPECT_FALSE(evidence_.tainted(2));
  EXPECT_TRUE(copy(relay_, 1, kBad).tainted) << "it was on its way already";
  evidence_.word(other_, 1, kGood);
  EXPECT_FALSE(evidence_.tainted(1));
  evidence_.word(witness_, 3, kBad);
  EXPECT_FALSE(evidence_.tainted(3)) << "what a liar says later is not even heard";
}

TEST_F(EvidenceTest, WhoIsOnlyDoneWithoutTaintsNothing) {
  evidence_.word(witness_, 1, kGood);
  evidence_.dismiss(witness_, false);
  EXPECT_FALSE(evidence_.tainted(1));
}

TEST_F(EvidenceTest, WhoSentARefusedCopyIsTold) {
  evidence_.word(witness_, 1, kGood);
  EXPECT_TRUE(evidence_.refused_from(1).empty());
  evidence_.sent(1, other_);
  copy(relay_, 1, kBad);
  EXPECT_EQ(evidence_.refused_from(1), (std::vector<NodeId>{other_, relay_}));
  copy(other_, 1, kGood);
  EXPECT_TRUE(evidence_.refused_from(1).empty()) << "the last one is good";
}

TEST_F(EvidenceTest, DisputeThatCannotBeSettledMakesRoomForAnother) {
  for (std::uint32_t piece = 0; piece <= Evidence::kDisputesMax; ++piece) {
    evidence_.word(witness_, piece, kGood);
    EXPECT_EQ(copy(relay_, piece, kBad).dispute.has_value(), piece < Evidence::kDisputesMax);
  }
  evidence_.unsettled(0);
  evidence_.word(witness_, 9, kGood);
  EXPECT_EQ(copy(relay_, 9, kBad).dispute, 9U);
}

TEST_F(EvidenceTest, SuspectsAreWhoAnswersAndTheContradictedComeFirst) {
  evidence_.kept(0, kGood);
  copy(other_, 1, kGood);
  copy(relay_, 2, kGood);
  copy(relay_, 3, kGood);
  evidence_.word(witness_, 3, kBad);
  evidence_.proven(4, kGood, true);
  copy(relay_, 5, kGood);
  evidence_.dropped(5);
  const auto suspects = evidence_.suspects();
  ASSERT_EQ(suspects.nodes.size(), 2U);
  EXPECT_EQ(suspects.nodes[0].node, relay_);
  EXPECT_EQ(suspects.nodes[0].pieces, (Pieces{3, 2}));
  EXPECT_EQ(suspects.nodes[1].pieces, Pieces{1});
  EXPECT_EQ(suspects.nobody, Pieces{0});
}

TEST_F(EvidenceTest, FloodsAreIgnored) {
  for (std::uint32_t i = 0; i < 3 * Evidence::kWordsMax; ++i) {
    evidence_.word(NodeId::random(), 1, i);
  }
  EXPECT_EQ(evidence_.acceptable(1).size(), Evidence::kWordsMax);
  evidence_.proven(1, kGood, true);
  EXPECT_TRUE(evidence_.word(witness_, 16, kGood).accusations.empty()) << "no such piece";
  EXPECT_TRUE(evidence_.acceptable(16).empty());
  EXPECT_TRUE(evidence_.proven(16, kGood, true).accusations.empty());
  std::size_t disputes = 0;
  for (std::uint32_t piece = 2; piece < 16; ++piece) {
    evidence_.word(witness_, piece, kGood);
    disputes += copy(relay_, piece, kBad).dispute ? 1 : 0;
  }
  EXPECT_EQ(disputes, Evidence::kDisputesMax) << "each costs a piece from upstream";
}

}  // namespace
}  // namespace shoal::p2p
