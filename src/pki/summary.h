#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::pki {

// What a person wants to know of a certificate.
struct Summary {
  std::string subject;      // "CN = node-1"
  std::string issuer;       // the same as `subject` where it vouches for itself
  std::string not_after;    // "2027-03-01T12:00:00Z"
  std::string fingerprint;  // SHA-256, 64 hex digits
  bool expired = false;
};

// Errors  invalid_argument, as certificates_from().
Result<std::vector<Summary>> summaries(std::string_view pem);

// The certificates of a file; of a folder, those of all its *.pem files by name. Text for a person.
// Errors  of reading and parsing, with the file's name; not_found: a folder without any.   Blocks.
Result<std::string> describe(const std::filesystem::path& file_or_folder);

}  // namespace shoal::pki
