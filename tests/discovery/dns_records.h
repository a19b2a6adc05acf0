#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shoal::discovery::testing {

inline constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28, kSrv = 33;
inline constexpr unsigned kServFail = 2, kNxDomain = 3, kRefused = 5;

// "a.b" as labels with their lengths.
std::string wire_name(const std::string& name);

struct Record {
  std::string name;
  std::uint16_t type;
  std::uint32_t ttl;
  std::string data;
};

Record a_record(const std::string& name, const std::string& address, std::uint32_t ttl = 300);
Record aaaa_record(const std::string& name, const std::string& address, std::uint32_t ttl = 300);
Record cname_record(const std::string& name, const std::string& target, std::uint32_t ttl = 300);
Record srv_record(const std::string& name, const std::string& target, std::uint16_t port,
                  std::uint32_t ttl = 300);

// What a server knows of one question.
struct Reply {
  unsigned code = 0;  // RCODE
  std::vector<Record> answers;
  std::vector<Record> extra;
  bool silent = false;     // no answer at all
  std::string raw;         // if not empty: these bytes after the id, and nothing else
  bool truncated = false;  // over UDP: cut off, with the bit that says so
};

// The header's id and question of a query, and what is asked.
struct Query {
  std::string id;        // two bytes
  std::string question;  // as it came
  std::string name;      // lower case
  std::uint16_t type = 0;
};
Query parse_query(const std::string& message);

// The message that answers `query`; over UDP, what is over 512 bytes is cut off.
std::string render(const Query& query, const Reply& reply, bool udp);

}  // namespace shoal::discovery::testing
