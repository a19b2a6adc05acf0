#include "inventory/documents.h"

#include <chrono>

#include <nlohmann/json.hpp>

namespace shoal::inventory {
namespace {

using nlohmann::json;

std::string line(const json& document) {
  // What is no UTF-8 in a name from outside must not throw.
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

json to_json(const Image& image) {
  return {{"name", image.name},
          {"digest", image.digest.text()},
          {"bytes", image.bytes},
          {"blobs", image.blobs},
          {"named", image.named},
          {"pinned", image.is_pinned},
          {"used_at", seconds_of(image.used_at)}};
}

json to_json(const Blob& blob) {
  return {{"digest", blob.held.digest.text()},
          {"bytes", blob.held.size},
          {"occupied", blob.held.occupied},
          {"media_type", blob.media_type},
          {"source", blob.source},
          {"complete", blob.held.is_complete},
          {"in_use", blob.held.is_open},
          {"pinned", blob.held.is_pinned},
          {"used_at", seconds_of(blob.held.used_at)}};
}

}  // namespace

std::string space_document(const store::Space& space, const store::StoreStats& stats,
                           const std::optional<Error>& trouble) {
  json document{{"disk_bytes", space.disk.total},
                {"disk_free", space.disk.free},
                {"limit", space.limit},
                {"occupied", space.held.occupied},
                {"evictable", space.held.evictable},
                {"promised", space.held.unwritten},
                {"blobs", stats.blobs},
                {"partial_blobs", stats.partial_blobs},
                {"trouble", nullptr}};
  if (trouble) document["trouble"] = trouble->message;
  return line(document);
}

std::string image_document(const Image& image) {
  return line(to_json(image));
}

std::string images_document(const std::vector<Image>& images) {
  json list = json::array();
  for (const Image& image : images) list.push_back(to_json(image));
  return line({{"images", std::move(list)}});
}

std::string blobs_document(const std::vector<Blob>& blobs, bool is_full) {
  json list = json::array();
  for (const Blob& blob : blobs) list.push_back(to_json(blob));
  json document{{"blobs", std::move(list)}, {"next", nullptr}};
  if (is_full && !blobs.empty()) document["next"] = blobs.back().held.digest.text();
  return line(document);
}

std::string removed_document(const Removed& removed) {
  return line({{"blobs", removed.blobs}, {"bytes", removed.bytes}, {"in_use", removed.in_use}});
}

std::string collected_document(std::uint64_t freed) {
  return line({{"bytes", freed}});
}

std::string error_document(const Error& error) {
  const json entry{{"code", std::string(to_string(error.code))}, {"message", error.message}};
  return line({{"errors", json::array({entry})}});
}

}  // namespace shoal::inventory
