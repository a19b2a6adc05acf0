#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "pki/handles.h"

namespace shoal::pki {

struct CredentialFiles {
  std::filesystem::path ca;           // one or more authorities: several while one replaces another
  std::filesystem::path certificate;  // this node's, and intermediate ones if there are any
  std::filesystem::path key;
};

struct CredentialTexts {
  std::string ca;
  std::string certificate;
  std::string key;
  bool operator==(const CredentialTexts&) const = default;
};

// What a member shows to the others and whom it trusts: authorities, certificate and key that were
// found to fit together. Never changes; shared by all connections.
// Thread  any.
class Credentials {
 public:
  // `files` names the texts in errors.
  // Errors  invalid_argument, with the file's name: not PEM; the key is another certificate's; the
  //         certificate has expired or is not valid yet, was signed by none of the authorities, may
  //         not be used at both ends of a connection, or does not bear the DNS name "*".
  static Result<std::shared_ptr<const Credentials>> make(const CredentialFiles& files,
                                                         const CredentialTexts& texts);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  // Makes `context` trust these authorities and none else, and show this certificate. Connections
  // that exist go on as they are.   Errors  internal: OpenSSL refuses.
  Result<void> install(ssl_ctx_st* context) const;

  // When the certificate, or one that vouches for it, ends first.
  std::chrono::system_clock::time_point expires_at() const { return expires_at_; }

 private:
  struct Parts;
  explicit Credentials(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::chrono::system_clock::time_point expires_at_;
};

// Errors  as read_file()'s, with the file's name.   Blocks.
Result<CredentialTexts> read_credentials(const CredentialFiles& files);

// The files on disk, read again and again. It compares what they hold, not their times: so it sees
// a file replaced by rename, one written in place, and Kubernetes' way of switching a symbolic link
// two folders up, and is not fooled by a clock.
// Thread  one at a time.
class CredentialsReader {
 public:
  explicit CredentialsReader(CredentialFiles files) : files_(std::move(files)) {}

  // Returns  the credentials, if they are others than at the last call; nullptr if nothing changed,
  //          or is wrong in the same way as last time.
  // Errors   as Credentials::make() and read_credentials(), once. Files that are replaced one after
  //          the other do not fit together for a moment; the next call finds them whole.   Blocks.
  Result<std::shared_ptr<const Credentials>> changed();

 private:
  CredentialFiles files_;
  CredentialTexts texts_;  // of the last call that could read them
  std::string error_;      // of the last call
};

}  // namespace shoal::pki
