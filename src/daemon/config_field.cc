#include "daemon/config_field.h"

#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/text.h"

namespace shoal::daemon {
namespace {

// One overload each of how a field wants to be written, read from a value of the right type, and
// written as TOML.
std::string_view wanted(const std::string*) {
  return "a string in quotes";
}
std::string_view wanted(const std::filesystem::path*) {
  return "a path in quotes";
}
std::string_view wanted(const bool*) {
  return "true or false";
}
std::string_view wanted(const std::uint32_t*) {
  return "a whole number";
}
std::string_view wanted(const std::chrono::milliseconds*) {
  return "a duration in quotes, like \"30s\"";
}
std::string_view wanted(const ByteRate*) {
  return "bytes per second in quotes, like \"64MiB\"";
}
std::string_view wanted(const ByteSize*) {
  return "bytes in quotes, like \"64MiB\"";
}
std::string_view wanted(const DiskShare*) {
  return "bytes or percent in quotes, like \"200GiB\" or \"80%\"";
}
std::string_view wanted(const LogFormat*) {
  return "\"text\" or \"json\"";
}
std::string_view wanted(const std::vector<std::string>*) {
  return "a list of strings, like [\"a\", \"b\"]";
}

std::string_view what(const Value& value) {
  static constexpr std::string_view kWhat[] = {"a string", "a boolean", "an integer",
                                               "a list",   "text",      "a section"};
  if (const auto* misfit = std::get_if<Misfit>(&value)) return misfit->what;
  return kWhat[value.index()];
}

template <class T>
tl::unexpected<Error> wrong_type(const T* field, const Value& value) {
  return fail(Errc::invalid_argument, fmt::format("is {}; write {}", what(value), wanted(field)));
}

template <class T>
tl::unexpected<Error> wrong_text(const T* field, std::string_view text) {
  std::string_view want = wanted(field);
  return fail(Errc::invalid_argument,
              fmt::format("\"{}\" is no value for it; write {}", printable(text), want));
}

// The characters of a value that is text, wherever it came from.
const std::string* text_of(const Value& value) {
  if (const auto* text = std::get_if<Text>(&value)) return &text->text;
  return std::get_if<std::string>(&value);
}

template <class T>
Result<void> read(T* field, const Value& value) requires(std::is_same_v<T, std::string> ||
                                                         std::is_same_v<T, std::filesystem::path>) {
  const std::string* text = text_of(value);
  if (!text) return wrong_type(field, value);
  if (text->find('\0') != std::string::npos) return wrong_text(field, *text);
  *field = *text;
  return {};
}

Result<void> read(bool* field, const Value& value) {
  if (const auto* text = std::get_if<Text>(&value)) {
    if (text->text != "true" && text->text != "false") return wrong_text(field, text->text);
    *field = text->text == "true";
    return {};
  }
  const auto* boolean = std::get_if<bool>(&value);
  if (!boolean) return wrong_type(field, value);
  *field = *boolean;
  return {};
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, number);
  if (text.empty() || error != std::errc() || end != stop) return std::nullopt;
  return number;
}

Result<void> read(std::uint32_t* field, const Value& value) {
  std::optional<std::int64_t> number;
  if (const auto* text = std::get_if<Text>(&value)) {
    number = whole_number(text->text);
    if (!number) return wrong_text(field, text->text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    number = *integer;
  } else {
    return wrong_type(field, value);
  }
  if (*number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return wrong_text(field, std::to_string(*number));
  }
  *field = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> read(std::chrono::milliseconds* field, const Value& value) {
  const std::string* text = text_of(value);
  if (!text) return wrong_type(field, value);
  const auto duration = parse_duration(*text);
  if (!duration) return fail(duration.error());
  *field = *duration;
  return {};
}

template <class T>
Result<std::uint64_t> read_bytes(const T* field, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    if (*integer < 0) return wrong_text(field, std::to_string(*integer));
    return static_cast<std::uint64_t>(*integer);
  }
  const std::string* text = text_of(value);
  if (!text) return wrong_type(field, value);
  return parse_byte_count(*text);
}

Result<void> read(ByteRate* field, const Value& value) {
  const auto bytes = read_bytes(field, value);
  if (!bytes) return fail(bytes.error());
  field->bytes_per_second = *bytes;
  return {};
}

Result<void> read(ByteSize* field, const Value& value) {
  const auto bytes = read_bytes(field, value);
  if (!bytes) return fail(bytes.error());
  field->bytes = *bytes;
  return {};
}

Result<void> read(DiskShare* field, const Value& value) {
  const std::string* text = text_of(value);
  if (text && text->ends_with('%')) {
    const auto percent = whole_number(text->substr(0, text->size() - 1));
    if (!percent || *percent < 0 || *percent > 100) return wrong_text(field, *text);
    *field = DiskShare{0, static_cast<std::uint32_t>(*percent)};
    return {};
  }
  const auto bytes = read_bytes(field, value);
  if (!bytes) return fail(bytes.error());
  *field = DiskShare{*bytes, 0};
  return {};
}

Result<void> read(LogFormat* field, const Value& value) {
  const std::string* text = text_of(value);
  if (!text) return wrong_type(field, value);
  if (*text != "text" && *text != "json") return wrong_text(field, *text);
  *field = *text == "json" ? LogFormat::json : LogFormat::text;
  return {};
}

Result<void> read(std::vector<std::string>* field, const Value& value) {
  if (const auto* text = std::get_if<Text>(&value)) {
    *field = split(text->text, ',');
    return {};
  }
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (!list) return wrong_type(field, value);
  *field = *list;
  return {};
}

std::string write(const std::string* field) {
  return toml_quoted(*field);
}
std::string write(const std::filesystem::path* field) {
  return toml_quoted(field->native());
}
std::string write(const bool* field) {
  return *field ? "true" : "false";
}
std::string write(const std::uint32_t* field) {
  return std::to_string(*field);
}
std::string write(const std::chrono::milliseconds* field) {
  return toml_quoted(format_duration(*field));
}
// As parse_byte_count() reads it, in the largest unit that loses nothing.
std::string byte_count(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"", "KiB", "MiB", "GiB", "TiB"};
  const char* const* unit = kUnits;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 != std::end(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + *unit;
}

std::string write(const ByteRate* field) {
  return toml_quoted(byte_count(field->bytes_per_second));
}
std::string write(const ByteSize* field) {
  return toml_quoted(byte_count(field->bytes));
}
std::string write(const DiskShare* field) {
  if (field->percent > 0) return toml_quoted(std::to_string(field->percent) + "%");
  return toml_quoted(byte_count(field->bytes));
}
std::string write(const LogFormat* field) {
  return toml_quoted(*field == LogFormat::json ? "json" : "text");
}
std::string write(const std::vector<std::string>* field) {
  std::vector<std::string> items;
  for (const std::string& item : *field) items.push_back(toml_quoted(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

Result<void> assign(Field field, const Value& value) {
  return std::visit([&](auto* place) { return read(place, value); }, field);
}

std::string render(Field field) {
  return std::visit([](const auto* place) { return write(place); }, field);
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7f) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace shoal::daemon
