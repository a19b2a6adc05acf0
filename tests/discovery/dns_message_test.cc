#include "discovery/dns_message.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "discovery/dns_records.h"

namespace shoal::discovery::testing {
namespace {

Query query() {
  Query out;
  out.id = "ab";
  out.question = wire_name("peers.test") + std::string("\0\x01\0\x01", 4);
  return out;
}

Result<DnsMessage> parse(const Reply& reply) {
  const std::string message = render(query(), reply, false);
  return parse_dns_message(as_bytes(message));
}

Result<DnsMessage> parse(std::vector<Record> answers, std::vector<Record> extra = {}) {
  Reply reply;
  reply.answers = std::move(answers);
  reply.extra = std::move(extra);
  return parse(reply);
}

TEST(DnsMessageTest, AddressesOfBothKindsWithTheirTtl) {
  const auto message =
      parse({a_record("Peers.Test", "10.0.0.1", 30), aaaa_record("peers.test", "2001:db8::7", 60)});
  ASSERT_TRUE(message) << message.error().message;
  ASSERT_EQ(message->addresses.size(), 2U);
  EXPECT_EQ(message->addresses[0].name, "peers.test");
  EXPECT_EQ(message->addresses[0].address.to_string(), "10.0.0.1");
  EXPECT_EQ(message->addresses[0].ttl.count(), 30);
  EXPECT_EQ(message->addresses[1].address.to_string(), "2001:db8::7");
}

TEST(DnsMessageTest, ServicesAndWhatIsSentAlong) {
  const auto message =
      parse({srv_record("_s._tcp.x", "N1.x", 7000)}, {a_record("n1.x", "10.0.0.1")});
  ASSERT_TRUE(message) << message.error().message;
  ASSERT_EQ(message->services.size(), 1U);
  EXPECT_EQ(message->services[0].target, "n1.x");
  EXPECT_EQ(message->services[0].port, 7000);
  EXPECT_TRUE(message->addresses.empty());
  ASSERT_EQ(message->glue.size(), 1U);
  EXPECT_EQ(message->glue[0].name, "n1.x");
}

TEST(DnsMessageTest, OtherRecordsArePassedOver) {
  Record text{"peers.test", 16, 30,
              "\x03"
              "abc"};
  const auto message =
      parse({text, cname_record("peers.test", "other.test"), a_record("other.test", "10.0.0.1")},
            {Record{"", 41, 0, ""}});
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->addresses.size(), 1U);
  EXPECT_TRUE(message->glue.empty());
}

TEST(DnsMessageTest, WhatLeadsNowhereIsLeftOut) {
  const auto message =
      parse({a_record("x", "0.0.0.0"), a_record("x", "224.0.0.1"), a_record("x", "255.255.255.255"),
             aaaa_record("x", "::"), aaaa_record("x", "ff02::1"), srv_record("x", "n", 0),
             srv_record("x", "", 5)});
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_TRUE(message->addresses.empty());
  EXPECT_TRUE(message->services.empty());
}

TEST(DnsMessageTest, TtlWithItsHighBitSetIsNone) {
  const auto message = parse({a_record("x", "10.0.0.1", 0x80000001U)});
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->addresses.at(0).ttl.count(), 0);
}

TEST(DnsMessageTest, RecordsThatDoNotHoldWhatTheirTypeSaysAreMalformed) {
  Record short_a{"x", kA, 30, "abc"};
  Record long_aaaa{"x", kAaaa, 30, std::string(17, 'a')};
  Record short_srv{"x", kSrv, 30, std::string("\0\0\0\0\x1b", 5)};
  Record srv_without_target{"x", kSrv, 30, std::string("\0\0\0\0\x1b\x39", 6)};
  Record srv_with_more = srv_record("x", "n", 5);
  srv_with_more.data += "more";
  Record srv_loop{"x", kSrv, 30, std::string("\0\0\0\0\x1b\x39\xff\xff", 8)};
  for (const Record& record :
       {short_a, long_aaaa, short_srv, srv_without_target, srv_with_more, srv_loop}) {
    const auto message = parse({record});
    ASSERT_FALSE(message) << record.data;
    EXPECT_EQ(message.error().code, Errc::protocol);
  }
}

TEST(DnsMessageTest, EveryShorterMessageIsMalformed) {
  Reply reply;
  reply.answers = {srv_record("_s._tcp.x", "n1.x", 7000), a_record("x", "10.0.0.1")};
  reply.extra = {aaaa_record("n1.x", "2001:db8::7")};
  const std::string whole = render(query(), reply, false);
  ASSERT_TRUE(parse_dns_message(as_bytes(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_dns_message(as_bytes(whole.substr(0, size)))) << size;
  }
}

TEST(DnsMessageTest, AnyChangedByteIsSurvived) {
  Reply reply;
  reply.answers = {srv_record("_s._tcp.x", "n1.x", 7000), a_record("x", "10.0.0.1")};
  const std::string whole = render(query(), reply, false);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char value : {'\x00', '\x3f', '\x7f', '\xc0', '\xff'}) {
      std::string changed = whole;
      changed[i] = value;
      const auto message = parse_dns_message(as_bytes(changed));
      if (!message) continue;
      EXPECT_LE(message->addresses.size() + message->services.size(), 2U);
    }
  }
  EXPECT_FALSE(parse_dns_message(as_bytes(std::string(70'000, '\0'))));
}

}  // namespace
}  // namespace shoal::discovery::testing
