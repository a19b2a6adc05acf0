#include "discovery/dns_records.h"

#include <boost/asio/ip/address.hpp>

#include "base/text.h"

namespace shoal::discovery::testing {
namespace {

constexpr std::size_t kUdpBytesMax = 512;
constexpr std::size_t kHeaderBytes = 12;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xffU);
  return out;
}

template <class Address>
std::string address_bytes(const Address& address) {
  const auto bytes = address.to_bytes();
  return std::string(bytes.begin(), bytes.end());
}

std::string rendered(const std::vector<Record>& records) {
  std::string out;
  for (const Record& record : records) {
    out += wire_name(record.name) + big_endian(record.type, 2) + big_endian(1, 2) +
           big_endian(record.ttl, 4) + big_endian(record.data.size(), 2) + record.data;
  }
  return out;
}

}  // namespace

std::string wire_name(const std::string& name) {
  std::string out;
  for (const std::string& label : split(name, '.')) {
    if (label.empty()) continue;
    out += static_cast<char>(label.size());
    out += label;
  }
  return out + '\0';
}

Record a_record(const std::string& name, const std::string& address, std::uint32_t ttl) {
  return {name, kA, ttl, address_bytes(boost::asio::ip::make_address_v4(address))};
}

Record aaaa_record(const std::string& name, const std::string& address, std::uint32_t ttl) {
  return {name, kAaaa, ttl, address_bytes(boost::asio::ip::make_address_v6(address))};
}

Record cname_record(const std::string& name, const std::string& target, std::uint32_t ttl) {
  return {name, kCname, ttl, wire_name(target)};
}

Record srv_record(const std::string& name, const std::string& target, std::uint16_t port,
                  std::uint32_t ttl) {
  return {name, kSrv, ttl,
          big_endian(0, 2) + big_endian(10, 2) + big_endian(port, 2) + wire_name(target)};
}

Query parse_query(const std::string& message) {
  Query out;
  if (message.size() < kHeaderBytes + 5) return out;
  out.id = message.substr(0, 2);
  std::size_t at = kHeaderBytes;
  while (at < message.size() && message[at] != 0) {
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(message[at]));
    if (!out.name.empty()) out.name += '.';
    for (const char c : message.substr(at + 1, size)) {
      out.name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    at += size + 1;
  }
  out.question = message.substr(kHeaderBytes, at + 5 - kHeaderBytes);
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(message.at(i)); };
  out.type = static_cast<std::uint16_t>(octet(at + 1) << 8U | octet(at + 2));
  return out;
}

std::string render(const Query& query, const Reply& reply, bool udp) {
  if (!reply.raw.empty()) return query.id + reply.raw;
  const std::string records = rendered(reply.answers) + rendered(reply.extra);
  const bool cut = udp && (reply.truncated ||
                           kHeaderBytes + query.question.size() + records.size() > kUdpBytesMax);
  const unsigned flags = 0x8580U | (cut ? 0x0200U : 0U) | reply.code;  // an answer, authoritative
  std::string out = query.id + big_endian(flags, 2) + big_endian(1, 2);
  out += big_endian(cut ? 0 : reply.answers.size(), 2) + big_endian(0, 2) +
         big_endian(cut ? 0 : reply.extra.size(), 2);
  return out + query.question + (cut ? std::string() : records);
}

}  // namespace shoal::discovery::testing
