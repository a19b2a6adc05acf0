#include "mirror/manifest_children.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

using nlohmann::json;

// Takes what the outline needs out of the stream of a parser's events and keeps nothing else, so that
// a hostile manifest costs neither memory nor more than linear time. An event that returns false ends
// the parsing.
class OutlineReader final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return in_object_; }
  bool boolean(bool) override { return in_object_; }
  bool number_integer(number_integer_t) override { return in_object_; }
  bool number_float(number_float_t, const string_t&) override { return in_object_; }
  bool binary(binary_t&) override { return in_object_; }

  bool number_unsigned(number_unsigned_t value) override {
    if (in_descriptor() && field_ == "size") draft_->size = value;
    return in_object_;
  }

  bool string(string_t& value) override {
    if (depth_ == 1 && member_ == Member::media_type)
      said_type_ = std::move(value);
    else if (in_descriptor() && field_ == "digest")
      draft_->digest = std::move(value);
    else if (in_descriptor() && field_ == "mediaType")
      draft_->media_type = std::move(value);
    return in_object_;
  }

  bool start_object(std::size_t) override {
    in_object_ = true;
    ++depth_;
    if (depth_ == descriptor_depth()) draft_.emplace();
    return depth_ <= kManifestDepthMax;
  }

  bool end_object() override {
    if (in_descriptor()) add_child();
    --depth_;
    return children_.size() <= kManifestChildrenMax;
  }

  bool start_array(std::size_t) override {
    ++depth_;
    if (depth_ == 2) list_open_ = member_ == Member::list;
    return in_object_ && depth_ <= kManifestDepthMax;
  }

  bool end_array() override {
    if (depth_ == 2) list_open_ = false;
    --depth_;
    return true;
  }

  bool key(string_t& name) override {
    if (depth_ == 1) begin_member(name);
    if (in_descriptor()) field_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

  // Why the parsing ended early.
  Error why_not() const {
    if (depth_ > kManifestDepthMax) {
      return Error{Errc::protocol, "manifest's JSON is nested too deep", 0};
    }
    if (children_.size() > kManifestChildrenMax) {
      return Error{Errc::protocol, "manifest has too many children", 0};
    }
    return Error{Errc::protocol, "manifest is not a JSON object", 0};
  }

  ManifestOutline take() {
    ManifestOutline outline;
    if (is_media_type(said_type_)) {
      outline.media_type = std::move(said_type_);
    } else if (has_manifests_ || has_layers_) {
      outline.media_type = has_manifests_ ? kOciIndex : kOciManifest;
    }
    outline.children = std::move(children_);
    return outline;
  }

 private:
  // What a member of the manifest itself holds.
  enum class Member { other, media_type, descriptor, list };
  struct Draft {
    std::string digest;
    std::string media_type;
    std::optional<std::uint64_t> size;
  };

  void begin_member(std::string_view name) {
    has_manifests_ = has_manifests_ || name == "manifests";
    has_layers_ = has_layers_ || name == "layers";
    if (name == "config" || name == "subject") {
      member_ = Member::descriptor;
    } else if (name == "layers" || name == "blobs" || name == "manifests") {
      member_ = Member::list;
    } else {
      member_ = name == "mediaType" ? Member::media_type : Member::other;
    }
  }

  // How deep the objects stand that are descriptors; 0: none here.
  int descriptor_depth() const {
    if (member_ == Member::descriptor) return 2;
    return list_open_ ? 3 : 0;
  }
  bool in_descriptor() const { return draft_ && depth_ == descriptor_depth(); }

  void add_child() {
    auto digest = Digest::parse(draft_->digest);
    if (digest && draft_->size && *draft_->size <= kBlobBytesMax) {
      if (!is_media_type(draft_->media_type)) draft_->media_type.clear();
      children_.emplace_back(std::move(*digest), *draft_->size, std::move(draft_->media_type));
    }
    draft_.reset();
  }

  int depth_ = 0;           // objects and arrays that are open
  bool in_object_ = false;  // the whole is an object
  bool list_open_ = false;  // inside the array of a Member::list
  bool has_manifests_ = false;
  bool has_layers_ = false;
  Member member_ = Member::other;
  std::string field_;  // the last key inside a descriptor
  std::optional<Draft> draft_;
  std::string said_type_;
  std::vector<Descriptor> children_;
};

}  // namespace

Result<ManifestOutline> read_outline(std::string_view content) {
  OutlineReader reader;
  if (!json::sax_parse(content, &reader)) return fail(reader.why_not());
  return reader.take();
}

}  // namespace shoal::mirror
