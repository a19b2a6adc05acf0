#include "p2p/handshake_deadline.h"

#include <gtest/gtest.h>

#include <list>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace shoal::p2p {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

class HandshakeDeadlineTest : public testing::Test {
 protected:
  struct Visitor {
    Visitor(tcp::socket client_in, tcp::socket accepted_in)
        : client(std::move(client_in)), accepted(std::move(accepted_in)) {}
    tcp::socket client;
    tcp::socket accepted;
    tcp::endpoint from() const { return client.local_endpoint(); }
    bool is_shut_down() {
      client.non_blocking(true);
      char byte = 0;
      boost::system::error_code error;
      client.receive(boost::asio::buffer(&byte, 1), 0, error);
      return error == boost::asio::error::eof;
    }
  };
  Visitor& visit() {
    tcp::socket client(io_);
    client.connect(acceptor_.local_endpoint());
    tcp::socket accepted = acceptor_.accept();
    return visitors_.emplace_back(std::move(client), std::move(accepted));
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)};
  std::list<Visitor> visitors_;
  HandshakeDeadline deadline_{acceptor_.local_endpoint()};
  const HandshakeDeadline::Time start_{};
};

TEST_F(HandshakeDeadlineTest, WhoStaysNobodyIsShutDownAfterTheLimit) {
  Visitor& stranger = visit();
  Visitor& member = visit();
  EXPECT_EQ(deadline_.enforce({member.from()}, start_), 0U);
  EXPECT_EQ(deadline_.enforce({member.from()}, start_ + HandshakeDeadline::kLimit - 1ms), 0U);
  EXPECT_FALSE(stranger.is_shut_down());
  EXPECT_EQ(deadline_.enforce({member.from()}, start_ + HandshakeDeadline::kLimit), 1U);
  EXPECT_TRUE(stranger.is_shut_down());
  EXPECT_FALSE(member.is_shut_down());
}

TEST_F(HandshakeDeadlineTest, EachHasItsOwnTime) {
  Visitor& early = visit();
  deadline_.enforce({}, start_);
  Visitor& late = visit();
  deadline_.enforce({}, start_ + 5s);
  EXPECT_EQ(deadline_.enforce({}, start_ + 10s), 1U);
  EXPECT_TRUE(early.is_shut_down());
  EXPECT_FALSE(late.is_shut_down());
}

TEST_F(HandshakeDeadlineTest, WhoBecameAMemberBeginsAnewWhenItIsForgotten) {
  Visitor& visitor = visit();
  deadline_.enforce({}, start_);
  deadline_.enforce({visitor.from()}, start_ + 5s);
  EXPECT_EQ(deadline_.enforce({}, start_ + 12s), 0U);
  EXPECT_EQ(deadline_.enforce({}, start_ + 22s), 1U);
}

TEST_F(HandshakeDeadlineTest, ConnectionsThatWeMadeAndOthersPortsAreLeftAlone) {
  const HandshakeDeadline::Time late = start_ + HandshakeDeadline::kLimit;
  Visitor& visitor = visit();
  HandshakeDeadline elsewhere(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 1));
  elsewhere.enforce({}, start_);
  EXPECT_EQ(elsewhere.enforce({}, late), 0U);
  deadline_.enforce({}, start_);
  EXPECT_EQ(deadline_.enforce({}, late), 1U) << "the accepted end only";
  EXPECT_TRUE(visitor.is_shut_down());
}

TEST_F(HandshakeDeadlineTest, IsDueAtFirstAndThenOnceAnInterval) {
  EXPECT_TRUE(deadline_.due(start_));
  deadline_.enforce({}, start_);
  EXPECT_FALSE(deadline_.due(start_ + HandshakeDeadline::kInterval - 1ms));
  EXPECT_TRUE(deadline_.due(start_ + HandshakeDeadline::kInterval));
}

}  // namespace
}  // namespace shoal::p2p
