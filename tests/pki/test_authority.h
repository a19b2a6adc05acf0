#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pki/authority.h"
#include "pki/credentials.h"

namespace shoal::pki {

// The names of files in errors.
CredentialFiles test_files();

// From an hour ago for an hour.
Validity valid_now();
// Until a minute ago.
Validity expired();

// An authority made for one test. What it does not manage ends the test.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test authority");

  const std::string& certificate_pem() const { return pair_.certificate_pem; }
  const Issued& pair() const { return pair_; }
  // A member's certificate and key.
  Issued member(const std::string& node, const Validity& validity = valid_now()) const;
  // A member's credentials that trust the authorities of `ca_pem`, this one if it is empty.
  std::shared_ptr<const Credentials> credentials(const std::string& ca_pem = "") const;

 private:
  Issued pair_;
};

}  // namespace shoal::pki
