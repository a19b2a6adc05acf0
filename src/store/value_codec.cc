#include "store/value_codec.h"

#include <limits>
#include <stdexcept>

namespace shoal::store {

void ValueWriter::little_endian(std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    value_.push_back(static_cast<char>(static_cast<unsigned char>(number >> (8 * i))));
  }
}

void ValueWriter::u8(std::uint8_t number) {
  little_endian(number, 1);
}
void ValueWriter::u32(std::uint32_t number) {
  little_endian(number, 4);
}
void ValueWriter::u64(std::uint64_t number) {
  little_endian(number, 8);
}

void ValueWriter::text(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint16_t>::max()) {
    throw std::length_error("text too long for a value of the index");
  }
  little_endian(text.size(), 2);
  value_.append(text);
}

std::string_view ValueReader::take(std::size_t bytes) {
  if (bytes > rest_.size()) ok_ = false;
  if (!ok_) return {};
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

std::uint64_t ValueReader::little_endian(std::size_t bytes) {
  const std::string_view raw = take(bytes);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
  }
  return number;
}

std::uint8_t ValueReader::u8() {
  return static_cast<std::uint8_t>(little_endian(1));
}
std::uint32_t ValueReader::u32() {
  return static_cast<std::uint32_t>(little_endian(4));
}
std::uint64_t ValueReader::u64() {
  return little_endian(8);
}
std::string_view ValueReader::text() {
  return take(static_cast<std::size_t>(little_endian(2)));
}

}  // namespace shoal::store
