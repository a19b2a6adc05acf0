#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// hosts.toml as text: puts our mirror before the hosts that are there, and takes it out again. What it adds
// stands between two comments, so that people see whose it is and it can be found. Pure.
namespace shoal::containerd {

// What containerd reads in a folder without hosts.toml, and no longer does once there is one: the file
// has to name them. Names inside the folder.
struct CertificateFiles {
  std::vector<std::string> authorities;  // *.crt
  std::vector<std::string> pairs;        // "client" for client.cert and client.key
};

// What a new block says besides the mirror; what is in the text already counts for both.
struct BlockOptions {
  bool is_folder_new = false;  // so that whoever takes the block out removes the folder
  CertificateFiles certificates;
};

// Returns  "http://127.0.0.1:5050", as it is written into the file: no slash at its end.
// Errors   invalid_argument: not http://HOST:PORT or https://HOST[:PORT].
Result<std::string> parse_mirror(std::string_view text);

// The text with the mirror as the first host; all else means what it meant. A block that is there already
// is replaced, so this may be done again and again.
// Returns  the text as it is where it names the mirror outside a block of ours: somebody put it there.
// Errors   invalid_argument: not TOML, or written in a way that nothing can be put in front of.
Result<std::string> with_mirror(std::string_view text, const std::string& mirror,
                                const BlockOptions& options);

// The text without our block. Other than before it was added only where the last line had no end.
std::string without_mirror(std::string_view text);

bool has_block(std::string_view text);
// Whether the block says that the folder was made for it.
bool is_folder_ours(std::string_view text);
// Whether the text, which may be no TOML, names this host; in a block or not.
bool names_mirror(std::string_view text, const std::string& mirror);

}  // namespace shoal::containerd
