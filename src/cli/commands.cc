#include "cli/commands.h"

#include <cstdint>
#include <functional>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/tables.h"

namespace shoal::cli {
namespace {

using nlohmann::json;

int refuse(const Error& error) {
  std::cerr << "shoal: " << printable(error.message, 1024) << '\n';
  return 1;
}

Seconds now() {
  return std::chrono::duration_cast<Seconds>(std::chrono::system_clock::now().time_since_epoch());
}

std::uint64_t number_in(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// One call, and what it answered as JSON or as `render` writes it.
int show(const Arguments& arguments, const std::string& method, const std::string& path,
         const std::function<std::string(const json&)>& render) {
  const auto document = Client(arguments.server).call(method, path);
  if (!document) return refuse(document.error());
  std::cout << (arguments.is_json ? document->dump() + "\n" : render(*document));
  return 0;
}

std::string image_query(const std::string& image) {
  return "?image=" + percent_encoded(image);
}

std::string removed(const json& document) {
  std::string out = std::to_string(number_in(document, "blobs")) + " blobs removed, " +
                    format_byte_count(number_in(document, "bytes"));
  const std::uint64_t in_use = number_in(document, "in_use");
  if (in_use > 0) out += "; " + std::to_string(in_use) + " are in use and stay";
  return out + "\n";
}

// A page at a time, so that a store of any size can be listed.
int list_blobs(const Arguments& arguments) {
  const Client client(arguments.server);
  std::string after;
  bool is_first = true;
  do {
    const std::string query = after.empty() ? "" : "?after=" + percent_encoded(after);
    const auto document = client.call("GET", "/v1/blobs" + query);
    if (!document) return refuse(document.error());
    if (arguments.is_json) {
      for (const json& blob : document->value("blobs", json::array())) std::cout << blob << '\n';
    } else {
      std::cout << blobs_table(*document, now(), is_first);
    }
    is_first = false;
    const auto next = document->find("next");
    after = next != document->end() && next->is_string() ? next->get<std::string>() : "";
  } while (!after.empty());
  return 0;
}

}  // namespace

int run_ls(const Arguments& arguments) {
  if (arguments.is_blobs) return list_blobs(arguments);
  return show(arguments, "GET", "/v1/images",
              [](const json& document) { return images_table(document, now()); });
}

int run_df(const Arguments& arguments) {
  return show(arguments, "GET", "/v1/space", space_table);
}

int run_pin(const Arguments& arguments) {
  return show(arguments, "POST", "/v1/pins" + image_query(arguments.subject),
              [](const json& image) {
                return "pinned: " + std::to_string(number_in(image, "blobs")) + " blobs, " +
                       format_byte_count(number_in(image, "bytes")) + "\n";
              });
}

int run_unpin(const Arguments& arguments) {
  return show(arguments, "DELETE", "/v1/pins" + image_query(arguments.subject),
              [](const json&) { return std::string("unpinned\n"); });
}

int run_rm(const Arguments& arguments) {
  const bool is_blob = Digest::parse(arguments.subject).has_value();
  const std::string path = is_blob ? "/v1/blobs?digest=" + percent_encoded(arguments.subject)
                                   : "/v1/images" + image_query(arguments.subject);
  return show(arguments, "DELETE", path, removed);
}

int run_gc(const Arguments& arguments) {
  return show(arguments, "POST", arguments.is_all ? "/v1/gc?all=true" : "/v1/gc",
              [](const json& document) {
                return format_byte_count(number_in(document, "bytes")) + " freed\n";
              });
}

}  // namespace shoal::cli
