#include "p2p/messages.h"

#include <limits>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace shoal::p2p {
namespace {

using nlohmann::json;

// Overload set for std::visit.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

json to_json(const Message& message) {
  return std::visit(
      Overloaded{
          [](const Want& m) {
            return json{{"t", "want"}, {"d", m.digest.text()}, {"s", m.size}, {"e", m.eligible}};
          },
          [](const Here& m) {
            return json{{"t", "here"},
                        {"d", m.digest.text()},
                        {"h", static_cast<unsigned>(m.holding)},
                        {"e", m.eligible}};
          },
          [](const Describe& m) {
            return json{{"t", "describe"}, {"q", m.query}, {"d", m.digest.text()}};
          },
          [](const Resolve& m) {
            return json{{"t", "resolve"},
                        {"q", m.query},
                        {"r", m.repository.registry.text()},
                        {"n", m.repository.name.text()},
                        {"g", to_text(m.reference)}};
          },
          [](const Answer& m) {
            json out{{"t", "answer"}, {"q", m.query}, {"c", m.checked_at_s}};
            if (m.descriptor) {
              out["d"] = m.descriptor->digest.text();
              out["s"] = m.descriptor->size;
              out["m"] = m.descriptor->media_type;
            }
            if (m.is_open) out["o"] = true;
            return out;
          },
          [](const Eligible& m) {
            return json{{"t", "eligible"}, {"d", m.digest.text()}, {"v", m.value}};
          },
          [](const Claim& m) {
            return json{{"t", "claim"}, {"d", m.digest.text()}, {"p", m.pieces}};
          },
          [](const Release& m) {
            return json{{"t", "release"}, {"d", m.digest.text()}, {"p", m.pieces}};
          },
          [](const Witness& m) {
            return json{{"t", "witness"}, {"d", m.digest.text()}, {"p", m.pieces}, {"c", m.crcs}};
          },
      },
      message);
}

// A discarded value where the text is not CBOR. The library reports an absurd length of an array or
// map by an exception even where it is told to use none.
json parse_cbor(std::string_view text) {
  try {
    return json::from_cbor(text.begin(), text.end(), true, false);
  } catch (const json::exception&) {
    return json(json::value_t::discarded);
  }
}

// Reads the fields of one message; the first that is wrong makes all of it wrong.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  bool good() const { return good_; }

  std::string text(const char* key, std::size_t bytes_max) {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_string() ||
        found->get_ref<const std::string&>().size() > bytes_max) {
      good_ = false;
      return {};
    }
    return found->get<std::string>();
  }

  std::uint64_t number(const char* key,
                       std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_number_unsigned() ||
        found->get<std::uint64_t>() > max) {
      good_ = false;
      return 0;
    }
    return found->get<std::uint64_t>();
  }

  bool truth(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_boolean()) {
      good_ = false;
      return false;
    }
    return found->get<bool>();
  }

  // Pieces, or the CRC32Cs of as many.
  std::vector<std::uint32_t> numbers(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_array() || found->size() > kMessagePiecesMax) {
      good_ = false;
      return {};
    }
    std::vector<std::uint32_t> out;
    out.reserve(found->size());
    for (const json& item : *found) {
      if (!item.is_number_unsigned() ||
          item.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
        good_ = false;
        return {};
      }
      out.push_back(item.get<std::uint32_t>());
    }
    return out;
  }

 private:
  const json& object_;
  bool good_ = true;
};

tl::unexpected<Error> malformed(const std::string& kind) {
  return fail(Errc::protocol, "malformed \"" + kind + "\" message from a peer");
}

constexpr std::size_t kTextBytesMax = 512;

Result<Message> decode_witness(Digest digest, Pieces pieces, Fields& fields) {
  std::vector<std::uint32_t> crcs = fields.numbers("c");
  if (!fields.good() || crcs.size() != pieces.size()) return malformed("witness");
  return Message(Witness(std::move(digest), std::move(pieces), std::move(crcs)));
}

Result<Message> decode_about_blob(const std::string& kind, Fields& fields) {
  auto digest = Digest::parse(fields.text("d", kTextBytesMax));
  if (!digest) return malformed(kind);
  if (kind == "want") {
    const std::uint64_t size = fields.number("s", kBlobBytesMax);
    const bool eligible = fields.truth("e");
    if (fields.good()) return Message(Want(std::move(*digest), size, eligible));
  } else if (kind == "here") {
    const auto holding = static_cast<Holding>(fields.number("h", 2));
    const bool eligible = fields.truth("e");
    if (fields.good()) return Message(Here(std::move(*digest), holding, eligible));
  } else if (kind == "eligible") {
    const bool value = fields.truth("v");
    if (fields.good()) return Message(Eligible(std::move(*digest), value));
  } else if (kind == "describe") {
    const std::uint64_t query = fields.number("q");
    if (fields.good()) return Message(Describe(query, std::move(*digest)));
  } else {
    Pieces pieces = fields.numbers("p");
    if (!fields.good()) return malformed(kind);
    if (kind == "witness") return decode_witness(std::move(*digest), std::move(pieces), fields);
    if (kind == "claim") return Message(Claim(std::move(*digest), std::move(pieces)));
    return Message(Release(std::move(*digest), std::move(pieces)));
  }
  return malformed(kind);
}

Result<Message> decode_resolve(Fields& fields) {
  const std::uint64_t query = fields.number("q");
  auto registry = RegistryName::parse(fields.text("r", kTextBytesMax));
  auto name = RepositoryName::parse(fields.text("n", kTextBytesMax));
  auto reference = parse_reference(fields.text("g", kTextBytesMax));
  if (!fields.good() || !registry || !name || !reference) return malformed("resolve");
  Repository repository(std::move(*registry), std::move(*name));
  return Message(Resolve(query, std::move(repository), std::move(*reference)));
}

Result<Message> decode_answer(const json& object, Fields& fields) {
  const std::uint64_t query = fields.number("q");
  const auto checked_at = static_cast<std::int64_t>(fields.number("c", std::uint64_t{1} << 40));
  std::optional<Descriptor> descriptor;
  if (object.contains("d")) {
    auto digest = Digest::parse(fields.text("d", kTextBytesMax));
    const std::uint64_t size = fields.number("s", kBlobBytesMax);
    std::string media_type = fields.text("m", kTextBytesMax);
    if (!digest) return malformed("answer");
    descriptor.emplace(std::move(*digest), size, std::move(media_type));
  }
  const bool is_open = object.contains("o") && fields.truth("o");
  if (!fields.good()) return malformed("answer");
  return Message(Answer(query, std::move(descriptor), checked_at, is_open));
}

}  // namespace

std::string encode(const Message& message) {
  std::string out;
  json::to_cbor(to_json(message), out);
  return out;
}

Result<Message> decode(std::span<const std::byte> bytes) {
  if (bytes.size() > kMessageBytesMax)
    return fail(Errc::too_large, "message from a peer is too large");
  const json object = parse_cbor(as_text(bytes));
  if (!object.is_object()) return fail(Errc::protocol, "message from a peer is not a CBOR map");
  Fields fields(object);
  const std::string kind = fields.text("t", 16);
  for (const char* about_blob :
       {"want", "here", "describe", "eligible", "claim", "release", "witness"}) {
    if (kind == about_blob) return decode_about_blob(kind, fields);
  }
  if (kind == "resolve") return decode_resolve(fields);
  if (kind == "answer") return decode_answer(object, fields);
  return fail(Errc::protocol, "message of unknown kind from a peer");
}

}  // namespace shoal::p2p
