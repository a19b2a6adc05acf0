#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::store {

// Puts together a value of the index: little-endian numbers, text with its length before it.
class ValueWriter {
 public:
  void u8(std::uint8_t number);
  void u32(std::uint32_t number);
  void u64(std::uint64_t number);
  // Text over 65535 bytes is a bug of the caller and throws.
  void text(std::string_view text);
  std::string take() { return std::move(value_); }

 private:
  void little_endian(std::uint64_t number, int bytes);
  std::string value_;
};

// Takes a value apart. Once something was missing, all that follows reads as zero or empty and ok()
// is false: callers check once, at the end, but before they trust a count.
class ValueReader {
 public:
  explicit ValueReader(std::string_view value) : rest_(value) {}

  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::string_view text();

  bool ok() const { return ok_; }
  // Whether all was there and nothing is left over.
  bool done() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t little_endian(std::size_t bytes);
  std::string_view take(std::size_t bytes);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace shoal::store
